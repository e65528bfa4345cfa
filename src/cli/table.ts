// Tables that fit: columns as wide as their longest cell, and cut from the widest down when the line would be wider than the terminal.
import { columnsOf } from './terminal.ts';
import { cut } from '../std/text.ts';

export interface Cell {
  readonly text: string;
  /** Colours the padded text; must not change its width. */
  readonly paint?: (text: string) => string;
  readonly right?: boolean;
}

const GAP = '  ';
/** A column is never cut below this: less tells nothing. */
const LEAST_WIDTH = 6;

/** Lines of a table; `header` is the first one. Cells are plain text: colour comes in through `paint`. */
export function table(header: readonly string[], rows: readonly (readonly (Cell | string)[])[], width: number): readonly string[] {
  const cells = [header, ...rows].map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)));
  const widths = fitted(
    header.map((_, column) => Math.max(...cells.map((row) => columnsOf(row[column]?.text ?? '')))),
    width,
  );
  return cells.map((row) =>
    row
      .map((cell, column) => {
        const room = widths[column] ?? 0;
        const text = cut(cell.text, room);
        const last = column === row.length - 1;
        const padded = cell.right === true ? text.padStart(room) : last ? text : text.padEnd(room);
        return cell.paint ? cell.paint(padded) : padded;
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** Column widths that sum up to `width` at most, taken one column at a time from the widest. */
function fitted(wanted: readonly number[], width: number): readonly number[] {
  const widths = [...wanted];
  const room = width - GAP.length * (widths.length - 1);
  for (let total = sum(widths); total > room; total--) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= LEAST_WIDTH) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
