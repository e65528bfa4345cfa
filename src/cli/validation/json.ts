// The answer of `longshore validate` for programs: one JSON object, problems with the section of the documentation that explains them.
import { documentationOf } from '../../model/problem.ts';
import { isValid, kindCounts } from './judged.ts';
import type { Loaded } from './judged.ts';
import type { Problem } from '../../model/problem.ts';

/** The whole answer. */
export function validationJson(loaded: Loaded): string {
  const { source, problems } = loaded;
  return harmlessJson({
    valid: isValid(loaded),
    source: source.name,
    files: source.files.length,
    resources: Object.fromEntries(kindCounts(loaded)),
    problems: problemsJson(problems),
  });
}

/** Problems as every verb prints them in JSON. */
export function problemsJson(problems: readonly Problem[]): readonly (Problem & { readonly documentation: string })[] {
  return problems.map((problem) => ({ ...problem, documentation: documentationOf(problem.code) }));
}

/** JSON in which every control character, and every mark that turns the direction of text, stands as an escape: nothing is lost and nothing
 * steers the terminal that shows it. JSON itself escapes only those below U+0020. */
export function harmlessJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /(?!\n)[\p{Cc}\u{061C}\u{200E}\u{200F}\u{2028}-\u{202E}\u{2066}-\u{2069}]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
