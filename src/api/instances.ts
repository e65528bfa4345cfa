// Container instances for people: what each one is, what is taken of it, what leaves it; and the two things that may be asked of one at run
// time. Whether it exists at all is git's word.
import { attributesOf, clusterOf, offeredBy, statusOf } from '../core/instance/instances.ts';
import { Refusal } from './refusal.ts';
import { byText } from '../std/order.ts';
import { demandOf } from '../core/placement/demand.ts';
import { nearest } from '../std/text.ts';
import { askFor } from './commands.ts';
import { taskLine, type TaskStatusLine } from './status.ts';
import type { DaemonDoor } from '../daemon/view.ts';
import type { InstanceStatus } from '../model/cluster/container-instance.ts';
import type { Task } from '../model/task/task.ts';
import type { World } from '../model/turn/plan.ts';

export interface InstanceLine {
  readonly id: string;
  /** Null: it serves every cluster. */
  readonly cluster: string | null;
  /** ECS's status; UNKNOWN for one that git declares and no turn has taken up yet. */
  readonly status: InstanceStatus | 'UNKNOWN';
  /** Its swarm has paused it: it keeps its tasks, and gets no new one. */
  readonly paused?: true;
  readonly agentConnected: boolean;
  /** Why it does not answer; null while it does. */
  readonly silence: string | null;
  /** Tasks that have not stopped. */
  readonly tasks: number;
  readonly cpu: Share;
  /** MiB. */
  readonly memory: Share;
  /** The engine's version; null until it was looked at. */
  readonly agentVersion: string | null;
  readonly registeredAt: number | null;
}

/** What tasks may have of an instance, and what they have. */
export interface Share {
  readonly offered: number;
  readonly taken: number;
}

export interface InstanceDescription extends InstanceLine {
  readonly now: number;
  /** Where it is reached, as git says; null: as the daemon was started with. */
  readonly endpoint: string | null;
  /** Address of its published ports. */
  readonly address: string | null;
  readonly operatingSystem: string | null;
  readonly attributes: readonly { readonly name: string; readonly value: string | null }[];
  readonly taskList: readonly TaskStatusLine[];
}

export interface StateRequest {
  /** The instance's id. */
  readonly of: string;
  readonly status: 'ACTIVE' | 'DRAINING';
  /** Asking again with the same key is asking once. */
  readonly key: string;
}

export interface StateAnswer {
  readonly instance: string;
  /** What it is now. */
  readonly status: InstanceStatus;
  /** Whether this asked for it. */
  readonly changed: boolean;
  /** Tasks on it that have not stopped. */
  readonly tasks: number;
}

/** Every instance that is observed, registered or declared, in order of their ids; `cluster`: only those that serve it. */
export function listInstances(world: World, cluster: string | null = null): readonly InstanceLine[] {
  return instanceIds(world)
    .map((id) => lineOf(world, id))
    .filter((line) => cluster === null || line.cluster === null || line.cluster === cluster);
}

/** All that is known of one instance. Throws a Refusal when there is none of that name. */
export function describeInstance(world: World, now: number, id: string): InstanceDescription {
  checkKnown(world, id);
  const view = world.observed.instances.get(id);
  const declared = world.ledger.registrations.get(id)?.declared ?? world.desired.instances.get(id) ?? null;
  const attributes = view === undefined ? new Map<string, string | null>() : attributesOf(declared, view);
  return {
    ...lineOf(world, id),
    now,
    endpoint: declared?.endpoint ?? null,
    address: view?.address ?? null,
    operatingSystem: view?.engine?.operatingSystem ?? null,
    attributes: [...attributes].sort(([a], [b]) => byText(a, b)).map(([name, value]) => ({ name, value })),
    taskList: tasksOn(world, id).map(taskLine),
  };
}

/** ECS: UpdateContainerInstancesState. Settles when that is durable. Throws a Refusal. */
export async function setInstanceState(door: DaemonDoor, world: World, { of, status, key }: StateRequest): Promise<StateAnswer> {
  checkKnown(world, of);
  checkMaySet(world, of, status);
  const kind = status === 'DRAINING' ? 'drain-instance' : 'activate-instance';
  const { outcome } = await askFor(door, { kind, key, at: door.view().now, instance: of });
  const after = door.view().world ?? world;
  return { instance: of, status: statusOf(after.ledger, of), changed: outcome === 'done', tasks: tasksOn(after, of).length };
}

function checkMaySet(world: World, id: string, status: StateRequest['status']): void {
  if (statusOf(world.ledger, id) === 'DEREGISTERING')
    throw new Refusal(409, `${id} is DEREGISTERING: git no longer declares it`, 'Declare it again in its Cluster manifest to keep it.');
  if (status === 'ACTIVE' && world.desired.instances.get(id)?.status === 'DRAINING')
    throw new Refusal(409, `git says that ${id} is DRAINING`, 'Take `status: DRAINING` out of its Cluster manifest and commit that.');
  const declared = world.ledger.registrations.get(id)?.declared;
  if (status === 'ACTIVE' && declared?.node !== undefined && declared.status === 'DRAINING')
    throw new Refusal(409, `the swarm says that ${id} is to drain`, 'Run `docker node update --availability active` for it on a manager.');
}

function checkKnown(world: World, id: string): void {
  const ids = instanceIds(world);
  if (ids.includes(id)) return;
  const meant = nearest(id, ids);
  const shown = ids.slice(0, 10).join(', ');
  const all = ids.length === 0 ? 'There is none.' : `There is ${shown}${ids.length > 10 ? ` and ${ids.length - 10} more` : ''}.`;
  throw new Refusal(404, `no container instance is called ${id}`, meant === null ? all : `Did you mean ${meant}? ${all}`);
}

function instanceIds(world: World): readonly string[] {
  const ids = new Set([...world.observed.instances.keys(), ...world.ledger.registrations.keys(), ...world.desired.instances.keys()]);
  return [...ids].sort(byText);
}

function lineOf(world: World, id: string): InstanceLine {
  const view = world.observed.instances.get(id);
  const row = world.ledger.registrations.get(id);
  const declared = row?.declared ?? world.desired.instances.get(id) ?? null;
  const tasks = tasksOn(world, id);
  const offered = view === undefined ? { cpu: declared?.cpu ?? 0, memory: declared?.memory ?? 0 } : offeredBy(declared, view);
  const taken = { cpu: 0, memory: 0 };
  for (const task of tasks) {
    const spec = world.ledger.revisions.get(task.revision)?.spec;
    const needs = spec ? demandOf(spec, null) : null;
    taken.cpu += needs?.cpu ?? 0;
    taken.memory += needs?.memory ?? 0;
  }
  return {
    id,
    cluster: row === undefined && declared !== null ? declared.cluster : clusterOf(row, view),
    status: view === undefined && row === undefined ? 'UNKNOWN' : statusOf(world.ledger, id),
    ...(declared?.node?.isPaused === true && { paused: true as const }),
    agentConnected: view?.connected ?? false,
    silence: view?.connected === true ? null : (view?.silence ?? null),
    tasks: tasks.length,
    cpu: { offered: offered.cpu, taken: taken.cpu },
    memory: { offered: offered.memory, taken: taken.memory },
    agentVersion: view?.engine?.version ?? null,
    registeredAt: row?.registeredAt ?? null,
  };
}

function tasksOn(world: World, id: string): readonly Task[] {
  return [...world.ledger.tasks.values()].filter((task) => task.instance === id && task.lastStatus !== 'STOPPED');
}
