// Trees that are made of a compose file's values: each stands where the value stood that it was made of, so that a problem with it points
// into the compose file. Absent parts (null) are left out, and so are lists and mappings that would be empty.
import type { Entry, List, Mapping, Scalar, Tree } from '../../text/tree.ts';

/** Fields by name; null: the field is not there. */
export type Fields = Readonly<Record<string, Tree | null>>;

/** A value in the place of another one. */
export function valueAt(place: Tree, value: string | number | boolean): Scalar {
  const same = place.kind === 'scalar' && place.value === value;
  return { kind: 'scalar', value, start: place.start, end: place.end, text: same ? place.text : null };
}

/** A mapping in the place of a value; null when nothing is in it. */
export function mappingAt(place: Tree, fields: Fields): Mapping | null {
  const entries = Object.entries(fields).flatMap(([key, value]): Entry[] => (value === null ? [] : [{ key, start: value.start, value }]));
  return entries.length === 0 ? null : { kind: 'mapping', entries, start: place.start, end: place.end };
}

/** A list in the place of a value; null when nothing is in it. */
export function listAt(place: Tree, items: readonly (Tree | null)[]): List | null {
  const kept = items.filter((item) => item !== null);
  return kept.length === 0 ? null : { kind: 'list', items: kept, start: place.start, end: place.end };
}

/** Plain data in the place of a value. */
export function plainAt(place: Tree, data: unknown): Tree | null {
  if (Array.isArray(data))
    return listAt(
      place,
      data.map((item) => plainAt(place, item)),
    );
  if (typeof data === 'object' && data !== null) {
    return mappingAt(place, Object.fromEntries(Object.entries(data).map(([key, value]) => [key, plainAt(place, value)])));
  }
  return typeof data === 'string' || typeof data === 'number' || typeof data === 'boolean' ? valueAt(place, data) : null;
}

/** The items of a list; none where there is no list. */
export function itemsOf(tree: Tree | null): readonly Tree[] {
  return tree?.kind === 'list' ? tree.items : [];
}

/** The entries of a mapping; none where there is no mapping. */
export function entriesOf(tree: Tree | null): readonly Entry[] {
  return tree?.kind === 'mapping' ? tree.entries : [];
}

/** The value of a key, or null. */
export function fieldAt(tree: Tree | null, key: string): Tree | null {
  return entriesOf(tree).find((entry) => entry.key === key)?.value ?? null;
}

/** The value of a key, or null; a text without a letter, which a variable that is not set leaves behind, is none for Compose either. */
export function givenAt(tree: Tree | null, key: string): Tree | null {
  const value = fieldAt(tree, key);
  return textIn(value) === '' ? null : value;
}

/** A number, or null where there is none. */
export function numberIn(tree: Tree | null): number | null {
  return tree?.kind === 'scalar' && typeof tree.value === 'number' ? tree.value : null;
}

/** A text, or null where there is none. */
export function textIn(tree: Tree | null): string | null {
  return tree?.kind === 'scalar' && typeof tree.value === 'string' ? tree.value : null;
}

/** Whether a value is true. */
export function isTrue(tree: Tree | null): boolean {
  return tree?.kind === 'scalar' && tree.value === true;
}

const MIB = 1_048_576;
/** ECS: the least memory of a container. */
const LEAST_MIB = 4;

/** MiB of a number of bytes, rounded up, at least what ECS takes; null where there is no limit. */
export function mebibytes(tree: Tree | null, least = LEAST_MIB): Scalar | null {
  const bytes = numberIn(tree);
  return tree === null || bytes === null || bytes <= 0 ? null : valueAt(tree, Math.max(least, Math.ceil(bytes / MIB)));
}
