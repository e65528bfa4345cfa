// The line that a problem shows, without what may be a secret, and where its caret stands. A long line is shown around the caret.
// With a tree it is known where secrets lie; a text that could not be parsed is judged line by line, and less of it is shown.
import { secretsInLine } from './secrets.ts';
import type { FileText } from './text.ts';
import type { Range } from './secrets.ts';

export interface Excerpt {
  readonly text: string;
  /** 1-based, in the text; the column in the file when nothing before it was cut out. */
  readonly column: number;
}

/** What is known about the secrets of a file. */
export interface Guard {
  /** Where they lie, in the numbering of the problem's offset. */
  readonly secrets: readonly Range[];
  /** Whether these are all: they are when the file could be parsed. */
  readonly exact: boolean;
}

/** More of a line is no excerpt. */
const LENGTH = 160;
/** How much is shown before the caret where that far in a line. */
const BEFORE_CARET = 60;
/** Signs of a line that are searched for secrets, before its caret and behind it: a line may have a million. */
const SEARCHED = 4_096;
/** Lines looked at above a syntax error for the key that holds it. */
const LINES_ABOVE = 2_000;
const MARK = '…';

/** The line for the caret; null when nothing of it can be shown. `base`: where the file begins in the numbering of the guard. */
export function excerptOf(file: FileText, base: number, place: { line: number; column: number }, guard: Guard): Excerpt | null {
  const { line, column } = place;
  const whole = lineText(file, line);
  const start = base + (file.lines[line - 1] ?? 0);
  if (!guard.exact && isHidden(file, line, guard, start + column - 1)) return null;
  const from = Math.max(0, column - 1 - SEARCHED);
  const text = whole.slice(from, column - 1 + SEARCHED);
  const known = guard.secrets.map((range) => ({ start: range.start - start - from, end: range.end - start - from }));
  const cuts = [...(guard.exact ? known : valueOnward(text)), ...secretsInLine(text)];
  const open = withoutRanges(text, column - from, cuts);
  if (cuts.length > 0 && !/[\p{L}\p{N}]/u.test(open.text)) return null;
  return around(from === 0 ? open : { text: MARK + open.text, column: open.column + 1 });
}

/** The text with a mark for each range, and where the column is then: at the mark when it lies in one. */
function withoutRanges(text: string, column: number, ranges: readonly Range[]): Excerpt {
  const inside = ranges.filter(({ start, end }) => end > 0 && start < text.length && end > start);
  let shown = '';
  let at = 0;
  let caret = column;
  for (const { start, end } of inside.sort((a, b) => a.start - b.start)) {
    if (end <= at) continue;
    // ranges that overlap or touch are one
    if (start > at || shown === '') shown += text.slice(at, Math.max(at, start)) + MARK;
    if (column - 1 >= end) caret = shown.length + column - end;
    else if (column - 1 >= start) caret = shown.length;
    at = end;
  }
  return { text: shown + text.slice(at), column: caret };
}

/** Not more of a line than can be read, with the caret in it. */
function around({ text, column }: Excerpt): Excerpt {
  const from = column <= LENGTH ? 0 : column - 1 - BEFORE_CARET;
  const head = from === 0 ? text : MARK + text.slice(from + 1);
  return { text: head.length <= LENGTH ? head : head.slice(0, LENGTH - 1) + MARK, column: column - from };
}

/** Without a tree everything behind `value:` may be one. */
function valueOnward(text: string): Range[] {
  const value = /\bvalue\\*["']?\s*:\s*(?=\S)/i.exec(text);
  return value === null ? [] : [{ start: value.index + value[0].length, end: text.length }];
}

/** A file of variables: every line of it is a value. */
const VARIABLES_FILE = /\.env(?:\.[\w.-]+)?$/;
/** The name of a variable, or the bare key above all of them. */
const HARMLESS = /^[\s-]*(?:["']?name["']?\s*:\s*["']?[\w.-]*["']?|["']?(?:[\w-]*(?:env|viron)\w*|variables)["']?\s*:)\s*$/i;
/** A line with a `value:` is shown up to it. */
const NAMES_VALUE = /\bvalue\\*["']?\s*:\s*\S/i;

function isHidden(file: FileText, line: number, { secrets }: Guard, offset: number): boolean {
  if (VARIABLES_FILE.test(file.path)) return true;
  const text = lineText(file, line);
  if (NAMES_VALUE.test(text) || HARMLESS.test(text)) return false;
  return secrets.some(({ start, end }) => start <= offset && offset <= end) || looksSecret(file, line);
}

/** A key that is called like an environment (`environment`, `env`, `x-env`, `variables` of one of ours) and does not name files, at the start of a line. */
const ENVIRONMENT_KEY = /^(?<lead>[\s-]*)["']?(?!env_file\b|environmentFiles\b)(?:[\w-]*(?:env|viron)\w*|variables)["']?\s*:(?<rest>.*)$/i;
const ENVIRONMENT_KEY_IN_FLOW = /[{,]\s*\\*["']?(?!env_file\b|environmentFiles\b)(?:[\w-]*(?:env|viron)\w*|variables)\\*["']?\s*:/i;

/** Whether a line lies, by its indentation alone, under a key that is called like an environment. Below a key in flow style everything
 * counts up to the end of the document. */
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
