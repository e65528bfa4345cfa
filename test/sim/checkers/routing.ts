// Routing: only RUNNING tasks are served, at the port where they really listen; a target drains before its container is stopped.
// What the proxy itself noticed (requests cut off) counts as well.
import { PAUSE } from '../../../src/model/task/pause.ts';
import { balancersOf, definitionOf, short, type Turn } from './facts.ts';
import type { ContainerView } from '../../../src/model/turn/observed.ts';
import type { RouteTable } from '../../../src/model/traffic/route.ts';
import type { Task } from '../../../src/model/task/task.ts';
import type { World } from '../../../src/model/turn/plan.ts';

/** What the routing checker remembers of a run. */
export interface RoutingMemory {
  /** Every table that was planned, by version: what an acknowledged version means. */
  readonly tables: Map<string, ReadonlyMap<string, 'serving' | 'draining'>>;
  /** Targets that were ever planned as serving. */
  readonly served: Set<string>;
  /** Tasks of which a container was ordered to stop. */
  readonly stopOrdered: Set<string>;
  lastVersion: string;
}

/** Judges a turn's routes and stops. */
export function checkRouting(turn: Turn, memory: RoutingMemory): void {
  if (!memory.tables.has(turn.plan.routes.version)) checkTable(turn, turn.plan.routes, memory);
  if (memory.lastVersion !== turn.plan.routes.version || turn.before.tasks !== turn.after.tasks) checkServed(turn, memory);
  memory.lastVersion = turn.plan.routes.version;
  if (turn.before.tasks !== turn.after.tasks) {
    for (const [id, task] of turn.after.tasks) {
      const was = turn.before.tasks.get(id)?.lastStatus;
      // After the ledger was lost an id may be given out again: that it was stopped once says nothing of its new life.
      if (was === undefined) memory.stopOrdered.delete(id);
      if (task.lastStatus === 'STOPPING' && was !== 'STOPPING') checkDrained(turn, task, memory);
    }
  }
  for (const action of turn.plan.actions) {
    // The end of a copy on another engine is not the end of the task.
    const home = turn.after.tasks.get(action.kind === 'stop-container' ? action.identity.task : '');
    if (home?.instance === action.instance) memory.stopOrdered.add(home.id);
  }
}

function checkTable(turn: Turn, table: RouteTable, memory: RoutingMemory): void {
  const states = new Map<string, 'serving' | 'draining'>();
  for (const group of table.targetGroups) {
    for (const target of group.targets) {
      if (states.has(target.id)) turn.blame(`target ${target.id} stands in the table twice`);
      states.set(target.id, target.state);
      if (target.state === 'serving') memory.served.add(target.id);
    }
  }
  memory.tables.set(table.version, states);
}

/** Each target that is served belongs to a RUNNING task that is to go on, and points at the port where its container listens. */
function checkServed(turn: Turn, memory: RoutingMemory): void {
  const { world, after, plan, blame } = turn;
  for (const group of plan.routes.targetGroups) {
    for (const target of group.targets) {
      const [, taskId = '', containerName = '', containerPort = ''] = target.id.split('/');
      const task = after.tasks.get(taskId);
      if (!task) {
        blame(`target ${target.id} belongs to no task`);
        continue;
      }
      if (target.state === 'serving' && (task.lastStatus !== 'RUNNING' || task.desiredStatus !== 'RUNNING'))
        blame(`${short(task)} is ${task.lastStatus} and is routed to`);
      if (target.state === 'serving' && memory.stopOrdered.has(taskId)) blame(`${short(task)} was ordered to stop and is routed to`);
      const view = viewOf(world, task, containerName);
      if (view?.state !== 'running') continue;
      const where = reachedAt(world, task, view, Number(containerPort));
      if (where !== `${target.host}:${target.port}`)
        blame(`target ${target.id} points at ${target.host}:${target.port}, and the container listens at ${where}`);
    }
  }
}

/** At its own address on a network of the daemon's machine, else at the port that its instance publishes. In awsvpc both are the pause container's. */
function reachedAt(world: World, task: Task, view: ContainerView, containerPort: number): string {
  const pause = viewOf(world, task, PAUSE);
  const speaker = pause !== undefined && pause.networks.length > 0 ? pause : view;
  const own = speaker.addresses?.find(({ isHere }) => isHere);
  if (own !== undefined) return `${own.address}:${containerPort}`;
  const host = world.observed.instances.get(task.instance)?.address;
  return `${host}:${speaker.ports.find((one) => one.containerPort === containerPort)?.hostPort}`;
}

/** A task may be stopped once the table that serves now, as far as the world knows, no longer sends requests to it. */
function checkDrained(turn: Turn, task: Task, memory: RoutingMemory): void {
  const { world, blame } = turn;
  for (const target of balancersOf(turn.after, task)) {
    if (!memory.served.has(target)) continue;
    const [, , containerName = ''] = target.split('/');
    if (viewOf(world, task, containerName)?.state !== 'running') continue;
    // Whose network is gone with its pause container is reached by nobody.
    if (definitionOf(turn.after, task)?.networkMode === 'awsvpc' && viewOf(world, task, PAUSE)?.state !== 'running') continue;
    if (task.stopCode === 'EssentialContainerExited') continue;
    const { proxy } = world.observed;
    if (proxy === null) {
      blame(`${short(task)} is stopped while nobody knows whether the proxy still serves it`);
      continue;
    }
    const known = memory.tables.get(proxy.version);
    if (known?.get(target) === 'serving')
      blame(`${short(task)} is stopped and the acknowledged table ${proxy.version.slice(0, 8)} still serves it`);
  }
}

function viewOf(world: World, task: Task, container: string): ContainerView | undefined {
  const views = world.observed.instances.get(task.instance)?.containers.values() ?? [];
  for (const view of views) if (view.identity.task === task.id && view.identity.container === container) return view;
  return undefined;
}
