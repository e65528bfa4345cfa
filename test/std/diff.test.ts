// Tables: what counts as equal, and where two values differ.
import { describe, expect, test } from 'vitest';
import { MAX_DIFFERENCES, differences, same } from '../../src/std/diff.ts';

describe('same', () => {
  test.each([
    ['equal objects in another order', { a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }, true],
    ['an undefined member and an absent one', { a: undefined }, {}, true],
    ['an absent member and an undefined one', {}, { a: undefined }, true],
    ['another member', { a: 1 }, { a: 1, b: 1 }, false],
    ['a shorter list', [1, 2], [1], false],
    ['a list and an object', [], {}, false],
    ['null and an object', null, {}, false],
    ['absent and null', undefined, null, false],
  ])('%s', (_, a, b, expected) => {
    expect(same(a, b)).toBe(expected);
    expect(same(b, a)).toBe(expected);
  });
});

describe('differences', () => {
  test.each([
    ['a member', { a: { b: 1 } }, { a: { b: 2 } }, ['a.b: 1 -> 2']],
    ['a new member', {}, { a: 1 }, ['a: undefined -> 1']],
    ['a member that is gone', { a: 1 }, {}, ['a: 1 -> undefined']],
    [
      'an entry found by its name',
      { c: [{ name: 'x', image: 'i:1' }] },
      { c: [{ name: 'x', image: 'i:2' }] },
      ['c[x].image: "i:1" -> "i:2"'],
    ],
    ['a named entry that moved only', [{ name: 'x' }, { name: 'y' }], [{ name: 'y' }, { name: 'x' }], []],
    ['a new named entry', [{ name: 'x' }], [{ name: 'x' }, { name: 'y' }], ['[y]: undefined -> {"name":"y"}']],
    ['a list of words, as a whole', { command: ['a'] }, { command: ['a', 'b'] }, ['command: ["a"] -> ["a","b"]']],
    [
      'two entries of one name, as a whole',
      [{ name: 'x', v: 1 }, { name: 'x' }],
      [{ name: 'x' }],
      [': [{"name":"x","v":1},{"name":"x"}] -> [{"name":"x"}]'],
    ],
  ])('%s', (_, before, after, expected) => {
    const lines = differences(before, after).map((one) => `${one.path}: ${JSON.stringify(one.before)} -> ${JSON.stringify(one.after)}`);
    expect(lines).toEqual(expected);
  });

  test('the list is bounded', () => {
    const many = Object.fromEntries(Array.from({ length: MAX_DIFFERENCES + 5 }, (_, index) => [`k${index}`, index]));
    expect(differences({}, many)).toHaveLength(MAX_DIFFERENCES);
  });
});
