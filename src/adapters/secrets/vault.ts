// HashiCorp Vault and OpenBao: a mount of the KV engine, version 2. A secret is a path with fields; ECS's version stages and ids become its
// numbered versions. Wire: GET /v1/<mount>/data/<path>?version=<n>, documented by both projects.
// Deliberately absent: version 1 of the engine (no versions, and another wire), dynamic secrets (each reading would make a new one).
import { SecretError, nameParts } from './provider.ts';
import { vaultGet } from './vault-client.ts';
import type { Content, Provider, Reading, Wanted } from './provider.ts';
import type { VaultClientOptions } from './vault-client.ts';

export interface VaultOptions extends VaultClientOptions {
  readonly mount: string;
  /** Folder below the mount that names begin in; null: the mount itself. */
  readonly path: string | null;
}

/** What is read of an answer. */
interface Version {
  /** Null: this version is deleted or destroyed. */
  readonly fields: Readonly<Record<string, unknown>> | null;
  readonly version: number;
}

/** A field of this name stands for the whole secret where it is the only one: a parameter has one value. */
const SOLE = ['value'];

/** The provider over a server; nothing is asked before the first secret is. */
export function vaultProvider(options: VaultOptions): Provider {
  const { provider, mount, path } = options;

  const versionOf = async (name: string, version: number | null, signal: AbortSignal): Promise<Version | null> => {
    const parts = [...(path === null ? [] : path.split('/')), ...nameParts(name, provider)];
    const where = [...mount.split('/'), 'data', ...parts].map(encodeURIComponent).join('/');
    const { body } = await vaultGet(options, where + (version === null ? '' : `?version=${version}`), signal);
    return readVersion(body);
  };

  /** The version that is wanted of a secret; null when there is no such secret. */
  const wantedVersion = async (name: string, wanted: Wanted, signal: AbortSignal): Promise<Version | null> => {
    const { versionStage, versionId } = wanted;
    if (versionId !== null) return /^[1-9][0-9]{0,8}$/.test(versionId) ? versionOf(name, Number(versionId), signal) : null;
    const current = await versionOf(name, null, signal);
    if (current === null || versionStage === null || versionStage === 'AWSCURRENT') return current;
    if (versionStage !== 'AWSPREVIOUS' || current.version < 2) return null;
    return versionOf(name, current.version - 1, signal);
  };

  const read = async (wanted: Wanted, signal: AbortSignal): Promise<Content> => {
    let isDeleted = false;
    for (const name of wanted.names) {
      const found = await wantedVersion(name, wanted, signal);
      if (found !== null && found.fields !== null) return { kind: 'fields', fields: sorted(found.fields), sole: SOLE };
      isDeleted ||= found !== null;
    }
    const version = wanted.versionId ?? wanted.versionStage;
    const what = `${mount}/${path === null ? '' : `${path}/`}${wanted.names.join(' or ')}`;
    const of = version === null ? '' : ` with the version ${version}`;
    const hint = isDeleted
      ? 'Undelete the version, or write a new one.'
      : 'Write it with `vault kv put`, or correct the name; mount and path stand in the configuration.';
    throw new SecretError('absent', isDeleted ? `${what}${of} is deleted` : `${provider} has no ${what}${of}`, hint);
  };

  return {
    name: provider,
    opensCommit: false,
    read: (wanted, { memo, signal }: Reading) => {
      const key = [provider, ...wanted.names, wanted.versionStage ?? '', wanted.versionId ?? ''].join('\n');
      const known = memo.get(key) ?? read(wanted, signal);
      memo.set(key, known);
      return known;
    },
    readFile: null,
  };
}

/** 200 with `data.data`, 404 with it when the version is deleted, 404 without any data when there is no such secret. */
function readVersion(body: unknown): Version | null {
  const data = member(body, 'data');
  const version = member(member(data, 'metadata'), 'version');
  if (typeof version !== 'number') return null;
  const fields = member(data, 'data');
  return { version, fields: isRecord(fields) ? fields : null };
}

/** In an order of their own: the text of the whole secret, and so its fingerprint, must not depend on the server's. */
function sorted(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function member(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
