// Names and labels that make a container ours. Labels are immutable, so they hold only facts that never change.
import type { ContainerIdentity } from './observed.ts';
import { rangesIn, rangesText } from '../task/host-range.ts';
import { hashOf } from '../../std/hash.ts';

const PREFIX = 'dev.longshore.';
export const LABEL_INSTALLATION = `${PREFIX}installation`;
/** On volumes of tasks, too. */
export const LABEL_TASK = `${PREFIX}task`;
/** On networks. */
export const LABEL_CLUSTER = `${PREFIX}cluster`;
/** ECS agent's own labels, which tools know. */
const ECS = 'com.amazonaws.ecs.';

/** The labels that a container of ours carries. */
export function labelsOf(identity: ContainerIdentity): Record<string, string> {
  const [family = '', number = ''] = identity.revision.split(':');
  return {
    [LABEL_INSTALLATION]: identity.installation,
    [LABEL_CLUSTER]: identity.cluster,
    [`${PREFIX}service`]: identity.service,
    [LABEL_TASK]: identity.task,
    [`${PREFIX}task-set`]: identity.taskSet,
    [`${PREFIX}deployment`]: identity.deployment,
    [`${PREFIX}revision`]: identity.revision,
    [`${PREFIX}spec-hash`]: identity.specHash,
    [`${PREFIX}service-hash`]: identity.serviceHash,
    [`${PREFIX}container`]: identity.container,
    [`${PREFIX}slot`]: String(identity.slot),
    [`${PREFIX}attempt`]: String(identity.attempt),
    [`${PREFIX}targets`]: identity.targets.join(','),
    ...(identity.essential ? {} : { [`${PREFIX}essential`]: 'false' }),
    ...(identity.securityGroups === undefined ? {} : { [`${PREFIX}security-groups`]: JSON.stringify(identity.securityGroups) }),
    ...(identity.hostRanges === undefined ? {} : { [`${PREFIX}host-ranges`]: rangesText(identity.hostRanges) }),
    [`${ECS}cluster`]: identity.cluster,
    [`${ECS}container-name`]: identity.container,
    [`${ECS}task-definition-family`]: family,
    [`${ECS}task-definition-version`]: number,
  };
}

/** The labels of a volume that lives as long as its task. */
export function volumeLabels({ installation, task }: ContainerIdentity): Record<string, string> {
  return { [LABEL_INSTALLATION]: installation, [LABEL_TASK]: task };
}

/** The identity behind a container's labels; null when one is missing or malformed: the container is foreign then. */
export function identityOf(labels: Readonly<Record<string, string>>, installation: string): ContainerIdentity | null {
  if (labels[LABEL_INSTALLATION] !== installation) return null;
  const text = (name: string): string | null => labels[name === 'cluster' ? LABEL_CLUSTER : `${PREFIX}${name}`] || null;
  const cluster = text('cluster');
  const service = text('service');
  const task = text('task');
  const taskSet = text('task-set');
  const deployment = text('deployment');
  const revision = text('revision');
  const specHash = text('spec-hash');
  const serviceHash = text('service-hash');
  const container = text('container');
  const slot = Number(text('slot') ?? Number.NaN);
  const attempt = Number(text('attempt') ?? Number.NaN);
  if (!cluster || !service || !task || !taskSet || !deployment || !revision || !specHash || !serviceHash || !container) return null;
  if (!Number.isSafeInteger(slot) || !Number.isSafeInteger(attempt) || !/^[A-Za-z0-9_-]{1,255}:[1-9][0-9]*$/.test(revision)) return null;
  return {
    installation,
    cluster,
    service,
    task,
    taskSet,
    deployment,
    revision,
    specHash,
    serviceHash,
    container,
    slot,
    attempt,
    targets: text('targets')?.split(',') ?? [],
    essential: text('essential') !== 'false',
    ...groupsIn(text('security-groups')),
    ...hostRangesIn(text('host-ranges')),
  };
}

