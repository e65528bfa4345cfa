// All that is known of one task or one service, for people: the ledger's row, what the engine says now or what was kept when the containers
// were removed, and the events. Asked of the engine is only what is shown, once, and an engine that is silent leaves a gap with its reason.
import { choose, SHORT_ID } from './choose.ts';
import { Refusal } from './refusal.ts';
import { servicesOf, taskLine, taskLines, type ServiceStatus, type TaskStatusLine } from './status.ts';
import { OUT_OF_MEMORY } from '../core/task/container-state.ts';
import { viewsByTask } from '../core/turn.ts';
import { reasonOf } from '../daemon/deadline.ts';
import { secretPlaces } from '../daemon/evidence.ts';
import { type NetworkBinding, networkBindings } from '../core/task/ports.ts';
import { PAUSE } from '../model/task/pause.ts';
import { SECOND } from '../std/time.ts';
import { taskWaitingReason } from './waiting.ts';
import type { ContainerEvidence, StoppedTask } from '../model/task/stopped-task.ts';
import type { ContainerDefinition } from '../model/task/container-definition.ts';
import type { ContainerView, PublishedPort } from '../model/turn/observed.ts';
import type { DaemonDoor } from '../daemon/view.ts';
import type { Deployment } from '../model/service/deployment.ts';
import type { StoredEvent } from '../daemon/ports.ts';
import type { Task, TaskContainer } from '../model/task/task.ts';
import type { World } from '../model/turn/plan.ts';

export interface ContainerDescription {
  readonly name: string;
  readonly status: 'PENDING' | 'CREATED' | 'RUNNING' | 'STOPPED';
  /** The engine's id; null when there is none, or none any more. */
  readonly id: string | null;
  /** As the task definition names it; null when that is not known. */
  readonly image: string | null;
  readonly health: ContainerView['health'];
  /** One by one, those of ranges, too. */
  readonly ports: readonly PublishedPort[];
  /** ECS's way of saying it: a range is one binding. bindIP null: where the engine publishes ports that it chooses. */
  readonly networkBindings: readonly (NetworkBinding & { readonly bindIP: string | null })[];
  /** Null: it has none yet, or nobody saw it end. */
  readonly exitCode: number | null;
  /** ECS's reason: why it could not start, or what ended it; null when the exit code says all. */
  readonly reason: string | null;
  /** How often it was started again in place. */
  readonly restarts: number;
  /** Exit, checks and last lines; null: see evidenceMissing. */
  readonly evidence: Omit<ContainerEvidence, 'name'> | null;
  /** Why there is no evidence; null when there is. */
  readonly evidenceMissing: string | null;
}

export interface TaskDescription {
  /** The daemon's clock, for ages. */
  readonly now: number;
  readonly task: Task;
  /** Address at which its published ports are reached; null when the instance is not configured any more. */
  readonly address: string | null;
  /** What it waits for until it is healthy; null when it is, or is to stop. */
  readonly waiting: string | null;
  /** What became of the deployment that started it; null when that is forgotten. */
  readonly deployment: Pick<Deployment, 'id' | 'rollout' | 'reason' | 'startedAt'> | null;
  readonly containers: readonly ContainerDescription[];
  /** Oldest first; the newest EVENTS_SHOWN. */
  readonly events: readonly StoredEvent[];
}

export interface ServiceDescription extends TaskList {
  readonly now: number;
  readonly service: ServiceStatus;
  readonly enableExecuteCommand: boolean;
  readonly events: readonly StoredEvent[];
}

export interface TaskList {
  readonly tasks: readonly TaskStatusLine[];
  /** Stopped tasks that are remembered, newest first. */
  readonly stopped: readonly TaskStatusLine[];
}

const EVENTS_SHOWN = 50;
/** Events of all services that are looked through for those of one. */
const EVENTS_READ = 2_000;
const STOPPED_SHOWN = 20;
/** Stopped tasks that may begin alike. */
const ALIKE_READ = 20;
/** Where an engine publishes a host port that a definition names. */
const ANYWHERE = '0.0.0.0';
const ENGINE_MS = 3 * SECOND;

/** The world of the last turn. Throws a Refusal before the first one. */
export function worldOf(door: DaemonDoor): World {
  const { world } = door.view();
  if (world === null)
    throw new Refusal(503, 'the daemon has made no turn yet', 'Ask again in a moment; `longshore status` says what it waits for.');
  return world;
}

/** Stopped tasks whose ids begin with a word, as far as it may be the beginning of one. */
export async function remembered(door: DaemonDoor, word: string): Promise<readonly StoppedTask[]> {
  return /^[0-9a-f]+$/.test(word) ? door.stoppedTasks({ idPrefix: word }, ALIKE_READ) : [];
}

/** A task that is known, running or stopped, by its id or the beginning of it. Throws a Refusal. */
export async function findTask(door: DaemonDoor, word: string): Promise<{ readonly task: Task; readonly stopped: StoppedTask | null }> {
  const world = worldOf(door);
  const alike = await remembered(door, word);
  const chosen = choose(
    world,
    word,
    alike.map((one) => one.task),
  );
  if (chosen.kind === 'service') throw new Refusal(404, `${word} is a service, not a task`, `longshore ps ${word} lists its tasks.`);
  const stopped = alike.find((one) => one.task.id === chosen.id) ?? null;
  const task = world.ledger.tasks.get(chosen.id) ?? stopped?.task;
  if (task === undefined) throw new Refusal(404, `task ${chosen.id} is gone`, 'longshore ps --stopped lists those that are remembered.');
  return { task, stopped };
}

