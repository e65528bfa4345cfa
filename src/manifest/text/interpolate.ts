// Variables in the strings of a compose file: $NAME, ${NAME}, the six forms with a word (${NAME:-word}, -, :?, ?, :+, +), words that
// hold further substitutions, and $$ for a dollar sign. A dollar sign before anything else stands for itself, as in Compose.
// A text is read whole before anything is replaced, so a fault in a word that is not needed today is found today and not on the day
// the variable goes missing. Deliberately absent: any environment (values come from `lookup`), and a value in any message.
import { fault, read } from '../../lang/parsed.ts';
import { count, cut } from '../../std/text.ts';
import type { Parsed } from '../../lang/parsed.ts';

/** The value of a variable; null when it is not set. An empty value is a value. */
export type Lookup = (name: string) => string | null;

/** Where a text names a variable: index of the code unit at which the naming begins. */
export interface VariableUse {
  readonly name: string;
  readonly at: number;
}

export interface Interpolated {
  readonly text: string;
  /** Every variable that was looked up, once each at its first use; those in words that were not needed are not among them. */
  readonly used: readonly VariableUse[];
  /** Variables that are not set and were replaced by nothing because no form says otherwise, once each: Compose warns of them. */
  readonly unset: readonly VariableUse[];
}

/** People nest two or three deep; the limit keeps the recursion far from the end of the stack. */
export const MAX_DEPTH = 20;
/** The size of the largest manifest: a text of 1 MiB that names a value of 1 MiB a hundred thousand times must not become 100 GB. */
export const MAX_LENGTH = 1_048_576;
/** An author's own explanation is a sentence, and a message is a line. */
const EXPLANATION_LENGTH = 200;

const DOLLAR_HINT = 'write "$$" for a dollar sign that is meant as such, or ${NAME} for a variable';
const NAME_HINT = 'a name has letters, digits and "_" and begins with no digit; write "$$" for a dollar sign that is meant as such';
const FORM_HINT = 'write ${NAME}, or ${NAME} with ":-" or "-" (default), ":?" or "?" (required), ":+" or "+" (alternative) behind the name';

/** The longer ones first: ":-" is no "-" behind a colon. */
const FORMS = [':-', ':?', ':+', '-', '?', '+'] as const;
type Form = (typeof FORMS)[number];

type Piece = string | Substitution;

interface Substitution extends VariableUse {
  /** Null for $NAME and ${NAME}. */
  readonly form: Form | null;
  readonly word: readonly Piece[];
}

/** Something that was read, and the index behind it. */
interface Reading<T> {
  readonly what: T;
  readonly end: number;
}

/** What has been filled in so far; changed as the filling goes on. */
interface Tally {
  readonly lookup: Lookup;
  readonly used: Map<string, number>;
  readonly unset: Map<string, number>;
  readonly lengthMax: number;
  /** Code units that may still be written. */
  room: number;
}

/**
 * Replaces the variables of one text by their values (compose-spec, "Interpolation"). Values are taken as they are: a dollar sign in a
 * value is never looked at again. The fault stands at the `$` of a substitution that is not closed, not set but required, nested over
 * MAX_DEPTH deep or longer than `lengthMax` code units, and at the letter of a name or form that cannot be read.
 */
export function interpolate(text: string, lookup: Lookup, lengthMax: number = MAX_LENGTH): Parsed<Interpolated> {
  if (!text.includes('$')) return read({ text, used: [], unset: [] });
  const pieces = readPieces(text, 0, 0);
  if (pieces.fault !== null) return pieces;
  const tally: Tally = { lookup, used: new Map(), unset: new Map(), lengthMax, room: lengthMax };
  const filled = fill(pieces.value.what, tally, 0);
  if (filled.fault !== null) return filled;
  return read({ text: filled.value, used: usesOf(tally.used), unset: usesOf(tally.unset) });
}

/** The text that `interpolate` turns into `text`, whatever is set. */
export function escapeDollars(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/** Reads up to the end of the text or, inside a substitution, up to the brace that closes it or the end of its line. Braces of a
 * word's own come in pairs: ${LIMITS:-{"cpu":1}}. */
function readPieces(text: string, from: number, depth: number): Parsed<Reading<readonly Piece[]>> {
  const pieces: Piece[] = [];
  let plainFrom = from;
  let at = from;
  let open = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '$') {
      const piece = readDollar(text, at, depth);
      if (piece.fault !== null) return piece;
      pieces.push(text.slice(plainFrom, at), piece.value.what);
      at = plainFrom = piece.value.end;
      continue;
    }
    if (depth > 0) {
      if (character === '\n' || (character === '}' && open === 0)) break;
      if (character === '{') open++;
      else if (character === '}') open--;
    }
    at++;
  }
  pieces.push(text.slice(plainFrom, at));
  return read({ what: pieces, end: at });
}

