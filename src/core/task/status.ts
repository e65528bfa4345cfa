// What a task's containers and targets say about it: the forward half of a task's life. Statuses never go back.
// Absent on purpose: what to do about it (advance.ts), and how many tasks there should be (deployment/).
import type { ContainerAddress, ContainerView, InstanceView, ProxyView, PublishedPort } from '../../model/turn/observed.ts';
import { type ContainerDefinition, isEssential } from '../../model/task/container-definition.ts';
import { endReason, hasEnded, mayRestart, viewNamed, withNeverStarted, withNotes, withReason } from './container-state.ts';
import { isTimed, readiness } from './order.ts';
import { outsideRanges, reachableSeen, reachedAt } from './ports.ts';
import type { Health, StopCode, Task } from '../../model/task/task.ts';
import type { ServiceLoadBalancer, ServiceSettings } from '../../model/service/service.ts';
import { earliest } from '../../std/time.ts';

/** Everything that is known about one task in this turn. */
export interface TaskScene {
  readonly task: Task;
  /** The containers of its revision; null when the revision is known only by its labels. */
  readonly containers: readonly ContainerDefinition[] | null;
  readonly views: readonly ContainerView[];
  /** Undefined: the instance is no longer in the operator's configuration. */
  readonly instance: InstanceView | undefined;
  readonly loadBalancers: readonly ServiceLoadBalancer[];
  /** Longest deregistration delay of its target groups in milliseconds. */
  readonly drainMs: number;
  readonly proxy: ProxyView | null;
  readonly settings: ServiceSettings;
  /** How long its instance may be silent before it counts as lost (ms); null: for ever, because two copies of it must never run. */
  readonly graceMs: number | null;
  readonly now: number;
}

/** The route table's id of a task's target in a group. */
export function targetId(task: string, loadBalancer: ServiceLoadBalancer): string {
  return `${loadBalancer.targetGroupArn}/${task}/${loadBalancer.containerName}/${loadBalancer.containerPort}`;
}

/** The task that a route table's target belongs to. */
export function taskOfTarget(target: string): string {
  return target.split('/')[1] ?? '';
}

/**
 * The task as it stands now; the same reference when nothing changed.
 * `until`: the moment at which time alone may change it (milliseconds), or null.
 */
export function refresh(scene: TaskScene): { task: Task; until: number | null } {
  const { task, instance, now } = scene;
  if (task.lastStatus === 'STOPPED') return { task, until: null };
  if (instance === undefined) return { task: lost(task, now), until: null };
  if (instance.observedAt === null) return { task, until: null };
  if (task.desiredStatus === 'STOPPED') return stopping(scene);
  const lostFrom = lostAt(instance, scene.graceMs);
  if (lostFrom !== null && lostFrom <= now) return { task: givenUp(scene), until: null };
  const next = whileHeard(scene);
  return { task: next.task, until: earliest(next.until, lostFrom) };
}

/** The task as its containers and targets show it. */
function whileHeard(scene: TaskScene): { task: Task; until: number | null } {
  const { task, now } = scene;
  const ended = endedContainer(scene);
  if (ended !== null) return { task: exited(scene, ended), until: null };
  const noted = scene.containers === null ? task : withNotes(task, scene.containers, scene.views, isNotedIn(scene.containers), now);
  const running = noted.lastStatus === 'RUNNING' ? { task: noted, until: null } : started({ ...scene, task: noted });
  if (running.task.lastStatus !== 'RUNNING') return running;
  return judged(withPorts(running.task, scene.views), scene);
}

/** When an instance counts as lost, if it stays silent (ms); null: it answers, or nothing comes of its silence (`graceMs` null). */
export function lostAt({ connected, silentSince }: InstanceView, graceMs: number | null): number | null {
  return connected || silentSince === undefined || graceMs === null ? null : silentSince + graceMs;
}

/** It is not known to be dead: another one takes its place first, and it is stopped when its engine is back. No failure of its deployment. */
function givenUp({ task, instance, now }: TaskScene): Task {
  const reason = `Container instance ${task.instance} does not answer: ${instance?.silence ?? 'no reason is known'}`;
  if (task.lastStatus === 'PENDING') return beginStop(task, false, 'InfrastructureHealth', reason, now);
  return task.health === 'UNHEALTHY' ? task : { ...task, health: 'UNHEALTHY' };
}

