import { describe, expect, it } from 'vitest';
import { parseDotenv } from '../../../src/manifest/text/dotenv.ts';

const OUTSIDE: ReadonlyMap<string, string> = new Map([
  ['HOST', 'outside'],
  ['BLANK', ''],
]);
const lookup = (name: string): string | null => OUTSIDE.get(name) ?? null;
const nothing = (): null => null;

/** `A=1 B=2`: what a file sets, in its order. */
function valuesOf(text: string, earlier?: ReadonlyMap<string, string>): readonly (readonly [string, string])[] | string {
  const { value, fault } = parseDotenv(text, lookup, earlier);
  return value === null ? `${fault.line}:${fault.column} ${fault.message}` : value.variables.map((one) => [one.name, one.value] as const);
}

describe('the value of one line', () => {
  it.each([
    // separators and blanks
    ['A=b', 'A', 'b'],
    ['A =b', 'A', 'b'],
    ['A= b', 'A', 'b'],
    ['A = b', 'A', 'b'],
    ['  A=b  ', 'A', 'b'],
    ['\tA\t=\tb\t', 'A', 'b'],
    ['A: b', 'A', 'b'],
    ['A:b=c', 'A', 'b=c'],
    ['A=b:c', 'A', 'b:c'],
    ['A=b==', 'A', 'b=='],
    ['A=', 'A', ''],
    ['A=  ', 'A', ''],
    ['A:', 'A', ''],
    ['A=b c d', 'A', 'b c d'],
    ['A=b\r', 'A', 'b'],
    // names
    ['a.b=1', 'a.b', '1'],
    ['a-b=1', 'a-b', '1'],
    ['a[1]=1', 'a[1]', '1'],
    ['1=1', '1', '1'],
    ['Größe=1', 'Größe', '1'],
    ['__proto__=1', '__proto__', '1'],
    ['export A=b', 'A', 'b'],
    ['  export\tA = b', 'A', 'b'],
    ['export A="b"', 'A', 'b'],
    ['exportA=b', 'exportA', 'b'],
    ['export_A =b', 'export_A', 'b'],
    ['export.A=b', 'export.A', 'b'],
    ['export=b', 'export', 'b'],
    // comments
    ['A=b # note', 'A', 'b'],
    ['A=b #note', 'A', 'b'],
    ['A=b #', 'A', 'b'],
    ['A=b # c # d', 'A', 'b'],
    ['A=b#c', 'A', 'b#c'],
    ['A=#c', 'A', '#c'],
    ['A=b\t#c', 'A', 'b\t#c'],
    ['A= # note', 'A', '# note'],
    ['# A=a\nA=b', 'A', 'b'],
    [' \t# A=a\n\n\r\nA=b', 'A', 'b'],
    ['A=b\n# end', 'A', 'b'],
    // not quoted: nothing but variables is special
    ['A=a\\tb', 'A', 'a\\tb'],
    ['A=it\'s "so"', 'A', 'it\'s "so"'],
    ['A=b"c # d"', 'A', 'b"c'],
    ['A=p@ss;w%rd!', 'A', 'p@ss;w%rd!'],
    ['A=😀 é', 'A', '😀 é'],
    // single quotes: as it is
    ["A='b'", 'A', 'b'],
    ["A=''", 'A', ''],
    ["A=' b # c '", 'A', ' b # c '],
    ["A='$HOST ${HOST} $$'", 'A', '$HOST ${HOST} $$'],
    ["A='a\\nb'", 'A', 'a\\nb'],
    ["A='it\\'s'", 'A', "it's"],
    ["A='a\\\\'", 'A', 'a\\\\'],
    ['A=\'say "b"\'', 'A', 'say "b"'],
    ["A='b' # note", 'A', 'b'],
    ["A='b'# note", 'A', 'b'],
    ["A='one\ntwo'", 'A', 'one\ntwo'],
    // double quotes: escapes
    ['A="b"', 'A', 'b'],
    ['A=""', 'A', ''],
    ['A="b#c" # note', 'A', 'b#c'],
    ['A="b"\t# note', 'A', 'b'],
    ['A="it\'s"', 'A', "it's"],
    ['A="say \\"b\\""', 'A', 'say "b"'],
    ['A="a\\nb"', 'A', 'a\nb'],
    ['A="\\a\\b\\f\\n\\r\\t\\v"', 'A', '\u0007\b\f\n\r\t\v'],
    ['A="a\\\\"', 'A', 'a\\'],
    ['A="a\\\\n"', 'A', 'a\\n'],
    ['A="\\\\\\n"', 'A', '\\\n'],
    ['A="\\0123\\0101"', 'A', 'SA'],
    ['A="\\0377"', 'A', 'ÿ'],
    ['A="\\0400 \\012 \\0128 \\089 \\0"', 'A', '\\0400 \\012 \\0128 \\089 \\0'],
    ['A="\\x41 \\u0041 \\c \\ "', 'A', '\\x41 \\u0041 \\c \\ '],
    ['A="one\ntwo\n"', 'A', 'one\ntwo\n'],
    ['A="one\r\ntwo"', 'A', 'one\r\ntwo'],
    // variables
    ['A=$HOST', 'A', 'outside'],
    ['A=${HOST}:80', 'A', 'outside:80'],
    ['A="$HOST:80"', 'A', 'outside:80'],
    ['A=${NONE:-d}', 'A', 'd'],
    ['A="${BLANK:-d e}"', 'A', 'd e'],
    ['A=${BLANK-d}', 'A', ''],
    ['A=${HOST:+y}', 'A', 'y'],
    ['A=$NONE', 'A', ''],
    ['A=a$$b', 'A', 'a$b'],
    ['A="a$$b"', 'A', 'a$b'],
    ['A="\\$HOST"', 'A', '$HOST'],
    ['A="\\${HOST} ${HOST}"', 'A', '${HOST} outside'],
    ['A="\\\\$HOST"', 'A', '\\outside'],
    ['A=\\$HOST', 'A', '\\outside'],
    // from outside
    ['HOST', 'HOST', 'outside'],
    ['HOST\n', 'HOST', 'outside'],
    ['export HOST\r\n', 'HOST', 'outside'],
    ['BLANK', 'BLANK', ''],
  ])('%j sets %s to %j', (text, name, value) => {
    expect(valuesOf(text)).toEqual([[name, value]]);
  });
});