function readDollar(text: string, at: number, depth: number): Parsed<Reading<Piece>> {
  const next = text[at + 1];
  if (next === '$') return read({ what: '$', end: at + 2 });
  if (next === '{') return readBraced(text, at, depth);
  const name = nameAt(text, at + 1);
  if (name === '') return read({ what: '$', end: at + 1 });
  return read({ what: { name, at, form: null, word: [] }, end: at + 1 + name.length });
}

function readBraced(text: string, at: number, depth: number): Parsed<Reading<Piece>> {
  if (depth === MAX_DEPTH) return fault(at, `nests over ${MAX_DEPTH} substitutions`, 'set a variable to the inner part and name that');
  const name = nameAt(text, at + 2);
  const behind = at + 2 + name.length;
  if (text[behind] === undefined || text[behind] === '\n') return unclosed(at);
  if (name === '') return noName(text, behind);
  if (text[behind] === '}') return read({ what: { name, at, form: null, word: [] }, end: behind + 1 });
  const form = FORMS.find((known) => text.startsWith(known, behind));
  if (form === undefined) return noForm(text, behind);
  const word = readPieces(text, behind + form.length, depth + 1);
  if (word.fault !== null) return word;
  if (text[word.value.end] !== '}') return unclosed(at);
  return read({ what: { name, at, form, word: word.value.what }, end: word.value.end + 1 });
}

function nameAt(text: string, at: number): string {
  const name = /[A-Za-z_][A-Za-z0-9_]*/y;
  name.lastIndex = at;
  return name.exec(text)?.[0] ?? '';
}

/** Compose closes a substitution on the line that opens it. Beyond that, one lost brace would swallow the rest of a script. */
function unclosed<T>(at: number): Parsed<T> {
  return fault(at, 'has a "${" that is not closed on its line', `close it with "}", braces inside come in pairs; ${DOLLAR_HINT}`);
}

function noName<T>(text: string, at: number): Parsed<T> {
  const found = characterAt(text, at);
  if (found === '}') return fault(at, 'has a "${}" without a name', DOLLAR_HINT);
  if (FORMS.some((form) => text.startsWith(form, at))) return fault(at, 'has a "${" without a name', NAME_HINT);
  return fault(at, `has a name that begins with ${JSON.stringify(found)}`, NAME_HINT);
}

function noForm<T>(text: string, at: number): Parsed<T> {
  const found = characterAt(text, at);
  if (found === ':') return fault(at, 'has a ":" behind a name without "-", "?" or "+"', FORM_HINT);
  return fault(at, `has ${JSON.stringify(found)} behind a name`, FORM_HINT);
}

/** A whole character even where it takes two code units. */
function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}

/** `at` stands for the place of plain pieces: that of the substitution whose word they are. */
function fill(pieces: readonly Piece[], tally: Tally, at: number): Parsed<string> {
  let filled = '';
  for (const piece of pieces) {
    const part = typeof piece === 'string' ? spend(piece, tally, at) : substitute(piece, tally);
    if (part.fault !== null) return part;
    filled += part.value;
  }
  return read(filled);
}

function substitute(piece: Substitution, tally: Tally): Parsed<string> {
  const { name, at, form, word } = piece;
  const value = tally.lookup(name);
  if (!tally.used.has(name)) tally.used.set(name, at);
  if (form === null) {
    if (value === null && !tally.unset.has(name)) tally.unset.set(name, at);
    return spend(value ?? '', tally, at);
  }
  const isThere = value !== null && !(form.startsWith(':') && value === '');
  if (form.endsWith('+')) return isThere ? fill(word, tally, at) : read('');
  if (isThere) return spend(value, tally, at);
  if (form.endsWith('-')) return fill(word, tally, at);
  const explanation = cut(wordingOf(word).trim(), EXPLANATION_LENGTH);
  return fault(
    at,
    `needs the variable ${name}, which is ${value === null ? 'not set' : 'empty'}${explanation === '' ? '' : `: ${explanation}`}`,
    `set ${name} in the .env file beside the compose file, or write a default: \${${name}:-default}`,
  );
}

function spend(text: string, tally: Tally, at: number): Parsed<string> {
  tally.room -= text.length;
  if (tally.room >= 0) return read(text);
  return fault(
    at,
    'grows too long when its variables are replaced',
    `keep the result below ${count(tally.lengthMax + 1, 'character')}: name shorter values, or fewer of them`,
  );
}

/** A word for a message: what it names stays a name, because Compose would print the value here, and a value may be a secret. */
function wordingOf(word: readonly Piece[]): string {
  return word.map((piece) => (typeof piece === 'string' ? piece : `\${${piece.name}}`)).join('');
}

function usesOf(places: ReadonlyMap<string, number>): readonly VariableUse[] {
  return Array.from(places, ([name, at]) => ({ name, at }));
}
