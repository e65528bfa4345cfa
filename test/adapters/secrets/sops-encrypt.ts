// What `sops encrypt` does, for tests: written from SOPS's documentation and apart from the code that decrypts, so that a mistake of the one
// is not the mistake of the other. Deliberately absent: comments, and every key but age's.
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { Encrypter, armor } from 'age-encryption';
import { stringify } from 'yaml';

type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

export interface Rules {
  readonly unencrypted_suffix?: string;
  readonly encrypted_suffix?: string;
  readonly unencrypted_regex?: string;
  readonly encrypted_regex?: string;
  readonly mac_only_encrypted?: true;
}

export interface Encryption {
  readonly recipients: readonly string[];
  readonly rules?: Rules;
  /** The data key; default: a new one. */
  readonly key?: Uint8Array;
  /** Changes the metadata of a file before it is written. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** The encrypted file: YAML, JSON or dotenv, by the end of its name. */
export async function sopsFile(path: string, values: { readonly [key: string]: Value }, encryption: Encryption): Promise<string> {
  const key = Buffer.from(encryption.key ?? randomBytes(32));
  const rules = encryption.rules ?? { unencrypted_suffix: '_unencrypted' };
  const hash = createHash('sha512');
  if (rules.mac_only_encrypted) hash.update(Buffer.from('8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69', 'hex'));
  const walk = (value: Value, keys: readonly string[]): Value => {
    if (value === null) return null;
    if (Array.isArray(value)) return value.map((item: Value) => walk(item, keys));
    if (typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each, [...keys, name])]));
    const encrypted = isEncrypted(rules, keys);
    if (encrypted || !rules.mac_only_encrypted) hash.update(asText(value));
    return encrypted ? seal(value, key, `${keys.join(':')}:`) : value;
  };
  const sealed = walk(values, []) as Record<string, Value>;
  const lastmodified = '2026-11-27T20:00:00Z';
  const age = await Promise.all(encryption.recipients.map(async (recipient) => ({ recipient, enc: await forRecipient(key, recipient) })));
  const mac = seal(hash.digest('hex').toUpperCase(), key, lastmodified);
  return written(path, sealed, { age, lastmodified, mac, ...rules, version: '3.10.2', ...encryption.metadata });
}

function isEncrypted(rules: Rules, keys: readonly string[]): boolean {
  if (rules.encrypted_regex !== undefined) return keys.some((key) => new RegExp(rules.encrypted_regex ?? '').test(key));
  if (rules.unencrypted_regex !== undefined) return !keys.some((key) => new RegExp(rules.unencrypted_regex ?? '').test(key));
  if (rules.encrypted_suffix !== undefined) return keys.some((key) => key.endsWith(rules.encrypted_suffix ?? ''));
  return !keys.some((key) => key.endsWith(rules.unencrypted_suffix ?? '_unencrypted'));
}

function asText(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? value.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 }) : value;
}

function seal(value: string | number | boolean, key: Buffer, additional: string): string {
  if (value === '') return '';
  const iv = randomBytes(32);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(additional));
  const data = Buffer.concat([cipher.update(asText(value)), cipher.final()]);
  const type = typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'str' : Number.isInteger(value) ? 'int' : 'float';
  const part = (bytes: Buffer): string => bytes.toString('base64');
  return `ENC[AES256_GCM,data:${part(data)},iv:${part(iv)},tag:${part(cipher.getAuthTag())},type:${type}]`;
}

async function forRecipient(key: Buffer, recipient: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return armor.encode(await encrypter.encrypt(key));
}

function written(path: string, values: Readonly<Record<string, Value>>, sops: Readonly<Record<string, unknown>>): string {
  if (path.endsWith('.json')) return JSON.stringify({ ...values, sops }, null, '\t');
  if (!path.endsWith('.env')) return stringify({ ...values, sops });
  const flat = Object.entries(sops).flatMap(([name, value]) =>
    Array.isArray(value)
      ? value.flatMap((entry, index) =>
          Object.entries(entry as Record<string, string>).map(([field, text]) => [`${name}__list_${index}__map_${field}`, text]),
        )
      : [[name, String(value)]],
  );
  const lines = [...Object.entries(values), ...flat.map(([name, value]) => [`sops_${name}`, value] as const)];
  return `${lines.map(([name, value]) => `${name}=${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\n', '\\n')}`).join('\n')}\n`;
}