describe('a file', () => {
  it.each([
    ['', []],
    ['\n \r\n\t\n', []],
    ['# only\n  # comments', []],
    ['NONE', []],
    ['\uFEFFA=1', [['A', '1']]],
    [
      'A=1\r\nB=2\r\n\r\n# c\r\nC="3"\r\n',
      [
        ['A', '1'],
        ['B', '2'],
        ['C', '3'],
      ],
    ],
    [
      'A=\nB=\nC',
      [
        ['A', ''],
        ['B', ''],
      ],
    ],
    [
      'A=1\nHOST\nB=2',
      [
        ['A', '1'],
        ['HOST', 'outside'],
        ['B', '2'],
      ],
    ],
    [
      'A="x\ny"\nB=2',
      [
        ['A', 'x\ny'],
        ['B', '2'],
      ],
    ],
    [
      'A="x" B=2\nC=3',
      [
        ['A', 'x'],
        ['B', '2'],
        ['C', '3'],
      ],
    ],
    [
      "A='x' # c\nNONE\nB=2",
      [
        ['A', 'x'],
        ['B', '2'],
      ],
    ],
    // the last line of a name wins, where the first one stood
    [
      'A=1\nB=2\nA=3',
      [
        ['A', '3'],
        ['B', '2'],
      ],
    ],
    // lines above, and the outside over them
    [
      'A=1\nB=${A}2\nC=$B$A',
      [
        ['A', '1'],
        ['B', '12'],
        ['C', '121'],
      ],
    ],
    [
      'B=$A\nA=1',
      [
        ['B', ''],
        ['A', '1'],
      ],
    ],
    ['A=1\nA=${A}0', [['A', '10']]],
    [
      'HOST=inside\nB=$HOST',
      [
        ['HOST', 'inside'],
        ['B', 'outside'],
      ],
    ],
    [
      'BLANK=inside\nB=$BLANK',
      [
        ['BLANK', 'inside'],
        ['B', ''],
      ],
    ],
    [
      "A='$B'\nC=$A",
      [
        ['A', '$B'],
        ['C', '$B'],
      ],
    ],
    ['A=1\nA', [['A', '1']]],
  ])('%j sets %j', (text, expected) => {
    expect(valuesOf(text)).toEqual(expected);
  });

  it.each([
    ['URL=http://$NAME', [['URL', 'http://base']]],
    [
      'NAME=over\nURL=http://$NAME',
      [
        ['NAME', 'over'],
        ['URL', 'http://over'],
      ],
    ],
    ['NAME', [['NAME', 'base']]],
    ['NAME=over\nNAME', [['NAME', 'over']]],
    ['A=$HOST', [['A', 'outside']]],
  ])('%j after a file with NAME=base and HOST=base sets %j', (text, expected) => {
    expect(
      valuesOf(
        text,
        new Map([
          ['NAME', 'base'],
          ['HOST', 'base'],
        ]),
      ),
    ).toEqual(expected);
  });

  it.each([
    // quotes that stay open: the place is where they open
    ['A="', '1:3 opens a quote that is never closed'],
    ['A="b', '1:3 opens a quote that is never closed'],
    ['A="b\\"', '1:3 opens a quote that is never closed'],
    ["A='b\\'", '1:3 opens a quote that is never closed'],
    ['A="b\\', '1:3 opens a quote that is never closed'],
    ['A=1\n\nB = "b\'\nC=2\n', '3:5 opens a quote that is never closed'],
    // behind quotes
    ['A="b"c', '1:6 has text behind a closing quote'],
    ['A="b";', '1:6 has text behind a closing quote'],
    ['A="b"B=2', '1:6 has text behind a closing quote'],
    ['A="{"a":1}"', '1:6 has text behind a closing quote'],
    ["A='b' c\n", '1:7 has text behind a closing quote'],
    ['A="b\nc" HOST', '2:4 has text behind a closing quote'],
    // names
    ['=b', '1:1 has a "=" without a name before it'],
    ['A=1\n  : b', '2:3 has a ":" without a name before it'],
    ['export =b', '1:8 has a "=" without a name before it'],
    ['export', '1:1 has "export" without a name'],
    ['A=1\nexport \nB=2', '2:1 has "export" without a name'],
    ['NO NAME', '1:3 has a blank inside a name'],
    ['NO\tNAME=1', '1:3 has a blank inside a name'],
    ['export A B', '1:9 has a blank inside a name'],
    ['A=1\r\nB C=2\r\n', '2:2 has a blank inside a name'],
    ['a$b', '1:2 has "$" where a name or "=" is expected'],
    ['%x=1', '1:1 has "%" where a name or "=" is expected'],
    ['A # note', '1:3 has "#" where a name or "=" is expected'],
    ['A=1\n"B"=2', '2:1 has "\\"" where a name or "=" is expected'],
    ['{"a": 1}', '1:1 has "{" where a name or "=" is expected'],
    ['A=1\n- B=2', '2:2 has a blank inside a name'],
    ['A😀=1', '1:2 has "😀" where a name or "=" is expected'],
    ['A\0=1', '1:2 has "\\u0000" where a name or "=" is expected'],
    ['\uFEFF%', '1:1 has "%" where a name or "=" is expected'],
    ['\uFEFF\n%', '2:1 has "%" where a name or "=" is expected'],
    // variables, also behind escapes and in later lines of a value
    // a comment is cut off before anything else is read
    ['A=${NONE:-a #b}', '1:3 has a "${" that is not closed on its line'],
    ['A=b ${', '1:5 has a "${" that is not closed on its line'],
    ['A=1\nB=${C!}', '2:6 has "!" behind a name'],
    ['A="\\n\\t${C!}"', '1:11 has "!" behind a name'],
    ['A="one\n two \\$ ${}"', '2:11 has a "${}" without a name'],
    ['A="x${"', '1:5 has a "${" that is not closed on its line'],
    ['A=${NONE:?say it}', '1:3 needs the variable NONE, which is not set: say it'],
    ['A="${BLANK:?}"', '1:4 needs the variable BLANK, which is empty'],
    // what no environment holds
    ['A=b\0', '1:1 has a value with a NUL character'],
    ['B=1\n A="\\0000"', '2:2 has a value with a NUL character'],
  ])('%j is refused: %s', (text, expected) => {
    expect(valuesOf(text)).toBe(expected);
  });

  it('is refused with an index, a place and a hint', () => {
    const { fault } = parseDotenv('\uFEFFA=1\nB=${', nothing);
    expect(fault).toMatchObject({ at: 7, line: 2, column: 3 });
    expect(fault?.hint).toContain('"$$"');
  });

  it('is refused without a word of its values', () => {
    for (const text of [
      'A="hunter2',
      "A='hunter2'hunter2",
      'A=hunter2${',
      'A="hunter2"\nhunter2 hunter2',
      'A=hunter2\nB=${NONE:?$A}',
      'A="hunter2\0"',
    ])
      expect(JSON.stringify(parseDotenv(text, nothing).fault)).toMatch(/^(?!.*hunter2).*message/);
  });
});

