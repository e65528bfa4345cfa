// How deployments follow each other: started by git, superseded by newer ones, completed, failed, undone. The newest desired state
// always preempts an older one; a rollback is a deployment like any other, toward what completed last.
import { assumedDigest, type Deployment, type ServiceRevision, type TaskSet } from '../../model/service/deployment.ts';
import { DEPLOYMENTS_KEPT, type ServiceRow } from '../../model/turn/ledger.ts';
import { hashOf } from '../../std/hash.ts';

/** A service nobody has deployed yet; `nextDeployment` is above 1 when one of the same name was removed before. */
export function newServiceRow(id: string, cluster: string, name: string, nextDeployment = 1): ServiceRow {
  return {
    id,
    cluster,
    name,
    desiredCount: 0,
    requested: '',
    deployments: [],
    taskSets: [],
    nextDeployment,
    status: 'ACTIVE',
    steady: false,
    message: null,
  };
}

/** The newest deployment: what the service is going to. */
export function primaryOf(row: ServiceRow): Deployment | undefined {
  return row.deployments[0];
}

/** The deployment to which a failed one rolls back: the newest that completed. */
export function lastCompleted(row: ServiceRow): Deployment | undefined {
  return row.deployments.find((deployment) => deployment.rollout === 'COMPLETED');
}

/**
 * The row with a new PRIMARY deployment toward `target`; unfinished ones are superseded.
 * Old sets keep the count they were meant to hold, so that a changed desiredCount grows the new set and not the old ones.
 */
export function startDeployment(
  row: ServiceRow,
  target: ServiceRevision,
  desiredCount: number,
  now: number,
  taskSet: string | null = null,
  because: string | null = null,
): ServiceRow {
  const deployment = newDeployment(row, target, now, taskSet, null, because);
  const taskSets = row.taskSets.map((set) => rescaled(set, row.desiredCount, desiredCount));
  return { ...row, desiredCount, requested: target.hash, taskSets, ...pushed(row, deployment, now), steady: false, message: null };
}

/** The row after its circuit breaker tripped: FAILED, and on the way back when rollback is asked for and something completed before. */
export function failDeployment(row: ServiceRow, rollback: boolean, now: number): ServiceRow {
  const [primary, ...others] = row.deployments;
  if (primary === undefined) return row;
  const failed: Deployment = {
    ...primary,
    rollout: 'FAILED',
    finishedAt: now,
    reason: 'ECS deployment circuit breaker: tasks failed to start.',
  };
  const next: ServiceRow = { ...row, deployments: [failed, ...others], steady: false };
  const good = lastCompleted(next);
  // A rollback that fails too is FAILED, and nothing further happens (spec 3.6).
  if (!rollback || good === undefined || primary.rollbackOf !== null) return next;
  const back = newDeployment(next, good.target, now, good.taskSet, failed.id);
  return { ...next, ...pushed(next, back, now) };
}

/** The row after every task of the primary is healthy and no older one is left. */
export function completeDeployment(row: ServiceRow, now: number): ServiceRow {
  const [primary, ...others] = row.deployments;
  if (primary === undefined || primary.rollout !== 'IN_PROGRESS') return row;
  const done: Deployment = { ...primary, rollout: 'COMPLETED', finishedAt: now, reason: `ECS deployment ${primary.id} completed.` };
  const undone = others.map(
    (deployment): Deployment => (deployment.id === primary.rollbackOf ? { ...deployment, rollout: 'ROLLED_BACK' } : deployment),
  );
  // Nothing older is meant to run any more, whatever desiredCount becomes later.
  const taskSets = row.taskSets.map((set) => (set.id === primary.taskSet || set.scale === 0 ? set : { ...set, scale: 0 }));
  return { ...row, deployments: [done, ...undone], taskSets };
}

