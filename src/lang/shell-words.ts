// A command written as one text -> its words, as Compose splits them: quotes and backslashes as in a shell, and nothing else of a shell.
// Reading ends at an operator outside quotes (; & | < >), because Compose's does: what follows is lost there too, so `cutAt` tells of it.
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

export interface ShellWords {
  readonly words: readonly string[];
  /** Index of the operator at which the reading ended; null when the whole text was read. */
  readonly cutAt: number | null;
}

const QUOTE_HINT = 'close what is open, or write the command as a list of words';
const BRACKET_HINT = 'give the command to a shell: ["sh", "-c", "..."]';
const OPERATORS = ';&|<>';
const SPACE = ' \t\r\n';
/** What a letter behind a backslash stands for; every other one stands for itself. */
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t' };

/** What is open while reading: a quote, a backtick, or the bracket of `$(`. */
interface Splitting {
  readonly words: string[];
  word: string;
  /** Whether `word` is a word, also when it is empty: '' is one. */
  begun: boolean;
  open: '"' | "'" | '`' | '(' | '';
  openAt: number;
}

/** Splits a text into words. The fault stands at a quote or bracket that is not closed, or at a bracket that no word can begin with. */
export function splitWords(text: string): Parsed<ShellWords> {
  const splitting: Splitting = { words: [], word: '', begun: false, open: '', openAt: 0 };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (letter === '\\' && splitting.open !== "'") {
      const next = text[++at];
      if (next === undefined) return fault(at - 1, 'ends with a backslash', QUOTE_HINT);
      add(splitting, ESCAPED[next] ?? next);
    } else if (splitting.open === '' && SPACE.includes(letter)) endWord(splitting);
    else if (splitting.open === '' && OPERATORS.includes(letter)) {
      // a number before ">" belongs to the redirection
      if (letter === '>' && /^\d/.test(splitting.word)) splitting.begun = false;
      endWord(splitting);
      return read({ words: splitting.words, cutAt: at });
    } else if (!takeQuote(splitting, letter, at)) {
      if (splitting.open === '' && (letter === '(' || letter === ')')) return fault(at, `has a bracket outside quotes`, BRACKET_HINT);
      add(splitting, letter);
    }
  }
  if (splitting.open !== '') return fault(splitting.openAt, `opens a ${splitting.open} that is never closed`, QUOTE_HINT);
  endWord(splitting);
  return read({ words: splitting.words, cutAt: null });
}

/** Whether a letter opened or closed something. Backticks and `$(` stay in the word: Compose runs nothing. */
function takeQuote(splitting: Splitting, letter: string, at: number): boolean {
  const { open } = splitting;
  if (letter === '"' || letter === "'") {
    if (open !== '' && open !== letter) return false;
    splitting.open = open === letter ? '' : letter;
    splitting.begun = true;
  } else if (letter === '`' && (open === '' || open === '`')) {
    splitting.open = open === '`' ? '' : '`';
    add(splitting, letter);
  } else if (letter === '(' && open === '' && splitting.word.endsWith('$')) {
    splitting.open = '(';
    add(splitting, letter);
  } else if (letter === ')' && open === '(') {
    splitting.open = '';
    add(splitting, letter);
  } else return false;
  if (splitting.open !== '') splitting.openAt = at;
  return true;
}

function add(splitting: Splitting, letter: string): void {
  splitting.word += letter;
  splitting.begun = true;
}

function endWord(splitting: Splitting): void {
  if (splitting.begun) splitting.words.push(splitting.word);
  splitting.word = '';
  splitting.begun = false;
}
