// Texts that a template's tool was to fill in ({{ must_env `NAME` }}, <TASK_FAMILY>, a ${NAME} that no environment has filled in) and that stand where nothing of the kind can be: one cause,
// whatever the field would have said about it. Images have a rule of their own (image.ts): ECS registers those.
import { nameOf, onValue } from './finding.ts';
import { textAt } from './text/tree.ts';
import type { Finding } from './finding.ts';
import type { ProblemCode } from './codes.ts';
import type { Tree } from './text/tree.ts';

/** What a field says about a text that it cannot take. */
const ABOUT_TEXTS: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'bad-form',
  'wrong-value',
  'wrong-type',
  'bad-size',
  'bad-arn',
  'wrong-length',
]);

/** A finding about a text that holds a placeholder, as that; every other one as it is. */
export function asPlaceholder(finding: Finding, tree: Tree): Finding {
  if (!ABOUT_TEXTS.has(finding.code) || finding.on !== 'value') return finding;
  const text = textAt(tree, finding.path);
  if (text === null || !/\{\{.*\}\}|<[A-Za-z][\w .-]*>|\$\{[A-Za-z_]\w*\}/s.test(text)) return finding;
  const message = `${nameOf(finding.path)} waits to be filled in: a placeholder of a template stands here`;
  const hint = `write the value; \${NAME} is filled in from the environment that is chosen (docs/environments.md), a template of ecspresso beside its config`;
  return onValue('placeholder-left', finding.path, message, hint);
}
