// Deployments: the upper and the lower limit, what a failed deployment may not do, and the circuit breaker's arithmetic.
import { breakerThreshold, isAlive, isBroken, limitsOf, short, verdictOf, type Turn } from './facts.ts';
import type { Deployment } from '../../../src/model/service/deployment.ts';
import type { ServiceRow } from '../../../src/model/turn/ledger.ts';
import type { Task } from '../../../src/model/task/task.ts';

/** Judges what a turn starts, stops and concludes. */
export function checkDeployments(turn: Turn): void {
  const { before, after } = turn;
  if (before.tasks !== after.tasks) {
    const changed = changesByService(turn);
    for (const [id, change] of changed) {
      if (change.launched.length > 0) checkLaunches(turn, id, change.launched);
      if (change.chosen.length > 0) checkStops(turn, id, change.chosen);
    }
  }
  for (const [id, row] of after.services) {
    const known = before.services.get(id);
    if (known === row) continue;
    for (const deployment of row.deployments) {
      const was = known?.deployments.find((one) => one.id === deployment.id);
      if (was !== deployment) checkVerdict(turn, id, row, was ?? null, deployment);
    }
  }
}

interface Change {
  readonly launched: Task[];
  readonly chosen: Task[];
}

function changesByService({ world, before, after }: Turn): Map<string, Change> {
  const existing = new Set<string>();
  for (const instance of world.observed.instances.values())
    for (const view of instance.containers.values()) existing.add(view.identity.task);
  const changes = new Map<string, Change>();
  for (const [id, task] of after.tasks) {
    const known = before.tasks.get(id);
    if (known === task) continue;
    const key = `${task.cluster}/${task.service}`;
    const change = changes.get(key) ?? { launched: [], chosen: [] };
    changes.set(key, change);
    // A row whose containers are there already was adopted, not launched.
    if (!known && !existing.has(id)) change.launched.push(task);
    const stops = known?.desiredStatus === 'RUNNING' && task.desiredStatus === 'STOPPED';
    if (stops && task.stopCode === 'ServiceSchedulerInitiated') change.chosen.push(known);
  }
  return changes;
}

function checkLaunches(turn: Turn, id: string, launched: readonly Task[]): void {
  const { world, before, after, blame } = turn;
  const service = world.desired.services.get(id);
  if (!service) return blame(`service ${id} is not declared, and ${launched.length} tasks of it were started`);
  const alive = [...after.tasks.values()].filter((task) => `${task.cluster}/${task.service}` === id && isAlive(task)).length;
  const { upper } = limitsOf(service);
  if (alive > upper) blame(`service ${id}: a start takes it to ${alive} tasks, and ${upper} are allowed`);
  const rows = [before.services.get(id), after.services.get(id)];
  for (const task of launched) {
    const deployments = rows.flatMap((row) => row?.deployments.find((one) => one.id === task.deployment) ?? []);
    if (deployments.some(isBroken) && !servesOther(after.services.get(id), task))
      blame(`${short(task)} was started by ${task.deployment}, which has failed`);
    if (task.lastStatus !== 'PENDING') blame(`${short(task)} begins as ${task.lastStatus}`);
    const throttledFor = Math.min(...deployments.map((one) => (one.retryAt ?? 0) - world.now));
    if (deployments.length === 2 && throttledFor > 0) blame(`${short(task)} was started ${throttledFor} ms before its throttle ends`);
  }
}

/** Tasks are counted by revision: a rollback to the same revision keeps a task set that other deployments brought. */
function servesOther(row: ServiceRow | undefined, task: Task): boolean {
  return row?.deployments.some((one) => one.taskSet === task.taskSet && !isBroken(one)) ?? false;
}

function checkStops(turn: Turn, id: string, chosen: readonly Task[]): void {
  const { world, after, blame } = turn;
  const service = world.desired.services.get(id);
  if (!service) return;
  const healthy = chosen.filter((task) => verdictOf(world, task) === 'healthy');
  const [victim] = healthy;
  if (!victim) return;
  const { lower } = limitsOf(service);
  let left = 0;
  for (const task of after.tasks.values()) {
    if (`${task.cluster}/${task.service}` !== id || !isAlive(task)) continue;
    if (verdictOf(world, task) !== 'not healthy') left++;
  }
  if (left < lower) blame(`${short(victim)} is healthy and was stopped: ${left} healthy tasks are left, and ${lower} must be`);
}