/** Labels are ours alone to write; one that is malformed all the same names no group. */
function groupsIn(label: string | null): Pick<ContainerIdentity, 'securityGroups'> {
  const found = /^\["(?:[^"\\]|\\.)*"(?:,"(?:[^"\\]|\\.)*")*\]$/.test(label ?? '') ? (JSON.parse(label ?? '') as string[]) : [];
  return found.length === 0 ? {} : { securityGroups: found };
}

function hostRangesIn(label: string | null): Pick<ContainerIdentity, 'hostRanges'> {
  const found = rangesIn(label ?? '');
  return found.length === 0 ? {} : { hostRanges: found };
}

/** The engine's name for a container: readable, and unique because the task id is. */
export function containerName(identity: ContainerIdentity): string {
  return `longshore-${identity.service}-${identity.task.slice(0, 12)}-${identity.container}`;
}

/** The bridge network of a cluster. */
export function networkName(installation: string, cluster: string): string {
  return `longshore-${installation}-${cluster}`;
}

/** What the names of overlays of clusters begin with. */
function swarmPrefix(installation: string): string {
  return `longshore-swarm-${installation}`;
}

/** The overlay of a cluster whose instances are nodes of a swarm. Swarm takes 63 letters, and no dot; an instance may have a bridge of the cluster, too. */
export function swarmNetwork(installation: string, cluster: string): string {
  const name = `${swarmPrefix(installation)}-${cluster}`;
  const fits = name.length <= SWARM_LETTERS && /[A-Za-z0-9]$/.test(name);
  return fits ? name : `${name.slice(0, SWARM_LETTERS - 13)}-${hashOf([installation, cluster], 12)}`;
}

const SWARM_LETTERS = 63;

/** Whether a network of ours spans the nodes of a swarm. */
export function isOverlay(installation: string, network: string): boolean {
  return network.startsWith(spanningPrefix(installation)) || network.startsWith(swarmPrefix(installation).slice(0, SWARM_LETTERS - 13));
}

/** What the names of overlays of security groups begin with; always as long. */
function spanningPrefix(installation: string): string {
  return `longshore-groups-${hashOf([installation], 8)}-`;
}

/** The network that the tasks of two groups share on the nodes of a swarm, or those of one; the groups in order of their names. */
export function spanningNetwork(installation: string, a: string, b: string): string {
  const prefix = spanningPrefix(installation);
  const plain = [a, b].map((name) => name.replaceAll(/[^A-Za-z0-9_-]/g, '-')).join('-');
  return `${prefix}${plain.slice(0, SWARM_LETTERS - prefix.length - 13)}-${hashOf([a, b], 12)}`;
}

/** The networks of security groups on an engine. No cluster has a dot in its name. */
function groupPrefix(installation: string): string {
  return `longshore-${installation}.`;
}

/** The network of every task that has security groups: its default route, and what it publishes. No task reaches another on it. */
export function apartNetwork(installation: string): string {
  return `${groupPrefix(installation)}apart`;
}

/** The network that the tasks of two groups share, or those of one; the groups in order of their names. */
export function sharedNetwork(installation: string, a: string, b: string): string {
  const plain = [a, b].map((name) => name.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, MOST_LETTERS));
  // Names that are not theirs letter by letter may be those of other groups, too.
  const exact = plain[0] === a && plain[1] === b;
  return `${groupPrefix(installation)}${plain.join('.')}${exact ? '' : `.${hashOf([a, b], 12)}`}`;
}

/** So many letters of a group's name stand in that of a network. */
const MOST_LETTERS = 40;

/** Whether a network is one of security groups. */
export function isOfGroups(installation: string, network: string): boolean {
  return network.startsWith(groupPrefix(installation)) || network.startsWith(spanningPrefix(installation));
}

/** On the relay of an instance: whose it is. It has no other label of ours, so it is no container of a task. */
export const LABEL_RELAY = `${PREFIX}relay`;

/** The engine's name for the relay of an instance. */
export function relayName(installation: string, instance: string): string {
  return `longshore-${installation}-relay-${instance}`;
}
