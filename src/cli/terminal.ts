// Where words go: data to stdout, everything said about it to stderr. Colours only on a terminal, never under NO_COLOR (no-color.org).
// There is no cursor movement and no spinner: output is the same in a log file, only plainer.
import { stripVTControlCharacters, styleText } from 'node:util';

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta' | 'blue';

export interface Terminal {
  /** Writes a line (or lines) of data to stdout. */
  out(text: string): void;
  /** Writes a line (or lines) about the run to stderr. */
  note(text: string): void;
  /** Columns of the terminal; where stdout is not one, wide enough for anything. */
  readonly width: number;
  paint(style: Paint, text: string): string;
  /** `paint` for stderr. */
  paintNote(style: Paint, text: string): string;
}

/** A file has no edge: 1,000 columns hold every line that is meant to be one. */
const UNBOUNDED_COLUMNS = 1_000;
/** Narrower than this nothing fits; lines wrap then. */
const LEAST_COLUMNS = 40;

/** The process's own terminal. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const outColour = wantsColour(stdout.isTTY, env);
  const noteColour = wantsColour(stderr.isTTY, env);
  return {
    out: (text) => void stdout.write(`${safe(text)}\n`),
    note: (text) => void stderr.write(`${safe(text)}\n`),
    width: stdout.isTTY ? Math.max(LEAST_COLUMNS, stdout.columns) : UNBOUNDED_COLUMNS,
    paint: (style, text) => (outColour ? styleText(style, text, { validateStream: false }) : text),
    paintNote: (style, text) => (noteColour ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** Whether to colour: NO_COLOR (not empty) says no, FORCE_COLOR says yes, else a terminal that is not dumb. */
export function wantsColour(isTerminal: boolean | undefined, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true;
  return isTerminal === true && env['TERM'] !== 'dumb';
}

/** Characters that a text takes on the screen. */
export function columnsOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Text from outside (a reason, a path) must not steer the terminal: control characters other than newline, tab and our own colours are shown as dots. */
function safe(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b(?!\[[0-9;]{1,8}m)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g, '·');
}
