// What has to be laid over one value so that it becomes another one: the way back of overlay.ts. Null takes a key away; lists whose items have
// names say only the items that differ; any other list is written whole.
import { ITEM_NAMES } from '../overlay.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The overlay; undefined when the two are the same. `stuck` collects what no overlay can do: an item of a named list that has to go. */
export function difference(base: unknown, wanted: unknown, stuck: string[], path = ''): unknown {
  if (isSame(base, wanted)) return undefined;
  if (isFields(base) && isFields(wanted)) {
    const changed = Object.entries(wanted).flatMap(([key, value]): [string, unknown][] => {
      const change = Object.hasOwn(base, key) ? difference(base[key], value, stuck, path === '' ? key : `${path}.${key}`) : value;
      return change === undefined ? [] : [[key, change]];
    });
    const gone = Object.keys(base).flatMap((key): [string, null][] => (Object.hasOwn(wanted, key) ? [] : [[key, null]]));
    const all = [...changed, ...gone];
    return all.length === 0 ? undefined : Object.fromEntries(all);
  }
  return Array.isArray(base) && Array.isArray(wanted) ? listDifference(base, wanted, stuck, path) : wanted;
}

function listDifference(base: readonly unknown[], wanted: readonly unknown[], stuck: string[], path: string): unknown {
  const name = ITEM_NAMES.find((key) => [...base, ...wanted].every((item) => isFields(item) && isName(item[key])));
  if (name === undefined || base.length === 0 || wanted.length === 0) return wanted;
  const below = new Map(base.map((item) => [nameOf(item, name), item]));
  const above = new Set(wanted.map((item) => nameOf(item, name)));
  if (below.size < base.length || above.size < wanted.length || [...below.keys()].some((key) => !above.has(key))) stuck.push(path);
  const items = wanted.flatMap((item) => {
    const lower = below.get(nameOf(item, name));
    const change = lower === undefined ? item : difference(lower, item, stuck, path);
    return change === undefined ? [] : [{ [name]: (item as Fields)[name], ...(change as Fields) }];
  });
  return items.length === 0 ? undefined : items;
}

function nameOf(item: unknown, key: string): string {
  return String((item as Fields)[key]);
}

function isName(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'object';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]));
  if (!isFields(one) || !isFields(other)) return one === other;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]));
}
