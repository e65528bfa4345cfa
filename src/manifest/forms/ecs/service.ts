// Services without a kind: the input of create-service, of update-service, and the answers of both and of describe-services. ecspresso keeps
// services without their names: its config holds those, and a service definition by itself is checked and declares nothing.
import { CLUSTER_REFERENCE } from '../../../lang/arn.ts';
import { drafted } from '../../draft.ts';
import {
  hasOneOf,
  mappingUnder,
  mappingsUnder,
  memberOf,
  namedAfterFile,
  nameOfFile,
  textUnder,
  unwrapped,
  withValue,
  withoutKeys,
} from './wrapped.ts';
import { normalised } from './normalise.ts';
import { onValue } from '../../finding.ts';
import { spelled } from '../spelling.ts';
import type { Draft, Form } from '../../draft.ts';
import type { Entry, Mapping, Tree } from '../../text/tree.ts';
import type { Finding } from '../../finding.ts';

/** Fields that only services have. */
const OWN = [
  'serviceName',
  'serviceArn',
  'desiredCount',
  'deploymentConfiguration',
  'deploymentController',
  'schedulingStrategy',
  'healthCheckGracePeriodSeconds',
  'availabilityZoneRebalancing',
  'serviceConnectConfiguration',
];
/** Fields of a task set, which names its service. */
const OF_TASK_SETS = ['externalId', 'scale'];
/** Options of update-service: they say how the call is made. */
const OF_THE_CALL = ['clientToken', 'forceNewDeployment'];

export const serviceForm: Form = {
  name: 'ECS service',
  recognises: (document) => servicesIn(document) !== null,
  read: (document, path) => drafted(...(servicesIn(document) ?? []).map((service) => serviceDraft(service, path))),
};

/** The services that a document holds; null when it is nothing of services. */
function servicesIn(document: Tree): readonly Mapping[] | null {
  if (document.kind !== 'mapping') return null;
  const answered = mappingUnder(document, 'service');
  if (answered !== null && hasOneOf(answered, OWN)) return [unwrapped(document, 'service', answered)];
  const listed = mappingsUnder(document, 'services');
  if (listed !== null && listed.every((item) => hasOneOf(item, OWN))) return listed;
  if (hasOneOf(document, OF_TASK_SETS)) return null;
  const updated = textUnder(document, 'service') !== null && textUnder(document, 'taskDefinition') !== null;
  return updated || hasOneOf(document, OWN) ? [document] : null;
}

/** A service as a draft. One that names neither itself nor its definition is checked as if it did. */
export function serviceDraft(written: Mapping, path: string): Draft {
  const findings: Finding[] = [];
  const folded = spelled(withoutKeys(written, OF_THE_CALL), false, findings);
  const named = withoutCount(folded.kind === 'mapping' ? withOwnNames(folded) : written);
  const tree = normalised('Service', withoutRevision(named, findings));
  const status = textUnder(written, 'status');
  if (status === 'INACTIVE' || status === 'DRAINING') {
    const message = `the service "${textUnder(written, 'serviceName') ?? ''}" is ${status}: it was deleted and declares nothing`;
    const found = onValue('nothing-declared', [], message, 'remove the file');
    return { kind: 'Service', tree, findings: [...findings, found], idle: true };
  }
  if (hasOneOf(tree, ['taskDefinition'])) {
    const called = namedAfterFile(tree, 'serviceName', path, 'service');
    return { kind: 'Service', tree: called.tree, findings: [...findings, ...called.findings] };
  }
  if (textUnder(mappingUnder(tree, 'deploymentController') ?? tree, 'type') === 'EXTERNAL') return { kind: 'Service', tree, findings };
  const message = 'the service has no taskDefinition, so nothing is started for it';
  const hint = 'add it, or put the ecspresso.yml that names it beside it; until then it is checked and nothing more';
  const found = onValue('not-attached', [], message, hint);
  return { kind: 'Service', tree: withPlaceholders(tree, path), findings: [...findings, found], idle: true };
}

/** Names for what is checked without them. */
export function withPlaceholders(tree: Mapping, path: string): Mapping {
  const defined = withValue(tree, 'taskDefinition', nameOfFile(path));
  return hasOneOf(tree, ['serviceName']) ? defined : withValue(defined, 'serviceName', nameOfFile(path));
}

/** Answers name the cluster in `clusterArn`, and update-service names the service in `service`. */
function withOwnNames(tree: Mapping): Mapping {
  const entries = tree.entries.flatMap((entry): Entry[] => {
    if (entry.key === 'service' && memberOf(tree, 'serviceName') === null) return [{ ...entry, key: 'serviceName' }];
    if (entry.key !== 'clusterArn' || memberOf(tree, 'cluster') !== null) return [entry];
    const name = entry.value.kind === 'scalar' ? String(entry.value.value).split(`:${CLUSTER_REFERENCE.type}/`)[1] : undefined;
    const { start, end } = entry.value;
    return name === undefined
      ? [entry]
      : [{ key: 'cluster', start: entry.start, value: { kind: 'scalar', value: name, start, end, text: null } }];
  });
  return { ...tree, entries };
}

/** Answers count the tasks of a DAEMON under desiredCount, which its input refuses. */
function withoutCount(tree: Mapping): Mapping {
  const isAnswer = hasOneOf(tree, ['serviceArn', 'status', 'runningCount']);
  return isAnswer && textUnder(tree, 'schedulingStrategy') === 'DAEMON' ? withoutKeys(tree, ['desiredCount']) : tree;
}

/** `web:3` is what ECS's tools write: the family counts, as in an ARN. */
export function withoutRevision(tree: Mapping, findings: Finding[]): Mapping {
  const written = /^([A-Za-z0-9_-]+):([0-9]+)$/.exec(textUnder(tree, 'taskDefinition') ?? '');
  if (written === null) return tree;
  const message = `revision ${written[2]} of ${written[1]} is left out: Longshore runs what git holds`;
  findings.push(onValue('revision-ignored', ['taskDefinition'], message, 'write the family alone'));
  const entries = tree.entries.map((entry): Entry => {
    if (entry.key !== 'taskDefinition' || entry.value.kind !== 'scalar') return entry;
    return { ...entry, value: { ...entry.value, value: written[1] ?? '' } };
  });
  return { ...tree, entries };
}
