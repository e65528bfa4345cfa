// What is only spelling: `x-` keys of the author's own are dropped, and ELB's PascalCase becomes lowerCamel. The result is again a tree,
// with the places of the original. Free maps (labels, event patterns, policies) are data and stay as they are.
import { onKey } from '../finding.ts';
import type { Entry, List, Mapping, Path, Tree } from '../text/tree.ts';
import type { Finding } from '../finding.ts';

/** Our own extension; anything that begins like it is kept, so that a misspelt one is refused instead of ignored. */
const EXTENSION = 'x-longshore';
const LIKE_EXTENSION = /^x-?long/i;
const FREE_MAPS: ReadonlySet<string> = new Set([
  'dockerLabels',
  'labels',
  'annotations',
  'options',
  'driverOpts',
  'storageOptions',
  'eventPattern',
  'inputPathsMap',
  'assumeRolePolicyDocument',
  'policyDocument',
  'repositoryPolicy',
  'tags',
  'variables',
]);

/** The tree of a document in Longshore's spelling. `pascal`: the first letters of keys may be upper case. */
export function spelled(tree: Tree, pascal: boolean, findings: Finding[]): Tree {
  return fold(tree, null, pascal, findings);
}

/** A step down from the document; a path is written out only where something is wrong. */
interface Step {
  readonly above: Step | null;
  readonly step: string | number;
}

function fold(tree: Tree, above: Step | null, pascal: boolean, findings: Finding[]): Tree {
  if (tree.kind === 'scalar') return tree;
  if (tree.kind === 'list') return foldList(tree, above, pascal, findings);
  return foldMapping(tree, above, pascal, findings);
}

/** Most lists have nothing to fold: they are kept and not copied. */
function foldList(list: List, above: Step | null, pascal: boolean, findings: Finding[]): List {
  let changed = false;
  const items = list.items.map((item, index) => {
    if (item.kind === 'scalar') return item;
    const folded = fold(item, { above, step: index }, pascal, findings);
    changed ||= folded !== item;
    return folded;
  });
  return changed ? { ...list, items } : list;
}

function foldMapping(mapping: Mapping, above: Step | null, pascal: boolean, findings: Finding[]): Mapping {
  const entries: Entry[] = [];
  const folded = pascal ? new Set<string>() : null;
  let changed = false;
  for (const entry of mapping.entries) {
    if (entry.key.startsWith('x-') && entry.key !== EXTENSION && !LIKE_EXTENSION.test(entry.key)) {
      changed = true;
      continue;
    }
    const key = pascal ? entry.key.slice(0, 1).toLowerCase() + entry.key.slice(1) : entry.key;
    const inner: Step = { above, step: key };
    if (folded?.has(key) === true) {
      const message = `the key "${key}" stands twice in one mapping, in two spellings`;
      findings.push(onKey('duplicate-key', pathOf(inner), message, 'keep one of the two'));
      changed = true;
      continue;
    }
    folded?.add(key);
    const value = FREE_MAPS.has(key) && entry.value.kind === 'mapping' ? entry.value : fold(entry.value, inner, pascal, findings);
    const same = key === entry.key && value === entry.value;
    changed ||= !same;
    entries.push(same ? entry : { key, start: entry.start, value });
  }
  return changed ? { ...mapping, entries } : mapping;
}

function pathOf(last: Step): Path {
  const path: (string | number)[] = [];
  for (let here: Step | null = last; here !== null; here = here.above) path.unshift(here.step);
  return path;
}
