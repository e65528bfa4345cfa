import { describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { readFileSync, readdirSync } from 'node:fs';
import { MAX_DEPTH, MAX_ENTRIES, parseYaml } from '../../../src/manifest/text/yaml.ts';
import { MAX_FILE_BYTES } from '../../../src/manifest/source.ts';
import { fileText, placeOf } from '../../../src/manifest/text/text.ts';
import { parseJson } from '../../../src/manifest/text/json.ts';
import { problemAt } from '../../../src/manifest/problem.ts';
import { offsetOf, plainOf } from '../../../src/manifest/text/tree.ts';

/** In a row it stands before the place that the fault must point at. */
const CARET = '▲';

function valueOf(text: string): unknown {
  const { documents, faults } = parseJson(text);
  expect(faults).toEqual([]);
  const [tree] = documents;
  if (tree === undefined) throw new Error('no document');
  return plainOf(tree);
}

function faultOf(marked: string): { code: string; offset: number; message: string; hint: string } {
  const { documents, faults } = parseJson(marked.replace(CARET, ''));
  expect(documents).toEqual([]);
  const [fault] = faults;
  if (fault === undefined) throw new Error('no fault');
  return fault;
}

describe('what is read', () => {
  it.each<[string, unknown]>([
    ['{}', {}],
    ['[]', []],
    ['null', null],
    ['"web"', 'web'],
    [' \t\r\n{ } \n', {}],
    ['\u{feff}{"family": "web"}', { family: 'web' }],
    ['{\r\n  "cpu": 256,\r\n  "essential": true\r\n}\r\n', { cpu: 256, essential: true }],
    ['[true, false, null]', [true, false, null]],
    [
      '[0, -1, 7.25, 1e3, 1E-2, 2e+2, 123456789012345, 9007199254740991]',
      [0, -1, 7.25, 1000, 0.01, 200, 123456789012345, 9007199254740991],
    ],
    ['"a\\"b\\\\c\\/d\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDEA2"', 'a"b\\c/d\b\f\n\r\té🚢'],
    ['"http://x/*y*/ # é\u007f\u2028"', 'http://x/*y*/ # é\u007f\u2028'],
    ['{"": {"constructor": 1, "toString": 2}}', { '': { constructor: 1, toString: 2 } }],
    ['[1, 2,]', [1, 2]],
    ['{"a": [1,],\n}', { a: [1] }],
    ['// the web service\n{"a": 1}', { a: 1 }],
    ['{"a": 1 // why\r\n}', { a: 1 }],
    ['{"a": 1} // why', { a: 1 }],
    ['{// an old Mac\r"a": 1}', { a: 1 }],
    ['/**/{/* a */"a"/* b */:/* c */1/* d */,/* e\n */}/***/', { a: 1 }],
    ['[1/* 2, */, 3 /* // */]', [1, 3]],
  ])('%j', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  it('keeps the order of the keys', () => {
    const keys = parseJson('{"b": 1, "a": 2, "10": 3, "9": 4}').documents.flatMap((tree) =>
      tree.kind === 'mapping' ? tree.entries.map((entry) => entry.key) : [],
    );
    expect(keys).toEqual(['b', 'a', '10', '9']);
  });

  it('knows the place of every key and value', () => {
    const text = '{\n  // comment\n  "cpu": 256,\n  "containerDefinitions": [{"image": "a\\/b"}, {"image": "nginx"}],\n}';
    const [tree] = parseJson(text).documents;
    if (tree === undefined) throw new Error('no document');
    const file = fileText('a.json', text);
    expect(placeOf(file, offsetOf(tree, ['cpu'], 'key'))).toEqual({ line: 3, column: 3 });
    expect(placeOf(file, offsetOf(tree, ['cpu'], 'value'))).toEqual({ line: 3, column: 10 });
    // with an escape no place inside the text can be told; the quote is pointed at
    expect(placeOf(file, offsetOf(tree, ['containerDefinitions', 0, 'image'], 'value', 2))).toEqual({ line: 4, column: 38 });
    expect(placeOf(file, offsetOf(tree, ['containerDefinitions', 1, 'image'], 'value', 2))).toEqual({ line: 4, column: 60 });
    expect([tree.start, tree.end]).toEqual([0, text.length]);
  });
});

/** Text with the caret, message, a part of the hint. */
const FAULTS: readonly (readonly [text: string, message: string, hint: string])[] = [
  // nothing, or too little
  ['▲', 'the file holds no JSON value', 'between { and }'],
  ['// only a comment▲\n', 'the file holds no JSON value', 'remove the file'],
  ['{▲\n', 'the file ends here, but the { of line 1 is still open', 'close it with }'],
  ['{\n"a": [\n1, 2▲', 'the file ends here, but the [ of line 2 is still open', 'close it with ]'],
  ['{"a"▲', 'the file ends here, but the { of line 1 is still open', 'further up'],
  ['{"a":▲', 'the file ends here, but the { of line 1 is still open', 'close it with }'],
  ['{"a": 1,▲ ', 'the file ends here, but the { of line 1 is still open', 'close it with }'],
  ['{"a": ▲"web}', 'this quote is never closed', 'on its line'],
  ['{"a": ▲"web,\n"b": "c"}', 'this quote is never closed', 'written \\n'],
  ['{▲"a\r\n": 1}', 'this quote is never closed', 'on its line'],
  ['▲"abc\\', 'this quote is never closed', 'on its line'],
  ['{"a": 1 ▲/* why }', 'this comment is never closed', 'write */'],
  ['▲/*/', 'this comment is never closed', 'write */'],
  // too much
  ['{"a": 1}\n▲{"b": 2}', 'a second document begins here', 'a file of its own'],
  ['[1] ▲[2]', 'a second document begins here', 'holds one'],
  ['{"a": 1}▲}', 'this } closes nothing', 'a { that is missing above'],
  ['[1]▲]', 'this ] closes nothing', 'a [ that is missing above'],
  ['{"a": 1}▲,', 'a comma follows the end of the document', 'between [ and ]'],
  ['{"a": 1}\n▲$ exit', 'something follows the end of the document', 'behind the last } or ]'],
  ['{"a": 1} ▲# why', 'a # does not begin a comment in JSON', 'begin the comment with //'],
  ['▲$ cat task.json\n{"a": 1}', 'no JSON value begins here', 'the prompt of a shell'],
  ['▲export default {"a": 1}', 'no JSON value begins here', 'before the first { or ['],
  ['▲... {"a": 1}', 'dots stand here for something that was left out', 'remove the dots'],
  ['▲}', 'no JSON value begins here', 'before the first { or ['],
  ['▲# why\n{}', 'a # does not begin a comment in JSON', '/* and */'],
  // commas, colons, brackets
  ['{"a": 1▲\n "b": 2}', 'a comma is missing here', 'between two members'],
  ['{"a": {}▲ "b": 2}', 'a comma is missing here', 'between two members'],
  ['[1▲ 2]', 'a comma is missing here', 'between two members'],
  ['["a"▲ "b"]', 'a comma is missing here', 'between two members'],
  ['["a"▲ /* b */ c]', 'a comma is missing here', 'between two members'],
  ['[1▲ \u201cb\u201d]', 'a comma is missing here', 'between two members'],
  ['[1,▲, 2]', 'a comma without a value before it', 'remove the comma'],
  ['[▲,]', 'a comma without a value before it', 'remove the comma'],
  ['{"a": 1,▲,}', 'a comma without a member before it', 'remove the comma'],
  ['{▲,}', 'a comma without a member before it', 'remove the comma'],
  ['{"a": 1▲; "b": 2}', 'a semicolon stands where a comma belongs', 'write a comma'],
  ['{"a"▲ 1}', 'a colon is missing behind this key', 'write a colon and a value'],
  ['{"a"▲, "b": 1}', 'a colon is missing behind this key', 'write a colon and a value'],
  ['{"a" ▲= 1}', 'an = stands where a colon belongs', 'write a colon'],
  ['{"a": ▲}', 'a value is missing before this }', 'or null'],
  ['{"a": ▲, "b": 1}', 'a comma without a value before it', 'write the value'],
  ['{"a": 1 ▲: 2}', 'a second colon follows this value', 'write a comma'],
  ['["a" ▲: 1]', 'a key and a value stand in a list', 'between { and }'],
  ['{\n"a": [1\n▲}', 'this } does not close the [ of line 2', 'write ]'],
  ['[{"a": 1 ▲]', 'this ] does not close the { of line 1', 'write }'],
  ['[1, ▲}', 'this } does not close the [ of line 1', 'write ]'],
  ['{"a": 1, ▲]', 'this ] does not close the { of line 1', 'missing between'],
  ['[[1]▲x]', 'a comma is missing here', 'between two members'],
  ['{"a"▲ b}', 'a colon is missing behind this key', 'write a colon and a value'],
  ['{ ▲{"a": 1}: 2}', 'a value stands here without a key', 'a key and a colon'],
  ['{▲{"a": 1}: 2}', 'a placeholder is not JSON', 'double quotes'],
  ['{ ▲["a"]: 2}', 'a value stands here without a key', 'a key and a colon'],
  // texts
  ["{▲'a': 1}", 'a text stands in single quotes', 'in double quotes'],
  ["[▲'CMD', 'true']", 'a text stands in single quotes', 'in double quotes'],
  ['{"a": ▲`b`}', 'a text stands in backticks', 'in double quotes'],
  ['{▲\u201ca\u201d: 1}', 'a typographic quote does not begin a text', 'a plain double quote'],
  ['{"a": ▲\u2018b\u2019}', 'a typographic quote does not begin a text', 'a plain double quote'],
  ['{▲a: 1}', 'a key has no quotes', 'in double quotes'],
  ['{▲1: 1}', 'a key has no quotes', 'in double quotes'],
  ['{"a": ▲nginx:latest}', 'a text stands here without quotes', 'in double quotes'],
  ['{"a": ▲constructor}', 'a text stands here without quotes', 'in double quotes'],
  ['{"a": ▲été}', 'a text stands here without quotes', 'in double quotes'],
  ['["CMD-SHELL", "echo "▲hi""]', 'the text ended at the quote before this', 'write \\"'],
  ['{"he"▲llo": 1}', 'the text ended at the quote before this', 'write \\"'],
  ['["C:▲\\data"]', 'a text has an escape that JSON does not know', '\\\\ for a backslash'],
  ['["it▲\\\'s"]', 'a text has an escape that JSON does not know', 'needs no backslash'],
  ['["▲\\x41"]', 'a text has an escape that JSON does not know', '\\\\ for a backslash'],
  ['["▲\\u12g4"]', 'a \\u is not followed by four hexadecimal digits', '\\u00e9'],
  ['["▲\\u12"]', 'a \\u is not followed by four hexadecimal digits', '\\u00e9'],
  ['["a▲\tb"]', 'a tab stands inside a text', 'write \\t'],
  ['["a▲\u001b[31m"]', 'a control character (\\u001b) stands inside a text', 'remove this invisible character'],
  ['[▲\\"a\\"]', 'a backslash stands outside a text', 'no backslash'],
  // numbers and words
  ['[▲NaN]', 'JSON has no NaN', 'or null'],
  ['[▲Infinity]', 'JSON has no Infinity', 'or null'],
  ['[▲-Infinity]', 'JSON has no Infinity', 'or null'],
  ['[▲-NaN]', 'a minus sign without a number', 'directly behind it'],
  ['{"a": ▲undefined}', 'JSON has no undefined', 'write null'],
  ['[▲None]', 'None is Python, not JSON', 'write null'],
  ['[▲nil]', 'nil is not JSON', 'write null'],
  ['[▲True]', 'True is Python, not JSON', 'write true'],
  ['[▲False]', 'False is Python, not JSON', 'write false'],
  ['[▲yes]', 'yes is YAML, not JSON', 'write true'],
  ['[▲off]', 'off is YAML, not JSON', 'write false'],
  ['[▲nullable]', 'a text stands here without quotes', 'in double quotes'],
  ['[▲+1]', 'a number has a plus sign', 'remove'],
  ['[▲.5]', 'a number begins with a point', 'a zero before'],
  ['[5▲.]', 'a decimal point without digits behind it', 'a digit'],
  ['[5▲e]', 'an exponent without digits', 'digits behind the e'],
  ['[1.5▲E+]', 'an exponent without digits', 'digits behind the e'],
  ['[▲-]', 'a minus sign without a number', 'directly behind it'],
  ['{"accountId": ▲012345678901}', 'a number begins with a zero', 'an AWS account'],
  ['[0▲x1F]', 'a number goes on as a text', 'in double quotes'],
  ['{"memory": 512▲MB}', 'a number goes on as a text', 'in double quotes'],
  ['[2026▲-11-23]', 'a number goes on as a text', 'in double quotes'],
  ['[1▲_000]', 'a number goes on as a text', 'in double quotes'],
  ['[▲-1e999]', 'a number is too large to be held', '1e308'],
  ['[2 ▲+ 2]', 'this does not belong here', 'missing before it'],
  // what comes along from elsewhere
  ['{"port": ▲${PORT}}', 'a placeholder is not JSON', 'fill it in'],
  ['{"image": ▲<IMAGE1_NAME>}', 'a placeholder is not JSON', 'fill it in'],
  ['{"port": {▲{ port }}}', 'a placeholder is not JSON', 'fill it in'],
  ['[▲%d]', 'a placeholder is not JSON', 'fill it in'],
  ['{"a": 1,\n▲...\n"b": 2}', 'dots stand here for something that was left out', 'write it out'],
  ['[▲…]', 'dots stand here for something that was left out', 'remove the dots'],
  ['{"a": 1 ▲...}', 'dots stand here for something that was left out', 'remove the dots'],
  ['{\n▲<<<<<<< HEAD\n"a": 1\n}', 'a merge conflict of git is not resolved here', 'keep one'],
  ['{"a": 1,\n▲=======\n"a": 2}', 'a merge conflict of git is not resolved here', 'keep one'],
  ['{"a": 1\n▲>>>>>>> topic\n}', 'a merge conflict of git is not resolved here', 'keep one'],
  ['{▲\u00a0"a": 1}', 'a no-break space is no space in JSON', 'a plain space'],
  ['{"a":▲\u200b1}', 'an invisible character (a zero-width space) stands here', 'remove it'],
  ['[1,▲\u{feff}2]', 'a byte order mark stands inside the file', 'invisible'],
  ['{"a": 1, ▲# why\n"b": 2}', 'a # does not begin a comment in JSON', 'begin the comment with //'],
  ['{"a": 1, ▲/ why\n"b": 2}', 'a single / does not begin a comment', 'begin the comment with //'],
  ['[1 ▲*/]', 'a comment ends here that was never begun', '/*'],
  ['[▲\u0007]', 'a control character stands outside a text', 'remove'],
  ['[▲🚢]', 'this does not belong here', 'missing before it'],
];

describe('what is wrong, where, and what to do', () => {
  it.each(FAULTS)('%j: %s', (marked, message, hint) => {
    const fault = faultOf(marked);
    expect(fault).toMatchObject({ code: 'json-syntax', message, offset: marked.indexOf(CARET) });
    expect(fault.hint).toContain(hint);
  });

  it('points at line and column, also behind CRLF', () => {
    const text = '{\r\n  "a": 1,\r\n  "b": nope\r\n}';
    const { offset } = faultOf(text);
    expect(placeOf(fileText('a.json', text), offset)).toEqual({ line: 3, column: 8 });
  });

  it.each([
    ['{"a": 1,\n"b": 2,\n▲"a": 3}', 'duplicate-key', 'the key "a" stands twice in one mapping, first on line 1'],
    ['{"a": 1, ▲"\\u0061": 3}', 'duplicate-key', 'the key "a" stands twice in one mapping, first on line 1'],
    ['{▲"__proto__": 1}', 'reserved-key', 'the key __proto__ has a meaning of its own in JavaScript'],
    ['{"a": "b▲\\u0000"}', 'json-control-character', 'a text holds a NUL character'],
    ['{"▲\\u0000": 1}', 'json-control-character', 'a text holds a NUL character'],
  ])('%j: %s', (marked, code, message) => {
    expect(faultOf(marked)).toMatchObject({ code, message, offset: marked.indexOf(CARET) });
  });

  it('tells every key that stands twice, also before a fault of grammar', () => {
    const { faults } = parseJson('{"a": 1, "a": 2, "b": {"c": 1, "c": 2, "a": 3}, "a": x}');
    expect(faults.map(({ code, offset }) => [code, offset])).toEqual([
      ['duplicate-key', 9],
      ['duplicate-key', 31],
      ['json-syntax', 53],
    ]);
  });

  it('cuts a long key where a message names it', () => {
    const key = 'k'.repeat(5_000);
    expect(faultOf(`{"${key}": 1, "${key}": 2}`).message.length).toBeLessThan(160);
  });

  it('never quotes a value', () => {
    for (const [marked] of FAULTS) {
      const text = marked.replace(CARET, '').replaceAll('nginx', 'hunter2').replaceAll('hi', 'hunter2').replaceAll('data', 'hunter2');
      expect(JSON.stringify(parseJson(text).faults)).not.toContain('hunter2');
    }
  });
});

describe('an environment is never shown', () => {
  it.each([
    '{\n  "environment": [\n    { "name": "A", "valeu": "hunter2" x }\n  ]\n}',
    '{"environment":[{"name":"A","valeu":"hunter2" x}]}',
    '{\n"environment":\n[\n{ "name": "A", "valeu": "hunter2" x }\n]\n}',
    '{\n  "environment": /* the\n---\n*/ [\n    "A=hunter2" x ]\n}',
    '{ /* c */ "Environment": [\n"A=hunter2" x ]\n}',
    '{ /* c */ \'environment\': ["A=hunter2"]}',
    '{"a": 1, "a": 2, /* c */ "environment": ["A=hunter2"]}',
  ])('%j', (text) => {
    const { faults, secrets } = parseJson(text);
    const file = fileText('a.json', text);
    const excerpts = faults.map(({ offset, message, hint }) =>
      problemAt(file, offset, { code: 'yaml-syntax', message, hint }, { exact: false, secrets }),
    );
    expect(excerpts.length).toBeGreaterThan(0);
    expect(JSON.stringify(excerpts)).not.toContain('hunter2');
  });

  it('other lines are shown', () => {
    const text = '{\n  "cpu": x,\n  "environment": []\n}';
    const { faults, secrets } = parseJson(text);
    const [fault] = faults;
    if (fault === undefined) throw new Error('no fault');
    const words = { code: 'yaml-syntax', message: fault.message, hint: fault.hint } as const;
    expect(problemAt(fileText('a.json', text), fault.offset, words, { exact: false, secrets }).excerpt).toBe('  "cpu": x,');
  });
});

describe('limits, the same as for YAML', () => {
  it('nests as deep as YAML and no deeper', () => {
    const nested = (levels: number): string => '['.repeat(levels) + '"x"' + ']'.repeat(levels);
    expect(parseJson(nested(MAX_DEPTH)).faults).toEqual([]);
    expect(parseYaml(nested(MAX_DEPTH)).faults).toEqual([]);
    expect(parseJson(nested(MAX_DEPTH + 1)).faults).toMatchObject([{ code: 'json-too-deep', offset: MAX_DEPTH }]);
    expect(parseYaml(nested(MAX_DEPTH + 1)).faults).toMatchObject([{ code: 'yaml-too-deep' }]);
    expect(parseJson('{"a":'.repeat(MAX_DEPTH + 1)).faults).toMatchObject([{ code: 'json-too-deep', offset: MAX_DEPTH * 5 }]);
  });

  it('holds as many keys and list items as YAML and no more', () => {
    const list = (items: number): string => `[${'1,'.repeat(items)}]`;
    expect(parseJson(list(MAX_ENTRIES)).faults).toEqual([]);
    expect(parseJson(list(MAX_ENTRIES + 1)).faults).toMatchObject([{ code: 'json-too-many-keys', offset: 1 + 2 * MAX_ENTRIES }]);
    const keys = Array.from({ length: MAX_ENTRIES + 1 }, (_, index) => `"${index}": 1`);
    expect(parseJson(`{${keys.join()}}`).faults).toMatchObject([{ code: 'json-too-many-keys' }]);
    expect(parseJson(`{${keys.slice(1).join()}}`).faults).toEqual([]);
  });

  it('shows at most twenty faults', () => {
    expect(parseJson(`{"a": 1, ${'"a": 2, '.repeat(50)}}`).faults).toHaveLength(20);
  });

  // each of these takes milliseconds; were a step quadratic, it would take minutes and run into the time limit
  it.each<[string, string]>([
    ['comments of one line', '// a\n'],
    ['comments', '/**/'],
    ['slashes', '/ '],
    ['opened comments', '/*'],
    ['escapes', '\\"'],
    ['escapes in a text', '["\\\\'],
    ['quotes', '"'],
    ['digits', '9'],
    ['blanks', ' \t\r\n'],
    ['brackets', '['],
    ['letters', 'nul'],
    ['keys', '{"a":0,'],
    ['duplicates below blank lines', '\n'],
  ])('reads a megabyte of %s in linear time', (name, piece) => {
    const filling = piece.repeat(Math.floor((MAX_FILE_BYTES - 100_000) / piece.length));
    const text = name.startsWith('duplicates') ? `{${filling}${'"a": 1, '.repeat(5_000)}}` : filling;
    const { documents, faults } = parseJson(text);
    expect(faults.length + documents.length).toBeGreaterThan(0);
  });
});

describe('one tree for both languages', () => {
  const folder = fileURLToPath(new URL('../golden/', import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const trees = names.flatMap((name) =>
    parseYaml(readFileSync(`${folder}${name}`, 'utf8')).documents.map((tree, index) => ({ title: `${name} ${index + 1}`, tree })),
  );

  it('sees the golden manifests', () => {
    expect(trees.length).toBeGreaterThan(30);
  });

  it.each(trees)('$title, written as JSON, gives the same tree by both readers', ({ tree }) => {
    const text = JSON.stringify(plainOf(tree), null, 2);
    const read = parseJson(text);
    expect(read.faults).toEqual([]);
    expect(read.documents).toEqual(parseYaml(text).documents);
  });
});
