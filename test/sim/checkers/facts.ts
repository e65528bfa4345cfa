// What the checkers know of a run and how they judge a task: written from the specification, not from the core. Nothing here imports
// src/core, so that a mistake there is not repeated here.
import type { ContainerDefinition } from '../../../src/model/task/container-definition.ts';
import type { DesiredService } from '../../../src/model/turn/desired.ts';
import type { Deployment } from '../../../src/model/service/deployment.ts';
import type { Ledger, ServiceRow } from '../../../src/model/turn/ledger.ts';
import type { Plan, World } from '../../../src/model/turn/plan.ts';
import type { Task } from '../../../src/model/task/task.ts';
import type { TaskDefinition } from '../../../src/model/task/task-definition.ts';

/** One turn as the checkers see it. */
export interface Turn {
  readonly world: World;
  readonly plan: Plan;
  readonly before: Ledger;
  readonly after: Ledger;
  readonly blame: (what: string) => void;
}

export type Verdict = 'healthy' | 'not healthy' | 'cannot tell';

/** ECS's container health check defaults to essential; a task's health looks at essential containers that have a check. */
export function checkedContainers(definition: TaskDefinition): readonly ContainerDefinition[] {
  return definition.containerDefinitions.filter((one) => one.essential !== false && one.healthCheck !== undefined);
}

/** The definition of a task's revision; null when the ledger knows it by labels only. */
export function definitionOf(ledger: Ledger, task: Task): TaskDefinition | null {
  return ledger.revisions.get(task.revision)?.spec ?? null;
}

/** The row of the service that a task belongs to. */
export function rowOf(ledger: Ledger, task: Task): ServiceRow | undefined {
  return ledger.services.get(`${task.cluster}/${task.service}`);
}

/** The load balancers a task stands behind: those of its task set. */
export function balancersOf(ledger: Ledger, task: Task): readonly string[] {
  const row = rowOf(ledger, task);
  const set = row?.taskSets.find((one) => one.id === task.taskSet);
  const deployment = row?.deployments.find((one) => one.id === task.deployment);
  const target = set?.target ?? deployment?.target;
  return (target?.loadBalancers ?? []).map((one) => `${one.targetGroupArn}/${task.id}/${one.containerName}/${one.containerPort}`);
}

/**
 * Whether a RUNNING task counts for the lower limit, as ECS's table says: its targets are healthy and its checked containers are;
 * without either, it has been RUNNING for `healthyAfter` (40 s).
 */
export function verdictOf(world: World, task: Task): Verdict {
  if (task.lastStatus !== 'RUNNING') return 'not healthy';
  const instance = world.observed.instances.get(task.instance);
  if (!instance?.connected) return 'cannot tell';
  const views = [...instance.containers.values()].filter((view) => view.identity.task === task.id);
  const definition = definitionOf(world.ledger, task);
  if (definition === null) return 'cannot tell';
  const essential = definition.containerDefinitions.filter((one) => one.essential !== false);
  if (essential.some((one) => views.find((view) => view.identity.container === one.name)?.state !== 'running')) return 'not healthy';
  const service = world.desired.services.get(`${task.cluster}/${task.service}`);
  const runningMs = world.now - (task.startedAt ?? world.now);
  const checked = checkedContainers(definition);
  const targets = balancersOf(world.ledger, task);
  const checksPass = checked.every((one) => views.find((view) => view.identity.container === one.name)?.health === 'healthy');
  const targetsPass = targets.every((target) => world.observed.proxy?.targets.get(target)?.state === 'healthy');
  if (targets.length > 0 && world.observed.proxy === null) return 'cannot tell';
  const refuted =
    checked.some((one) => views.find((view) => view.identity.container === one.name)?.health === 'unhealthy') ||
    targets.some((target) => world.observed.proxy?.targets.get(target)?.state === 'unhealthy');
  // A proxy that has just heard of a target, or a check that begins again, does not say that what was healthy no longer is.
  if ((!checksPass || !targetsPass) && !refuted && task.health === 'HEALTHY') return 'cannot tell';
  if (!checksPass || !targetsPass) {
    // In the grace period a check that fails changes nothing: what was healthy may be counted so.
    return task.everHealthy && runningMs < (service?.spec.healthCheckGracePeriodSeconds ?? 0) * 1_000 ? 'cannot tell' : 'not healthy';
  }
  if (checked.length > 0 || targets.length > 0) return 'healthy';
  return runningMs >= (service?.spec['x-longshore']?.healthyAfter ?? 40) * 1_000 ? 'healthy' : 'not healthy';
}

/** ECS: the lower limit, rounded up, and the upper one, rounded down. */
export function limitsOf(service: DesiredService): { lower: number; upper: number } {
  const configuration = service.spec.deploymentConfiguration;
  const count = service.spec.desiredCount;
  return {
    lower: Math.ceil((count * (configuration?.minimumHealthyPercent ?? 100)) / 100),
    upper: Math.floor((count * (configuration?.maximumPercent ?? 200)) / 100),
  };
}

/** ECS: how many failed tasks fail a deployment; null without a circuit breaker. */
export function breakerThreshold(service: DesiredService): number | null {
  const breaker = service.spec.deploymentConfiguration?.deploymentCircuitBreaker;
  if (!breaker?.enable) return null;
  const { type = 'BOUNDED_PERCENT', value = 50 } = breaker.thresholdConfiguration ?? {};
  if (type === 'COUNT') return value;
  const share = Math.ceil((service.spec.desiredCount * value) / 100);
  return type === 'BOUNDED_PERCENT' ? Math.min(200, Math.max(3, share)) : Math.max(1, share);
}

/** Whether a deployment is over without success. */
export function isBroken(deployment: Deployment): boolean {
  return deployment.rollout === 'FAILED' || deployment.rollout === 'ROLLED_BACK';
}

/** Whether an engine (`on`: this one) shows a container of the task: a new row for it is adopted, not launched. */
export function hasContainer(turn: Turn, task: string, on: string | null = null): boolean {
  for (const instance of turn.world.observed.instances.values()) {
    if (on !== null && instance.id !== on) continue;
    for (const view of instance.containers.values()) if (view.identity.task === task) return true;
  }
  return false;
}

/** Tasks that are PENDING or RUNNING and meant to go on. */
export function isAlive(task: Task): boolean {
  return task.desiredStatus === 'RUNNING' && (task.lastStatus === 'PENDING' || task.lastStatus === 'RUNNING');
}

/** Eight digits are enough to find a task in a trace. */
export function short(task: Task): string {
  return `${task.service} task ${task.id.slice(0, 8)} (${task.revision})`;
}
