import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_VALUES_LENGTH, MAX_VARIABLES, parseDotenv } from '../../src/manifest/text/dotenv.ts';
import { MAX_LENGTH } from '../../src/manifest/text/interpolate.ts';

const OUTSIDE: ReadonlyMap<string, string> = new Map([
  ['HOST', 'outside'],
  ['BLANK', ''],
]);
const lookup = (name: string): string | null => OUTSIDE.get(name) ?? null;

/** `A=1 B=2`: what a file sets, in its order. */
function valuesOf(text: string): readonly (readonly [string, string])[] | string {
  const { value, fault } = parseDotenv(text, lookup);
  return value === null ? `${fault.line}:${fault.column} ${fault.message}` : value.variables.map((one) => [one.name, one.value] as const);
}

describe('the limits of a file', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `A${index}=1`).join('\n');

  it('hold for its length, its variables and its values', () => {
    expect(valuesOf(`A=${'x'.repeat(MAX_LENGTH - 2)}`)).toHaveLength(1);
    expect(valuesOf(`A=${'x'.repeat(MAX_LENGTH - 1)}`)).toBe(`1:${MAX_LENGTH + 1} has over ${MAX_LENGTH} characters`);
    expect(valuesOf(lines(MAX_VARIABLES))).toHaveLength(MAX_VARIABLES);
    expect(valuesOf(lines(MAX_VARIABLES + 1))).toBe(`${MAX_VARIABLES + 1}:1 sets over ${MAX_VARIABLES} variables`);
  });

  it('stop lines that double the line before', () => {
    const doubling = Array.from({ length: 40 }, (_, index) => `A${index + 1}=$A${index}$A${index}`);
    // 1,024 code units doubled ten times make 1 MiB, the sum of all before it another one: the next line is too much
    expect(valuesOf([`A0=${'x'.repeat(1_024)}`, ...doubling].join('\n'))).toMatch(/^12:\d+ grows too long/);
    expect(valuesOf(['A0=x', 'BIG', 'BIG=1'].join('\n'))).toHaveLength(2);
    const outside = 'y'.repeat(MAX_VALUES_LENGTH / 2);
    const { fault } = parseDotenv('A\nB\nC=1', () => outside);
    expect(fault).toMatchObject({ line: 3, message: `has over ${MAX_VALUES_LENGTH} characters of values` });
  });

  it('keep the time in step with the length', () => {
    const escapes = `A="${Array.from({ length: 60_000 }, (_, index) => `\\n$V${index}`).join('')}"`;
    expect(parseDotenv(escapes, () => null).value?.unset).toHaveLength(60_000);
    expect(valuesOf(`A=b${' '.repeat(500_000)}\nB=c`)).toEqual([
      ['A', 'b'],
      ['B', 'c'],
    ]);
    expect(valuesOf(`${'#\n'.repeat(250_000)}A=b`)).toEqual([['A', 'b']]);
  });
});

describe('whatever the file', () => {
  const piece = fc.constantFrom(
    ...[
      'A',
      'B=',
      '=',
      ':',
      '\n',
      '\r\n',
      ' ',
      '\t',
      '#',
      ' #',
      '"',
      "'",
      '\\',
      '\\n',
      '\\"',
      '\\$',
      '$A',
      '${',
      '}',
      'export ',
      '\nC="',
      '\0',
      '\uFEFF',
    ],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join('')),
  );

  it('nothing throws, and a fault lies inside the file', () => {
    fc.assert(
      fc.property(text, (any) => {
        const { value, fault } = parseDotenv(any, lookup);
        expect(value === null).not.toBe(fault === null);
        if (fault !== null) {
          expect(fault.at).toBeLessThan(any.length);
          const start = any.startsWith('\uFEFF') && fault.line === 1 ? 1 : 0;
          expect(
            any
              .split('\n')
              .slice(0, fault.line - 1)
              .join('\n').length +
              (fault.line > 1 ? 1 : 0) +
              fault.column -
              1 +
              start,
          ).toBe(fault.at);
        }
        for (const use of value?.unset ?? []) expect(any.slice(use.at)).toMatch(/^(?:export\s+)?[\\$\p{L}\p{N}_.\-[\]]/u);
      }),
      { seed: 1, numRuns: 4_000 },
    );
  });

  it('a value in single quotes stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (any) => {
        const value = any.replaceAll(/[\0\\']/g, '');
        expect(valuesOf(`X=1\nA='${value}'\nB=2`)).toEqual([
          ['X', '1'],
          ['A', value],
          ['B', '2'],
        ]);
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  it('a value escaped for double quotes stays as it is', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: fc.constantFrom('\\', '"', '$', '{', 'n', '0', '\n') })), (any) => {
        const value = any.replaceAll('\0', '');
        expect(valuesOf(`A="${value.replaceAll(/[\\"$]/g, '\\$&')}"`)).toEqual([['A', value]]);
      }),
      { seed: 3, numRuns: 1_000 },
    );
  });
});
