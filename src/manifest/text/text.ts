// The text of a file: offsets become lines, columns and excerpts. Files that make one thing together (a compose project) share one
// numbering: each begins where the one before it ends. An excerpt never shows what may be an environment value: secrets do not
// belong in manifests, and yet people put them there, and problems end up in logs and pull requests.
import { cut } from '../../std/text.ts';

export interface FileText {
  readonly path: string;
  readonly text: string;
  /** Offsets at which lines begin, ascending. */
  readonly lines: readonly number[];
  /** The files behind this one in the same numbering of offsets, ascending; absent for a file alone. */
  readonly behind?: readonly { readonly base: number; readonly file: FileText }[];
}

export interface Place {
  /** Both 1-based; columns count code units, as editors do. */
  readonly line: number;
  readonly column: number;
}

/** A longer line is cut: a megabyte on one line is no excerpt. */
const EXCERPT_LENGTH = 160;
/** Lines looked at above a syntax error for the key that holds it. */
const LINES_ABOVE = 2_000;

/** Finds the line starts once, so that each place costs a binary search. */
export function fileText(path: string, text: string): FileText {
  const lines = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  return { path, text, lines };
}

/** Files in one numbering of offsets: the first begins at 0, each other one at the base that is given with it, in ascending order. */
export function joinedTexts(first: FileText, behind: readonly { readonly base: number; readonly file: FileText }[]): FileText {
  return { ...first, behind };
}

/** The file that an offset lies in, and the offset inside it. */
export function partAt(file: FileText, offset: number): { readonly file: FileText; readonly offset: number } {
  const part = file.behind?.findLast(({ base }) => base <= offset);
  return part === undefined ? { file, offset } : { file: part.file, offset: offset - part.base };
}

/** Line and column of an offset in its file; offsets behind the end stand at the end. */
export function placeOf(joined: FileText, joinedOffset: number): Place {
  const { file, offset } = partAt(joined, joinedOffset);
  const at = Math.min(offset, file.text.length);
  let low = 0;
  let high = file.lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((file.lines[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: at - (file.lines[low] ?? 0) + 1 };
}

/** `web.yaml:3:5`, for a message that names a second place. */
export function placeName(file: FileText, offset: number): string {
  const { line, column } = placeOf(file, offset);
  return `${partAt(file, offset).file.path}:${line}:${column}`;
}

/** The line for the caret, cut before anything that may be an environment value; null when nothing of it can be shown.
 * `guarded`: the document is, or may be, a task definition. `inside`: the place is known to lie in an environment. */
export function excerptOf(file: FileText, line: number, guarded: boolean, inside: boolean): string | null {
  const text = lineText(file, line);
  if (!guarded) return cut(text, EXCERPT_LENGTH);
  if (VARIABLES_FILE.test(file.path)) return null;
  const value = /^(.*?\bvalue\\*["']?\s*:\s*)\S/i.exec(text);
  if (value !== null) return cut(`${value[1]}…`, EXCERPT_LENGTH);
  if ((inside || looksSecret(file, line)) && !HARMLESS.test(text)) return null;
  return cut(text, EXCERPT_LENGTH);
}

/** A file of variables: every line of it is a value. */
const VARIABLES_FILE = /\.env(?:\.[\w.-]+)?$/;
/** The name of a variable, or the bare key above all of them. */
const HARMLESS = /^[\s-]*(?:["']?name["']?\s*:\s*["']?[\w.-]*["']?|["']?[\w-]*env\w*["']?\s*:)\s*$/i;
/** A key that is called like an environment (`environment`, `env`, `x-env`) and does not name files, at the start of a line. */
const ENVIRONMENT_KEY = /^(?<lead>[\s-]*)["']?(?!env_file\b|environmentFiles\b)[\w-]*env\w*["']?\s*:(?<rest>.*)$/i;
const ENVIRONMENT_KEY_IN_FLOW = /[{,]\s*\\*["']?(?!env_file\b|environmentFiles\b)[\w-]*env\w*\\*["']?\s*:/i;

/** Whether a line lies, by its indentation alone, under a key that is called like an environment. Needed where no tree exists;
 * below a key in flow style everything counts up to the end of the document. */
function looksSecret(file: FileText, line: number): boolean {
  let level = Number.POSITIVE_INFINITY;
  for (let number = line; number > Math.max(0, line - LINES_ABOVE); number--) {
    const text = lineText(file, number);
    if (number < line ? /^---(?:\s|$)/.test(text) : text.trim() === '---') return false;
    if (ENVIRONMENT_KEY_IN_FLOW.test(text)) return true;
    const key = ENVIRONMENT_KEY.exec(text)?.groups;
    const flow = /^\s*(?:&\S+\s*)?[[{]/.test(key?.['rest'] ?? '');
    if (key !== undefined && (number === line || flow || (key['lead'] ?? '').length < level)) return true;
    level = Math.min(level, levelOf(text));
  }
  return false;
}

/** How deep a line stands. A list item stands half a step deeper than its dash: it may belong to a key in the dash's own column. */
function levelOf(text: string): number {
  const lead = text.length - text.trimStart().length;
  // a tab says nothing about how deep a line is meant to stand
  if (lead === text.length || text[lead] === '#' || text.slice(0, lead).includes('\t')) return Number.POSITIVE_INFINITY;
  return text[lead] === '-' ? lead + 0.5 : lead;
}

function lineText(file: FileText, line: number): string {
  const start = file.lines[line - 1] ?? file.text.length;
  const end = file.lines[line] ?? file.text.length + 1;
  return file.text.slice(start, end - 1).replace(/\r$/, '');
}
