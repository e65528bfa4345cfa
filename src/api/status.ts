// What `longshore status` shows, as data: the daemon's view counted and joined. Pure: no clock, no socket.
// Task definitions are left out, so no environment value can be in a status.
import { SECOND } from '../std/time.ts';
import { byText, groupBy } from '../std/order.ts';
import type { DaemonView, PullView } from '../daemon/view.ts';
import type { Deployment } from '../model/service/deployment.ts';
import type { Problem } from '../model/problem.ts';
import type { InstanceRow, ServiceRow } from '../model/turn/ledger.ts';
import type { InstanceView } from '../model/turn/observed.ts';
import type { Task } from '../model/task/task.ts';
import type { World } from '../model/turn/plan.ts';
import { waitingReason } from './waiting.ts';
import { desiredWithSecrets } from '../core/secrets.ts';

export interface TaskCounts {
  readonly running: number;
  readonly pending: number;
  readonly healthy: number;
}

export interface DeploymentStatus extends TaskCounts {
  readonly id: string;
  readonly revision: string;
  readonly rollout: Deployment['rollout'];
  /** ECS's rolloutStateReason. */
  readonly reason: string;
  readonly failedTasks: number;
  readonly lastFailure: string | null;
  readonly rollbackOf: string | null;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly images: readonly { readonly container: string; readonly reference: string; readonly digest: string | null }[];
}

export interface ServiceStatus extends TaskCounts {
  /** `cluster/name`. */
  readonly id: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'NEW';
  readonly desired: number;
  readonly steady: boolean;
  /** Why it can't go on, or null. */
  readonly message: string | null;
  /** What it waits for while it is not steady, in one line; null when it waits for nothing. */
  readonly waiting: string | null;
  /** Whether the newest deployment brings what git asks for and is complete. */
  readonly current: boolean;
  /** Newest first. */
  readonly deployments: readonly DeploymentStatus[];
}

export interface TaskStatusLine {
  readonly id: string;
  readonly service: string;
  readonly revision: string;
  readonly instance: string;
  readonly lastStatus: Task['lastStatus'];
  readonly desiredStatus: Task['desiredStatus'];
  readonly health: Task['health'];
  readonly startedAt: number | null;
  readonly stoppedAt: number | null;
  readonly stopCode: Task['stopCode'];
  readonly stoppedReason: string | null;
}

export interface ListenerStatus {
  readonly loadBalancer: string;
  readonly port: number;
  /** Why the proxy could not open the port, or null. */
  readonly refused: string | null;
  /** Services behind it, by any rule. */
  readonly services: readonly string[];
}

export interface InstanceStatus {
  readonly id: string;
  readonly connected: boolean;
  /** Since when it has been away, as its event said; null while it answers. */
  readonly awaySince: number | null;
  /** Why it does not answer; null while it does. */
  readonly silence: string | null;
  readonly observedAt: number | null;
  readonly containers: number;
  readonly cpu: number;
  readonly memory: number;
}

/** The swarm of a cluster. */
export interface SwarmStatus {
  readonly cluster: string;
  /** How many nodes were listed last; null: they never were since the daemon started. */
  readonly nodes: number | null;
  /** Why no manager answers; null while one does. */
  readonly silence: string | null;
}

/** A pull that takes long. */
export interface PullStatus extends PullView {
  readonly forMs: number;
}

export interface Status {
  /** Version of Longshore that answers. */
  readonly version: string;
  readonly pid: number;
  readonly installation: string | null;
  readonly startedAt: number;
  readonly now: number;
  readonly repository: string;
  readonly commit: string | null;
  readonly refusedCommit: string | null;
  readonly problems: readonly Problem[];
  readonly repositoryError: string | null;
  /** Why decisions can't be recorded at the moment; null when they can. */
  readonly storeError: string | null;
  readonly ready: boolean;
  readonly settled: boolean;
  readonly turns: number;
  readonly lastTurnMs: number;
  readonly actionsInFlight: number;
  /** Pulls that have been under way for longer than most take, oldest first. */
  readonly pulls: readonly PullStatus[];
  readonly actionErrors: number;
  readonly services: readonly ServiceStatus[];
  readonly tasks: readonly TaskStatusLine[];
  readonly instances: readonly InstanceStatus[];
  /** Absent where no cluster has one. */
  readonly swarms?: readonly SwarmStatus[];
  readonly proxy: { readonly connected: boolean; readonly listeners: readonly ListenerStatus[] };
}

/** A pull that is quicker needs no line. */
const SLOW_PULL_MS = 5 * SECOND;

/** The status of a daemon; `program` says which one answers. Before the first turn every list is empty. */
export function statusOf(view: DaemonView, program: { readonly version: string; readonly pid: number }): Status {
  const world = view.world;
  return {
    ...program,
    installation: world?.installation ?? null,
    startedAt: view.startedAt,
    now: view.now,
    repository: view.repository,
    commit: view.commit,
    refusedCommit: view.refusedCommit,
    problems: view.problems,
    repositoryError: view.repositoryError,
    storeError: view.storeError,
    ready: view.ready,
    settled: view.settled,
    turns: view.turns,
    lastTurnMs: view.lastTurnMs,
    actionsInFlight: view.actionsInFlight,
    pulls: view.pulls.flatMap((pull) => {
      const forMs = view.now - pull.startedAt;
      return forMs >= SLOW_PULL_MS ? [{ ...pull, forMs }] : [];
    }),
    actionErrors: view.actionErrorsTotal,
    services: world ? servicesOf(world, view.now) : [],
    tasks: world ? taskLines(world.ledger.tasks.values()) : [],
    instances: world
      ? [...world.observed.instances.values()].map((instance) => instanceStatus(instance, world.ledger.instances.get(instance.id)))
      : [],
    ...(world?.observed.swarms !== undefined && { swarms: swarmsOf(world.observed.swarms) }),
    proxy: { connected: world?.observed.proxy != null, listeners: world ? listenersOf(world) : [] },
  };
}