/** The row with the images of its primary known, and the task set that runs them: an existing one when it runs the very same. */
export function withTaskSet(row: ServiceRow, target: ServiceRevision): ServiceRow {
  const [primary, ...others] = row.deployments;
  if (primary === undefined) return row;
  // Not of the images: a forecast that does not know a digest yet must name the same tasks as the deployment that does.
  const derived = hashOf(['task-set', row.id, primary.number, target.hash]);
  const same = row.taskSets.find((set) => hashOf(set.target) === hashOf(withKnownImages(target, set.target)));
  // With an old ledger a deployment gets its number a second time, and containers of the first time may have been adopted already.
  const adopted = same ? undefined : row.taskSets.find((set) => set.id === derived);
  const id = same?.id ?? derived;
  const fresh: TaskSet = { ...(adopted ?? { id, scale: 100, weight: 100, launches: 0 }), target };
  const taskSets = same ? row.taskSets : [...row.taskSets.filter((set) => set.id !== id), fresh];
  return { ...row, deployments: [{ ...primary, target, pinned: [], taskSet: id, retryAt: null }, ...others], taskSets };
}

/** The target as a forecast takes it: where it does not know what a tag means, it means what it meant when this set was made. */
function withKnownImages(target: ServiceRevision, known: ServiceRevision): ServiceRevision {
  const images = target.images?.map((image) => {
    if (image.digest !== assumedDigest(image.reference)) return image;
    return known.images?.find(({ container, reference }) => container === image.container && reference === image.reference) ?? image;
  });
  return { ...target, images: images ?? null };
}

/** The row with `change` applied to one deployment. */
export function withDeployment(row: ServiceRow, id: string, change: (deployment: Deployment) => Deployment): ServiceRow {
  const deployments = row.deployments.map((deployment) => (deployment.id === id ? change(deployment) : deployment));
  return deployments.every((deployment, index) => deployment === row.deployments[index]) ? row : { ...row, deployments };
}

function newDeployment(
  row: ServiceRow,
  target: ServiceRevision,
  now: number,
  taskSet: string | null,
  rollbackOf: string | null,
  because: string | null = null,
): Deployment {
  const id = deploymentId(row.id, row.nextDeployment);
  return {
    id,
    number: row.nextDeployment,
    target,
    pinned: [],
    taskSet,
    startedAt: now,
    finishedAt: null,
    rollout: 'IN_PROGRESS',
    ...(because !== null && { because }),
    reason: `ECS deployment ${id} in progress${because === null ? '' : `, because ${because}`}.`,
    failedTasks: 0,
    startFailures: 0,
    retryAt: null,
    lastFailure: null,
    pullFailed: false,
    rollbackOf,
  };
}

function pushed(row: ServiceRow, deployment: Deployment, now: number): Pick<ServiceRow, 'deployments' | 'nextDeployment'> {
  const older = row.deployments.map(
    (each): Deployment =>
      each.rollout === 'IN_PROGRESS' ? { ...each, rollout: 'SUPERSEDED', finishedAt: now, reason: `superseded by ${deployment.id}` } : each,
  );
  return { deployments: bounded([deployment, ...older]), nextDeployment: row.nextDeployment + 1 };
}

/** At most DEPLOYMENTS_KEPT, but never without the last completed one: it is the way back. */
function bounded(deployments: readonly Deployment[]): readonly Deployment[] {
  if (deployments.length <= DEPLOYMENTS_KEPT) return deployments;
  const kept = deployments.slice(0, DEPLOYMENTS_KEPT);
  const completed = deployments.find((deployment) => deployment.rollout === 'COMPLETED');
  return completed === undefined || kept.includes(completed) ? kept : [...kept.slice(0, -1), completed];
}

/** The set with a scale that holds the same number of tasks of another desiredCount. */
export function rescaled(set: TaskSet, before: number, after: number): TaskSet {
  if (before === after) return set;
  const held = Math.round((before * set.scale) / 100);
  const scale = after === 0 ? set.scale : Math.min(100, (held * 100) / after);
  return scale === set.scale ? set : { ...set, scale };
}

/** ECS: `ecs-svc/` and 19 digits. Derived, so that the same deployment always has the same id. */
function deploymentId(service: string, number: number): string {
  const digits = BigInt(`0x${hashOf(['deployment', service, number], 15)}`)
    .toString()
    .padStart(19, '0');
  return `ecs-svc/${digits}`;
}
