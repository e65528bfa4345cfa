// Which host keys are taken: files in the form of OpenSSH (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), with several keys a host, patterns, hashed
// names and @revoked. A line that can't be read is passed over, as OpenSSH does.
// Deliberately absent: @cert-authority, since the library knows no host certificates; such lines count for nothing.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { SSH_PORT } from '../../../lang/engine-endpoint.ts';

export interface KnownHostsFile {
  readonly path: string;
  readonly text: string;
}

export type HostKeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  /** Another key is known for this host. `line` counts from 1. */
  | { readonly kind: 'changed' | 'revoked'; readonly path: string; readonly line: number; readonly known: string };

interface Line {
  readonly path: string;
  readonly line: number;
  readonly marker: string | null;
  readonly hosts: string;
  readonly key: Buffer;
}

/** What is signed with for a type of key, the best first; SHA-1 is left out. */
const ALGORITHMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
]);

/** What the files say of the key that a host has shown. */
export function hostKeyVerdict(files: readonly KnownHostsFile[], host: string, port: number, key: Buffer): HostKeyVerdict {
  const lines = files.flatMap(linesOf);
  const about = (name: string): readonly Line[] => lines.filter(({ hosts }) => isAbout(hosts, name));
  const own = about(nameOf(host, port));
  const isSame = (line: Line): boolean => line.key.length === key.length && timingSafeEqual(line.key, key);
  const told = (kind: 'changed' | 'revoked', { path, line, key: known }: Line): HostKeyVerdict => ({
    kind,
    path,
    line,
    known: fingerprint(known),
  });
  const revoked = own.find((line) => line.marker === '@revoked' && isSame(line));
  if (revoked !== undefined) return told('revoked', revoked);
  const plain = own.filter(({ marker }) => marker === null);
  if (plain.some(isSame)) return { kind: 'known' };
  const other = plain.find((line) => keyType(line.key) === keyType(key)) ?? plain[0];
  if (other !== undefined) return told('changed', other);
  // OpenSSH: the key that a host shows on its usual port is taken on another one, too.
  if (port !== SSH_PORT && about(host).some((line) => line.marker === null && isSame(line))) return { kind: 'known' };
  return { kind: 'unknown' };
}

/** The algorithms to ask for: those whose keys are known for the host first, or it would show us another key of its own, which we do not know. */
export function hostKeyAlgorithms(files: readonly KnownHostsFile[], host: string, port: number): readonly string[] {
  const names = [nameOf(host, port), host];
  const known = files
    .flatMap(linesOf)
    .filter(({ marker, hosts }) => marker === null && names.some((name) => isAbout(hosts, name)))
    .map(({ key }) => keyType(key));
  const types = [...ALGORITHMS.keys()];
  const first = types.filter((type) => known.includes(type));
  return [...first, ...types.filter((type) => !known.includes(type))].flatMap((type) => ALGORITHMS.get(type) ?? []);
}

/** `SHA256:...`, as ssh-keygen -l prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a public key says itself: ssh-ed25519. */
export function keyType(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return key.subarray(4, 4 + Math.min(length, 64)).toString('latin1');
}

function nameOf(host: string, port: number): string {
  return port === SSH_PORT ? host : `[${host}]:${port}`;
}

function linesOf({ path, text }: KnownHostsFile): readonly Line[] {
  return text.split('\n').flatMap((whole, index) => {
    const fields = whole.trim().split(/\s+/);
    const marker = fields[0]?.startsWith('@') ? (fields.shift() ?? null) : null;
    const [hosts = '', , encoded = ''] = fields;
    if (hosts === '' || hosts.startsWith('#') || encoded === '') return [];
    const key = Buffer.from(encoded, 'base64');
    return keyType(key) === fields[1] ? [{ path, line: index + 1, marker, hosts, key }] : [];
  });
}

/** Whether the first field of a line is about a name: patterns between commas, `!` before one that it must not be, or a hash. */
function isAbout(field: string, name: string): boolean {
  if (field.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = field.split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  const patterns = field.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern, name));
}

/** OpenSSH's patterns: * any characters, ? one. Goes back to the last * only, so its time is bounded by the product of the lengths. */
function matches(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let behind = 0;
  for (let here = 0; here < text.length; ) {
    if (pattern[at] === '*') {
      star = at++;
      behind = here;
    } else if (pattern[at] === '?' || (at < pattern.length && pattern[at] === text[here])) {
      at++;
      here++;
    } else if (star >= 0) {
      at = star + 1;
      here = ++behind;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