function checkVerdict(turn: Turn, id: string, row: ServiceRow, before: Deployment | null, after: Deployment): void {
  const { world, blame } = turn;
  const name = `service ${id}, ${after.id}`;
  if (
    before &&
    before.rollout !== 'IN_PROGRESS' &&
    before.rollout !== after.rollout &&
    !(before.rollout === 'FAILED' && after.rollout === 'ROLLED_BACK')
  )
    blame(`${name} went from ${before.rollout} to ${after.rollout}`);
  if (after.failedTasks < 0) blame(`${name} counts ${after.failedTasks} failed tasks`);
  checkCount(turn, id, before, after);
  const service = world.desired.services.get(id);
  if (!service || row.status === 'DRAINING') return;
  const threshold = breakerThreshold(service);
  if (after.rollout === 'IN_PROGRESS' && threshold !== null && after.failedTasks >= threshold)
    blame(`${name} goes on after ${after.failedTasks} failed tasks, and ${threshold} are the limit`);
  if (after.rollout === 'FAILED' && before?.rollout === 'IN_PROGRESS' && (threshold === null || after.failedTasks < threshold))
    blame(`${name} failed with ${after.failedTasks} failed tasks, and ${threshold ?? 'no number'} is the limit`);
  if (after.rollbackOf !== null && before === null) checkWayBack(turn, id, row, after);
}

/** The count grows by the tasks that failed in this turn, and only a healthy task sets it back. */
function checkCount(turn: Turn, id: string, before: Deployment | null, after: Deployment): void {
  if (!before || before.rollout !== 'IN_PROGRESS' || before.failedTasks === after.failedTasks) return;
  const { world, blame } = turn;
  let failed = 0;
  let recovered = false;
  for (const [taskId, task] of turn.after.tasks) {
    const known = turn.before.tasks.get(taskId);
    if (known === task || `${task.cluster}/${task.service}` !== id) continue;
    if (task.failed && known?.failed !== true) failed++;
    if (task.everHealthy && known?.everHealthy !== true) recovered = true;
  }
  // A row that ended in this very turn has failed with it; an image that can't be resolved fails before there is any task.
  for (const [taskId, task] of turn.before.tasks)
    if (!turn.after.tasks.has(taskId) && !task.failed && (task.deployment === after.id || task.taskSet === after.taskSet)) failed++;
  if (before.target.images === null) failed++;
  const name = `service ${id}, ${after.id}`;
  if (after.failedTasks > before.failedTasks + failed)
    blame(`${name} counts ${after.failedTasks - before.failedTasks} new failures, and ${failed} tasks failed`);
  const resets = world.desired.services.get(id)?.spec.deploymentConfiguration?.deploymentCircuitBreaker?.resetOnHealthyTask !== false;
  if (after.failedTasks < before.failedTasks && !(resets && (recovered || anyHealthy(turn, id, after))))
    blame(`${name} forgot ${before.failedTasks - after.failedTasks} failures without a healthy task`);
}

function anyHealthy(turn: Turn, id: string, deployment: Deployment): boolean {
  for (const task of turn.after.tasks.values())
    if (`${task.cluster}/${task.service}` === id && task.taskSet === deployment.taskSet && task.health === 'HEALTHY') return true;
  return false;
}

/** A rollback goes to the last completed deployment, and never to the one that failed. */
function checkWayBack(turn: Turn, id: string, row: ServiceRow, rollback: Deployment): void {
  const { before, blame } = turn;
  const known = before.services.get(id)?.deployments ?? row.deployments;
  const completed = known.find((one) => one.rollout === 'COMPLETED');
  const failed = row.deployments.find((one) => one.id === rollback.rollbackOf);
  if (!completed) return blame(`service ${id} rolls back although no deployment of it has ever completed`);
  if (rollback.target.hash !== completed.target.hash)
    blame(
      `service ${id} rolls back to ${rollback.target.taskDefinition}, and ${completed.target.taskDefinition} was the last that completed`,
    );
  if (failed && failed.target.hash === rollback.target.hash && failed.target.hash !== completed.target.hash)
    blame(`service ${id} rolls back to what failed`);
}
