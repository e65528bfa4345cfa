// Java regular expressions, as far as cluster queries need them: read into a tree that can be matched without going back, so that no
// pattern takes longer than its length times the text's. Deliberately absent: back-references, looking around, possessive and atomic
// groups, boundaries other than ^ and $. They are refused with their place, never read as something else.
import { refuse } from './reader.ts';
import { readClass, readEscape } from './pattern-class.ts';
import { fault, read } from './parsed.ts';
import type { CharacterSet } from './pattern-class.ts';
import type { Parsed } from './parsed.ts';
import type { Reader } from './reader.ts';

export type PatternNode =
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly minimum: number; readonly maximum: number | null }
  | ({ readonly kind: 'characters' } & CharacterSet)
  | { readonly kind: 'start' }
  | { readonly kind: 'end' };

export interface Pattern {
  /** `(?i)` at the beginning. */
  readonly ignoreCase: boolean;
  readonly node: PatternNode;
}

/** ECS: an expression has at most 2,000 characters, so a pattern has no more. */
export const PATTERN_LENGTH_MAX = 2_000;
/** Groups inside groups; deeper ones are no pattern of a person. */
const DEPTH_MAX = 50;
/** Times in braces, and characters to match once every repetition is written out. */
const TIMES_MAX = 1_000;
const SIZE_MAX = 10_000;

const PLAIN_HINT = 'write the pattern with characters, [classes], (groups|choices) and * + ? {n,m}';

/** Reads a whole pattern; the fault stands at the first letter that is not understood. */
export function parsePattern(text: string): Parsed<Pattern> {
  if (text.length > PATTERN_LENGTH_MAX) {
    return fault(PATTERN_LENGTH_MAX, `has more than ${PATTERN_LENGTH_MAX} characters`, 'shorten the pattern');
  }
  const ignoreCase = text.startsWith('(?i)');
  const reader: Reader = { text, at: ignoreCase ? 4 : 0, fault: null };
  const node = readChoice(reader, 0);
  if (node !== null && reader.at < text.length) refuse(reader, reader.at, 'has a ")" that closes nothing', 'write \\) for the character');
  if (node !== null && reader.fault === null && sizeOf(node) > SIZE_MAX) {
    refuse(reader, 0, `repeats more than ${SIZE_MAX} characters`, 'lower the numbers in braces');
  }
  if (reader.fault !== null) return { value: null, fault: reader.fault };
  return node === null ? fault(0, 'is no pattern', PLAIN_HINT) : read({ ignoreCase, node });
}

function readChoice(reader: Reader, depth: number): PatternNode | null {
  if (depth > DEPTH_MAX) return refuse(reader, reader.at, `has groups more than ${DEPTH_MAX} deep`, 'write fewer groups');
  const options: PatternNode[] = [];
  for (;;) {
    const option = readSequence(reader, depth);
    if (option === null) return null;
    options.push(option);
    if (reader.text[reader.at] !== '|') return options.length === 1 ? option : { kind: 'choice', options };
    reader.at += 1;
  }
}

function readSequence(reader: Reader, depth: number): PatternNode | null {
  const parts: PatternNode[] = [];
  while (reader.at < reader.text.length && reader.text[reader.at] !== '|' && reader.text[reader.at] !== ')') {
    const part = readRepeated(reader, depth);
    if (part === null) return null;
    parts.push(part);
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: 'sequence', parts };
}

function readRepeated(reader: Reader, depth: number): PatternNode | null {
  const start = reader.at;
  const part = readAtom(reader, depth);
  if (part === null) return null;
  const at = reader.at;
  const times = readTimes(reader);
  if (times === null) return reader.fault === null ? part : null;
  const after = reader.text[reader.at];
  if (after === '+') {
    return refuse(reader, reader.at, 'has a possessive repetition, which Longshore does not read', 'remove the second +');
  }
  // lazy or not is the same for a pattern that must match the whole text
  if (after === '?') reader.at += 1;
  if (part.kind === 'start' || part.kind === 'end') return refuse(reader, at, 'repeats a place instead of a character', PLAIN_HINT);
  if (readsAgain(reader.text[reader.at])) return refuse(reader, reader.at, 'repeats a repetition', 'put the inner one in a group');
  if (times.maximum === null && isUnbounded(part)) {
    return refuse(reader, start, 'repeats without an end what itself repeats without an end', 'take one of the two repetitions away');
  }
  return { kind: 'repeat', part, minimum: times.minimum, maximum: times.maximum };
}

