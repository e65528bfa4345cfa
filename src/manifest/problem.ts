// Findings become problems: a file, a line, a column and an excerpt. The guard decides how much of a line may be shown.
import { WARNINGS } from './codes.ts';
import { excerptOf, partAt, placeOf } from './text/text.ts';
import { offsetOf } from './text/tree.ts';
import type { FileText } from './text/text.ts';
import type { Finding } from './finding.ts';
import type { Problem } from '../model/problem.ts';
import type { ProblemCode } from './codes.ts';
import type { Tree } from './text/tree.ts';

/** What is known about secrets near a problem. */
export interface Guard {
  /** The document is a task definition, or may be one. */
  readonly guarded: boolean;
  /** Where environments lie. */
  readonly secrets: readonly { readonly start: number; readonly end: number }[];
}

interface Words {
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint: string;
}

/** A problem of a whole file or, with an empty path, of the commit. */
export function problemOfFile(code: ProblemCode, path: string, message: string, hint: string): Problem {
  return { code, severity: severityOf(code), file: path, line: 0, column: 0, message, hint };
}

/** A problem at an offset of a file, or of files in one numbering. */
export function problemAt(joined: FileText, offset: number, words: Words, guard: Guard): Problem {
  const { file } = partAt(joined, offset);
  const { line, column } = placeOf(joined, offset);
  const inside = guard.secrets.some((range) => range.start <= offset && offset <= range.end);
  const excerpt = excerptOf(file, line, guard.guarded, inside);
  const { code, message, hint } = words;
  const problem: Problem = { code, severity: severityOf(code), file: file.path, line, column, message, hint };
  return excerpt === null ? problem : { ...problem, excerpt };
}

/** A problem at the place that a finding names in a document. */
export function problemOfFinding(file: FileText, tree: Tree, finding: Finding, guard: Guard): Problem {
  return problemAt(file, offsetOf(tree, finding.path, finding.on, finding.inside), finding, guard);
}

/** Environments, and the texts with which a schedule or a rule overrides them. */
const HOLDS_SECRETS = /env|^input(?:Template)?$/i;
/** Keys that name files of variables, and hold none. */
const NAMES_FILES = /^(?:env_file|environmentFiles)$/;

/** Where the environments of a document lie, also when they come from an anchor elsewhere. */
export function secretRanges(tree: Tree): { readonly start: number; readonly end: number }[] {
  if (tree.kind === 'scalar') return [];
  if (tree.kind === 'list') return tree.items.flatMap(secretRanges);
  return tree.entries.flatMap((entry) =>
    HOLDS_SECRETS.test(entry.key) && !NAMES_FILES.test(entry.key)
      ? [{ start: entry.value.start, end: entry.value.end }]
      : secretRanges(entry.value),
  );
}

function severityOf(code: ProblemCode): 'error' | 'warning' {
  return WARNINGS.has(code) ? 'warning' : 'error';
}
