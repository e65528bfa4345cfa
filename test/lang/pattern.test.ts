import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePattern } from '../../src/lang/pattern.ts';
import { provesPlacement } from '../proves.ts';

const letter = (from: string, to = from) => ({ kind: 'characters', negated: false, ranges: [{ from, to }] });
const any = { kind: 'characters', negated: true, ranges: [{ from: '\n', to: '\n' }] };

describe('patterns', () => {
  it.each([
    ['a', letter('a')],
    ['', { kind: 'sequence', parts: [] }],
    ['ab', { kind: 'sequence', parts: [letter('a'), letter('b')] }],
    ['a|b', { kind: 'choice', options: [letter('a'), letter('b')] }],
    ['.*', { kind: 'repeat', part: any, minimum: 0, maximum: null }],
    ['a+?', { kind: 'repeat', part: letter('a'), minimum: 1, maximum: null }],
    ['a?', { kind: 'repeat', part: letter('a'), minimum: 0, maximum: 1 }],
    ['a{3}', { kind: 'repeat', part: letter('a'), minimum: 3, maximum: 3 }],
    ['a{2,}', { kind: 'repeat', part: letter('a'), minimum: 2, maximum: null }],
    ['a{2,5}', { kind: 'repeat', part: letter('a'), minimum: 2, maximum: 5 }],
    ['(a)', letter('a')],
    ['(?:a)', letter('a')],
    ['(?<name>a)', letter('a')],
    ['^a$', { kind: 'sequence', parts: [{ kind: 'start' }, letter('a'), { kind: 'end' }] }],
    ['[a-z]', letter('a', 'z')],
    [
      '[]a]',
      {
        kind: 'characters',
        negated: false,
        ranges: [
          { from: ']', to: ']' },
          { from: 'a', to: 'a' },
        ],
      },
    ],
    [
      '[^a-]',
      {
        kind: 'characters',
        negated: true,
        ranges: [
          { from: 'a', to: 'a' },
          { from: '-', to: '-' },
        ],
      },
    ],
    [
      '[\\d.]',
      {
        kind: 'characters',
        negated: false,
        ranges: [
          { from: '0', to: '9' },
          { from: '.', to: '.' },
        ],
      },
    ],
    ['\\D', { kind: 'characters', negated: true, ranges: [{ from: '0', to: '9' }] }],
    ['\\.', letter('.')],
    ['\\u0041\\x42', { kind: 'sequence', parts: [letter('A'), letter('B')] }],
    ['(a{1,2})*', { kind: 'repeat', part: { kind: 'repeat', part: letter('a'), minimum: 1, maximum: 2 }, minimum: 0, maximum: null }],
  ])('%j', (text, node) => {
    expect(parsePattern(text)).toEqual({ value: { ignoreCase: false, node }, fault: null });
  });

  it('take (?i) at their beginning', () => {
    expect(parsePattern('(?i)a').value).toEqual({ ignoreCase: true, node: letter('a') });
  });

  it.each([
    ['*a', 0, 'has a * that repeats nothing'],
    ['a|+', 2, 'has a + that repeats nothing'],
    ['(a', 0, 'has a "(" that is never closed'],
    ['a)', 1, 'has a ")" that closes nothing'],
    ['[a', 0, 'has a "[" that is never closed'],
    ['[z-a]', 1, 'has a range "z-a" that ends before it begins'],
    ['[a[b]]', 2, 'has a class inside a class'],
    ['[a-z&&[^b]]', 4, 'has a class inside a class'],
    ['a\\', 1, 'ends with a backslash'],
    ['(a)\\1', 3, 'has a back-reference'],
    ['(?<n>a)\\k<n>', 7, 'has a back-reference'],
    ['\\p{Alpha}', 0, 'has an escape "\\p"'],
    ['\\bweb', 0, 'has an escape "\\b"'],
    ['(?=a)', 0, 'has a group that looks around'],
    ['(?<!a)b', 0, 'has a group that looks around'],
    ['(?>a)', 0, 'has a group that looks around'],
    ['a(?i)b', 1, 'has a group that looks around'],
    ['a*+', 2, 'has a possessive repetition'],
    ['a**', 2, 'repeats a repetition'],
    ['a{', 1, 'has braces that are no number of times'],
    ['a{,3}', 1, 'has braces that are no number of times'],
    ['a{3,2}', 1, 'repeats at most less than at least'],
    ['a{1001}', 1, 'repeats more than 1000 times'],
    ['((a{1000}){1000})', 0, 'repeats more than 10000 characters'],
    ['(a*)*', 0, 'repeats without an end what itself repeats without an end'],
    ['x(a|b+)+', 1, 'repeats without an end what itself repeats without an end'],
    ['(?:(a+){2}){3,}', 0, 'repeats without an end what itself repeats without an end'],
    ['^*', 1, 'repeats a place'],
    ['('.repeat(60), 51, 'has groups more than 50 deep'],
    ['a'.repeat(2_001), 2_000, 'has more than 2000 characters'],
  ])('%j is refused at %d: %s', (text, at, message) => {
    provesPlacement(
      'query: patterns',
      'has a back-reference',
      'has a group that looks around',
      'has a possessive repetition',
      'repeats without an end what itself repeats without an end',
      'has more than 2000 characters',
    );
    const { fault } = parsePattern(text);
    expect(fault?.message).toContain(message);
    expect(fault?.at).toBe(at);
  });

  it('never throw, and a fault lies inside the text', () => {
    const piece = fc.constantFrom(
      'a',
      'b-',
      '(',
      ')',
      '(?:',
      '[',
      '[^',
      ']',
      '{2,}',
      '{',
      '*',
      '+',
      '?',
      '|',
      '\\',
      '\\d',
      '.',
      '^',
      '$',
      '&&',
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
      fc.string({ maxLength: 200 }),
    );
    fc.assert(
      fc.property(text, (input) => {
        const { value, fault } = parsePattern(input);
        expect(value === null).toBe(fault !== null);
        if (fault === null) return;
        expect(fault.at).toBeGreaterThanOrEqual(0);
        expect(fault.at).toBeLessThanOrEqual(input.length);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});
