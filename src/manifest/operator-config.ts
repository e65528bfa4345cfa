// The operator's configuration: text to OperatorConfig, or every reason why not, by the readers of manifests. What may be a credential is
// in no excerpt: people write the token where the name of its file belongs.
// Deliberately absent: reading the file, and what its paths lead to. That is for the command line.
import { type CapacityHook, DEFAULT_MAXIMUM } from '../model/cluster/capacity-hook.ts';
import { engineCredentialFindings } from './engine-credentials.ts';
import { OperatorConfig } from '../model/operator-config.ts';
import { nameOf, onKey, onValue } from './finding.ts';
import { repeated } from './rules/repeated.ts';
import { isSameRole } from '../lang/role.ts';
import { nearest } from '../std/text.ts';
import { parseFile } from './parse.ts';
import { placeOf } from './text/text.ts';
import { plainOf } from './text/tree.ts';
import { problemOfFile, problemOfFinding } from './problem.ts';
import { shapedBy } from './shape.ts';
import type { FileText } from './text/text.ts';
import type { Finding } from './finding.ts';
import type { Path, Tree } from './text/tree.ts';
import type { Problem } from '../model/problem.ts';
import type { FileSystem } from '../model/task/file-system.ts';
import type { RoleCredentials, SecretsConfig } from '../model/operator-config.ts';
import type { SourceFile } from './source.ts';

export interface ReadConfig {
  /** Null when there is a problem. */
  readonly config: OperatorConfig | null;
  readonly problems: readonly Problem[];
}

/** Keys behind which people write credentials, whatever else should stand there. */
const MAY_BE_SECRET = /token|pass|secret|key|credential|auth|address|header/i;
const NO_GUARD = { exact: true, secrets: [] };

/** Reads the configuration; never throws. An empty file, or one of comments alone, sets nothing. */
export function readOperatorConfig(source: SourceFile): ReadConfig {
  const { file, documents, problems } = parseFile(source);
  if (file === null || problems.length > 0) return { config: null, problems: problems.map(withoutExcerpt) };
  const [tree, second] = documents;
  if (tree === undefined) return { config: {}, problems: [] };
  const findings: Finding[] = [];
  const config = shapedBy({ name: 'configuration', schema: OperatorConfig, value: plainOf(tree) }, tree, findings) as OperatorConfig | null;
  if (config?.secrets !== undefined) findings.push(...secretsFindings(config.secrets));
  if (config?.efs?.fileSystems !== undefined) findings.push(...fileSystemFindings(config.efs.fileSystems));
  if (config?.metadata?.credentials !== undefined) findings.push(...credentialsFindings(config.metadata.credentials));
  if (config?.engines !== undefined) findings.push(...engineCredentialFindings(config.engines));
  if (config?.capacityProviders !== undefined) findings.push(...hookFindings(config.capacityProviders));
  const hidden = hiddenLines(file, tree);
  const found = findings.map((finding) => {
    const problem = problemOfFinding(file, tree, finding, NO_GUARD);
    return hidden.has(problem.line) ? withoutExcerpt(problem) : problem;
  });
  if (second !== undefined) {
    const message = 'the configuration is one document, and a second one begins in this file';
    found.push(problemOfFile('duplicate-definition', source.path, message, 'write all of it into one document, without --- lines'));
  }
  return { config: found.length > 0 ? null : config, problems: found };
}

function secretsFindings({ providers, routes = [] }: SecretsConfig): Finding[] {
  const names = providers.map(({ name }) => name);
  const twice = providers.flatMap(({ name }, index) => {
    if (names.indexOf(name) === index) return [];
    const message = `two providers are called ${name}`;
    return [onValue('duplicate-item', ['secrets', 'providers', index, 'name'], message, 'give each a name of its own')];
  });
  const tokens = providers.flatMap((provider, index) => (provider.kind === 'vault' ? tokenFindings(provider, index) : []));
  const lost = routes.flatMap(({ provider }, index) => {
    if (names.includes(provider)) return [];
    const path = ['secrets', 'routes', index, 'provider'];
    const meant = nearest(provider, names);
    const hint = meant === null ? `write ${names.join(' or ')}` : `did you mean ${meant}?`;
    return [onValue('wrong-value', path, `${nameOf(path)} is the name of no provider`, hint)];
  });
  return [...twice, ...tokens, ...lost, ...unrouted(names, routes)];
}

