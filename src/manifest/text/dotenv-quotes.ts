// Quoted values of a file of variables: where they end, what their escapes stand for, and which letter of the file a letter of the
// value came from, so that a fault inside a value of several lines still finds its line. Deliberately absent: variables, which are
// replaced after this, and the escapes that only some shells know (\x41, \u0041): Compose leaves those as they are, and so do we.
import { present } from '../../std/assert.ts';

/** A stretch of a value as it stands in the file, or the letters that one escape stands for. */
export interface QuotedPiece {
  readonly text: string;
  /** Index of its first code unit in the file, and in the value. */
  readonly at: number;
  readonly inside: number;
}

export interface Quoted {
  readonly pieces: readonly QuotedPiece[];
  /** Index behind the closing quote. */
  readonly end: number;
}

/** Escapes inside double quotes (compose-go, dotenv); a dollar sign becomes the one that interpolation takes for itself. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ['"', '"'],
  ['$', '$$'],
]);
/** A zero and three octal digits: up to \0377, the highest byte. */
const OCTAL = /\\0([0-3][0-7]{2})/y;

/** Whether a value that begins with this character is a quoted one. */
export function isQuote(character: string | undefined): character is '"' | "'" {
  return character === '"' || character === "'";
}

/**
 * Reads the quoted value that begins at `open`; null when it is never closed. Single quotes know one escape, that of their own quote;
 * in double quotes a backslash before anything unknown stays, and so does what follows it.
 */
export function readQuotes(text: string, open: number): Quoted | null {
  const quote = text[open];
  const pieces: QuotedPiece[] = [];
  let length = 0;
  const add = (piece: string, at: number): void => {
    pieces.push({ text: piece, at, inside: length });
    length += piece.length;
  };
  let plainFrom = open + 1;
  let at = plainFrom;
  while (at < text.length && text[at] !== quote) {
    if (text[at] !== '\\') {
      at++;
      continue;
    }
    const escape = quote === '"' ? escapeAt(text, at) : singleEscapeAt(text, at);
    if (escape !== null) {
      add(text.slice(plainFrom, at), plainFrom);
      add(escape.stands, at);
      plainFrom = at + escape.length;
    }
    // an unknown escape keeps both its letters: the second one neither closes the quote nor begins another escape
    at += escape?.length ?? 2;
  }
  if (at >= text.length) return null;
  add(text.slice(plainFrom, at), plainFrom);
  return { pieces, end: at + 1 };
}

/** The index in the file of a letter of the value; the letters of an escape stand at its backslash and behind it. */
export function sourceOffset(pieces: readonly QuotedPiece[], inside: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle]?.inside ?? 0) <= inside) low = middle;
    else high = middle - 1;
  }
  const piece = present(pieces[low], 'the piece of a quoted value');
  return piece.at + inside - piece.inside;
}

interface Escape {
  readonly stands: string;
  /** Code units in the file. */
  readonly length: number;
}

function escapeAt(text: string, at: number): Escape | null {
  const stands = ESCAPES.get(text[at + 1] ?? '');
  if (stands !== undefined) return { stands, length: 2 };
  OCTAL.lastIndex = at;
  const digits = OCTAL.exec(text)?.[1];
  return digits === undefined ? null : { stands: String.fromCodePoint(Number.parseInt(digits, 8)), length: 5 };
}

function singleEscapeAt(text: string, at: number): Escape | null {
  return text[at + 1] === "'" ? { stands: "'", length: 2 } : null;
}
