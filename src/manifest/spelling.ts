// What is only spelling: `x-` keys of the author's own are dropped, and ELB's PascalCase becomes lowerCamel. The result is again a tree,
// with the places of the original. Free maps (dockerLabels) are data and stay as they are.
import { onKey } from './finding.ts';
import type { Entry, Mapping, Path, Tree } from './tree.ts';
import type { Finding } from './finding.ts';

/** Our own extension; anything that begins like it is kept, so that a misspelt one is refused instead of ignored. */
const EXTENSION = 'x-longshore';
const LIKE_EXTENSION = /^x-?long/i;
const FREE_MAPS: ReadonlySet<string> = new Set(['dockerLabels']);

/** The tree of a document in Longshore's spelling. `pascal`: the first letters of keys may be upper case. */
export function spelled(tree: Tree, pascal: boolean, findings: Finding[]): Tree {
  return fold(tree, [], pascal, findings);
}

function fold(tree: Tree, path: Path, pascal: boolean, findings: Finding[]): Tree {
  if (tree.kind === 'scalar') return tree;
  if (tree.kind === 'list') return { ...tree, items: tree.items.map((item, index) => fold(item, [...path, index], pascal, findings)) };
  return foldMapping(tree, path, pascal, findings);
}

function foldMapping(mapping: Mapping, path: Path, pascal: boolean, findings: Finding[]): Mapping {
  const entries = new Map<string, Entry>();
  for (const entry of mapping.entries) {
    if (entry.key.startsWith('x-') && entry.key !== EXTENSION && !LIKE_EXTENSION.test(entry.key)) continue;
    const key = pascal ? entry.key.slice(0, 1).toLowerCase() + entry.key.slice(1) : entry.key;
    const inner = [...path, key];
    if (entries.has(key)) {
      const message = `the key "${key}" stands twice in one mapping, in two spellings`;
      findings.push(onKey('duplicate-key', inner, message, 'keep one of the two'));
      continue;
    }
    const value = FREE_MAPS.has(key) ? entry.value : fold(entry.value, inner, pascal, findings);
    entries.set(key, { key, start: entry.start, value });
  }
  return { ...mapping, entries: [...entries.values()] };
}
