// Content hashes. Ids are derived by hash, so doing something twice is doing it once. The only file that may import node:crypto below the daemon.
import { createHash } from 'node:crypto';

/** JSON with sorted keys and without undefined members: equal values give equal text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value as Record<string, unknown>).filter(([, member]) => member !== undefined);
    members.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** SHA-256 over the canonical JSON of `value`, as hex, cut to `length` digits (default 32, as long as an ECS task id). */
export function hashOf(value: unknown, length = 32): string {
  return hashOfText(canonical(value), length);
}

/** SHA-256 over a text, as hex, cut to `length` digits. */
export function hashOfText(text: string, length = 32): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
