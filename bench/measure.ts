// What every benchmark hands back, and the one table that is printed: our figure beside its limit, both from the same run.
// Deliberately absent: means and best-of figures. A machine that does other things as well is read by medians and ratios only.

export interface Row {
  readonly figure: string;
  /** Medians in `unit`. */
  readonly ours: number;
  /** What the same work costs at the least: a hand-written script in the same run, or a fixed limit. Null: there is none. */
  readonly limit: number | null;
  readonly unit: string;
  /** Largest allowed ours/limit; null: the figure is shown and not judged. */
  readonly allowed: number | null;
  readonly note?: string;
}

export interface Benchmark {
  /** What it needs beside time, in words, or what it measures: shown by `--help`. */
  readonly about: string;
  run(options: BenchOptions): Promise<readonly Row[]>;
}

export interface BenchOptions {
  /** Pairs A B to run; null: the benchmark's own number. */
  readonly pairs: number | null;
  /** Prints what the daemon logged during each measured stretch, with milliseconds since its beginning. */
  readonly trace: boolean;
}

/** The middle of `values`; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Whether a row is within what it may cost; a figure that could not be measured is not. */
export function isMet(row: Row): boolean {
  return row.allowed === null || (row.limit !== null && row.ours / row.limit <= row.allowed);
}

/** The rows as a markdown table. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.note === undefined ? row.figure : `${row.figure} (${row.note})`,
    amount(row.ours, row.unit),
    row.limit === null ? '-' : amount(row.limit, row.unit),
    row.limit === null ? '-' : (row.ours / row.limit).toFixed(2),
    row.allowed === null ? '-' : row.allowed.toFixed(2),
    row.allowed === null ? 'shown' : isMet(row) ? 'met' : 'NOT MET',
  ]);
  const head = ['figure', 'ours', 'limit', 'ratio', 'allowed', 'verdict'];
  const widths = head.map((name, column) => Math.max(name.length, ...cells.map((line) => line[column]?.length ?? 0)));
  const line = (texts: readonly string[]): string => `| ${texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

/** One line about a finished pair, on stderr, so that a long run shows that it lives. */
export function told(line: string): void {
  process.stderr.write(`${line}\n`);
}

function amount(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}