function fileSystemFindings(fileSystems: readonly FileSystem[]): Finding[] {
  const path: Path = ['efs', 'fileSystems'];
  const twice = repeated(fileSystems, ({ fileSystemId }) => fileSystemId).map(({ index, key }) =>
    onValue('duplicate-item', [...path, index, 'fileSystemId'], `two entries are for the file system ${key}`, 'keep one of them'),
  );
  const points = fileSystems.flatMap(({ accessPoints = [] }, index) =>
    repeated(accessPoints, ({ accessPointId }) => accessPointId).map(({ index: place, key }) => {
      const where = [...path, index, 'accessPoints', place, 'accessPointId'];
      return onValue('duplicate-item', where, `two entries are for the access point ${key}`, 'keep one of them');
    }),
  );
  return [...twice, ...points];
}

function hookFindings(hooks: readonly CapacityHook[]): Finding[] {
  const twice = repeated(hooks, ({ name }) => name).map(({ index, key }) =>
    onValue('duplicate-item', ['capacityProviders', index, 'name'], `two entries are for the capacity provider ${key}`, 'keep one of them'),
  );
  const ways = hooks.flatMap(({ command, url, minimum = 0, maximum = DEFAULT_MAXIMUM }, index) => {
    const path: Path = ['capacityProviders', index];
    if (command === undefined && url === undefined)
      return [
        onValue(
          'missing-field',
          [...path, 'command'],
          `${nameOf(path)} has no command`,
          'add command, which is run, or url, which is asked',
        ),
      ];
    if (command !== undefined && url !== undefined)
      return [onKey('fields-exclude-each-other', [...path, 'url'], `${nameOf(path)} has both command and url`, 'keep one of the two')];
    if (minimum <= maximum) return [];
    return [
      onValue('wrong-value', [...path, 'minimum'], `${nameOf(path)} has a minimum ${minimum} above its maximum, ${maximum}`, 'lower it'),
    ];
  });
  return [...twice, ...ways];
}

function credentialsFindings(credentials: readonly RoleCredentials[]): Finding[] {
  return credentials.flatMap(({ role, file, url }, index) => {
    const path: Path = ['metadata', 'credentials', index];
    if (credentials.findIndex((other) => isSameRole(other.role, role)) < index) {
      return [onValue('duplicate-item', [...path, 'role'], `two entries are for the role ${role}`, 'keep one of them')];
    }
    if (file === undefined && url === undefined) {
      const message = `${nameOf(path)} has no file`;
      return [
        onValue('missing-field', [...path, 'file'], message, 'add file, which holds its credentials, or url, which is asked for them'),
      ];
    }
    if (file === undefined || url === undefined) return [];
    return [onKey('fields-exclude-each-other', [...path, 'url'], `${nameOf(path)} has both file and url`, 'keep one of the two')];
  });
}

type Vault = Extract<SecretsConfig['providers'][number], { kind: 'vault' }>;

function tokenFindings({ tokenFile, token }: Vault, index: number): Finding[] {
  const path: Path = ['secrets', 'providers', index];
  if (tokenFile === undefined && token === undefined) {
    return [
      onValue('missing-field', [...path, 'tokenFile'], `${nameOf(path)} has no tokenFile`, 'add tokenFile, the file that holds its token'),
    ];
  }
  if (tokenFile === undefined || token === undefined) return [];
  return [onKey('fields-exclude-each-other', [...path, 'token'], `${nameOf(path)} has both tokenFile and token`, 'keep one of the two')];
}

/** Of several providers, one must be asked for what nothing else is said of; else a misspelt pattern would show only when a task starts. */
function unrouted(names: readonly string[], routes: NonNullable<SecretsConfig['routes']>): Finding[] {
  if (names.length < 2 || routes.length > 0) return [];
  const hint = `add routes, the last of them { match: "*", provider: ${names[0]} }`;
  return [onKey('missing-field', ['secrets', 'providers'], 'secrets has several providers and no routes', hint)];
}

/** Lines of which nothing is shown. */
function hiddenLines(file: FileText, tree: Tree): ReadonlySet<number> {
  const lines = new Set<number>();
  const visit = (here: Tree): void => {
    if (here.kind === 'list') for (const item of here.items) visit(item);
    if (here.kind !== 'mapping') return;
    for (const { key, value } of here.entries) {
      visit(value);
      if (!MAY_BE_SECRET.test(key) || key === 'secrets') continue;
      for (let line = placeOf(file, value.start).line; line <= placeOf(file, value.end).line; line++) lines.add(line);
    }
  };
  visit(tree);
  return lines;
}

function withoutExcerpt(problem: Problem): Problem {
  const { excerpt: _, excerptColumn: __, ...rest } = problem;
  return rest;
}
