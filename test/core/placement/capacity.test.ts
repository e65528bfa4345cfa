// Capacity provider strategies (spec 8.1): bases, weights, and what happens when a number goes down.
import { describe, expect, test } from 'vitest';
import type { CapacityProviderStrategyItem } from '../../../src/model/cluster/placement.ts';
import { nextProvider, nextProviders, providerToLeave } from '../../../src/core/placement/capacity.ts';
import { counted } from './fleet.ts';

/** `name weight base`, one a word. */
function strategy(...items: readonly string[]): readonly CapacityProviderStrategyItem[] {
  return items.map((item) => {
    const [capacityProvider = '', weight, base] = item.split(' ');
    return { capacityProvider, ...(weight && { weight: Number(weight) }), ...(base && { base: Number(base) }) };
  });
}

const none: ReadonlyMap<string, number> = new Map();

describe('the provider of the next tasks', () => {
  test.each<[string, readonly CapacityProviderStrategyItem[], number, Record<string, number>]>([
    ['all to the only one', strategy('a 1'), 5, { a: 5 }],
    ['in the ratio of the weights', strategy('a 1', 'b 4'), 10, { a: 2, b: 8 }],
    ['evenly', strategy('a 1', 'b 1'), 7, { a: 4, b: 3 }],
    ['the base first, the rest by weight', strategy('a 1 2', 'b 3'), 10, { a: 4, b: 6 }],
    ['only the base, while there are no more', strategy('a 1 5', 'b 9'), 4, { a: 4 }],
    ['the base of one without a weight, and no more', strategy('a 0 2', 'b 1'), 5, { a: 2, b: 3 }],
    ['none to one of weight 0', strategy('a 0', 'b 1'), 3, { b: 3 }],
    ['of three', strategy('a 1', 'b 2', 'c 3'), 12, { a: 2, b: 4, c: 6 }],
    ['large weights', strategy('a 1000', 'b 1'), 1_001, { a: 1_000, b: 1 }],
  ])('%s', (_, items, count, expected) => expect(counted(nextProviders(items, none, count))).toEqual(expected));

  test('never strays by a whole task from its share on the way', () => {
    const items = strategy('a 3', 'b 5', 'c 2');
    const found = nextProviders(items, none, 200);
    for (let number = 1; number <= found.length; number++) {
      const so = counted(found.slice(0, number));
      for (const { capacityProvider, weight = 0 } of items)
        expect(Math.abs((so[capacityProvider] ?? 0) - (number * weight) / 10)).toBeLessThan(1);
    }
  });

  test('ties go to the one that is listed first', () => {
    expect(nextProviders(strategy('b 1', 'a 1'), none, 2)).toEqual(['b', 'a']);
  });

  test('goes on from what each has', () => {
    expect(nextProvider(strategy('a 1', 'b 1'), new Map([['a', 5]]))).toBe('b');
    expect(nextProvider(strategy('a 1 3', 'b 1'), new Map([['b', 9]]))).toBe('a');
  });

  test('nobody, when only bases are given and they are full', () => {
    expect(nextProviders(strategy('a 0 2'), none, 5)).toEqual(['a', 'a']);
    expect(nextProvider([], none)).toBeNull();
  });
});

describe('the provider that loses a task', () => {
  test.each<[string, readonly CapacityProviderStrategyItem[], Record<string, number>, string | null]>([
    ['the one above its share', strategy('a 1', 'b 1'), { a: 3, b: 1 }, 'a'],
    ['by weight', strategy('a 1', 'b 4'), { a: 2, b: 4 }, 'a'],
    ['the base last', strategy('a 1 2', 'b 1'), { a: 2, b: 2 }, 'b'],
    ['the base, when nothing else is left', strategy('a 1 2', 'b 1'), { a: 2 }, 'a'],
    ['one that is no longer named', strategy('a 1'), { a: 1, old: 1 }, 'old'],
    ['one whose weight is 0 now', strategy('a 0', 'b 1'), { a: 1, b: 5 }, 'a'],
    ['none without tasks', strategy('a 1'), {}, null],
  ])('%s', (_, items, assigned, expected) => expect(providerToLeave(items, new Map(Object.entries(assigned)))).toBe(expected));

  test('keeps the ratio down to the base', () => {
    const items = strategy('a 1 1', 'b 2');
    const assigned = new Map(Object.entries(counted(nextProviders(items, none, 10))));
    for (let total = 10; total > 1; total--) {
      const provider = providerToLeave(items, assigned);
      if (provider === null) throw new Error('there are tasks left');
      assigned.set(provider, (assigned.get(provider) ?? 0) - 1);
      const rest = total - 2;
      expect(Math.abs((assigned.get('b') ?? 0) - (rest * 2) / 3)).toBeLessThan(1);
    }
    expect([...assigned]).toEqual([
      ['a', 1],
      ['b', 0],
    ]);
  });
});
