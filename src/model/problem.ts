// A problem: what is wrong with an input, where, and what to do about it. Problems are data; nothing here throws.
// Codes are stable words for scripts; no two causes share one.

export type Severity = 'error' | 'warning';

export interface Problem {
  readonly code: string;
  readonly severity: Severity;
  /** Path inside the repository; empty for a problem of the repository itself. */
  readonly file: string;
  /** 1-based; 0 when the problem has no line (a binary file, an empty repository). */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to do next, in one sentence. */
  readonly hint: string;
  /** The offending source line, for the caret: without secrets, and of a long one the part around the caret. Absent when there is none. */
  readonly excerpt?: string;
  /** Where the caret stands in the excerpt, 1-based; absent when that is the column. */
  readonly excerptColumn?: number;
}

/** The section of the documentation that tells of a problem's code, as a path below the project and an anchor. */
export function documentationOf(code: string): string {
  return `docs/reference/problems.md#${code}`;
}

/** A problem in one line: `web.yaml:3: ...`; without a line where it is of the file, and without a place where it is of the repository. */
export function inOneLine({ file, line, message }: Problem): string {
  if (file === '') return message;
  return `${file}${line === 0 ? '' : `:${line}`}: ${message}`;
}