/** Which starts are remembered: of containers that are started again in place, and of those whose startTimeout somebody's wait counts. */
function isNotedIn(definitions: readonly ContainerDefinition[]): (definition: ContainerDefinition) => boolean {
  return (definition) => definition.restartPolicy?.enabled === true || isTimed(definitions, definition);
}

/** The task with its stop decided: out of routing first when it has targets that may be serving. */
export function beginStop(task: Task, hasTargets: boolean, code: StopCode, reason: string, now: number): Task {
  if (task.desiredStatus === 'STOPPED') return task;
  const drains = hasTargets && task.lastStatus === 'RUNNING';
  return {
    ...task,
    desiredStatus: 'STOPPED',
    lastStatus: drains ? 'DEACTIVATING' : 'STOPPING',
    stoppingAt: now,
    stopCode: code,
    stoppedReason: reason,
  };
}

function lost(task: Task, now: number): Task {
  return {
    ...task,
    desiredStatus: 'STOPPED',
    lastStatus: 'STOPPED',
    stoppingAt: task.stoppingAt ?? now,
    stoppedAt: now,
    stopCode: task.stopCode ?? 'InfrastructureHealth',
    stoppedReason: task.stoppedReason ?? `Container instance ${task.instance} is no longer registered`,
  };
}

/** The first essential container that has ended, with the reason in words; null while all of them may still run. */
function endedContainer(scene: TaskScene): string | null {
  for (const container of scene.task.containers) {
    const definition = scene.containers?.find((candidate) => candidate.name === container.name);
    const view = viewNamed(scene.views, container.name);
    // Of a revision that is known only by its labels the containers say themselves whether they are essential.
    if (!(definition === undefined ? (view?.identity.essential ?? true) : isEssential(definition))) continue;
    if (view?.state === 'exited' && mayRestart(definition, view, container)) continue;
    if (view?.state === 'exited')
      return `${container.name}: ${[endReason(view) ?? [], `exit code ${view.exitCode ?? 'unknown'}`].flat().join(', ')}`;
    // A container that was running and is gone was removed by somebody else; before RUNNING it is simply not created yet.
    if (view === undefined && scene.task.lastStatus === 'RUNNING' && scene.instance?.connected)
      return `${container.name}: the container was removed from the engine`;
  }
  return null;
}

function exited(scene: TaskScene, ended: string): Task {
  const { task, now } = scene;
  const balanced =
    task.lastStatus === 'RUNNING' && scene.loadBalancers.some((each) => viewNamed(scene.views, each.containerName)?.state === 'running');
  const reason = `Essential container in task exited (${ended})`;
  return withExitCodes(
    {
      ...task,
      desiredStatus: 'STOPPED',
      // The container behind the load balancer may outlive an essential sidecar: its requests are let go in peace.
      lastStatus: balanced ? 'DEACTIVATING' : 'STOPPING',
      stoppingAt: now,
      stopCode: 'EssentialContainerExited',
      stoppedReason: reason,
      // Our decision (spec open point 2): an essential exit before the task was ever healthy is a failure of its deployment.
      failed: task.failed || !task.everHealthy,
    },
    scene.views,
  );
}

/**
 * ECS: RUNNING once every container has started; one that others wait to end counts when it has. One that can never start fails the task
 * when it is essential, and is left out otherwise.
 */
function started(scene: TaskScene): { task: Task; until: number | null } {
  const { views, now } = scene;
  let { task } = scene;
  let all = true;
  let until: number | null = null;
  for (const row of scene.task.containers) {
    const view = viewNamed(views, row.name);
    if (view?.state === 'running' || hasEnded(view, row) || row.exitCode !== null) continue;
    const definition = scene.containers?.find(({ name }) => name === row.name);
    if (definition !== undefined && scene.containers !== null) {
      const ready = readiness({ definitions: scene.containers, views, rows: task.containers, now }, definition);
      if (ready.kind === 'never' && (ready.timedOut || isEssential(definition)))
        return { task: unstarted(task, row.name, ready.reason, now), until };
      if (ready.kind === 'never') {
        task = withNeverStarted(task, row.name, neverStarted(row.name, ready.reason));
        continue;
      }
      if (ready.kind === 'waits') until = earliest(until, ready.until);
    }
    all = false;
  }
  if (!all || task.lastStatus !== 'PENDING') return { task, until };
  return { task: { ...task, lastStatus: 'RUNNING', startedAt: now }, until: null };
}

