import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH, MAX_LENGTH, escapeDollars, interpolate } from '../../../src/manifest/text/interpolate.ts';
import { placeOf, fileText } from '../../../src/manifest/text/text.ts';

const VALUES: ReadonlyMap<string, string> = new Map([
  ['SET', 'v'],
  ['EMPTY', ''],
  ['JSON', '{"cpu":2}'],
  ['DOLLAR', '$SET ${SET} $$'],
  ['_x1', 'underscore'],
]);
const lookup = (name: string): string | null => VALUES.get(name) ?? null;

/** `${A:-${A:-...end...}}`, `depth` deep. */
const nested = (depth: number, end: string): string => `${'${NONE:-'.repeat(depth)}${end}${'}'.repeat(depth)}`;

describe('the variables of a text', () => {
  it.each([
    // plain texts and dollar signs that stand for themselves
    ['', ''],
    ['plain', 'plain'],
    ['{} }{ %SET% #{SET}', '{} }{ %SET% #{SET}'],
    ['$', '$'],
    ['5 $ a day', '5 $ a day'],
    ['^end$', '^end$'],
    ['$}', '$}'],
    ['$(date) $1 $@ $-', '$(date) $1 $@ $-'],
    ['$2a$14$.x', '$2a$14$.x'],
    ['$é', '$é'],
    // escaped
    ['$$', '$'],
    ['$$$$', '$$'],
    ['$$SET', '$SET'],
    ['$${SET}', '${SET}'],
    ['$$$SET', '$v'],
    ['$$${SET}', '$v'],
    ['$${', '${'],
    // without braces: the longest name
    ['$SET', 'v'],
    ['$SET-bar', 'v-bar'],
    ['$SET$SET', 'vv'],
    ['a$SET.b', 'av.b'],
    ['$_x1', 'underscore'],
    ['$SETx', ''],
    ['$SET:-x', 'v:-x'],
    // with braces
    ['${SET}', 'v'],
    ['a${SET}b', 'avb'],
    ['${EMPTY}', ''],
    ['${NONE}', ''],
    ['${_x1}', 'underscore'],
    ['${SET}}', 'v}'],
    ['{${SET}}', '{v}'],
    // a default
    ['${NONE:-d}', 'd'],
    ['${EMPTY:-d}', 'd'],
    ['${SET:-d}', 'v'],
    ['${NONE-d}', 'd'],
    ['${EMPTY-d}', ''],
    ['${SET-d}', 'v'],
    ['${NONE:-}', ''],
    ['${NONE-}', ''],
    ['${NONE:- d e }', ' d e '],
    ['${NONE:-a:-b-c?d+e}', 'a:-b-c?d+e'],
    ['${NONE-a:?b}', 'a:?b'],
    ['${NONE:-/var/lib:ro}', '/var/lib:ro'],
    ['${NO-NE:-d}', 'NE:-d'],
    // required
    ['${SET:?why}', 'v'],
    ['${SET?why}', 'v'],
    ['${EMPTY?why}', ''],
    // an alternative
    ['${SET:+alt}', 'alt'],
    ['${EMPTY:+alt}', ''],
    ['${NONE:+alt}', ''],
    ['${SET+alt}', 'alt'],
    ['${EMPTY+alt}', 'alt'],
    ['${NONE+alt}', ''],
    // words that hold more
    ['${NONE:-$SET}', 'v'],
    ['${NONE:-${SET}}', 'v'],
    ['${NONE:-${SET} and ${SET}}!', 'v and v!'],
    ['${NONE:-${EMPTY:-${GONE:-deep}}}', 'deep'],
    ['${NONE:-${EMPTY-x}}', ''],
    ['${SET:+${NONE:-b}}', 'b'],
    ['${SET:+-e ${SET}}', '-e v'],
    ['${NONE:-$$SET}', '$SET'],
    ['${NONE:-$${SET}}', '${SET}'],
    ['${NONE:-$}', '$'],
    ['${NONE:-a}-${NONE:-b}', 'a-b'],
    // braces of the word's own
    ['${NONE:-{"cpu":1}}', '{"cpu":1}'],
    ['${JSON:-{"cpu":1}}', '{"cpu":2}'],
    ['${NONE:-{}}', '{}'],
    ['${NONE:-{}} ${NONE:-{}}', '{} {}'],
    ['${NONE:-{{.Name}}}', '{{.Name}}'],
    // lines, and letters of two code units
    ['a\n${SET}\nb', 'a\nv\nb'],
    ['${NONE:-d}\n}', 'd\n}'],
    ['😀${SET}😀', '😀v😀'],
    ['${NONE:-😀}', '😀'],
    // a value is not read again
    ['$DOLLAR', '$SET ${SET} $$'],
    ['${NONE:-$DOLLAR}', '$SET ${SET} $$'],
  ])('%j becomes %j', (text, expected) => {
    expect(interpolate(text, lookup)).toMatchObject({ value: { text: expected }, fault: null });
  });

  it.each([
    // not closed
    ['${', 0, 'is not closed'],
    ['ab ${SET', 3, 'is not closed'],
    ['${SET:-d', 0, 'is not closed'],
    ['${NONE:-${SET}', 0, 'is not closed'],
    ['${NONE:-${SET', 8, 'is not closed'],
    ['${NONE:-{x}', 0, 'is not closed'],
    ['$$${', 2, 'is not closed'],
    ['${SET\n}', 0, 'is not closed on its line'],
    ['x\n${NONE:-a\nb}', 2, 'is not closed on its line'],
    // no name
    ['${}', 2, 'without a name'],
    ['a${:-d}', 3, 'without a name'],
    ['${-d}', 2, 'without a name'],
    ['${?}', 2, 'without a name'],
    // no name that can be one
    ['${ }', 2, 'begins with " "'],
    ['${ SET}', 2, 'begins with " "'],
    ['${1A}', 2, 'begins with "1"'],
    ['${#SET}', 2, 'begins with "#"'],
    ['${!SET}', 2, 'begins with "!"'],
    ['${${SET}}', 2, 'begins with "$"'],
    ['${😀}', 2, 'begins with "😀"'],
    // no form that is known
    ['${SET }', 5, '" " behind a name'],
    ['${SET!}', 5, '"!" behind a name'],
    ['${SET.x}', 5, '"." behind a name'],
    ['${SET=d}', 5, '"=" behind a name'],
    ['${SET:=d}', 5, 'a ":" behind a name'],
    ['${SET:}', 5, 'a ":" behind a name'],
    ['${SET:0:1}', 5, 'a ":" behind a name'],
    ['${SET/a/b}', 5, '"/" behind a name'],
    ['${SET%%a}', 5, '"%" behind a name'],
    // inside a word, needed or not
    ['${NONE:-${}}', 10, 'without a name'],
    ['${SET:-a ${B!}}', 12, '"!" behind a name'],
    ['${NONE:+${1}}', 10, 'begins with "1"'],
    // required
    ['a ${NONE:?}', 2, 'needs the variable NONE, which is not set'],
    ['${NONE?}', 0, 'needs the variable NONE, which is not set'],
    ['${EMPTY:?}', 0, 'needs the variable EMPTY, which is empty'],
    ['${NONE:?say who}', 0, 'which is not set: say who'],
    ['${EMPTY:? say who }', 0, 'which is empty: say who'],
    ['${NONE?a-b:-c}', 0, 'which is not set: a-b:-c'],
    ['${SET:+x ${NONE?why}}', 9, 'needs the variable NONE'],
    ['${NONE:-${GONE?why}}', 8, 'needs the variable GONE'],
    [nested(MAX_DEPTH + 1, 'x'), 8 * MAX_DEPTH, `nests over ${MAX_DEPTH} substitutions`],
  ])('%j is refused at %d: %s', (text, at, message) => {
    const { fault } = interpolate(text, lookup);
    expect(fault).toMatchObject({ at, message: expect.stringContaining(message) });
    expect(fault?.hint).toMatch(/\S/);
  });

  it('are refused at a place that is a line and a column', () => {
    const text = 'one\ntwo ${SET} ${BAD!}\nthree';
    expect(placeOf(fileText('x', text), interpolate(text, lookup).fault?.at ?? 0)).toEqual({ line: 2, column: 17 });
  });

  it('may nest as deep as the limit says', () => {
    expect(interpolate(nested(MAX_DEPTH, '$SET'), lookup).value?.text).toBe('v');
  });
});

