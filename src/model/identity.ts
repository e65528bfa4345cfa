// Names and labels that make a container ours. Labels are immutable, so they hold only facts that never change.
import type { ContainerIdentity } from './observed.ts';

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
  };
}

/** The engine's name for a container: readable, and unique because the task id is. */
export function containerName(identity: ContainerIdentity): string {
  return `longshore-${identity.service}-${identity.task.slice(0, 12)}-${identity.container}`;
}

/** The bridge network of a cluster. */
export function networkName(installation: string, cluster: string): string {
  return `longshore-${installation}-${cluster}`;
}
