// What the JSON of AWS's tools has in common, whatever it is about: PascalCase or lowerCamel, fields that only answers have, one thing or a
// list of them under a word. The forms of scaling, events, registry and roles are made of these pieces.
import { KINDS } from '../kind.ts';
import { normalised } from './ecs/normalise.ts';
import { spelled } from './spelling.ts';
import { unpacked } from './json-text.ts';
import type { Draft } from '../draft.ts';
import type { Entry, Mapping, Tree } from '../text/tree.ts';
import type { Finding } from '../finding.ts';
import type { KindName } from '../kind.ts';

/** A key with its first letter in lower case, as models write it. */
export function lowerFirst(key: string): string {
  return key.slice(0, 1).toLowerCase() + key.slice(1);
}

/** Whether a mapping has all of these keys, in either spelling. */
export function has(tree: Tree, ...names: readonly string[]): boolean {
  return names.every((name) => under(tree, name) !== null);
}

/** Whether a mapping has one of these keys, in either spelling. */
export function hasAny(tree: Tree, ...names: readonly string[]): boolean {
  return names.some((name) => under(tree, name) !== null);
}

/** What a mapping holds under a key, in either spelling; null when it has no such key. */
export function under(tree: Tree, name: string): Tree | null {
  if (tree.kind !== 'mapping') return null;
  return tree.entries.find((entry) => lowerFirst(entry.key) === name)?.value ?? null;
}

/** The items of a list under a key; null when there is none. */
export function listUnder(tree: Tree, name: string): readonly Tree[] | null {
  const found = under(tree, name);
  return found?.kind === 'list' ? found.items : null;
}

/** A mapping made by a reader, at the place of what it was made of. */
export function made(at: Tree, entries: Readonly<Record<string, Tree>>): Mapping {
  const list = Object.entries(entries).map(([key, value]): Entry => ({ key, start: value.start, value }));
  return { kind: 'mapping', entries: list, start: at.start, end: at.end };
}

/** A draft of one thing that AWS's tools wrote: keys folded, JSON inside texts unpacked, and what only answers hold left out. */
export function draftOf(tree: Tree, kind: KindName): Draft {
  const findings: Finding[] = [];
  const folded = unpacked(spelled(tree, true, findings), KINDS[kind].json ?? [], findings);
  return { kind, tree: folded.kind === 'mapping' ? normalised(kind, folded) : folded, findings };
}

/** A mapping whose key `from` is called `to`. */
export function renamed(tree: Tree, from: string, to: string): Tree {
  if (tree.kind !== 'mapping') return tree;
  return { ...tree, entries: tree.entries.map((entry) => (lowerFirst(entry.key) === from ? { ...entry, key: to } : entry)) };
}
