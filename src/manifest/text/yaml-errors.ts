// What the YAML parser's errors mean, in our own words and without a letter of the text: its messages quote what they found,
// and what they found may be a secret. One slip makes the parser stumble several times; what only follows from it is not told.
import type { ErrorCode, YAMLParseError } from 'yaml';

export interface SyntaxMessage {
  readonly message: string;
  readonly hint: string;
}

const INDENTATION = 'indent with spaces, the same number for all keys of one mapping';

const MESSAGES: Partial<Record<ErrorCode, SyntaxMessage>> = {
  ALIAS_PROPS: { message: 'an alias has an anchor or a tag of its own', hint: 'write the alias alone' },
  BAD_ALIAS: { message: 'an alias has no usable name', hint: 'an alias is * and the name of an anchor; quote a text that begins with *' },
  BAD_DIRECTIVE: { message: 'a directive (% at the start of a line) is malformed', hint: 'remove the line' },
  BAD_DQ_ESCAPE: { message: 'a double-quoted text has an unknown escape', hint: 'write \\\\ for a backslash, or use single quotes' },
  BAD_INDENT: { message: 'the indentation does not fit its surroundings', hint: INDENTATION },
  BAD_PROP_ORDER: { message: 'an anchor or a tag stands in the wrong place', hint: 'write it directly before its value' },
  BAD_SCALAR_START: { message: 'a value begins with a reserved character', hint: 'put the value in quotes' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a mapping begins on the line of another key',
    hint: 'put a value that holds ": " in quotes, or begin the mapping on the next line',
  },
  BLOCK_IN_FLOW: { message: 'a block begins inside brackets', hint: 'close the bracket first, or write everything inside it in one style' },
  KEY_OVER_1024_CHARS: { message: 'a key is longer than 1024 characters', hint: 'shorten the key; is a colon missing above?' },
  MISSING_CHAR: {
    message: 'something is missing here: a closing quote or bracket, a comma, a colon or a space',
    hint: 'look for the quote, bracket or key that is not finished',
  },
  MULTILINE_IMPLICIT_KEY: { message: 'a key runs over several lines', hint: 'is the colon after a key missing, or the space behind it?' },
  MULTIPLE_ANCHORS: { message: 'a value has several anchors', hint: 'keep one of them' },
  MULTIPLE_TAGS: { message: 'a value has several tags', hint: 'remove them' },
  TAB_AS_INDENT: { message: 'a tab is used as indentation', hint: 'indent with spaces' },
  UNEXPECTED_TOKEN: {
    message: 'this does not belong here',
    hint: 'look for a bracket, quote or dash that is too much, or missing before it',
  },
};

/** What is wrong at an offset of a text. */
interface SyntaxFault extends SyntaxMessage {
  readonly offset: number;
}

/** Where the parser's own words tell more than its code does. */
const BY_WORDS: readonly (readonly [RegExp, SyntaxMessage])[] = [
  [/^Sequence item without/, { message: 'the indentation does not fit its surroundings', hint: INDENTATION }],
  [
    /^Flow (?:map|sequence) in block collection/,
    { message: 'a bracket is still open where this line begins', hint: 'close it, or indent the lines inside it' },
  ],
  [
    /^Missing , or : between flow/,
    { message: 'a comma is missing here', hint: 'write a comma between two items; quote a text with brackets in it' },
  ],
  [/^Implicit map keys need/, { message: 'a key has no value', hint: 'write a colon and a space behind the key' }],
  [
    /^Unexpected scalar at node end/,
    {
      message: 'something follows the end of a value',
      hint: 'put the whole value in quotes; inside single quotes a quote is written twice',
    },
  ],
];
const CONFLICT: SyntaxMessage = {
  message: 'a merge conflict of git is not resolved here',
  hint: 'keep one of the two sides and remove the marks',
};
const NO_BREAK_SPACE: SyntaxMessage = {
  message: 'a no-break space is no space in YAML',
  hint: 'replace it with a plain space: it looks the same, and comes with text copied from a page',
};
const BARE_VARIABLE: SyntaxMessage = {
  message: 'a variable stands inside brackets without quotes',
  hint: 'put it in double quotes: "${NAME}"',
};
const DEEPER: SyntaxMessage = { message: 'the line is indented deeper than the key above it, which has a value', hint: INDENTATION };
/** Faults that follow from another one of their line. */
const CONSEQUENCES: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['UNEXPECTED_TOKEN', 'MISSING_CHAR', 'MULTILINE_IMPLICIT_KEY']);

/** A merge that nobody finished, which makes all other errors of a text guesses; null when there is none. */
export function unresolvedConflict(text: string): SyntaxFault | null {
  const offset = text.search(/^<{7} /m);
  return offset < 0 || !/^>{7} /m.test(text) ? null : { offset, ...CONFLICT };
}

/** What the parser found wrong in a document; what follows from another fault of its line is left out. */
export function syntaxFaults(text: string, errors: readonly YAMLParseError[]): SyntaxFault[] {
  const told = new Set<number>();
  return errors.flatMap((error) => {
    const fault = faultOf(text, error);
    const line = lineStart(text, fault.offset);
    if (CONSEQUENCES.has(error.code) && (told.has(line) || told.has(lineStart(text, error.pos[0])))) return [];
    told.add(line).add(lineStart(text, error.pos[0]));
    return [fault];
  });
}

function faultOf(text: string, { code, message, pos: [offset] }: YAMLParseError): SyntaxFault {
  const start = lineStart(text, offset);
  const line = lineAt(text, start);
  const noBreak = line.indexOf('\u00a0');
  if (noBreak >= 0) return { offset: start + noBreak, ...NO_BREAK_SPACE };
  if (text.startsWith('${', offset - 1)) return { offset: offset - 1, ...BARE_VARIABLE };
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && !/:\s/.test(`${text.slice(offset, start + line.length)}\n`)) {
    const below = text.slice(start + line.length).search(/\n[^\S\n]*[^\s#]/);
    return { offset: below < 0 ? offset : start + line.length + below + 1, ...DEEPER };
  }
  const byWords = BY_WORDS.find(([words]) => words.test(message))?.[1];
  return {
    offset,
    ...(byWords ?? MESSAGES[code] ?? { message: 'this is not well-formed YAML', hint: 'compare with a manifest that works' }),
  };
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end);
}