describe('the variables that were asked for', () => {
  it.each([
    ['$SET ${EMPTY} ${SET}', ['SET@0', 'EMPTY@5'], []],
    ['a $NONE ${NONE} ${GONE}', ['NONE@2', 'GONE@16'], ['NONE@2', 'GONE@16']],
    ['${NONE:-d} ${NONE-d} ${GONE:+x}', ['NONE@0', 'GONE@21'], []],
    ['${NONE:-d} $NONE', ['NONE@0'], ['NONE@11']],
    ['${NONE:-${GONE}}', ['NONE@0', 'GONE@8'], ['GONE@8']],
    // words that are not needed are not asked
    ['${SET:-$GONE}', ['SET@0'], []],
    ['${NONE:+${NONE},}B', ['NONE@0'], []],
    ['${SET?${GONE}}', ['SET@0'], []],
    ['$$SET $1 plain', [], []],
  ])('%j: all %j, unset %j', (text, used, unset) => {
    const { value } = interpolate(text, lookup);
    const shown = (uses: readonly { readonly name: string; readonly at: number }[] = []) => uses.map(({ name, at }) => `${name}@${at}`);
    expect({ used: shown(value?.used), unset: shown(value?.unset) }).toEqual({ used, unset });
  });
});

describe('what a message may say', () => {
  it('is the name of a variable, never its value', () => {
    const secret = (name: string): string | null => (name === 'TOKEN' ? 'hunter2' : null);
    expect(interpolate('${NONE:?not $TOKEN or ${TOKEN:-hunter3}, for $$1}', secret).fault?.message).toBe(
      'needs the variable NONE, which is not set: not ${TOKEN} or ${TOKEN}, for $1',
    );
  });

  it('is a line, however much the author explains', () => {
    expect(interpolate(`\${NONE:?${'long '.repeat(1_000)}}`, lookup).fault?.message.length).toBeLessThan(300);
  });
});

