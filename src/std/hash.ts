// Content hashes. Ids are derived by hash, so doing something twice is doing it once. The only file that may import node:crypto below the daemon.
import { hash } from 'node:crypto';

/** JSON with sorted keys and without undefined members: equal values give equal text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const object = value as Readonly<Record<string, unknown>>;
    let members = '';
    // code unit by code unit, as `sort` compares of its own
    for (const key of Object.keys(object).sort()) {
      if (object[key] !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonical(object[key])}`;
    }
    return `{${members}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** SHA-256 over the canonical JSON of `value`, as hex, cut to `length` digits (default 32, as long as an ECS task id). */
export function hashOf(value: unknown, length = 32): string {
  return hashOfText(canonical(value), length);
}

/** SHA-256 over a text, as hex, cut to `length` digits. */
export function hashOfText(text: string, length = 32): string {
  return hash('sha256', text, 'hex').slice(0, length);
}
