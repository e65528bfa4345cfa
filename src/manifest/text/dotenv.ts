// Files of variables (.env, env_file) as Compose v2 reads them: NAME=value or NAME: value, `export`, comments, single quotes (as they
// are), double quotes (escapes and variables), values over several lines, and a bare NAME that takes its value from outside.
// Refused, though Compose reads them somehow and loses what was meant: a line without a name, a tab inside a name, a bare word
// behind a closing quote. A bare name at the very end of a file, which Compose loses too, is read.
// Deliberately absent: any environment (`lookup` gives it), files of other formats, and a value in any message.
import { MAX_LENGTH, interpolate } from './interpolate.ts';
import { isQuote, readQuotes, sourceOffset } from './dotenv-quotes.ts';
import { fault, read } from '../../lang/parsed.ts';
import { fileText, placeOf } from './text.ts';
import type { Fault, Parsed } from '../../lang/parsed.ts';
import type { Lookup, VariableUse } from './interpolate.ts';

export interface DotenvVariable {
  readonly name: string;
  readonly value: string;
  /** Where its name stands last: a later line wins. Index of the code unit, as in every `at` of this file. */
  readonly at: number;
}

export interface Dotenv {
  /** In the order in which the names appear first. */
  readonly variables: readonly DotenvVariable[];
  /** Variables whose values were asked for, once each, at the first use. */
  readonly used: readonly VariableUse[];
  /** Of these: not set anywhere, so replaced by nothing or, on a bare line, left out. */
  readonly unset: readonly VariableUse[];
  /** Variables whose value is a `# comment`: Compose knows an inline comment only behind a value, and `NAME= # text` has none. */
  readonly commentsAsValues: readonly VariableUse[];
}

/** A fault with its place, both counted from 1; a byte order mark takes no column. */
export interface DotenvFault extends Fault {
  readonly line: number;
  readonly column: number;
}

export type ParsedDotenv = { readonly value: Dotenv; readonly fault: null } | { readonly value: null; readonly fault: DotenvFault };

/** No process starts with more: Linux takes about 2 MiB of arguments and environment, and a name with its value is 3 bytes at least. */
export const MAX_VARIABLES = 10_000;
/** Code units of all values of a file together; without it, lines that double the line before grow to gigabytes in a page of text. */
export const MAX_VALUES_LENGTH = 2_097_152;

const BYTE_ORDER_MARK = '\uFEFF';
/** Blanks inside a line; the carriage return of a Windows line end is one of them. */
const BLANKS = /[\t\v\f\r \u0085\u00a0]*/y;
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const SPACES = new RegExp(`${SPACE.source}*`, 'y');
const EXPORT = /export(?:[\t\v\f\r \u0085\u00a0]+|(?=\n)|$)/y;
const NAME = /[\p{L}\p{N}_.\-[\]]*/uy;

const LINE_HINT = 'write NAME=value, a bare NAME to take its value from outside, or "#" before a comment';
const FILE_HINT = 'keep large contents in files of their own';
const QUOTE_HINT = 'end the line behind the closing quote; a quote inside the value takes a backslash before it';
const BEHIND_QUOTE = { message: 'has text behind a closing quote', hint: QUOTE_HINT };
const TOO_LONG = { message: `has over ${MAX_LENGTH} characters`, hint: FILE_HINT };
const TOO_MANY = { message: `sets over ${MAX_VARIABLES} variables`, hint: 'no process can start with so many: split the file' };

/** What has been read so far; changed as the reading goes on. */
interface Reading {
  readonly text: string;
  readonly variables: Map<string, DotenvVariable>;
  readonly used: Map<string, number>;
  readonly unset: Map<string, number>;
  readonly commentsAsValues: Map<string, number>;
  /** What is set outside, by lines above and by earlier files, in this order. */
  readonly known: Lookup;
  /** Code units that values may still take. */
  room: number;
}

interface Name {
  readonly name: string;
  /** Behind the separator, or at the line end of a bare name. */
  readonly end: number;
  readonly bare: boolean;
}

/**
 * Reads one file. Where a value or a bare line names a variable, `lookup` (the caller's environment) wins over lines above it, and these
 * win over `earlier`, the variables of files that were read before. `text` is decoded; a byte order mark is skipped.
 */
export function parseDotenv(text: string, lookup: Lookup, earlier: ReadonlyMap<string, string> = new Map()): ParsedDotenv {
  const start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const variables = new Map<string, DotenvVariable>();
  const known: Lookup = (name) => lookup(name) ?? variables.get(name)?.value ?? earlier.get(name) ?? null;
  const empty = { used: new Map(), unset: new Map(), commentsAsValues: new Map() };
  const reading: Reading = { text, variables, known, room: MAX_VALUES_LENGTH, ...empty };
  const wrong = text.length > MAX_LENGTH ? { at: MAX_LENGTH, ...TOO_LONG } : readLines(reading, start);
  if (wrong !== null) {
    const { line, column } = placeOf(fileText('', text), wrong.at);
    return { value: null, fault: { ...wrong, line, column: line === 1 ? column - start : column } };
  }
  const { used, unset, commentsAsValues } = reading;
  const value = {
    variables: [...variables.values()],
    used: usesOf(used),
    unset: usesOf(unset),
    commentsAsValues: usesOf(commentsAsValues),
  };
  return { value, fault: null };
}

