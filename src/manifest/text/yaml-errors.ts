// What the YAML parser's codes mean, in our own words and without a letter of the text: its messages quote what they found,
// and what they found may be a secret.
import type { ErrorCode } from 'yaml';

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
  MULTILINE_IMPLICIT_KEY: { message: 'a key runs over several lines', hint: 'is the colon after a key missing?' },
  MULTIPLE_ANCHORS: { message: 'a value has several anchors', hint: 'keep one of them' },
  MULTIPLE_TAGS: { message: 'a value has several tags', hint: 'remove them' },
  TAB_AS_INDENT: { message: 'a tab is used as indentation', hint: 'indent with spaces' },
  UNEXPECTED_TOKEN: {
    message: 'this does not belong here',
    hint: 'look for a bracket, quote or dash that is too much, or missing before it',
  },
};

/** What is wrong and what to do, for a code of the parser. */
export function syntaxMessage(code: ErrorCode): SyntaxMessage {
  return MESSAGES[code] ?? { message: 'this is not well-formed YAML', hint: 'compare with a manifest that works' };
}
