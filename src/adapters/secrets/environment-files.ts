// Where a file of variables (`environmentFiles`) is read: in the commit, as it lies there or encrypted by SOPS. What an ARN names may also lie in
// the folder to which a route of the operator leads. Deliberately absent: S3, and a plain path outside of the commit: no role is asked for it,
// so it would open to everybody what a role keeps.
import { SecretError, filesOf } from './provider.ts';
import { isArn } from '../../lang/arn.ts';
import { isSopsVariables } from '../../manifest/sops.ts';
import { matchesStars } from '../../std/text.ts';
import type { Provider, Reading } from './provider.ts';
import type { SecretRoute } from '../../model/operator-config.ts';

export interface Sources {
  readonly providers: readonly Provider[];
  readonly routes: readonly SecretRoute[];
}

/** The text of the file; throws SecretError. `names`: what it may be called; `from`: as it stands in the manifest, for routes. */
export async function variablesTextOf(
  names: readonly string[],
  from: string,
  { providers, routes }: Sources,
  reading: Reading,
): Promise<string> {
  const keepers = providers.filter(({ readFile }) => readFile !== null);
  for (const name of names) {
    const file = filesOf(reading).find(({ path }) => path === name);
    if (file === undefined) continue;
    const text = Buffer.from(file.content).toString('utf8');
    if (!isSopsVariables(text)) return text;
    return encrypted(name, providers, reading);
  }
  const absent = `the commit has no file ${names.join(' or ')}`;
  if (!isArn(from)) throw new SecretError('absent', absent, 'Commit the file; what lies in the folder of a provider is named by its ARN.');
  const routed = routes
    .filter(({ match }) => matchesStars(match, from))
    .flatMap(({ provider }) => keepers.find(({ name }) => name === provider) ?? []);
  const keeper = routes.length === 0 ? keepers[0] : routed[0];
  if (keeper?.readFile === null || keeper === undefined) {
    throw new SecretError('absent', absent, 'Commit the file, or route its name to a provider of kind directory.');
  }
  return firstOf(names, keeper.readFile, reading);
}

/** By the first provider whose key opens it. */
async function encrypted(name: string, providers: readonly Provider[], reading: Reading): Promise<string> {
  const openers = providers.filter(({ opensCommit }) => opensCommit);
  let failure: unknown = new SecretError(
    'refused',
    `${name} is encrypted with SOPS`,
    'Configure a provider of kind sops with the key that opens it.',
  );
  for (const { readFile } of openers) {
    try {
      if (readFile !== null) return await readFile(name, reading);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function firstOf(names: readonly string[], readFile: NonNullable<Provider['readFile']>, reading: Reading): Promise<string> {
  let failure: unknown;
  for (const name of names) {
    try {
      return await readFile(name, reading);
    } catch (error) {
      if (!(error instanceof SecretError) || error.code !== 'absent') throw error;
      failure = error;
    }
  }
  throw failure;
}
