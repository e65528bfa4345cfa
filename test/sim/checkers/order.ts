// In which order the containers of a task start and stop: nothing starts before what it waits for, nothing that is waited for stops first.
// Read from the definition and the pictures alone; the core's own idea of readiness is not asked.
import { definitionOf, short, type Turn } from './facts.ts';
import type { Action } from '../../../src/model/turn/plan.ts';
import type { ContainerDefinition, ContainerDependency } from '../../../src/model/task/container-definition.ts';
import type { ContainerView } from '../../../src/model/turn/observed.ts';
import type { Task } from '../../../src/model/task/task.ts';

/** Judges the starts and stops of a turn. */
export function checkOrder(turn: Turn): void {
  for (const task of turn.after.tasks.values()) if (!turn.before.tasks.has(task.id) && task.attempt === 0) checkFirst(turn, task);
  for (const action of turn.plan.actions) {
    if (action.kind !== 'start-container' && action.kind !== 'stop-container') continue;
    const task = turn.after.tasks.get(action.identity.task);
    if (task?.instance !== action.instance) continue;
    if (action.kind === 'start-container') checkStart(turn, task, action);
    else checkStop(turn, task, action);
  }
}

/** The first task of a deployment starts after the services that its service depends on. */
function checkFirst({ world, after, blame }: Turn, task: Task): void {
  const { cluster, service, taskSet } = task;
  const row = after.services.get(`${cluster}/${service}`);
  const primary = row?.deployments[0];
  // Remains of an earlier ledger are adopted, not started.
  if (primary?.taskSet !== taskSet || task.createdAt !== world.now || task.lastStatus !== 'PENDING') return;
  for (const { serviceName, condition } of world.desired.services.get(`${cluster}/${service}`)?.spec['x-longshore']?.dependsOn ?? []) {
    const other = world.desired.services.get(`${cluster}/${serviceName}`);
    if (other === undefined || other.spec.desiredCount === 0) continue;
    const there = [...after.tasks.values()].some(
      (one) =>
        one.service === serviceName &&
        one.desiredStatus === 'RUNNING' &&
        one.lastStatus === 'RUNNING' &&
        (condition !== 'HEALTHY' || one.health === 'HEALTHY'),
    );
    if (!there) blame(`${short(task)} is started before ${serviceName} is ${condition ?? 'STARTED'}`);
  }
}

function checkStart(turn: Turn, task: Task, action: Extract<Action, { kind: 'start-container' }>): void {
  const containers = definitionOf(turn.after, task)?.containerDefinitions ?? [];
  const own = containers.find(({ name }) => name === action.identity.container);
  // One that is started again in place had its turn: ECS's agent looks at dependencies before a first start only.
  if (own !== undefined && viewOf(turn, task, own.name)?.state === 'exited') return;
  for (const dependency of own === undefined ? [] : waitsOf(own, containers)) {
    if (!isThere(turn, task, dependency))
      turn.blame(`${short(task)}: ${own?.name} is started before ${dependency.containerName} is ${dependency.condition}`);
  }
}

/** What a container waits for: who logs through the router of its task waits for that, too. */
function waitsOf(own: ContainerDefinition, containers: readonly ContainerDefinition[]): readonly ContainerDependency[] {
  const router = containers.find((one) => one.firelensConfiguration !== undefined);
  const isRouted = own.logConfiguration?.logDriver === 'awsfirelens' && router !== undefined;
  return [...(own.dependsOn ?? []), ...(isRouted ? [{ containerName: router.name, condition: 'START' as const }] : [])];
}

function isThere(turn: Turn, task: Task, { containerName, condition }: ContainerDependency): boolean {
  const view = viewOf(turn, task, containerName);
  const noted = task.containers.find(({ name }) => name === containerName)?.exitCode ?? null;
  const code = view?.state === 'exited' ? view.exitCode : view === undefined ? noted : null;
  if (condition === 'START') return view?.state === 'running' || code !== null;
  if (condition === 'HEALTHY') return view?.health === 'healthy';
  return condition === 'SUCCESS' ? code === 0 : code !== null;
}

function checkStop(turn: Turn, task: Task, action: Extract<Action, { kind: 'stop-container' }>): void {
  for (const other of definitionOf(turn.after, task)?.containerDefinitions ?? []) {
    const containers = definitionOf(turn.after, task)?.containerDefinitions ?? [];
    if (!waitsOf(other, containers).some(({ containerName }) => containerName === action.identity.container)) continue;
    if (viewOf(turn, task, other.name)?.state === 'running')
      turn.blame(`${short(task)}: ${action.identity.container} is stopped while ${other.name}, which waits for it, runs`);
  }
}

function viewOf({ world }: Turn, task: Task, container: string): ContainerView | undefined {
  const views = world.observed.instances.get(task.instance)?.containers.values() ?? [];
  return [...views].find(({ identity }) => identity.task === task.id && identity.container === container);
}