function swarmsOf(swarms: NonNullable<World['observed']['swarms']>): readonly SwarmStatus[] {
  return [...swarms].map(([cluster, { nodes, silence }]) => ({ cluster, nodes: nodes?.length ?? null, silence }));
}

/**
 * Every service of the ledger, and those that git declares and no turn has taken up yet, in the order of their ids.
 * Counts are ECS's: pending tasks are not running, stopping ones are neither.
 */
export function servicesOf(world: World, now: number = world.now): readonly ServiceStatus[] {
  const tasks = groupBy(world.ledger.tasks.values(), (task) => `${task.cluster}/${task.service}`);
  const ids = [...new Set([...world.ledger.services.keys(), ...world.desired.services.keys()])].sort();
  const asked = desiredWithSecrets(world).services;
  return ids.map((id) => {
    const row = world.ledger.services.get(id);
    const wanted = world.desired.services.get(id);
    // What is held back until its secrets are read is asked for as it was before: that is not what git says.
    const requested = asked.get(id)?.held === undefined ? (asked.get(id)?.hash ?? null) : null;
    if (row) return serviceStatus(world, row, tasks.get(id) ?? [], requested, now);
    const desired = wanted?.spec.desiredCount ?? 0;
    return {
      id,
      status: 'NEW',
      desired,
      steady: false,
      message: null,
      waiting: null,
      current: false,
      deployments: [],
      running: 0,
      pending: 0,
      healthy: 0,
    };
  });
}

function instanceStatus(instance: InstanceView, told: InstanceRow | undefined): InstanceStatus {
  const { id, connected, observedAt, containers, cpu, memory } = instance;
  const awaySince = connected || told === undefined || told.agentConnected ? null : told.since;
  return { id, connected, awaySince, silence: instance.silence ?? null, observedAt, containers: containers.size, cpu, memory };
}

function serviceStatus(world: World, row: ServiceRow, tasks: readonly Task[], requested: string | null, now: number): ServiceStatus {
  const primary = row.deployments[0];
  return {
    id: row.id,
    status: row.status,
    desired: row.desiredCount,
    ...countTasks(tasks),
    steady: row.steady,
    message: row.message,
    waiting: waitingReason(world, row, tasks, now),
    current: primary?.rollout === 'COMPLETED' && requested !== null && primary.target.hash === requested,
    deployments: row.deployments.map((deployment) =>
      deploymentStatus(
        deployment,
        tasks.filter((task) => task.taskSet === deployment.taskSet),
      ),
    ),
  };
}

function deploymentStatus(deployment: Deployment, tasks: readonly Task[]): DeploymentStatus {
  const { id, target, rollout, reason, failedTasks, lastFailure, rollbackOf, startedAt, finishedAt } = deployment;
  return {
    id,
    revision: target.taskDefinition,
    rollout,
    reason,
    failedTasks,
    lastFailure,
    rollbackOf,
    startedAt,
    finishedAt,
    ...countTasks(tasks),
    images: (target.images ?? []).map(({ container, reference, digest }) => ({ container, reference, digest })),
  };
}

function countTasks(tasks: readonly Task[]): TaskCounts {
  const counts = { running: 0, pending: 0, healthy: 0 };
  for (const task of tasks) {
    if (task.lastStatus === 'PENDING') counts.pending += 1;
    if (task.lastStatus === 'RUNNING') counts.running += 1;
    if (task.lastStatus === 'RUNNING' && task.health === 'HEALTHY') counts.healthy += 1;
  }
  return counts;
}

/** Tasks in one line each: service by service, in the order in which they were started. Their ids are hashes and have none. */
export function taskLines(tasks: Iterable<Task>): readonly TaskStatusLine[] {
  const lines = [...tasks].map((task) => ({ line: taskLine(task), task }));
  lines.sort(
    (a, b) =>
      byText(a.line.service, b.line.service) ||
      a.task.createdAt - b.task.createdAt ||
      a.task.slot - b.task.slot ||
      byText(a.task.id, b.task.id),
  );
  return lines.map(({ line }) => line);
}

/** A task in one line. */
export function taskLine(task: Task): TaskStatusLine {
  const { id, revision, instance, lastStatus, desiredStatus, health, startedAt, stoppedAt, stopCode, stoppedReason } = task;
  const service = `${task.cluster}/${task.service}`;
  return { id, service, revision, instance, lastStatus, desiredStatus, health, startedAt, stoppedAt, stopCode, stoppedReason };
}

function listenersOf(world: World): readonly ListenerStatus[] {
  const refused = new Map(world.observed.proxy?.refused.map(({ port, reason }) => [port, reason]));
  const behind = new Map<string, string[]>();
  for (const service of world.desired.services.values()) {
    for (const { targetGroupArn } of service.loadBalancers) {
      behind.set(targetGroupArn, [...(behind.get(targetGroupArn) ?? []), service.id]);
    }
  }
  return [...world.desired.loadBalancers.values()].flatMap((balancer) =>
    balancer.listeners.map((listener) => {
      const actions = [...listener.defaultActions, ...(listener.rules ?? []).flatMap((rule) => rule.actions)];
      const services = new Set(actions.flatMap((action) => behind.get(action.targetGroupArn) ?? []));
      return {
        loadBalancer: balancer.name,
        port: listener.port,
        refused: refused.get(listener.port) ?? null,
        services: [...services].sort(),
      };
    }),
  );
}