/** The address that a port of a container is bound to, by what its definition asks for; null: only a load balancer's or a dynamic one is left. */
function addressBound(definition: ContainerDefinition | undefined, binding: NetworkBinding): string | null {
  const mapping = definition?.portMappings?.find(({ containerPort, containerPortRange, protocol = 'tcp' }) =>
    'hostPort' in binding
      ? containerPort === binding.containerPort && protocol === binding.protocol
      : containerPortRange === binding.containerPortRange && protocol === binding.protocol,
  );
  const isFixed = !('hostPort' in binding) || (mapping?.hostPort ?? 0) !== 0;
  return mapping?.['x-longshore']?.hostIp ?? (isFixed ? ANYWHERE : null);
}

/** All that is known of a task. Throws a Refusal. */
export async function describeTask(door: DaemonDoor, word: string): Promise<TaskDescription> {
  const { task, stopped } = await findTask(door, word);
  const world = worldOf(door);
  const instance = world.observed.instances.get(task.instance);
  const views = instance === undefined ? [] : (viewsByTask(instance.containers).get(task.id) ?? []);
  const deployment = world.ledger.services.get(`${task.cluster}/${task.service}`)?.deployments.find(({ id }) => id === task.deployment);
  const named = task.containers.filter(({ name }) => name !== PAUSE);
  const containers = await Promise.all(
    named.map(async ({ name }) => {
      const view = views.find((one) => one.identity.container === name);
      const kept = stopped?.containers.find((one) => one.name === name);
      return describeContainer(door, world, task, name, view, kept);
    }),
  );
  return {
    now: door.view().now,
    task,
    address: instance?.address ?? null,
    waiting: world.ledger.tasks.has(task.id) ? taskWaitingReason(world, task, door.view().now) : null,
    deployment: deployment === undefined ? null : pick(deployment),
    containers,
    events: await door.taskEvents(task.id, EVENTS_SHOWN),
  };
}

function pick({ id, rollout, reason, startedAt }: Deployment): TaskDescription['deployment'] {
  return { id, rollout, reason, startedAt };
}

async function describeContainer(
  door: DaemonDoor,
  world: World,
  task: Task,
  name: string,
  view: ContainerView | undefined,
  kept: ContainerEvidence | undefined,
): Promise<ContainerDescription> {
  const definition = world.ledger.revisions.get(task.revision)?.spec?.containerDefinitions.find((one) => one.name === name);
  const row = task.containers.find((one) => one.name === name);
  let evidence: ContainerDescription['evidence'] = kept ?? null;
  let missing = kept === undefined ? 'nothing was kept of it' : null;
  if (view !== undefined && evidence === null) {
    try {
      evidence = await door.evidence(task.instance, view.id, secretPlaces(definition), AbortSignal.timeout(ENGINE_MS));
      missing = evidence === null ? 'it is gone' : null;
    } catch (error) {
      missing = reasonOf(error);
    }
  }
  if (view === undefined && task.lastStatus === 'PENDING') missing = 'it is not created yet';
  return {
    name,
    status: statusOf(task, view, row),
    id: view?.id ?? null,
    image: definition?.image ?? null,
    health: view?.health ?? 'none',
    ports: view?.ports ?? [],
    networkBindings: networkBindings(view?.ports ?? [], task.hostRanges ?? [], name).map((binding) => ({
      ...binding,
      bindIP: addressBound(definition, binding),
    })),
    exitCode: view?.exitCode ?? row?.exitCode ?? kept?.exitCode ?? null,
    reason: row?.reason ?? ((view ?? kept)?.oomKilled === true ? OUT_OF_MEMORY : null),
    restarts: row?.run?.restarts ?? 0,
    evidence,
    evidenceMissing: missing,
  };
}

function statusOf(task: Task, view: ContainerView | undefined, row: TaskContainer | undefined): ContainerDescription['status'] {
  if (view === undefined) return task.lastStatus === 'PENDING' && row?.exitCode == null ? 'PENDING' : 'STOPPED';
  if (view.state === 'running') return 'RUNNING';
  // ECS: what will never start is stopped, although an engine has it as created.
  return view.state === 'created' && row?.exitCode == null ? 'CREATED' : 'STOPPED';
}

/** All that is known of a service. Throws a Refusal. */
export async function describeService(door: DaemonDoor, word: string): Promise<ServiceDescription> {
  const world = worldOf(door);
  const { now } = door.view();
  const { kind, id } = choose(world, word);
  const service = servicesOf(world, now).find((one) => one.id === id);
  if (kind === 'task' || service === undefined)
    throw new Refusal(404, `${word} is a task, not a service`, `Ask with longshore describe task ${word.slice(0, SHORT_ID)}.`);
  const events = (await door.events(null, EVENTS_READ)).filter((event) => event.service === id);
  return {
    now,
    service,
    enableExecuteCommand: world.desired.services.get(id)?.spec.enableExecuteCommand ?? false,
    ...(await listTasks(door, id, true)),
    events: events.slice(-EVENTS_SHOWN),
  };
}

/** The tasks of a service, or of all (null); with `remembered` also those that have stopped. Throws a Refusal. */
export async function listTasks(door: DaemonDoor, word: string | null, remembered: boolean): Promise<TaskList> {
  const world = worldOf(door);
  const chosen = word === null ? null : choose(world, word);
  if (chosen?.kind === 'task') throw new Refusal(404, `${word} is a task, not a service`, `Ask with longshore describe task ${word}.`);
  const tasks = taskLines(world.ledger.tasks.values()).filter(({ service }) => chosen === null || service === chosen.id);
  if (!remembered) return { tasks, stopped: [] };
  const kept = await door.stoppedTasks(chosen === null ? {} : { service: chosen.id }, chosen === null ? STOPPED_SHOWN * 5 : STOPPED_SHOWN);
  return { tasks, stopped: kept.filter(({ task }) => !world.ledger.tasks.has(task.id)).map(({ task }) => taskLine(task)) };
}
