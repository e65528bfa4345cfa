// A problem as text for a terminal or a log: place, code and message, the line with a caret, the hint.
// What comes from a repository is shown without control characters: a file name must not write to somebody's terminal.
import type { Problem } from '../model/problem.ts';

/** Three parts, each on lines of its own:
 *
 *     web.yaml:7:3: error[unknown-key]: a Service has no key "desiredcount"
 *       7 |   desiredcount: 2
 *         |   ^
 *     hint: did you mean desiredCount?
 */
export function renderProblem(problem: Problem): string {
  const { file, line, column, severity, code, message, hint, excerpt, excerptColumn = column } = problem;
  const place = file === '' ? '' : line === 0 ? `${file}: ` : `${file}:${line}:${column}: `;
  const lines = [visible(`${place}${severity}[${code}]: ${message}`)];
  if (excerpt !== undefined && line > 0) lines.push(...excerptLines(visible(excerpt), line, excerptColumn));
  lines.push(`hint: ${visible(hint)}`);
  return lines.join('\n');
}

/** The line, and a caret below it when the column is shown; tabs count as one column. */
function excerptLines(excerpt: string, line: number, column: number): string[] {
  const number = String(line);
  const shown = `  ${number} | ${excerpt.trimEnd()}`;
  if (column > excerpt.length + 1) return [shown];
  return [shown, `  ${' '.repeat(number.length)} | ${' '.repeat(column - 1)}^`];
}

/** Control characters and marks that turn the direction of text become a visible sign, one for one, so that columns still fit. */
export function visible(text: string): string {
  return text.replace(/\t/g, ' ').replace(/[\p{Cc}\u{061C}\u{200E}\u{200F}\u{2028}-\u{202E}\u{2066}-\u{2069}]/gu, '\u{FFFD}');
}
