// Opens the values of a SOPS file with its data key, and proves that none was changed, added, moved or taken away: each value is sealed by
// AES-256-GCM with the keys that lead to it as additional data, and a MAC stands over all of them in their order. A file whose MAC is wrong
// gives no value at all. Source: getsops/sops, aes/cipher.go and sops.go. Deliberately absent: encryption.
import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { SecretError } from './provider.ts';
import type { SopsDocument } from './sops-document.ts';
import type { Tree } from '../../manifest/text/tree.ts';

const SEALED = /^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]*),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:([a-z0-9]+)\]$/;
/** SOPS begins the MAC over encrypted values alone with these bytes: the SHA-256 of "sops". */
const ENCRYPTED_ONLY = createHash('sha256').update('sops').digest();
const TAG_BYTES = 16;

/** The values as plain data, numbers and true/false among them; throws SecretError. `path`: of the file, for messages. */
export function openedValues(path: string, document: SopsDocument, dataKey: Uint8Array): Readonly<Record<string, unknown>> {
  const hash = createHash('sha512');
  if (document.macOnlyEncrypted) hash.update(ENCRYPTED_ONLY);
  const opening: Opening = { path, document, dataKey, hash };
  const values = opened(document.root, [], opening);
  checkMac(opening);
  return values as Readonly<Record<string, unknown>>;
}

interface Opening {
  readonly path: string;
  readonly document: SopsDocument;
  readonly dataKey: Uint8Array;
  readonly hash: Hash;
}

/** What a tree holds. Items of a list have the keys of the list. */
function opened(tree: Tree, keys: readonly string[], opening: Opening): unknown {
  if (tree.kind === 'list') return tree.items.map((item) => opened(item, keys, opening));
  if (tree.kind === 'mapping')
    return Object.fromEntries(tree.entries.map(({ key, value }) => [key, opened(value, [...keys, key], opening)]));
  if (tree.value === null) return null;
  const { document, hash } = opening;
  if (!document.isEncrypted(keys)) {
    if (!document.macOnlyEncrypted) hash.update(inGo(tree.value));
    return tree.value;
  }
  const { text, type } = unsealed(tree.value, keys, opening);
  hash.update(text);
  return typed(text.toString('utf8'), type);
}

function unsealed(value: unknown, keys: readonly string[], { path, dataKey }: Opening): { readonly text: Buffer; readonly type: string } {
  if (value === '') return { text: Buffer.alloc(0), type: 'str' }; // SOPS leaves an empty text as it is
  const sealed = typeof value === 'string' ? SEALED.exec(value) : null;
  const where = `${keys.join('.')} of ${path}`;
  if (sealed === null)
    throw new SecretError(
      'unusable',
      `${where} should be encrypted by the rules of the file, and is not`,
      'Encrypt it: sops encrypt --in-place.',
    );
  const [, data = '', iv = '', tag = '', type = ''] = sealed;
  try {
    return { text: unsealedBytes({ data, iv, tag }, dataKey, `${keys.join(':')}:`), type };
  } catch {
    // whatever the reason, OpenSSL knows no more than that it does not fit
    throw new SecretError(
      'unusable',
      `${where} was changed after it was encrypted`,
      'Restore the file, or write the value anew with sops edit.',
    );
  }
}

/** Throws when the tag does not fit. */
function unsealedBytes(
  sealed: { readonly data: string; readonly iv: string; readonly tag: string },
  key: Uint8Array,
  additional: string,
): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.iv, 'base64'), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(additional));
  decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'));
  return Buffer.concat([decipher.update(Buffer.from(sealed.data, 'base64')), decipher.final()]);
}

function checkMac({ path, document, dataKey, hash }: Opening): void {
  const [, data = '', iv = '', tag = ''] = SEALED.exec(document.mac) ?? [];
  const computed = Buffer.from(hash.digest('hex').toUpperCase());
  let kept: Buffer;
  try {
    kept = unsealedBytes({ data, iv, tag }, dataKey, document.lastModified);
  } catch {
    throw changed(path);
  }
  if (kept.length !== computed.length || !timingSafeEqual(kept, computed)) throw changed(path);
}

function changed(path: string): SecretError {
  const hint =
    'Restore it from an earlier commit, or make it anew with sops edit. Numbers and dates that are not encrypted belong in quotes.';
  return new SecretError('unusable', `${path} was changed without SOPS: its MAC does not fit`, hint);
}

/** A value as Go writes it, which is what the MAC covers. */
function inGo(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? withoutExponent(value) : value;
}

/** All digits of a number, where JavaScript would write 1e+21 or 1e-7. */
function withoutExponent(value: number): string {
  const [, sign = '', first = '', rest = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  if (exponent === undefined) return String(value);
  const digits = first + rest;
  const point = first.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.slice(0, point).padEnd(point, '0')}${point < digits.length ? `.${digits.slice(point)}` : ''}`;
}

/** A number that JavaScript can not hold in full stays the text that it is. */
function typed(text: string, type: string): unknown {
  if (type === 'bool') return text.toLowerCase() === 'true';
  if (type === 'int' || type === 'float') return withoutExponent(Number(text)) === text ? Number(text) : text;
  return text;
}
