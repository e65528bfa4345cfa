// The credentials of roles, from where the operator's configuration says: a file, or an address that is asked. They are read anew each time,
// so that whoever renews them needs to tell nobody. Taken in the forms in which AWS's own tools write them.
// Deliberately absent: any memory of a credential, and asking AWS for one.
import { open } from 'node:fs/promises';
import { constants } from 'node:fs';
import { isSameRole } from '../lang/role.ts';
import type { Credentials } from '../model/task/task-metadata.ts';
import type { CredentialsSource } from '../daemon/ports.ts';
import type { RoleCredentials } from '../model/operator-config.ts';

const MAX_BYTES = 65_536;
const LIMIT_MS = 3_000;
/** Credentials that don't end are asked for again this often: SDKs want a moment. */
const STATIC_MS = 3_600_000;

/** The credentials of these roles. `now`: milliseconds since the epoch. */
export function roleCredentials(entries: readonly RoleCredentials[], now: () => number): CredentialsSource {
  const entryOf = (role: string): RoleCredentials | undefined => entries.find((entry) => isSameRole(entry.role, role));
  return {
    has: (role) => entryOf(role) !== undefined,
    read: async (role, signal) => {
      const entry = entryOf(role);
      if (entry === undefined) return null;
      const text = entry.file === undefined ? await asked(entry.url ?? '', signal) : await contentOf(entry.file);
      const where = entry.file ?? 'the answer of its address';
      const found = credentialsIn(text, where, now());
      return { roleArn: entry.role.startsWith('arn:') ? entry.role : role, ...found };
    },
  };
}

/**
 * Pure: the credentials in a JSON text: of the container endpoint, of a credential process, or of AssumeRole. Throws with what is wrong, and
 * never with anything that it holds.
 */
export function credentialsIn(text: string, where: string, now: number): Omit<Credentials, 'roleArn'> {
  const { Credentials: inner, ...outer } = objectIn(text, where);
  const fields = typeof inner === 'object' && inner !== null ? (inner as Readonly<Record<string, unknown>>) : outer;
  const word = (name: string): string | null => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const [accessKeyId, secretAccessKey] = [word('AccessKeyId'), word('SecretAccessKey')];
  if (accessKeyId === null || secretAccessKey === null) throw new Error(`${where} has no AccessKeyId and SecretAccessKey`);
  const ends = word('Expiration');
  const expiration = ends === null ? now + STATIC_MS : Date.parse(ends);
  if (Number.isNaN(expiration)) throw new Error(`the Expiration in ${where} is no time`);
  if (expiration <= now) throw new Error(`the credentials in ${where} have expired`);
  return { accessKeyId, secretAccessKey, token: word('Token') ?? word('SessionToken') ?? '', expiration };
}

function objectIn(text: string, where: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The error of the parser would quote what stands there.
    throw new Error(`${where} is no JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${where} is no JSON object`);
  return value as Readonly<Record<string, unknown>>;
}

async function contentOf(file: string): Promise<string> {
  // Not a wait for somebody to write into a pipe.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = await handle.stat();
    if (size > MAX_BYTES) throw new Error(`${file} has more than ${MAX_BYTES} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

async function asked(url: string, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const answer = await fetch(url, { redirect: 'error', headers: { Accept: 'application/json' }, signal: limit });
  if (answer.status !== 200 || answer.body === null) {
    await answer.body?.cancel();
    throw new Error(`its address answers ${answer.status}`);
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body) {
    bytes += part.length;
    if (bytes > MAX_BYTES) throw new Error(`its address answers more than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
