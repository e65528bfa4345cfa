// The answer of `longshore validate` for people: every problem with its place, the line and a hint, then one line that sums up.
import { documentationOf } from '../../model/problem.ts';
import { isValid, laterText, summaryText } from './judged.ts';
import { renderProblem } from '../../manifest/render-problem.ts';
import type { Loaded } from './judged.ts';
import type { Problem } from '../../model/problem.ts';
import type { Terminal } from '../terminal.ts';

type Paints = Pick<Terminal, 'paint'>;

/** More codes than this make a line that nobody reads; the page lists all of them. */
const MAX_CODES = 8;

/** The whole answer. */
export function validationText(loaded: Loaded, terminal: Paints): string {
  const { problems } = loaded;
  const later = laterText(loaded);
  return [
    ...(problems.length === 0 ? [] : [problemsText(problems, terminal), '', documentationText(problems)]),
    ...(later === null ? [] : [later]),
    isValid(loaded) ? summaryText(loaded) : terminal.paint('red', summaryText(loaded)),
  ].join('\n');
}

/** Every problem, rendered with its place, excerpt and hint. */
export function problemsText(problems: readonly Problem[], { paint }: Paints): string {
  return problems
    .map((problem) => {
      const [first = '', ...rest] = renderProblem(problem).split('\n');
      return [paint(problem.severity === 'error' ? 'red' : 'yellow', first), ...rest].join('\n');
    })
    .join('\n\n');
}

/** Where to read on: the page once, then each code. */
function documentationText(problems: readonly Problem[]): string {
  const codes = [...new Set(problems.map(({ code }) => code))];
  const [page = ''] = documentationOf('').split('#');
  const named = codes.slice(0, MAX_CODES).map((code) => `#${code}`);
  return `docs: ${page}${named.join(', ')}${codes.length > MAX_CODES ? ', …' : ''}`;
}
