// The Vault port over the providers of the operator's configuration: which of them is asked, how many at once, until when, and what is told.
// `fingerprint` is for everybody; `open` gives values, to the engine's adapter alone, at the moment in which it creates a container.
// Deliberately absent: any memory of a value. It is read again each time, and what is remembered of the commit's files is ciphertext.
import { createHmac } from 'node:crypto';
import { SecretError, faultOf } from './provider.ts';
import { directoryProvider } from './directory.ts';
import { environmentProvider } from './environment.ts';
import { parseEnvironmentFile, parseEnvironmentFileName } from '../../lang/environment-file.ts';
import { providerOf } from './routes.ts';
import { keptNames, parseSecretReference } from '../../lang/secret-reference.ts';
import { secretKey } from '../../model/access/secret.ts';
import { sopsProvider } from './sops.ts';
import { textOf } from './content.ts';
import { vaultProvider } from './vault.ts';
import { variablesTextOf } from './environment-files.ts';
import type { FileVariable } from '../../lang/environment-file.ts';
import type { Provider, Reading } from './provider.ts';
import type { SecretFault, SecretPrint, SecretUse } from '../../model/access/secret.ts';
import type { SecretProvider, SecretsConfig } from '../../model/operator-config.ts';
import type { SourceFile } from '../../manifest/source.ts';
import type { Vault } from '../../daemon/ports.ts';

export interface SecretsOptions {
  /** Null: the operator has configured no provider. Paths in it are absolute. */
  readonly config: SecretsConfig | null;
  /** The key of the installation, for fingerprints. */
  readonly key: Uint8Array;
  /** Of the daemon's process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A value that a container is about to be given, or why it can not be. It must reach no log, no error and nothing that lasts. */
export type Opened =
  | { readonly kind: 'text'; readonly text: string; readonly fingerprint: string }
  | { readonly kind: 'variables'; readonly variables: readonly FileVariable[]; readonly fingerprint: string }
  | { readonly kind: 'fault'; readonly fault: SecretFault };

export interface Secrets extends Vault {
  /**
   * The values, by secretKey. Secrets in the repository are read from the files that `fingerprint` was given last, so that what a container
   * gets is what was decided about; before its first call they are `away`. Never rejects.
   */
  open(uses: readonly SecretUse[], signal: AbortSignal): Promise<ReadonlyMap<string, Opened>>;
}

/** Read at once, over all providers: more load a server and gain nothing. */
const AT_ONCE = 8;
const FINGERPRINT_DIGITS = 16;
/** Where SOPS files lie in a repository. */
const DEFAULT_PATH = 'secrets';

/** The secrets of an installation; no provider is touched before the first is asked for. */
export function openSecrets(options: SecretsOptions): Secrets {
  const providers = (options.config?.providers ?? []).map((each) => providerFrom(each, options.environment));
  let files: readonly SourceFile[] | null = null;

  const textFor = async (use: SecretUse, reading: Reading): Promise<string> => {
    if (use.kind === 'environment-file') {
      const names = known(parseEnvironmentFileName(use.from), use);
      return variablesTextOf(names, use.from, { providers, routes: options.config?.routes ?? [] }, reading);
    }
    const reference = known(parseSecretReference(use.from), use);
    const provider = providerOf(use.from, reference.provider, providers, options.config?.routes ?? []);
    const { versionStage, versionId, jsonKey } = reference;
    return textOf(await provider.read({ names: keptNames(reference), versionStage, versionId }, reading), jsonKey);
  };

  const openEach = async (uses: readonly SecretUse[], reading: Reading): Promise<Map<string, Opened>> => {
    const waiting = [...new Map(uses.map((use) => [secretKey(use), use])).entries()];
    const found = new Map<string, Opened>();
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [key, use] = next;
        found.set(key, await openOne(use, reading));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return found;
  };

  const openOne = async (use: SecretUse, reading: Reading): Promise<Opened> => {
    try {
      const text = await untilAborted(textFor(use, reading), reading.signal);
      // the name is a part of it, so that equal secrets of different names do not look equal
      const fingerprint = createHmac('sha256', options.key)
        .update(`${secretKey(use)}\n${text}`)
        .digest('hex')
        .slice(0, FINGERPRINT_DIGITS);
      return use.kind === 'secret'
        ? { kind: 'text', text, fingerprint }
        : { kind: 'variables', variables: variablesOf(text, use), fingerprint };
    } catch (error) {
      const { code, message, hint } = faultOf(error, reading.signal);
      const what = use.kind === 'secret' ? 'the secret' : 'the environment file';
      return { kind: 'fault', fault: { code, message: `${what} ${use.from}: ${message}`, hint } };
    }
  };

  return {
    fingerprint: async (uses, given, signal) => {
      files = given.filter((file) => mayHoldSecrets(file, options.config));
      const found = await openEach(uses, { files, signal, memo: new Map() });
      return new Map(Array.from(found, ([key, opened]) => [key, printOf(opened)]));
    },
    open: (uses, signal) => openEach(uses, { files, signal, memo: new Map() }),
  };
}

/** What of a commit is worth keeping between two questions: few of its files, and none of its manifests. */
function mayHoldSecrets({ path, kind, content }: SourceFile, config: SecretsConfig | null): boolean {
  const places = (config?.providers ?? []).flatMap((each) => (each.kind === 'sops' ? [each.path ?? DEFAULT_PATH] : []));
  if (kind !== 'file') return false;
  return (
    path.endsWith('.env') ||
    places.some((place) => path.startsWith(place)) ||
    Buffer.from(content.buffer, content.byteOffset, content.length).includes('sops')
  );
}

function providerFrom(config: SecretProvider, environment: Readonly<Record<string, string | undefined>>): Provider {
  switch (config.kind) {
    case 'directory':
      return directoryProvider(config);
    case 'environment':
      return environmentProvider({ ...config, environment });
    case 'sops':
      return sopsProvider({ ...config, path: (config.path ?? DEFAULT_PATH).replace(/\/+$/, '') });
    case 'vault':
      return vaultProvider({
        provider: config.name,
        address: config.address.replace(/\/$/, ''),
        mount: config.mount ?? 'secret',
        path: config.path ?? null,
        namespace: config.namespace ?? null,
        token: config.tokenFile === undefined ? { environment: config.token?.environment ?? '' } : { file: config.tokenFile },
        caFile: config.caFile ?? null,
        environment,
      });
  }
}

/** What the loader has checked already, and a caller with texts of its own may not have. */
function known<T>(
  parsed: { readonly value: T | null; readonly fault: { readonly message: string; readonly hint: string } | null },
  use: SecretUse,
): T {
  if (parsed.value !== null) return parsed.value;
  throw new SecretError('unusable', `${use.from} ${parsed.fault?.message}`, `${parsed.fault?.hint}.`);
}

function variablesOf(text: string, use: SecretUse): readonly FileVariable[] {
  return known(parseEnvironmentFile(text), use);
}

function printOf(opened: Opened): SecretPrint {
  return opened.kind === 'fault' ? { fingerprint: null, fault: opened.fault } : { fingerprint: opened.fingerprint, fault: null };
}

/** Settles when the signal aborts, whatever the other side does; a file system can wait for ever. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(new Error('the time is up'));
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