/** Null when every line could be read. */
function readLines(reading: Reading, start: number): Fault | null {
  const { text } = reading;
  let at = nextStatement(text, start);
  let before: number | null = null;
  while (at < text.length) {
    const name = readName(text, at);
    if (name.fault !== null) return name.fault;
    // only a quoted value ends before its line does
    if (name.value.bare && before !== null && !text.slice(before, at).includes('\n')) return { at, ...BEHIND_QUOTE };
    const end = name.value.bare ? readOutside(reading, name.value, at) : readValue(reading, name.value, at);
    if (end.fault !== null) return end.fault;
    if (reading.variables.size > MAX_VARIABLES) return { at, ...TOO_MANY };
    before = end.value;
    at = nextStatement(text, before);
  }
  return null;
}

/** The first letter that is no space and in no comment line. */
function nextStatement(text: string, from: number): number {
  let at = skip(SPACES, text, from);
  while (text[at] === '#') at = skip(SPACES, text, lineEnd(text, at));
  return at;
}

function readName(text: string, from: number): Parsed<Name> {
  const start = skip(EXPORT, text, from);
  const nameEnd = skip(NAME, text, start);
  const name = text.slice(start, nameEnd);
  const at = skip(BLANKS, text, nameEnd);
  const found = text[at];
  const isSeparator = found === '=' || found === ':';
  if (name === '' && isSeparator) return fault(at, `has a "${found}" without a name before it`, LINE_HINT);
  if (isSeparator) return read({ name, end: at + 1, bare: false });
  const isLineEnd = found === undefined || found === '\n';
  if (name === '' && isLineEnd) return fault(from, 'has "export" without a name', LINE_HINT);
  if (isLineEnd) return read({ name, end: at, bare: true });
  if (name !== '' && at > nameEnd && skip(NAME, text, at) > at) return fault(nameEnd, 'has a blank inside a name', LINE_HINT);
  const character = JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0));
  return fault(at, `has ${character} where a name or "=" is expected`, LINE_HINT);
}

/** A bare name: the value that is known, or no variable at all. */
function readOutside(reading: Reading, { name, end }: Name, at: number): Parsed<number> {
  const value = reading.known(name);
  noteFirst(reading.used, name, at);
  if (value !== null) return assign(reading, name, value, at, end);
  noteFirst(reading.unset, name, at);
  return read(end);
}

/** Takes the value that follows a separator, and gives the index behind it. */
function readValue(reading: Reading, { name, end }: Name, at: number): Parsed<number> {
  const { text } = reading;
  const from = skip(BLANKS, text, end);
  if (isQuote(text[from])) return readQuoted(reading, name, at, from);
  const close = lineEnd(text, from);
  const line = text.slice(from, close);
  const comment = line.indexOf(' #');
  const bare = trimmedEnd(comment === -1 ? line : line.slice(0, comment));
  if (from > end && bare.startsWith('#')) noteFirst(reading.commentsAsValues, name, at);
  const value = replaceIn(reading, bare, (inside) => from + inside);
  return value.fault === null ? assign(reading, name, value.value, at, close) : value;
}

function readQuoted(reading: Reading, name: string, at: number, from: number): Parsed<number> {
  const { text } = reading;
  const quoted = readQuotes(text, from);
  if (quoted === null) return fault(from, 'opens a quote that is never closed', QUOTE_HINT);
  const behind = text[quoted.end];
  if (behind !== undefined && behind !== '#' && !SPACE.test(behind)) return { value: null, fault: { at: quoted.end, ...BEHIND_QUOTE } };
  const plain = quoted.pieces.map((piece) => piece.text).join('');
  if (text[from] === "'") return assign(reading, name, plain, at, quoted.end);
  const value = replaceIn(reading, plain, (inside) => sourceOffset(quoted.pieces, inside));
  return value.fault === null ? assign(reading, name, value.value, at, quoted.end) : value;
}

/** Replaces variables; `source` turns an index of `value` into one of the file. */
function replaceIn(reading: Reading, value: string, source: (inside: number) => number): Parsed<string> {
  const replaced = interpolate(value, reading.known, Math.min(MAX_LENGTH, reading.room));
  if (replaced.fault !== null) return fault(source(replaced.fault.at), replaced.fault.message, replaced.fault.hint);
  for (const { name, at } of replaced.value.used) noteFirst(reading.used, name, source(at));
  for (const { name, at } of replaced.value.unset) noteFirst(reading.unset, name, source(at));
  return read(replaced.value.text);
}

function assign(reading: Reading, name: string, value: string, at: number, end: number): Parsed<number> {
  if (value.includes('\0')) return fault(at, 'has a value with a NUL character', 'an environment cannot hold one: save the file as UTF-8');
  reading.room -= value.length;
  if (reading.room < 0) return fault(at, `has over ${MAX_VALUES_LENGTH} characters of values`, FILE_HINT);
  reading.variables.set(name, { name, value, at });
  return read(end);
}

function noteFirst(places: Map<string, number>, name: string, at: number): void {
  if (!places.has(name)) places.set(name, at);
}

function usesOf(places: ReadonlyMap<string, number>): readonly VariableUse[] {
  return Array.from(places, ([name, at]) => ({ name, at }));
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

/** The index behind all that a sticky pattern takes at `from`; `from` when it takes nothing. */
function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return from + (pattern.exec(text)?.[0].length ?? 0);
}

function trimmedEnd(line: string): string {
  let end = line.length;
  while (end > 0 && SPACE.test(line[end - 1] ?? '')) end--;
  return line.slice(0, end);
}
