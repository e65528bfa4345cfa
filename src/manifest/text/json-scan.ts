// The small pieces of a JSON text: blanks and comments, texts, numbers, words. Each steps over what it read, code unit by code unit and
// never back, so that a text costs linear time whatever it holds. No regular expression, and nothing here knows of brackets.
import { syntax, wordFault } from './json-errors.ts';
import type { JsonFault } from './json-errors.ts';
import type { Scalar } from './tree.ts';

/** A text on its way through the reader. */
export interface Scan {
  readonly text: string;
  /** Where reading goes on. */
  at: number;
  /** Keys and list items so far. */
  entries: number;
  readonly faults: JsonFault[];
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const ASTERISK = 0x2a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const LOWER_E = 0x65;
/** Between capital and small letters. */
const CASE_BIT = 0x20;
/** As many digits are exact in a double whatever they are. */
const EXACT_DIGITS = 15;

/** Records a fault that ends the reading. */
export function stop(scan: Scan, fault: JsonFault): null {
  scan.faults.push(fault);
  return null;
}

/** Steps over blanks and comments; false after a comment that never ends. */
export function skipBlanks(scan: Scan): boolean {
  const { text } = scan;
  while (scan.at < text.length) {
    const code = text.charCodeAt(scan.at);
    if (code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB) {
      scan.at++;
      continue;
    }
    const next = code === SLASH ? text.charCodeAt(scan.at + 1) : 0;
    if (next === SLASH) skipLine(scan);
    else if (next !== ASTERISK) return true;
    else {
      const end = text.indexOf('*/', scan.at + 2);
      if (end === -1) return stop(scan, syntax(scan.at, 'this comment is never closed', 'write */ at its end')) ?? false;
      scan.at = end + 2;
    }
  }
  return true;
}

/** To the end of the line. Step by step: a search for a carriage return that no line has would run to the end for each comment. */
function skipLine(scan: Scan): void {
  const { text } = scan;
  for (; scan.at < text.length; scan.at++) {
    const code = text.charCodeAt(scan.at);
    if (code === LINE_FEED || code === CARRIAGE_RETURN) return;
  }
}

/** The text whose opening quote stands here, as a tree; null after a fault. */
export function quotedAt(scan: Scan): Scalar | null {
  const { text } = scan;
  const start = scan.at;
  let escaped = false;
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      scan.at = at + 1;
      if (!escaped) return { kind: 'scalar', value: text.slice(start + 1, at), start, end: at + 1, text: start + 1 };
      // every escape was looked at, so the engine's own reader takes it; it joins the pieces much faster
      const value = JSON.parse(text.slice(start, at + 1)) as string;
      // only a text whose one escape is `\\` at its end stands in the file letter by letter
      const verbatim = text.startsWith(value, start + 1);
      return { kind: 'scalar', value, start, end: at + 1, text: verbatim ? start + 1 : null };
    }
    if (code === BACKSLASH) {
      const fault = escapeFault(text, at);
      if (fault !== null) return stop(scan, fault);
      escaped = true;
      at++; // over the letter; the digits behind a `u` are letters like others
    } else if (code < SPACE) return stop(scan, controlFault(code, at, start));
  }
  return stop(scan, unclosed(start));
}

function unclosed(start: number): JsonFault {
  return syntax(start, 'this quote is never closed', 'close the quote on its line; a line break inside a text is written \\n');
}

function controlFault(code: number, at: number, start: number): JsonFault {
  if (code === LINE_FEED || code === CARRIAGE_RETURN) return unclosed(start);
  if (code === TAB) return syntax(at, 'a tab stands inside a text', 'write \\t');
  const written = `\\u${code.toString(16).padStart(4, '0')}`;
  return syntax(at, `a control character (${written}) stands inside a text`, 'remove this invisible character, or write it as an escape');
}

