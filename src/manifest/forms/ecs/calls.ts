// Inputs of calls that start tasks once (run-task, start-task) or put a task set beside another (create-task-set). Nothing in git says when
// such a call is made, so nothing is started for them yet; their fields are those of a service, and are checked as such.
import { drafted, notDrafted } from '../../draft.ts';
import { hasOneOf, mappingUnder, mappingsUnder, memberOf, nameOfFile, textUnder, withValue, withoutKeys } from './wrapped.ts';
import { normalised } from './normalise.ts';
import { onValue } from '../../finding.ts';
import { spelled } from '../spelling.ts';
import { withPlaceholders, withoutRevision } from './service.ts';
import type { Drafted, Form } from '../../draft.ts';
import type { Finding } from '../../finding.ts';
import type { Tree } from '../../text/tree.ts';

/** Fields that a run has and a service has not. */
const OF_RUNS = ['count', 'group', 'overrides', 'containerInstances', 'referenceId', 'startedBy', 'clientToken'];
/** Fields that a task set has and a service has not. */
const OF_TASK_SETS = ['externalId', 'scale', 'service', 'clientToken'];
/** Fields of what is overridden, in a file of their own. */
const OF_OVERRIDES = [
  'containerOverrides',
  'executionRoleArn',
  'taskRoleArn',
  'cpu',
  'memory',
  'ephemeralStorage',
  'inferenceAcceleratorOverrides',
];

export const taskSetForm: Form = {
  name: 'ECS task set',
  recognises: (document) => hasOneOf(document, ['externalId', 'scale']) && hasOneOf(document, ['taskDefinition', 'service']),
  read: (document, path) => read(document, path, OF_TASK_SETS, 'a task set'),
};

export const runForm: Form = {
  name: 'ECS run',
  recognises: (document) => textUnder(document, 'taskDefinition') !== null,
  read: (document, path) =>
    overridesFault(mappingUnder(document, 'overrides'), ['overrides']) ?? read(document, path, OF_RUNS, 'a run of tasks'),
};

export const overridesForm: Form = {
  name: 'overrides of an ECS run',
  recognises: (document) => mappingsUnder(document, 'containerOverrides') !== null && isOnlyOf(document, OF_OVERRIDES),
  read: (document) => {
    const hint = 'nothing needs to be done: a call to run tasks takes this file';
    const found = onValue('not-attached', [], 'overrides without a run of tasks belong to nothing', hint);
    return overridesFault(document, []) ?? notDrafted(found);
  },
};

/** What is called, checked as the service that it resembles. */
function read(document: Tree, path: string, own: readonly string[], what: string): Drafted {
  const findings: Finding[] = [];
  const folded = document.kind === 'mapping' ? spelled(withoutKeys(document, own), false, findings) : document;
  if (folded.kind !== 'mapping') return notDrafted(onValue('not-a-mapping', [], 'the document is no mapping', 'write a mapping'));
  const called = withValue(folded, 'serviceName', nameOfFile(path));
  const whole = memberOf(called, 'taskDefinition') === null ? withPlaceholders(called, path) : withoutRevision(called, findings);
  const message = `${what} is not deployed yet: nothing is started for it`;
  const hint = 'keep it to be checked; a service keeps tasks running, and a Schedule or a Rule starts them at their time';
  findings.push(onValue('not-deployed-yet', [], message, hint));
  return drafted({ kind: 'Service', tree: normalised('Service', withValue(whole, 'desiredCount', 1)), findings, idle: true });
}

/** ECS: each override names its container. */
function overridesFault(overrides: Tree | null, above: readonly string[]): Drafted | null {
  const list = overrides === null ? null : mappingsUnder(overrides, 'containerOverrides');
  const index = list?.findIndex((override) => textUnder(override, 'name') === null) ?? -1;
  if (index === -1) return null;
  const path = [...above, 'containerOverrides', index, 'name'];
  return notDrafted(onValue('missing-field', path, `containerOverrides[${index}] has no name`, 'add the name of the container'));
}

function isOnlyOf(document: Tree, keys: readonly string[]): boolean {
  return document.kind === 'mapping' && document.entries.every(({ key }) => keys.includes(key));
}