function readsAgain(letter: string | undefined): boolean {
  return letter === '*' || letter === '+' || letter === '?' || letter === '{';
}

interface Times {
  readonly minimum: number;
  readonly maximum: number | null;
}

/** The repetition at the reader, or null when there is none (or a broken one: then the reader has a fault). */
function readTimes(reader: Reader): Times | null {
  const sign = reader.text[reader.at];
  if (sign === '*' || sign === '+' || sign === '?') {
    reader.at += 1;
    return { minimum: sign === '+' ? 1 : 0, maximum: sign === '?' ? 1 : null };
  }
  if (sign !== '{') return null;
  const found = /^\{([0-9]{1,4})(?:(,)([0-9]{0,4}))?\}/.exec(reader.text.slice(reader.at, reader.at + 12));
  const hint = `write {3}, {2,} or {2,5}, at most ${TIMES_MAX} times; \\{ for the character`;
  if (found === null) return refuse(reader, reader.at, 'has braces that are no number of times', hint);
  const minimum = Number(found[1]);
  const maximum = found[2] === undefined ? minimum : found[3] === '' ? null : Number(found[3]);
  if (minimum > TIMES_MAX || (maximum ?? 0) > TIMES_MAX) return refuse(reader, reader.at, `repeats more than ${TIMES_MAX} times`, hint);
  if (maximum !== null && maximum < minimum) return refuse(reader, reader.at, 'repeats at most less than at least', hint);
  reader.at += found[0].length;
  return { minimum, maximum };
}

function readAtom(reader: Reader, depth: number): PatternNode | null {
  const at = reader.at;
  const letter = reader.text[at] ?? '';
  if (letter === '(') return readGroup(reader, depth);
  if (letter === '[') {
    const set = readClass(reader);
    return set === null ? null : { kind: 'characters', ...set };
  }
  if (letter === '\\') {
    const set = readEscape(reader);
    return set === null ? null : { kind: 'characters', ...set };
  }
  if (readsAgain(letter)) return refuse(reader, at, `has a ${letter} that repeats nothing`, `write \\${letter} for the character`);
  reader.at += 1;
  if (letter === '^') return { kind: 'start' };
  if (letter === '$') return { kind: 'end' };
  if (letter === '.') return { kind: 'characters', negated: true, ranges: [{ from: '\n', to: '\n' }] };
  return { kind: 'characters', negated: false, ranges: [{ from: letter, to: letter }] };
}

function readGroup(reader: Reader, depth: number): PatternNode | null {
  const start = reader.at;
  const opening = /^\((?:\?:|\?<[A-Za-z][A-Za-z0-9]*>)?(?!\?)/.exec(reader.text.slice(start, start + 80));
  if (opening === null) {
    const message = 'has a group that looks around, is atomic or sets flags, which Longshore does not read';
    return refuse(reader, start, message, 'write a plain (group); (?i) may stand at the very beginning');
  }
  reader.at += opening[0].length;
  const inner = readChoice(reader, depth + 1);
  if (inner === null) return null;
  if (reader.text[reader.at] !== ')') return refuse(reader, start, 'has a "(" that is never closed', 'write \\( for the character');
  reader.at += 1;
  return inner;
}

function isUnbounded(node: PatternNode): boolean {
  if (node.kind === 'repeat') return node.maximum === null || isUnbounded(node.part);
  if (node.kind === 'sequence') return node.parts.some(isUnbounded);
  return node.kind === 'choice' && node.options.some(isUnbounded);
}

/** Characters to match once every repetition is written out. */
function sizeOf(node: PatternNode): number {
  if (node.kind === 'sequence') return node.parts.reduce((sum, part) => sum + sizeOf(part), 0);
  if (node.kind === 'choice') return node.options.reduce((sum, option) => sum + sizeOf(option), 0);
  if (node.kind === 'repeat') return sizeOf(node.part) * Math.max(1, node.maximum ?? node.minimum);
  return 1;
}
