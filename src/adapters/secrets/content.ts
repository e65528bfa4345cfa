// From the content of a secret to the one text that a container is given: the whole, or the field that `:json-key:` names, by the same rules
// for every provider. No message holds any part of a content.
import { SecretError } from './provider.ts';
import type { Content } from './provider.ts';
import { nearest } from '../../std/text.ts';

/** Secrets Manager takes 64 KiB, SSM 8; an environment takes no more either. */
export const MAX_SECRET_BYTES = 65_536;

/** The text that is meant; throws SecretError. */
export function textOf(content: Content, jsonKey: string | null): string {
  const text = jsonKey === null ? wholeOf(content) : fieldText(fieldsOf(content), jsonKey);
  if (Buffer.byteLength(text) > MAX_SECRET_BYTES) throw tooLarge();
  if (text.includes('\0'))
    throw new SecretError(
      'unusable',
      'it holds a NUL character, which no variable can',
      'Keep it in base64 and let the program decode it.',
    );
  return text;
}

/** Bytes as text; throws SecretError. One line break at the end is taken away: editors and `echo` put it there, and nobody means it. */
export function decoded(bytes: Uint8Array): string {
  if (bytes.length > MAX_SECRET_BYTES) throw tooLarge();
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch {
    // the only error a fatal decoder has: these bytes are not UTF-8
    throw new SecretError('unusable', 'it is not a text in UTF-8', 'Keep it in base64 and let the program decode it.');
  }
}

/** The error of what is larger than a secret may be. */
export function tooLarge(): SecretError {
  return new SecretError(
    'unusable',
    `it has more than ${MAX_SECRET_BYTES} bytes`,
    'A secret is a password or a key; put files into a volume.',
  );
}

function wholeOf(content: Content): string {
  if (content.kind === 'text') return content.text;
  const [only, ...more] = Object.keys(content.fields);
  if (only !== undefined && more.length === 0 && content.sole.includes(only)) return fieldText(content.fields, only);
  return JSON.stringify(content.fields);
}

function fieldsOf(content: Content): Readonly<Record<string, unknown>> {
  if (content.kind === 'fields') return content.fields;
  let value: unknown;
  try {
    value = JSON.parse(content.text);
  } catch {
    // its own words quote the text
    throw new SecretError(
      'unusable',
      'it is not JSON, and a key of it is asked for',
      'Write it as a JSON object, or leave the key out of valueFrom.',
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SecretError(
    'unusable',
    'it is no JSON object, and a key of it is asked for',
    'Write it as a JSON object, or leave the key out of valueFrom.',
  );
}

/** A field as text: a text as it is, a number or true/false as it is written, a list or an object as JSON. */
function fieldText(fields: Readonly<Record<string, unknown>>, key: string): string {
  const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (value === null) throw new SecretError('absent', `its key ${key} is null`, 'Give it a value, or name another key in valueFrom.');
  if (value === undefined) {
    const meant = nearest(key, Object.keys(fields));
    const hint = meant === null ? 'Add the key to it, or name another one in valueFrom.' : `Did you mean ${meant}?`;
    throw new SecretError('absent', `it has no key ${key}`, hint);
  }
  if (typeof value === 'string') return value;
  // JSON has read it as a binary number by now, and digits may be gone
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new SecretError('unusable', `its key ${key} is a number of too many digits`, 'Put the number into quotes.');
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}
