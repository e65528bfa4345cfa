// One document merged over another: what the upper one says wins, what it does not mention stays. Mappings are merged key by key; lists whose
// items have names are merged item by item; any other list is replaced; null takes a key away. Trees keep their places: what comes from
// the upper document points into its file.
import type { Entry, List, Mapping, Tree } from './text/tree.ts';

/** Keys that name the item of a list, the first that all items on both sides have. */
export const ITEM_NAMES = [
  'name',
  'key',
  'containerPort',
  'port',
  'priority',
  'containerName',
  'sourceVolume',
  'capacityProvider',
] as const;

/** `upper` over `lower`. */
export function overlaid(lower: Tree, upper: Tree): Tree {
  if (lower.kind === 'mapping' && upper.kind === 'mapping') return overlaidMapping(lower, upper);
  if (lower.kind === 'list' && upper.kind === 'list') return overlaidList(lower, upper);
  return upper;
}

function overlaidMapping(lower: Mapping, upper: Mapping): Mapping {
  const over = new Map(upper.entries.map((entry) => [entry.key, entry]));
  const kept = lower.entries.flatMap((entry): Entry[] => {
    const above = over.get(entry.key);
    over.delete(entry.key);
    if (above === undefined) return [entry];
    return isNull(above.value) ? [] : [{ ...above, value: overlaid(entry.value, above.value) }];
  });
  return { ...lower, entries: [...kept, ...[...over.values()].filter(({ value }) => !isNull(value))] };
}

function overlaidList(lower: List, upper: List): List {
  const name = ITEM_NAMES.find((key) => [...lower.items, ...upper.items].every((item) => nameOf(item, key) !== null));
  if (name === undefined || lower.items.length === 0 || upper.items.length === 0) return upper;
  const over = new Map(upper.items.map((item) => [nameOf(item, name), item]));
  const kept = lower.items.map((item) => {
    const itemName = nameOf(item, name);
    const above = over.get(itemName);
    over.delete(itemName);
    return above === undefined ? item : overlaid(item, above);
  });
  return { ...lower, items: [...kept, ...over.values()] };
}

function nameOf(item: Tree, key: string): string | null {
  const found = item.kind === 'mapping' ? item.entries.find((entry) => entry.key === key)?.value : undefined;
  return found?.kind === 'scalar' && found.value !== null ? String(found.value) : null;
}

function isNull(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null;
}

/** A tree whose offsets begin later: that of a file behind others in one numbering. */
export function shifted(tree: Tree, by: number): Tree {
  const { start, end } = { start: tree.start + by, end: tree.end + by };
  if (tree.kind === 'scalar') return { ...tree, start, end, text: tree.text === null ? null : tree.text + by };
  if (tree.kind === 'list') return { ...tree, start, end, items: tree.items.map((item) => shifted(item, by)) };
  const entries = tree.entries.map((entry) => ({ key: entry.key, start: entry.start + by, value: shifted(entry.value, by) }));
  return { ...tree, start, end, entries };
}