/** What is wrong with the escape whose backslash stands at an offset, or null. */
function escapeFault(text: string, at: number): JsonFault | null {
  const letter = text[at + 1];
  if (letter === undefined) return null; // the text ends: its quote is never closed
  if (letter === 'u') {
    for (let digit = at + 2; digit < at + 6; digit++) {
      if (!isHexDigit(text.charCodeAt(digit))) return syntax(at, 'a \\u is not followed by four hexadecimal digits', 'write \\u00e9 for é');
    }
    if (text.startsWith('0000', at + 2)) {
      const hint = 'remove the NUL character; no engine takes it in a text';
      return { code: 'json-control-character', offset: at, message: 'a text holds a NUL character', hint };
    }
    return null;
  }
  if ('"\\/bfnrt'.includes(letter)) return null;
  const hint = letter === "'" ? 'a single quote needs no backslash' : 'write \\\\ for a backslash';
  return syntax(at, 'a text has an escape that JSON does not know', hint);
}

/** The number that begins here, as a tree; null after a fault. */
export function numberAt(scan: Scan): Scalar | null {
  const { text } = scan;
  const start = scan.at;
  const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
  const whole = digitsEnd(text, first);
  if (whole === first) {
    if (text.startsWith('Infinity', first)) return stop(scan, wordFault(text, first, start));
    return stop(scan, syntax(start, 'a minus sign without a number', 'write the number directly behind it'));
  }
  if (text.charCodeAt(first) === ZERO && whole > first + 1) {
    return stop(
      scan,
      syntax(start, 'a number begins with a zero', 'remove the zero, or put an id (an AWS account, a mode) in double quotes'),
    );
  }
  let end = whole;
  if (text.charCodeAt(end) === POINT) {
    end = digitsEnd(text, whole + 1);
    if (end === whole + 1) return stop(scan, syntax(whole, 'a decimal point without digits behind it', 'write a digit behind the point'));
  }
  if ((text.charCodeAt(end) | CASE_BIT) === LOWER_E) {
    const sign = text.charCodeAt(end + 1);
    const digits = sign === PLUS || sign === MINUS ? end + 2 : end + 1;
    const exponent = end;
    end = digitsEnd(text, digits);
    if (end === digits)
      return stop(scan, syntax(exponent, 'an exponent without digits', 'write digits behind the e, or quotes around a text'));
  }
  if (isAttached(text.charCodeAt(end))) {
    return stop(scan, syntax(end, 'a number goes on as a text', 'put the whole value in double quotes, or remove what follows the number'));
  }
  const value = whole === end && whole - first <= EXACT_DIGITS ? wholeNumber(text, first, whole, start) : Number(text.slice(start, end));
  if (!Number.isFinite(value)) return stop(scan, syntax(start, 'a number is too large to be held', 'write a number below 1e308'));
  scan.at = end;
  return { kind: 'scalar', value, start, end, text: null };
}

/** Built digit by digit: ports and sizes are short, and `Number` of a slice costs several times as much. */
function wholeNumber(text: string, first: number, end: number, start: number): number {
  let value = 0;
  for (let at = first; at < end; at++) value = value * 10 + text.charCodeAt(at) - ZERO;
  return first > start ? -value : value;
}

function digitsEnd(text: string, start: number): number {
  let at = start;
  for (let code = text.charCodeAt(at); code >= ZERO && code <= NINE; code = text.charCodeAt(at)) at++;
  return at;
}

/** `true`, `false` or `null` as a tree; undefined when none of them begins here. */
export function keywordAt(scan: Scan): Scalar | undefined {
  const { text, at: start } = scan;
  const word = text.startsWith('true', start) ? 'true' : text.startsWith('false', start) ? 'false' : 'null';
  const end = start + word.length;
  if (!text.startsWith(word, start) || isAttached(text.charCodeAt(end))) return undefined;
  scan.at = end;
  return { kind: 'scalar', value: word === 'null' ? null : word === 'true', start, end, text: null };
}

/** Whether a code unit directly behind a number or a word means that it goes on: a letter, a digit, `_`, `.` or `-`. */
function isAttached(code: number): boolean {
  const lower = code | CASE_BIT;
  return (code >= ZERO && code <= NINE) || (lower >= 0x61 && lower <= 0x7a) || code === 0x5f || code === POINT || code === MINUS;
}

function isHexDigit(code: number): boolean {
  const lower = code | CASE_BIT;
  return (code >= ZERO && code <= NINE) || (lower >= 0x61 && lower <= 0x66);
}