/** The task never ran. */
function unstarted(task: Task, container: string, reason: string, now: number): Task {
  const why = neverStarted(container, reason);
  return { ...beginStop(withNeverStarted(task, container, why), false, 'TaskFailedToStart', why, now), failed: true };
}

/** ECS's prefix for what waits in vain. */
function neverStarted(container: string, reason: string): string {
  return `TaskDependencyError: container ${container} can't start: ${reason}`;
}

/**
 * The task with its published ports as they are seen now, without those of ranges, which its row has already, and with its addresses; the same
 * reference when they are the same.
 */
function withPorts(task: Task, views: readonly ContainerView[]): Task {
  let changed = false;
  const containers = task.containers.map((container) => {
    const view = viewNamed(views, container.name);
    if (view?.state !== 'running') return container;
    const ports = outsideRanges(view.ports, task.hostRanges ?? [], container.name);
    const { addresses } = view;
    if (samePorts(ports, container.ports) && sameAddresses(addresses, container.addresses)) return container;
    changed = true;
    const { addresses: _, ...rest } = container;
    return { ...rest, ports, ...(addresses !== undefined && { addresses }) };
  });
  return changed ? { ...task, containers } : task;
}

function sameAddresses(a: readonly ContainerAddress[] = [], b: readonly ContainerAddress[] = []): boolean {
  if (a === b) return true;
  return (
    a.length === b.length &&
    a.every(({ network, address, isHere }, index) => {
      const other = b[index];
      return network === other?.network && address === other.address && isHere === other.isHere;
    })
  );
}

function samePorts(a: readonly PublishedPort[], b: readonly PublishedPort[]): boolean {
  if (a === b) return true;
  return (
    a.length === b.length &&
    a.every(
      (port, index) =>
        port.hostPort === b[index]?.hostPort && port.containerPort === b[index]?.containerPort && port.protocol === b[index]?.protocol,
    )
  );
}

/** Health of a RUNNING task (spec 3.2): containers with a check, targets in every group; without either, RUNNING for a while. */
function judged(task: Task, scene: TaskScene): { task: Task; until: number | null } {
  const { now, settings } = scene;
  if (isRestarting(task, scene)) return { task: withHealth(task, 'UNKNOWN'), until: null };
  const startedAt = upSince(task, now);
  const signs = [...containerHealth(scene), ...targetHealth(task, scene)];
  if (signs.length === 0) {
    const healthyAt = startedAt + settings.healthyAfterMs;
    if (task.health === 'HEALTHY' || now >= healthyAt) return { task: withHealth(task, 'HEALTHY'), until: null };
    return { task, until: healthyAt };
  }
  if (signs.includes('UNHEALTHY')) {
    const graceEnd = startedAt + settings.gracePeriodMs;
    if (now < graceEnd) return { task, until: graceEnd };
    return { task: withHealth(task, 'UNHEALTHY', scene.instance?.connected), until: null };
  }
  // Not knowing (a proxy that restarts, an engine that is silent) changes nothing: the last health is kept.
  return { task: signs.includes('UNKNOWN') ? task : withHealth(task, 'HEALTHY'), until: null };
}

/**
 * Since when a task has been up, for its health. A container that was started again in place begins anew; one whose start is only noted late
 * (after a lost ledger) does not.
 */
export function upSince(task: Task, now: number): number {
  const restarted = task.containers.map(({ run }) => (run !== undefined && run.restarts > 0 ? run.seenAt : 0));
  return Math.max(task.startedAt ?? now, ...restarted);
}

