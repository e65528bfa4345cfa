// Findings become problems: a file, a line, a column and an excerpt. The guard decides how much of a line may be shown.
import { WARNINGS } from './codes.ts';
import { excerptOf } from './text/excerpt.ts';
import { partAt, placeOf } from './text/text.ts';
import { offsetOf } from './text/tree.ts';
import type { FileText } from './text/text.ts';
import type { Guard } from './text/excerpt.ts';
import type { Finding } from './finding.ts';
import type { Problem } from '../model/problem.ts';
import type { ProblemCode } from './codes.ts';
import type { Tree } from './text/tree.ts';

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
  const part = partAt(joined, offset);
  const { line, column } = placeOf(joined, offset);
  const excerpt = excerptOf(part.file, offset - part.offset, { line, column }, guard);
  const { code, message, hint } = words;
  const problem: Problem = { code, severity: severityOf(code), file: part.file.path, line, column, message, hint };
  if (excerpt === null) return problem;
  const shown = { ...problem, excerpt: excerpt.text };
  return excerpt.column === column ? shown : { ...shown, excerptColumn: excerpt.column };
}

/** A problem at the place that a finding names in a document. */
export function problemOfFinding(file: FileText, tree: Tree, finding: Finding, guard: Guard): Problem {
  return problemAt(file, offsetOf(tree, finding.path, finding.on, finding.inside), finding, guard);
}

function severityOf(code: ProblemCode): 'error' | 'warning' {
  return WARNINGS.has(code) ? 'warning' : 'error';
}
