// Structural comparison of plain data (JSON values): whether two values are equal, and the list of places where they differ.
// Deliberately absent: minimal edit scripts and moves within lists. People read "this field was X and is Y", not a patch.

export interface Difference {
  /** `containerDefinitions[web].image`; list entries go by their name where they have one. */
  readonly path: string;
  /** Undefined: the place did not exist. */
  readonly before: unknown;
  /** Undefined: the place is gone. */
  readonly after: unknown;
}

/** A plan shows no more places than this for one thing; further ones are counted by the caller. */
export const MAX_DIFFERENCES = 1_000;

/** Members that identify an entry of a list, tried in this order. */
const ENTRY_KEYS = ['name', 'key', 'targetGroupArn', 'priority', 'containerPort', 'port'] as const;

/** Whether two plain values are equal in content. An undefined member equals an absent one, as in JSON. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((entry, index) => same(entry, b[index]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key of Object.keys(left)) if (!same(left[key], right[key])) return false;
  for (const key of Object.keys(right)) if (!(key in left) && right[key] !== undefined) return false;
  return true;
}

/** Every place where `after` differs from `before`, in the order of `after` (places that are gone come last at each level). At most MAX_DIFFERENCES. */
export function differences(before: unknown, after: unknown): readonly Difference[] {
  const found: Difference[] = [];
  compare('', before, after, found);
  return found;
}

function compare(path: string, before: unknown, after: unknown, found: Difference[]): void {
  if (found.length >= MAX_DIFFERENCES || same(before, after)) return;
  const left = members(before, after);
  const right = members(after, before);
  if (left === null || right === null) {
    found.push({ path, before, after });
    return;
  }
  for (const [name, value] of right) compare(`${path}${step(path, name)}`, left.get(name), value, found);
  for (const [name, value] of left) if (!right.has(name)) compare(`${path}${step(path, name)}`, value, undefined, found);
}

/** The named parts of a value that can be compared part by part with `other`; null when the value is compared as a whole. */
function members(value: unknown, other: unknown): Map<string, unknown> | null {
  if (Array.isArray(value) && Array.isArray(other)) {
    const key = ENTRY_KEYS.find((candidate) => identifies(candidate, value) && identifies(candidate, other));
    if (key === undefined) return null;
    return new Map(value.map((entry) => [`[${String((entry as Record<string, unknown>)[key])}]`, entry]));
  }
  if (!isRecord(value) || !isRecord(other)) return null;
  return new Map(Object.entries(value));
}

/** Whether every entry of a list has `key`, and no two the same. */
function identifies(key: string, list: readonly unknown[]): boolean {
  const seen = new Set(list.map((entry) => (isRecord(entry) ? entry[key] : undefined)));
  return !seen.has(undefined) && seen.size === list.length;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function step(path: string, name: string): string {
  return path === '' || name.startsWith('[') ? name : `.${name}`;
}
