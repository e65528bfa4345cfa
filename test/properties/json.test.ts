// What holds of every JSON text: it is read as the engine's own reader reads it, what people add to it by hand changes nothing,
// its tree is the one that the YAML reader gives, and no text whatsoever makes the reader throw.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/manifest/text/json.ts';
import { parseYaml } from '../../src/manifest/text/yaml.ts';
import { plainOf } from '../../src/manifest/text/tree.ts';

/** Refused in a manifest whatever the language: see `reserved-key` and `json-control-character`. */
const manifestable = (text: string): boolean => !text.includes('\0') && text !== '__proto__';

const KEY = fc
  .oneof(fc.constantFrom('family', 'image', 'cpu', '', '<<', 'constructor', '1', 'a b'), fc.string({ unit: 'binary' }))
  .filter(manifestable);
const TEXT = fc
  .oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('//', '/*', '*/', ',]', '\\', '"', 'a\\\\', '\u2028'))
  .filter(manifestable);

const VALUE = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    TEXT,
    fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger()),
    fc.constantFrom(null, true, false),
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(KEY, tie('any'), { maxKeys: 5 }),
  ),
})).any;

/** What may stand between any two pieces of a JSON text. */
const BLANK = fc.constantFrom(
  '',
  '',
  ' ',
  '\n',
  '\r\n',
  '\t',
  '\r',
  '// a "comment", with [ and {\n',
  '/* a: 1, // ] */',
  '/**/',
  '//\r\n',
  '/* \n * \n */ ',
);

/** The pieces of JSON.stringify's own text: texts whole, signs and everything else on their own. */
function pieces(text: string): string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^"[\]{}:,\s]+/g) ?? [];
}

/** The text with a blank before each piece, and commas behind the last members where `commas` says so. */
function loosened(text: string, blanks: readonly string[], commas: readonly boolean[]): string {
  let loose = '';
  let before = '';
  for (const [index, piece] of pieces(text).entries()) {
    const trailing = (piece === ']' || piece === '}') && before !== '[' && before !== '{' && commas[index % commas.length] === true;
    loose += (trailing ? `${blanks[(index + 1) % blanks.length]},` : '') + blanks[index % blanks.length] + piece;
    before = piece;
  }
  return loose + blanks[0];
}

/** What the engine's reader gives; `undefined` for a text that is no JSON. */
function engineValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readValue(text: string): unknown {
  const { documents, faults } = parseJson(text);
  expect(faults).toEqual([]);
  return documents.map(plainOf)[0];
}

/** What holds for any text, JSON or not. */
function check(text: string): void {
  const { documents, faults } = parseJson(text);
  expect(documents.length === 1).toBe(faults.length === 0);
  expect(faults.length).toBeLessThanOrEqual(20);
  for (const { offset, message, hint } of faults) {
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset).toBeLessThanOrEqual(text.length);
    expect(message).toMatch(/\S/);
    expect(hint).toMatch(/\S/);
  }
  const strict = engineValue(text);
  if (strict !== undefined && faults.length > 0) {
    // whatever the engine reads and we refuse, we refuse for one of these reasons
    const refusals = ['duplicate-key', 'reserved-key', 'json-control-character', 'json-too-deep', 'json-too-many-keys'];
    expect(faults.every(({ code, message }) => refusals.includes(code) || message.includes('too large'))).toBe(true);
  }
  if (strict !== undefined && faults.length === 0) expect(documents.map(plainOf)).toEqual([strict]);
}

describe('every JSON value', { timeout: 600_000 }, () => {
  it('is read as the engine reads it, dense and indented', () => {
    fc.assert(
      fc.property(VALUE, fc.constantFrom(undefined, 1, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(readValue(text)).toEqual(JSON.parse(text));
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it('stays the same with comments, blanks and trailing commas put in', () => {
    const additions = fc.record({
      value: VALUE,
      blanks: fc.array(BLANK, { minLength: 1, maxLength: 12 }),
      commas: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(additions, ({ value, blanks, commas }) => {
        const text = JSON.stringify(value);
        expect(readValue(loosened(text, blanks, commas))).toEqual(JSON.parse(text));
      }),
      { seed: 2, numRuns: 1_000 },
    );
  });

  it('has the same tree, place by place, as the YAML reader gives', () => {
    fc.assert(
      fc.property(VALUE, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const yaml = parseYaml(text);
        // YAML has rules of its own on keys over 1,024 characters and on a few control characters
        fc.pre(yaml.faults.length === 0);
        expect(parseJson(text).documents).toEqual(yaml.documents);
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe('no text makes the reader throw', { timeout: 600_000 }, () => {
  it('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => check(new TextDecoder().decode(bytes))),
      { seed: 4, numRuns: 1_000 },
    );
  });

  it('any mixture of what JSON is made of', () => {
    const piece = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '""',
        '"a"',
        '"a":',
        '\\',
        '\\u',
        '00',
        '0',
        '-',
        '1',
        '.',
        'e',
        '+',
        'true',
        'null',
        'nul',
        'NaN',
      ],
      ...[
        '//',
        '/*',
        '*/',
        '/',
        '\n',
        '\r',
        ' ',
        '\t',
        "'",
        '#',
        '$',
        '<',
        '\u{feff}',
        '\u00a0',
        '\u0000',
        '\ud800',
        '🚢',
        '=',
        ';',
        '{}',
        '[1]',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (parts) => check(parts.join(''))),
      { seed: 5, numRuns: 5_000 },
    );
  });

  it('any JSON text with a piece cut out, doubled or replaced', () => {
    const change = fc.record({ value: VALUE, at: fc.nat(), length: fc.nat(6), put: fc.string({ maxLength: 3 }), twice: fc.boolean() });
    fc.assert(
      fc.property(change, ({ value, at, length, put, twice }) => {
        const text = JSON.stringify(value, null, 1);
        const start = at % (text.length + 1);
        const cut = text.slice(start, start + length);
        check(text.slice(0, start) + put + (twice ? cut + cut : '') + text.slice(start + length));
      }),
      { seed: 6, numRuns: 2_000 },
    );
  });
});
