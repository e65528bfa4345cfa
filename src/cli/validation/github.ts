// The answer of `longshore validate` as workflow commands of GitHub Actions: one line a problem, which the runner shows beside the code.
// GitHub shows the first ten errors and warnings of a step so; the log has all. Escapes as in @actions/core: `%`, line ends, and in
// properties `:` and `,` too.
import { documentationOf } from '../../model/problem.ts';
import { laterText, summaryText } from './judged.ts';
import { visible } from '../../manifest/render-problem.ts';
import type { Loaded } from './judged.ts';
import type { Problem } from '../../model/problem.ts';

/** The whole answer: a command for each problem, then lines that are no command. */
export function validationCommands(loaded: Loaded): string {
  const { source, problems } = loaded;
  const later = laterText(loaded);
  return [
    ...problems.map((problem) => commandOf(problem, source.below)),
    ...(later === null ? [] : [later]),
    noCommand(summaryText(loaded)),
  ].join('\n');
}

/** `::error file=web.yaml,line=3,col=5,title=unknown-key::a Service has no key...`, its file below the root of the repository. */
export function commandOf(problem: Problem, below: string): string {
  const { severity, code, file, line, column, message, hint } = problem;
  const properties = [
    ...(file === '' ? [] : [`file=${property(`${below}${file}`)}`]),
    ...(line === 0 ? [] : [`line=${line}`, `col=${column}`]),
    `title=${property(code)}`,
  ];
  const text = [message, `hint: ${hint}`, `docs: ${documentationOf(code)}`].map((part) => escaped(visible(part))).join('%0A');
  return `::${severity} ${properties.join(',')}::${text}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(visible(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** The runner obeys `::name::` at the start of a line and `##[name]` anywhere in it: a folder's name must do nothing. */
function noCommand(line: string): string {
  return visible(line).replaceAll('##[', '## [');
}
