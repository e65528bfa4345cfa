// The two tags of compose files: `!reset` takes away what earlier files say at its place, `!override` does the same before it adds its
// own value. Both are places to be emptied in what came before: an earlier file, an included one, or the service that is extended.
import type { Path, Tree } from '../../text/tree.ts';

/** Tags that are read in compose files. */
export const COMPOSE_TAGS: ReadonlySet<string> = new Set(['!reset', '!override']);

export interface Untagged {
  /** Without the values that carry `!reset`; null when that is the whole. */
  readonly tree: Tree | null;
  /** Places that are emptied in what came before. */
  readonly emptied: readonly Path[];
}

/** Takes the tags out of a tree. `tags` by the offsets at which their values begin. */
export function untagged(tree: Tree, tags: ReadonlyMap<number, string>): Untagged {
  if (tags.size === 0) return { tree, emptied: [] };
  const emptied: Path[] = [];
  return { tree: stripped(tree, [], tags, emptied), emptied };
}

function stripped(tree: Tree, path: Path, tags: ReadonlyMap<number, string>, emptied: Path[]): Tree | null {
  const tag = tags.get(tree.start);
  // a mapping begins where its first key does, and a list where its first dash: a tag belongs to one value only
  if (tag !== undefined) {
    emptied.push(path);
    return tag === '!reset' ? null : tree;
  }
  if (tree.kind === 'scalar') return tree;
  if (tree.kind === 'list') {
    return { ...tree, items: tree.items.flatMap((item, index) => stripped(item, [...path, index], tags, emptied) ?? []) };
  }
  const entries = tree.entries.flatMap((entry) => {
    const value = stripped(entry.value, [...path, entry.key], tags, emptied);
    return value === null ? [] : [{ ...entry, value }];
  });
  return { ...tree, entries };
}

/** A tree without the values at some places. Items of lists stay: Compose counts them anew when it merges. */
export function emptiedAt(tree: Tree, paths: readonly Path[]): Tree {
  let here = tree;
  for (const path of paths) here = without(here, path);
  return here;
}

function without(tree: Tree, path: Path): Tree {
  const [key, ...rest] = path;
  if (tree.kind !== 'mapping' || key === undefined) return tree;
  const entries = tree.entries.flatMap((entry) => {
    if (entry.key !== key) return [entry];
    return rest.length === 0 ? [] : [{ ...entry, value: without(entry.value, rest) }];
  });
  return { ...tree, entries };
}

/** The paths below a place, told from there. */
export function pathsBelow(paths: readonly Path[], above: Path): Path[] {
  return paths.flatMap((path) =>
    path.length > above.length && above.every((step, index) => step === path[index]) ? [path.slice(above.length)] : [],
  );
}
