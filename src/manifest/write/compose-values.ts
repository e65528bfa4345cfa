// How single values stand in a compose file: sizes and times with their units, and nothing where there is nothing to say.

/** Fields of a compose service; undefined ones are not written. */
export type Fields = Readonly<Record<string, unknown>>;

/** `256m`: ECS counts in MiB, and so does Docker's letter. -1 stands for no limit. */
export function mebibytes(count: number | undefined): string | number | undefined {
  return count === undefined || count < 0 ? count : `${count}m`;
}

/** `30s`, with fractions. */
export function seconds(count: number | undefined): string | undefined {
  return count === undefined ? undefined : `${count}s`;
}

/** A list or mapping that holds something. */
export function nonEmpty<T extends object>(value: T | undefined): T | undefined {
  return value === undefined || Object.keys(value).length === 0 ? undefined : value;
}

/** A mapping without the keys that hold nothing. */
export function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A list of things as a mapping. */
export function mapped<T>(items: readonly T[] | undefined, entry: (item: T) => readonly [string, unknown]): Fields | undefined {
  return items === undefined || items.length === 0 ? undefined : Object.fromEntries(items.map(entry));
}

/** Lists as one, each item once: Compose refuses one that stands there twice. */
export function distinct(...lists: readonly unknown[]): readonly unknown[] | undefined {
  return nonEmpty([...new Set(lists.flatMap((list) => (Array.isArray(list) ? (list as readonly unknown[]) : [])))]);
}
