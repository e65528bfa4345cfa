import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventPatternFaults } from '../../src/lang/event-pattern.ts';

const source = (...items: unknown[]) => ({ source: items });

describe('event patterns', () => {
  it.each([
    [
      {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: { lastStatus: ['STOPPED'], containers: { exitCode: [{ 'anything-but': 0 }] } },
      },
    ],
    [source('a', 1, 1.5, true, null)],
    [source({ prefix: 'a' })],
    [source({ prefix: '' })],
    [source({ prefix: { 'equals-ignore-case': 'A' } })],
    [source({ suffix: '.png' })],
    [source({ 'anything-but': 'a' })],
    [source({ 'anything-but': ['a', 'b'] })],
    [source({ 'anything-but': [1, 2] })],
    [source({ 'anything-but': { prefix: 'a' } })],
    [source({ 'anything-but': { wildcard: ['a*', 'b*'] } })],
    [source({ numeric: ['=', 5] })],
    [source({ numeric: ['>', 0, '<=', 5] })],
    [source({ cidr: '10.0.0.0/24' })],
    [source({ cidr: '2001:db8::/32' })],
    [source({ exists: false })],
    [source({ 'equals-ignore-case': 'X' })],
    [source({ wildcard: 'dir/*.png' })],
    [source({ wildcard: 'a\\*\\\\*b' })],
    [{ $or: [{ a: [1] }, { b: [2] }] }],
    [{ detail: { $or: [{ a: [1] }, { b: { c: ['x'] } }] } }],
  ])('%j is one', (pattern) => {
    expect(eventPatternFaults(pattern)).toEqual([]);
  });

  it.each([
    ['aws.ecs', [], 'must be an object, not the text "aws.ecs"'],
    [[], [], 'must be an object, not a list'],
    [{}, [], 'holds an empty object'],
    [{ detail: {} }, ['detail'], 'holds an empty object'],
    [{ source: 'aws.ecs' }, ['source'], '"source" of an event pattern must be a list or an object, not the text "aws.ecs"'],
    [{ source: null }, ['source'], 'not null'],
    [{ source: [] }, ['source'], 'is an empty list'],
    [source(['a']), ['source', 0], 'holds a list inside a list'],
    [source({}), ['source', 0], 'has 0 keys instead of one'],
    [source({ prefix: 'a', suffix: 'b' }), ['source', 0], 'has 2 keys instead of one'],
    [source({ prefx: 'a' }), ['source', 0, 'prefx'], 'has no filter "prefx"'],
    [source({ constructor: 'a' }), ['source', 0, 'constructor'], 'has no filter "constructor"'],
    [source({ prefix: 5 }), ['source', 0, 'prefix'], '"prefix" must be a text, not the number 5'],
    [source({ prefix: { suffix: 'a' } }), ['source', 0, 'prefix'], '"prefix" must be a text or'],
    [source({ 'anything-but': true }), ['source', 0, 'anything-but'], 'not true'],
    [source({ 'anything-but': [] }), ['source', 0, 'anything-but'], 'is an empty list'],
    [source({ 'anything-but': ['a', 1] }), ['source', 0, 'anything-but'], 'texts only or numbers only'],
    [source({ 'anything-but': { cidr: 'a' } }), ['source', 0, 'anything-but', 'cidr'], 'takes no filter "cidr"'],
    [source({ 'anything-but': { prefix: '' } }), ['source', 0, 'anything-but', 'prefix'], 'a text that is not empty'],
    [source({ numeric: '> 5' }), ['source', 0, 'numeric'], 'must be a list of one or two comparisons'],
    [source({ numeric: ['!=', 5] }), ['source', 0, 'numeric', 0], 'not the text "!="'],
    [source({ numeric: ['<', 5, '>', 0] }), ['source', 0, 'numeric', 0], 'takes > >= in this place'],
    [source({ numeric: ['>', 0, '>', 5] }), ['source', 0, 'numeric', 2], 'takes < <= in this place'],
    [source({ numeric: ['>', 5, '<', 5] }), ['source', 0, 'numeric', 3], 'a range from 5 to 5, which holds nothing'],
    [source({ numeric: ['=', 6e9] }), ['source', 0, 'numeric', 1], 'from -5.0e9 to 5.0e9'],
    [source({ numeric: ['=', 0.1234567] }), ['source', 0, 'numeric', 1], 'from -5.0e9 to 5.0e9'],
    [source({ numeric: ['=', '5'] }), ['source', 0, 'numeric', 1], 'compares with the text "5"'],
    [source({ cidr: '10.0.0.0' }), ['source', 0, 'cidr'], 'must be a block of addresses'],
    [source({ cidr: '10.0.0.256/8' }), ['source', 0, 'cidr'], 'must be a block of addresses'],
    [source({ cidr: '10.0.0.0/33' }), ['source', 0, 'cidr'], 'must be a block of addresses'],
    [source({ cidr: '2001:db8::1::/32' }), ['source', 0, 'cidr'], 'must be a block of addresses'],
    [source({ cidr: '1:2:3:4:5:6:7/32' }), ['source', 0, 'cidr'], 'must be a block of addresses'],
    [source({ exists: 'true' }), ['source', 0, 'exists'], 'must be true or false'],
    [source({ wildcard: 'a**b' }), ['source', 0, 'wildcard'], 'two * side by side'],
    [source({ wildcard: 'a\\b' }), ['source', 0, 'wildcard'], 'escapes neither'],
    [{ $or: [{ a: [1] }] }, ['$or'], '"$or" must be a list of at least two objects, not a list of 1'],
    [{ $or: { a: [1] } }, ['$or'], 'not an object'],
    [{ $or: [{ a: [1] }, 5] }, ['$or', 1], 'must be an object, not the number 5'],
    [{ $or: [{ a: 1 }, { b: [1] }] }, ['$or', 0, 'a'], 'must be a list or an object'],
    [{ source: ['x'.repeat(2_050)] }, [], 'has 2065 characters; EventBridge allows 2048'],
  ])('%j is refused', (pattern, path, message) => {
    const faults = eventPatternFaults(pattern);
    expect(faults.map((fault) => fault.path)).toContainEqual(path);
    expect(faults.find((fault) => JSON.stringify(fault.path) === JSON.stringify(path))?.message).toContain(message);
  });

  it('multiply the alternatives of every $or', () => {
    const ten = Array.from({ length: 10 }, (_, index) => ({ [`k${index}`]: [1] }));
    const thousand = { a: { $or: ten }, b: { $or: ten }, c: { $or: ten } };
    expect(eventPatternFaults(thousand)).toEqual([]);
    const message = 'the $or alternatives of the pattern make 2000 combinations; EventBridge allows 1000';
    expect(eventPatternFaults({ ...thousand, $or: [{ x: [1] }, { y: [1] }] }).map((fault) => fault.message)).toEqual([message]);
  });

  it('never throw, and every fault has its path', () => {
    const leaf = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null));
    const key = fc.constantFrom('source', 'detail', '$or', 'prefix', 'numeric', 'anything-but', 'cidr', 'wildcard', '__proto__');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie('tree'), { maxLength: 4 }), fc.dictionary(key, tie('tree'), { maxKeys: 4 })),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        for (const fault of eventPatternFaults(value)) expect(reaches(value, fault.path)).toBe(true);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});

function reaches(value: unknown, path: readonly (string | number)[]): boolean {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return false;
    here = (here as Record<string | number, unknown>)[step];
  }
  return true;
}
