// Tasks that fail: how soon they are started again, and that an unhealthy one stays until its replacement is healthy where there is room.
// The arithmetic is written again from the specification (2.5, 3.3): nothing is taken from what the product wrote down.
import { limitsOf, short, type Turn } from './facts.ts';
import type { Task } from '../../../src/model/task/task.ts';

/** When the consecutive failures of a deployment grew last, by deployment id. */
export type FailureMemory = Map<string, { failures: number; at: number }>;

const LONGEST_MS = 900_000;
const FIRST_MS = 1_000;

/** Judges one turn's launches of what has failed before, and its stops of what is unhealthy. */
export function checkReplacement(turn: Turn, memory: FailureMemory): void {
  remember(turn, memory);
  for (const [id, task] of turn.after.tasks) {
    const known = turn.before.tasks.get(id);
    if (known === task) continue;
    if (known === undefined && task.attempt > 0 && !isFound(turn, task)) checkPace(turn, memory, task);
    if (known?.desiredStatus === 'RUNNING' && task.desiredStatus === 'STOPPED') {
      checkUnhealthy(turn, task);
      checkMoved(turn, known, task);
    }
  }
}

function remember({ world, before, after }: Turn, memory: FailureMemory): void {
  for (const [id, row] of after.services) {
    const known = before.services.get(id);
    if (known === row) continue;
    for (const deployment of row.deployments) {
      const was = known?.deployments.find((each) => each.id === deployment.id);
      // Fewer than before: a task became healthy, and another one failed in the same turn.
      if (deployment.startFailures !== (was?.startFailures ?? 0))
        memory.set(deployment.id, { failures: deployment.startFailures, at: world.now });
      if (deployment.startFailures === 0) memory.delete(deployment.id);
    }
  }
}

/** After a lost ledger: what was coming up when it was lost is brought up further, and not started anew. */
function isFound({ world }: Turn, task: Task): boolean {
  const views = world.observed.instances.get(task.instance)?.containers.values() ?? [];
  return views.some((view) => view.identity.task === task.id);
}

/** At least 1 s after the first failure in a row, doubling, at most 15 minutes. */
function checkPace({ world, after, blame }: Turn, memory: FailureMemory, task: Task): void {
  const row = after.services.get(`${task.cluster}/${task.service}`);
  const newest = row?.deployments.find((deployment) => deployment.taskSet === task.taskSet);
  const failed = newest && memory.get(newest.id);
  if (!failed || task.lastStatus !== 'PENDING' || task.createdAt !== world.now) return;
  const waitMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failed.failures - 1));
  if (world.now < failed.at + waitMs)
    blame(`${short(task)} is started ${world.now - failed.at} ms after failure ${failed.failures} in a row, ${waitMs} ms are due`);
}

/** Start-first: the unhealthy one of a deployment that goes on is stopped only when enough are healthy, or when the upper limit leaves no room. */
function checkUnhealthy({ world, before, after, blame }: Turn, task: Task): void {
  if (task.health !== 'UNHEALTHY' || task.stopCode !== 'ServiceSchedulerInitiated') return;
  // ECS: what is not healthy keeps no lower limit up, so nothing holds it on an instance that drains.
  if ((after.registrations.get(task.instance)?.status ?? 'ACTIVE') !== 'ACTIVE') return;
  const id = `${task.cluster}/${task.service}`;
  const service = world.desired.services.get(id);
  const primary = after.services.get(id)?.deployments[0];
  if (!service || primary?.taskSet !== task.taskSet || primary.rollout === 'FAILED') return;
  const healthy = [...after.tasks.values()].filter(
    (each) => each.taskSet === task.taskSet && each.desiredStatus === 'RUNNING' && each.health === 'HEALTHY',
  );
  const alive = [...before.tasks.values()].filter((each) => `${each.cluster}/${each.service}` === id && each.desiredStatus === 'RUNNING');
  if (healthy.length < service.spec.desiredCount && alive.length < limitsOf(service).upper)
    blame(`${short(task)} is unhealthy and was stopped with ${healthy.length} healthy tasks beside it, before its replacement was healthy`);
}

/** Spec 3.11: where nothing is asked for, a healthy task on an instance that is no trouble goes only when as many healthy ones as there should be stand without it. */
function checkMoved({ world, before, after, blame }: Turn, was: Task, task: Task): void {
  if (was.health !== 'HEALTHY' || task.health !== 'HEALTHY' || task.stopCode !== 'ServiceSchedulerInitiated') return;
  const id = `${task.cluster}/${task.service}`;
  const service = world.desired.services.get(id);
  const row = after.services.get(id);
  if (!service || service.spec.schedulingStrategy === 'DAEMON' || row?.status !== 'ACTIVE') return;
  const [primary] = row.deployments;
  const isAsked = before.services.get(id)?.deployments[0]?.rollout !== 'COMPLETED' || primary?.rollout !== 'COMPLETED';
  const onTrouble =
    (after.registrations.get(task.instance)?.status ?? 'ACTIVE') !== 'ACTIVE' || !world.observed.instances.get(task.instance)?.connected;
  if (isAsked || onTrouble || primary.taskSet !== task.taskSet) return;
  const left = [...after.tasks.values()].filter(
    (each) => each.taskSet === task.taskSet && each.desiredStatus === 'RUNNING' && each.health === 'HEALTHY',
  );
  if (left.length < row.desiredCount)
    blame(`${short(task)} was healthy and was stopped with ${left.length} healthy tasks beside it of ${row.desiredCount}`);
}
