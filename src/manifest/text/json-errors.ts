// What is wrong with a JSON text, in our own words. People write a dozen things that look like JSON and are not, and each has its own
// remedy; "unexpected token" helps nobody. No message quotes the text beyond a key's name or one sign: a value may be a secret.

/** The codes of a JSON text; `duplicate-key` and `reserved-key` are those that YAML has too. */
export type JsonCode = 'json-syntax' | 'json-too-deep' | 'json-too-many-keys' | 'json-control-character' | 'duplicate-key' | 'reserved-key';

/** A problem of the text itself. */
export interface JsonFault {
  readonly code: JsonCode;
  /** 0-based index of the code unit to point at; at most the text's length. */
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

interface Words {
  readonly message: string;
  readonly hint: string;
}

const DOUBLE_QUOTES = 'put it in double quotes';
const PLACEHOLDER: Words = {
  message: 'a placeholder is not JSON',
  hint: 'fill it in before the file is committed, or put it in double quotes',
};
const CONFLICT: Words = { message: 'a merge conflict of git is not resolved here', hint: 'keep one of the two sides and remove the marks' };
const LEFT_OUT: Words = { message: 'dots stand here for something that was left out', hint: 'write it out, or remove the dots' };
const TYPOGRAPHIC: Words = { message: 'a typographic quote does not begin a text', hint: 'replace it with a plain double quote' };

/** Signs that are wrong wherever they stand outside a text. */
const STRANGERS: ReadonlyMap<string, Words> = new Map([
  ["'", { message: 'a text stands in single quotes', hint: 'write it in double quotes' }],
  ['`', { message: 'a text stands in backticks', hint: 'write it in double quotes' }],
  ['\u201c', TYPOGRAPHIC],
  ['\u201d', TYPOGRAPHIC],
  ['\u201e', TYPOGRAPHIC],
  ['\u2018', TYPOGRAPHIC],
  ['\u2019', TYPOGRAPHIC],
  ['#', { message: 'a # does not begin a comment in JSON', hint: 'begin the comment with //, or put it between /* and */' }],
  ['/', { message: 'a single / does not begin a comment', hint: 'begin the comment with //, or put it between /* and */' }],
  ['*', { message: 'a comment ends here that was never begun', hint: 'begin the comment with /*' }],
  ['\\', { message: 'a backslash stands outside a text', hint: 'remove it; inside a JSON file quotes need no backslash before them' }],
  ['<', PLACEHOLDER],
  ['$', PLACEHOLDER],
  ['%', PLACEHOLDER],
  ['@', PLACEHOLDER],
  ['\u2026', LEFT_OUT],
  ['\u00a0', { message: 'a no-break space is no space in JSON', hint: 'replace it with a plain space' }],
  ['\u200b', { message: 'an invisible character (a zero-width space) stands here', hint: 'remove it' }],
  ['\u{feff}', { message: 'a byte order mark stands inside the file', hint: 'remove this invisible character' }],
]);

/** Words that other languages have as values. */
const WORDS: ReadonlyMap<string, Words> = new Map([
  ['NaN', { message: 'JSON has no NaN', hint: 'write a number, or null' }],
  ['Infinity', { message: 'JSON has no Infinity', hint: 'write a number, or null' }],
  ['undefined', { message: 'JSON has no undefined', hint: 'write null, or remove the key' }],
  ['None', { message: 'None is Python, not JSON', hint: 'write null' }],
  ['nil', { message: 'nil is not JSON', hint: 'write null' }],
  ['True', { message: 'True is Python, not JSON', hint: 'write true' }],
  ['False', { message: 'False is Python, not JSON', hint: 'write false' }],
  ['yes', { message: 'yes is YAML, not JSON', hint: 'write true' }],
  ['no', { message: 'no is YAML, not JSON', hint: 'write false' }],
  ['on', { message: 'on is YAML, not JSON', hint: 'write true' }],
  ['off', { message: 'off is YAML, not JSON', hint: 'write false' }],
]);

/** How git marks the two sides of a conflict and what lies between them. */
const CONFLICT_MARKS = ['<<<<<<<', '=======', '>>>>>>>'];
/** What may begin a key or a value, rightly or not: behind a member it means that a comma is missing. */
const BEGINNING = /^["'\u2018-\u201e{[\p{L}_\p{Nd}-]$/u;
const LINE_FEED = 0x0a;
const LETTER = /^[\p{L}_]$/u;
/** Longer than every word of WORDS. */
const WORD_LENGTH = 12;

/** A fault of grammar. */
export function syntax(offset: number, message: string, hint: string): JsonFault {
  return { code: 'json-syntax', offset, message, hint };
}

/** The text ends too early; `open` is the offset of the innermost open bracket, -1 when there is none. */
export function endFault(text: string, open: number): JsonFault {
  const offset = text.trimEnd().length;
  if (open < 0) return syntax(offset, 'the file holds no JSON value', 'write an object between { and }, or remove the file');
  const message = `the file ends here, but the ${text[open]} of line ${lineOf(text, open)} is still open`;
  return syntax(offset, message, `close it with ${closerOf(text, open)}, or look for a bracket that is missing further up`);
}

/** What stands at `offset` begins no value. `open` as in endFault. */
export function valueFault(text: string, offset: number, open: number): JsonFault {
  if (offset >= text.length) return endFault(text, open);
  const sign = signAt(text, offset);
  const stranger = strangerAt(text, offset);
  if (open < 0 && (stranger === undefined || stranger === PLACEHOLDER)) {
    return syntax(offset, 'no JSON value begins here', 'remove what stands before the first { or [, such as the prompt of a shell');
  }
  if (stranger !== undefined) return syntax(offset, stranger.message, stranger.hint);
  if (sign === ',') return syntax(offset, 'a comma without a value before it', 'remove the comma, or write the value');
  if (sign === '}' || sign === ']') {
    if (sign !== closerOf(text, open)) return crossedFault(text, offset, open);
    return syntax(offset, `a value is missing before this ${sign}`, 'write the value, or null');
  }
  if (sign === '+') return syntax(offset, 'a number has a plus sign', 'remove the plus sign');
  if (sign === '.') return syntax(offset, 'a number begins with a point', 'write a zero before the point');
  if (!LETTER.test(sign)) return otherFault(text, offset);
  return wordFault(text, offset, offset);
}

/** What is wrong with the word at `word`, which is no value; the fault points at `offset`. */
export function wordFault(text: string, word: number, offset: number): JsonFault {
  const name = /^\w*/.exec(text.slice(word, word + WORD_LENGTH))?.[0] ?? '';
  const { message, hint } = WORDS.get(name) ?? { message: 'a text stands here without quotes', hint: DOUBLE_QUOTES };
  return syntax(offset, message, hint);
}

/** What stands at `offset` begins no key. `open` is the offset of the object's bracket. */
export function keyFault(text: string, offset: number, open: number): JsonFault {
  if (offset >= text.length) return endFault(text, open);
  const sign = signAt(text, offset);
  const stranger = sign === '{' && offset === open + 1 ? PLACEHOLDER : strangerAt(text, offset);
  if (stranger !== undefined) return syntax(offset, stranger.message, stranger.hint);
  if (sign === ',') return syntax(offset, 'a comma without a member before it', 'remove the comma');
  if (sign === ']') return crossedFault(text, offset, open);
  if (sign === '{' || sign === '[') return syntax(offset, 'a value stands here without a key', 'write a key and a colon before it');
  if (LETTER.test(sign) || (sign >= '0' && sign <= '9') || sign === '-') return syntax(offset, 'a key has no quotes', DOUBLE_QUOTES);
  return otherFault(text, offset);
}

/** What stands at `offset` is no colon; the key ends at `end`. */
export function colonFault(text: string, offset: number, end: number, open: number): JsonFault {
  if (offset >= text.length) return endFault(text, open);
  const sign = signAt(text, offset);
  if (sign === '=') return syntax(offset, 'an = stands where a colon belongs', 'write a colon between key and value');
  if (LETTER.test(sign) && offset === end) return innerQuote(offset);
  const stranger = strangerAt(text, offset);
  if (stranger !== undefined) return syntax(offset, stranger.message, stranger.hint);
  return syntax(end, 'a colon is missing behind this key', 'write a colon and a value behind the key');
}

/** What stands at `offset`, behind a member that ends at `end`, is neither a comma nor the bracket that closes the one at `open`. */
export function memberFault(text: string, offset: number, end: number, open: number): JsonFault {
  if (offset >= text.length) return endFault(text, open);
  const sign = signAt(text, offset);
  if (sign === '}' || sign === ']') return crossedFault(text, offset, open);
  if (sign === ';') return syntax(offset, 'a semicolon stands where a comma belongs', 'write a comma');
  if (sign === ':' && text[open] === '[') return syntax(offset, 'a key and a value stand in a list', 'put both between { and }');
  if (sign === ':') return syntax(offset, 'a second colon follows this value', 'write a comma between two members');
  if (LETTER.test(sign) && offset === end && text[end - 1] === '"') return innerQuote(offset);
  const stranger = strangerAt(text, offset);
  if (BEGINNING.test(sign)) return syntax(end, 'a comma is missing here', 'write a comma between two members');
  return stranger === undefined ? otherFault(text, offset) : syntax(offset, stranger.message, stranger.hint);
}

/** What stands at `offset`, behind the end of the document. */
export function trailingFault(text: string, offset: number): JsonFault {
  const sign = signAt(text, offset);
  if (sign === '{' || sign === '[') {
    return syntax(offset, 'a second document begins here', 'give each document a file of its own; a JSON file holds one');
  }
  if (sign === '}' || sign === ']') {
    return syntax(offset, `this ${sign} closes nothing`, `remove it, or look for a ${sign === '}' ? '{' : '['} that is missing above`);
  }
  if (sign === ',') return syntax(offset, 'a comma follows the end of the document', 'remove it, or put all documents between [ and ]');
  const stranger = strangerAt(text, offset);
  if (stranger !== undefined && stranger !== PLACEHOLDER) return syntax(offset, stranger.message, stranger.hint);
  return syntax(offset, 'something follows the end of the document', 'remove what stands behind the last } or ]');
}

/** Line of an offset, 1-based. Linear in the text, so only for faults, of which there are few. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = 0; at < offset; at++) if (text.charCodeAt(at) === LINE_FEED) line++;
  return line;
}

function innerQuote(offset: number): JsonFault {
  return syntax(offset, 'the text ended at the quote before this', 'write \\" for a quote inside a text');
}

function crossedFault(text: string, offset: number, open: number): JsonFault {
  const message = `this ${text[offset]} does not close the ${text[open]} of line ${lineOf(text, open)}`;
  return syntax(offset, message, `write ${closerOf(text, open)}, or look for a bracket that is missing between the two`);
}

function closerOf(text: string, open: number): string {
  return text[open] === '{' ? '}' : ']';
}

function otherFault(text: string, offset: number): JsonFault {
  const invisible = text.charCodeAt(offset) < 0x20 || text.charCodeAt(offset) === 0x7f;
  const message = invisible ? 'a control character stands outside a text' : 'this does not belong here';
  return syntax(offset, message, invisible ? 'remove this invisible character' : 'look for a quote or a comma that is missing before it');
}

/** The whole character at an offset, also beyond the first 65,536. */
function signAt(text: string, offset: number): string {
  return String.fromCodePoint(text.codePointAt(offset) ?? 0);
}

function strangerAt(text: string, offset: number): Words | undefined {
  if (text.startsWith('...', offset)) return LEFT_OUT;
  return CONFLICT_MARKS.some((mark) => text.startsWith(mark, offset)) ? CONFLICT : STRANGERS.get(signAt(text, offset));
}
