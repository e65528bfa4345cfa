// What people keep beside their definitions and what declares nothing: lists of ARNs, tasks and instances as they were once, and pieces of
// a service that the command line takes as files of their own. Pieces are checked as part of a service.
import { drafted, notDrafted } from '../../draft.ts';
import { memberOf, withValue } from './wrapped.ts';
import { normalised } from './normalise.ts';
import { onValue } from '../../finding.ts';
import { spelled } from '../spelling.ts';
import { withPlaceholders } from './service.ts';
import type { Finding } from '../../finding.ts';
import type { Form } from '../../draft.ts';
import type { Mapping, Tree } from '../../text/tree.ts';

/** Lists in answers, and what they hold. */
const LISTS: Readonly<Record<string, string>> = {
  tasks: 'tasks',
  taskArns: 'tasks',
  containerInstances: 'container instances',
  containerInstanceArns: 'container instances',
  serviceArns: 'services',
  clusterArns: 'clusters',
  taskDefinitionArns: 'task definitions',
  capacityProviders: 'capacity providers',
  families: 'task definitions',
  failures: 'failures',
};
/** Keys that belong to such an answer. */
const BESIDE: ReadonlySet<string> = new Set([...Object.keys(LISTS), 'nextToken', 'ResponseMetadata']);

export const answerForm: Form = {
  name: 'ECS answer',
  recognises: (document) =>
    document.kind === 'mapping' &&
    document.entries.length > 0 &&
    document.entries.every(({ key, value }) => BESIDE.has(key) && (LISTS[key] === undefined || isOfEcs(key, value))),
  read: (document) => {
    const key = document.kind === 'mapping' ? document.entries.find((entry) => entry.key !== 'failures')?.key : undefined;
    const message = `this is an answer of ECS about its ${LISTS[key ?? 'failures'] ?? 'failures'}: it tells what was and declares nothing`;
    return notDrafted(onValue('nothing-declared', [], message, 'remove the file, or keep it for people: nothing is done with it'));
  },
};

/** ARNs, or things that have one. */
function isOfEcs(key: string, list: Tree): boolean {
  if (list.kind !== 'list') return false;
  if (key === 'failures' || key === 'families') return true;
  return list.items.every((item) => (item.kind === 'scalar' ? String(item.value).startsWith('arn:') : hasArn(item)));
}

function hasArn(item: Tree): boolean {
  return item.kind === 'mapping' && item.entries.some(({ key }) => key.endsWith('Arn'));
}

/** Fields of services and of calls to run tasks that stand in files of their own; every key must be one of them. */
const PIECES: ReadonlySet<string> = new Set([
  'capacityProviderStrategy',
  'networkConfiguration',
  'placementConstraints',
  'placementStrategy',
  'loadBalancers',
  'serviceRegistries',
]);

export const pieceForm: Form = {
  name: 'piece of an ECS service',
  recognises: (document) => pieceOf(document) !== null,
  read: (document, path) => {
    const piece = pieceOf(document);
    if (piece === null) return notDrafted(onValue('not-a-mapping', [], 'the document is no mapping', 'write a mapping'));
    const findings: Finding[] = [];
    const folded = spelled(piece, false, findings);
    const whole = withValue(withPlaceholders(folded.kind === 'mapping' ? folded : piece, path), 'desiredCount', 1);
    const names = piece.entries.map(({ key }) => key).join(' and ');
    const message = `${names} without a service or a task belongs to nothing`;
    const hint = 'write it into the service; until then it is checked and nothing more';
    findings.push(onValue('not-attached', [], message, hint));
    return drafted({ kind: 'Service', tree: normalised('Service', whole), findings, idle: true });
  },
};

function pieceOf(document: Tree): Mapping | null {
  if (document.kind !== 'mapping' || document.entries.length === 0) return null;
  if (document.entries.length === 1 && memberOf(document, 'awsvpcConfiguration') !== null) {
    const { start, end } = document;
    return { kind: 'mapping', entries: [{ key: 'networkConfiguration', start, value: document }], start, end };
  }
  return document.entries.every(({ key }) => PIECES.has(key)) ? document : null;
}