describe('the length of what comes out', () => {
  const big = 'x'.repeat(1_000);

  it('is limited, and the fault stands at the substitution that goes beyond', () => {
    expect(interpolate('$A$A', () => big, 2_000).value?.text.length).toBe(2_000);
    expect(interpolate('$A$A', () => big, 1_999).fault).toMatchObject({ at: 2, message: expect.stringContaining('too long') });
    expect(interpolate('${A:+$A$A}', () => big, 1_999).fault).toMatchObject({ at: 7 });
  });

  it('is 1 MiB unless the caller says less, and is not built before it is refused', () => {
    const value = 'y'.repeat(MAX_LENGTH / 2);
    expect(interpolate('$A'.repeat(2), () => value).value?.text.length).toBe(MAX_LENGTH);
    expect(interpolate('$A'.repeat(100_000), () => value).fault).toMatchObject({ at: 4 });
  });

  it('costs time by its length only', () => {
    const text = '${A:-{'.repeat(150_000);
    expect(interpolate(text, lookup).fault).toMatchObject({ at: MAX_DEPTH * 6 });
    expect(interpolate('$A $'.repeat(200_000), () => 'z').value?.text.length).toBe(600_000);
  });
});

describe('whatever the text', () => {
  const piece = fc.constantFrom(
    '$',
    '$$',
    '{',
    '}',
    '${',
    'SET',
    'EMPTY',
    'NONE',
    ':',
    '-',
    '?',
    '+',
    ' ',
    '\n',
    'x',
    '1',
    '${SET}',
    '${NONE:-',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join('')),
  );

  it('nothing throws, and a fault lies inside the text', () => {
    fc.assert(
      fc.property(text, (any) => {
        const { value, fault } = interpolate(any, lookup);
        expect(value === null).not.toBe(fault === null);
        if (fault !== null) expect(fault.at >= 0 && fault.at < any.length && /\S/.test(fault.hint)).toBe(true);
        for (const use of value?.used ?? []) expect(any[use.at]).toBe('$');
      }),
      { seed: 1, numRuns: 3_000 },
    );
  });

  it('a text without a dollar sign stays as it is', () => {
    fc.assert(
      fc.property(text, (any) => {
        const plain = any.replaceAll('$', '');
        expect(interpolate(plain, lookup).value).toEqual({ text: plain, used: [], unset: [] });
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  it('escaping its dollar signs is undone by reading it', () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(interpolate(escapeDollars(any), lookup).value).toEqual({ text: any, used: [], unset: [] });
      }),
      { seed: 3, numRuns: 2_000 },
    );
  });

  it('what is read of two texts is read of both together, where no name runs on', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [a, b] = [interpolate(`${left} `, lookup).value, interpolate(right, lookup).value];
        fc.pre(a !== null && b !== null);
        expect(interpolate(`${left} ${right}`, lookup).value?.text).toBe(`${a.text}${b.text}`);
      }),
      { seed: 4, numRuns: 1_000 },
    );
  });
});