describe('what a reader is told beside the values', () => {
  const places = (uses: readonly { readonly name: string; readonly at: number }[] = []) => uses.map(({ name, at }) => `${name}@${at}`);

  it.each([
    ['A=$HOST$NONE\nB=${NONE}', ['HOST@2', 'NONE@7'], ['NONE@7']],
    ['A="\\n\\n$NONE"', ['NONE@7'], ['NONE@7']],
    ['A=1\nB=${A}${GONE:-x}', ['A@6', 'GONE@10'], []],
    ['NONE\nHOST\nGONE', ['NONE@0', 'HOST@5', 'GONE@10'], ['NONE@0', 'GONE@10']],
    ["A='$NONE'", [], []],
  ])('%j: asked for %j, unset %j', (text, used, unset) => {
    const { value } = parseDotenv(text, lookup);
    expect({ used: places(value?.used), unset: places(value?.unset) }).toEqual({ used, unset });
  });

  it('is which values look like comments', () => {
    const { value } = parseDotenv('A= # note\nB=#fff\nC="" # note\nD=x # note\nE=  #\nF=" # kept"', nothing);
    expect(places(value?.commentsAsValues)).toEqual(['A@0', 'E@40']);
    expect(value?.variables[0]).toEqual({ name: 'A', value: '# note', at: 0 });
  });

  it('is where a name stands last', () => {
    expect(parseDotenv('A=1\nB=2\n  A=3', nothing).value?.variables).toEqual([
      { name: 'A', value: '3', at: 10 },
      { name: 'B', value: '2', at: 4 },
    ]);
  });
});