/** Whether an essential container is on its way to be started again in place: what it was before says nothing of what comes. */
function isRestarting(task: Task, scene: TaskScene): boolean {
  return (scene.containers ?? []).some(
    (container) =>
      container.restartPolicy?.enabled === true && isEssential(container) && viewNamed(scene.views, container.name)?.state === 'exited',
  );
}

/** ECS: only essential containers that have a check count. */
function containerHealth(scene: TaskScene): Health[] {
  if (scene.containers === null) return [];
  return scene.containers
    .filter((container) => container.healthCheck !== undefined && isEssential(container))
    .map((container) => {
      const health = viewNamed(scene.views, container.name)?.health;
      return health === 'healthy' ? 'HEALTHY' : health === 'unhealthy' ? 'UNHEALTHY' : 'UNKNOWN';
    });
}

function targetHealth(task: Task, scene: TaskScene): Health[] {
  return scene.loadBalancers.map((loadBalancer) => {
    const state = scene.proxy?.targets.get(targetId(task.id, loadBalancer))?.state;
    return state === 'healthy' ? 'HEALTHY' : state === 'unhealthy' ? 'UNHEALTHY' : 'UNKNOWN';
  });
}

/** A check that fails while the engine is silent tells of the host, not of what was deployed: it costs the task its place, and its deployment nothing. */
function withHealth(task: Task, health: Health, connected = true): Task {
  if (task.health === health) return task;
  return {
    ...task,
    health,
    everHealthy: task.everHealthy || health === 'HEALTHY',
    failed: task.failed || (health === 'UNHEALTHY' && connected),
  };
}

/** DEACTIVATING until drained, STOPPING until no container runs, then STOPPED. */
function stopping(scene: TaskScene): { task: Task; until: number | null } {
  let { task } = scene;
  const runs = scene.views.some((view) => view.state === 'running');
  let until: number | null = null;
  // A ledger that was restored from an older copy may have stopped as PENDING what serves: it is let go in peace like any other.
  if (task.lastStatus === 'STOPPING' && isServed(scene)) task = { ...task, lastStatus: 'DEACTIVATING', stoppingAt: scene.now };
  if (task.lastStatus === 'DEACTIVATING') {
    const end = (task.stoppingAt ?? scene.now) + scene.drainMs;
    if (!runs || drained(scene, scene.now >= end)) task = { ...task, lastStatus: 'STOPPING' };
    else until = scene.now < end ? end : null;
  }
  if (task.lastStatus === 'STOPPING' && !runs && scene.instance?.connected) {
    task = withExitCodes({ ...task, lastStatus: 'STOPPED', stoppedAt: scene.now }, scene.views);
  }
  return { task, until };
}

/** Whether the proxy gives new requests to a container that runs. */
function isServed(scene: TaskScene): boolean {
  return scene.loadBalancers.some((loadBalancer) => {
    const target = scene.proxy?.targets.get(targetId(scene.task.id, loadBalancer));
    return isReachable(scene, loadBalancer) && target !== undefined && target.state !== 'draining';
  });
}

/** Whether the container behind a load balancer runs and is reached, whichever way. */
function isReachable(scene: TaskScene, loadBalancer: ServiceLoadBalancer): boolean {
  return reachedAt(reachableSeen(scene.views, loadBalancer.containerName), loadBalancer, undefined) !== null;
}

/**
 * Whether the proxy has acknowledged of every target that it takes no new request, and nothing is under way on it or its time is up.
 * A proxy that is silent has acknowledged nothing: it may still serve its last table.
 */
function drained(scene: TaskScene, timeIsUp: boolean): boolean {
  return scene.loadBalancers.every((loadBalancer) => {
    if (!isReachable(scene, loadBalancer)) return true;
    const target = scene.proxy?.targets.get(targetId(scene.task.id, loadBalancer));
    return target?.state === 'draining' && (timeIsUp || target.inFlight === 0);
  });
}

function withExitCodes(task: Task, views: readonly ContainerView[]): Task {
  const containers = task.containers.map((container) => {
    const view = viewNamed(views, container.name);
    const exitCode = view?.exitCode ?? container.exitCode;
    return view === undefined || exitCode === container.exitCode ? container : withReason({ ...container, exitCode }, endReason(view));
  });
  return { ...task, containers };
}
