// What stands twice in a list: the common question of rules about names, ports, labels and tags.

export interface Repeated<T> {
  readonly item: T;
  readonly index: number;
  /** Position of the first item with this key. */
  readonly first: number;
  readonly key: string;
}

/** The items whose key an earlier item has. */
export function repeated<T>(items: readonly T[], keyOf: (item: T) => string): readonly Repeated<T>[] {
  const seen = new Map<string, number>();
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    const first = seen.get(key);
    if (first !== undefined) return [{ item, index, first, key }];
    seen.set(key, index);
    return [];
  });
}
