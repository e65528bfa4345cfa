// The character classes and escapes of a Java regular expression: [a-z0-9], [^x], \d, \., \u0041. Unions, intersections and the
// named classes of \p are refused: nobody needs them for the attributes of an instance.
import { refuse } from './reader.ts';
import type { Reader } from './reader.ts';

export interface CharacterRange {
  readonly from: string;
  readonly to: string;
}

/** The characters inside the ranges, or, negated, all others. */
export interface CharacterSet {
  readonly negated: boolean;
  readonly ranges: readonly CharacterRange[];
}

const DIGITS: readonly CharacterRange[] = [{ from: '0', to: '9' }];
const WORDS: readonly CharacterRange[] = [
  { from: 'a', to: 'z' },
  { from: 'A', to: 'Z' },
  { from: '0', to: '9' },
  { from: '_', to: '_' },
];
const SPACES: readonly CharacterRange[] = [
  { from: '\t', to: '\r' },
  { from: ' ', to: ' ' },
];
const NAMED: ReadonlyMap<string, readonly CharacterRange[]> = new Map([
  ['d', DIGITS],
  ['w', WORDS],
  ['s', SPACES],
]);
const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
]);

/** The set behind a backslash outside of a class. */
export function readEscape(reader: Reader): CharacterSet | null {
  const at = reader.at;
  const letter = reader.text[at + 1];
  if (letter === undefined) return refuse(reader, at, 'ends with a backslash', 'write \\\\ for the character');
  const named = NAMED.get(letter.toLowerCase());
  if (named !== undefined) {
    reader.at += 2;
    return { negated: letter !== letter.toLowerCase(), ranges: named };
  }
  if (/[1-9k]/.test(letter)) {
    return refuse(reader, at, 'has a back-reference', 'write the pattern without it: a back-reference can take forever');
  }
  const single = readSingle(reader);
  return single === null ? null : { negated: false, ranges: [{ from: single, to: single }] };
}

/** The set between two brackets. */
export function readClass(reader: Reader): CharacterSet | null {
  const start = reader.at;
  reader.at += 1;
  const negated = reader.text[reader.at] === '^';
  if (negated) reader.at += 1;
  const ranges: CharacterRange[] = [];
  for (let first = true; ; first = false) {
    const letter = reader.text[reader.at];
    if (letter === undefined) return refuse(reader, start, 'has a "[" that is never closed', 'write \\[ for the character');
    if (letter === ']' && !first) break;
    const part = readPart(reader, letter);
    if (part === null) return null;
    ranges.push(...part);
  }
  reader.at += 1;
  return { negated, ranges };
}

/** One character, one range, or one named class inside of brackets. */
function readPart(reader: Reader, letter: string): readonly CharacterRange[] | null {
  const at = reader.at;
  if (letter === '[' || reader.text.startsWith('&&', at)) {
    return refuse(reader, at, 'has a class inside a class', `write \\${letter} for the character`);
  }
  const named = letter === '\\' ? NAMED.get(reader.text[at + 1] ?? '') : undefined;
  if (named !== undefined) {
    reader.at += 2;
    return named;
  }
  const from = readSingle(reader);
  if (from === null) return null;
  const next = reader.text[reader.at + 1];
  if (reader.text[reader.at] !== '-' || next === ']' || next === undefined) return [{ from, to: from }];
  reader.at += 1;
  const to = readSingle(reader);
  if (to === null) return null;
  return to < from ? refuse(reader, at, `has a range "${from}-${to}" that ends before it begins`, `write ${to}-${from}`) : [{ from, to }];
}

/** One character, escaped or not. */
function readSingle(reader: Reader): string | null {
  const at = reader.at;
  const letter = reader.text[at] ?? '';
  reader.at += 1;
  if (letter !== '\\') return letter;
  const escaped = reader.text[at + 1] ?? '';
  reader.at += 1;
  const code = /^(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))/.exec(reader.text.slice(at + 1, at + 6));
  if (code !== null) {
    reader.at = at + 1 + code[0].length;
    return String.fromCharCode(Number.parseInt(code[1] ?? code[2] ?? '', 16));
  }
  const control = CONTROLS.get(escaped);
  if (control !== undefined) return control;
  if (escaped !== '' && !/[A-Za-z0-9]/.test(escaped)) return escaped;
  return refuse(
    reader,
    at,
    `has an escape "\\${escaped}" that Longshore does not read`,
    'escapes are \\d \\w \\s \\t \\n \\x41 and \\. for a character',
  );
}
