// The page docs/reference/problems.md: every problem code with its cause, and the first problem of its story as people see it.
// The stories are the tested truth (test/manifest/stories), so the messages here are the ones that the loader prints.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CODES, WARNINGS } from '../../src/manifest/codes.ts';
import type { ProblemCode } from '../../src/manifest/codes.ts';

const STORIES = fileURLToPath(new URL('../../test/manifest/stories/', import.meta.url));
const SEPARATOR = '\n--------\n';

/** The whole page. */
export function problemsPage(): string {
  const codes = Object.keys(CODES) as ProblemCode[];
  return [
    '# Problem codes',
    '',
    'Written by `scripts/reference.ts` from `src/manifest/codes.ts` and `test/manifest/stories/`; do not edit.',
    '',
    'An error keeps the whole commit from being used: the last good one stays in force, and nothing that runs is stopped. A warning does',
    'not (`longshore validate --strict` ends with 2 for it). Codes are stable words for scripts: none is renamed or given a second cause.',
    'Values of environment variables are never shown.',
    '',
    ...codes.flatMap((code) => [
      `## ${code}`,
      '',
      `${WARNINGS.has(code) ? 'Warning' : 'Error'}: ${CODES[code].replace(/ \(warning\)$/, '')}.`,
      '',
      '```text',
      exampleOf(code),
      '```',
      '',
    ]),
  ].join('\n');
}

/** The first problem of this code in its story. */
function exampleOf(code: ProblemCode): string {
  const story = readFileSync(`${STORIES}${code}.txt`, 'utf8');
  const told = story.slice(story.lastIndexOf(SEPARATOR) + SEPARATOR.length).split('\n\n');
  const found = told.find((problem) => problem.includes(`[${code}]: `));
  if (found === undefined) throw new Error(`the story ${code}.txt does not show ${code}`);
  return found;
}
