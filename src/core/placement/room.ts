// The room of all instances in one turn: what their tasks take, and how many there are of each group. It is counted once a turn and then
// follows every task that changes, so that each placement sees the one before it (spec 5.1). Changed in place; never kept beyond a turn.
import type { QueriedTasks } from '../../lang/cluster-query-match.ts';
import type { Task } from '../../model/task/task.ts';
import type { Candidate } from './candidate.ts';
import type { Demand } from './demand.ts';
import type { HostRange } from '../../model/task/host-range.ts';
import { type Held, hold, holdPort, letGo, letPortGo, newlyHeld } from './ranges.ts';

/** One instance with what is taken of it. Tasks of other clusters take their room, and are in no count of this one. */
export interface Seat {
  readonly candidate: Candidate;
  cpu: number;
  memory: number;
  gpus: number;
  /** Holders of each fixed port. */
  readonly ports: Map<string, number>;
  /** Host ports that no range may have: those of other ranges, and fixed ones. */
  readonly held: Held;
  /** What a cluster query may ask, by cluster. */
  readonly tasks: Map<string, { runningTasksCount: number; readonly groups: Map<string, number> }>;
  /** Goes up with every change. */
  version: number;
}

export interface Room {
  /** By instance id, in order of the ids. */
  readonly seats: ReadonlyMap<string, Seat>;
  /** The tasks as they are counted, where they are not as they were at first. */
  readonly counted: Map<string, Task>;
  /** The tasks as they were counted at first. */
  readonly first: (id: string) => Task | undefined;
  /** The group of each service that was counted. */
  readonly groups: Map<string, string>;
  /** What a revision takes; null: nobody knows (adopted by labels only). */
  readonly demand: (revision: string) => Demand | null;
}

const NO_TASKS: QueriedTasks = { runningTasksCount: 0, groups: new Map() };

/** The room that these tasks leave on the candidates. `first`: whoever holds them by their ids spares a second table of them. */
export function roomOf(candidates: Iterable<Candidate>, tasks: Iterable<Task>, demand: Room['demand'], first?: Room['first']): Room {
  const seats = new Map<string, Seat>();
  for (const candidate of candidates)
    seats.set(candidate.id, {
      ...{ candidate, cpu: 0, memory: 0, gpus: 0, ports: new Map(), tasks: new Map(), version: 0 },
      held: newlyHeld(candidate.ports),
    });
  const room: Room = { seats, counted: new Map(), first: first ?? (() => undefined), groups: new Map(), demand };
  for (const task of tasks)
    if (first === undefined) recount(room, task);
    else count(room, task, 1);
  return room;
}

/** Counts a task as it is now, instead of as it was. */
export function recount(room: Room, task: Task): void {
  const before = room.counted.get(task.id) ?? room.first(task.id);
  if (before === task) return;
  if (before !== undefined) count(room, before, -1);
  count(room, task, 1);
  room.counted.set(task.id, task);
}

/** One task more on an instance, with the host ports of its ranges. */
export function occupy(seat: Seat, cluster: string, group: string, demand: Demand | null, ranges: readonly HostRange[]): void {
  reserve(seat, demand, ranges, 1);
  enrol(seat, cluster, group, 1);
  seat.version += 1;
}

/** ECS: tasks of services are a group of their own; of runs, those of a family unless another is named. */
export function groupOf({ service }: { readonly service: string }): string {
  return `service:${service}`;
}

/** What a query of a cluster may ask of the tasks on an instance. */
export function tasksOn(seat: Seat, cluster: string): QueriedTasks {
  return seat.tasks.get(cluster) ?? NO_TASKS;
}

/** Tasks of a group on an instance. */
export function tasksOfGroup(seat: Seat, cluster: string, group: string): number {
  return seat.tasks.get(cluster)?.groups.get(group) ?? 0;
}

/** ECS: room is taken until a task is STOPPED; it counts for groups and constraints as long as it is meant to run. */
function count(room: Room, task: Task, sign: 1 | -1): void {
  const seat = room.seats.get(task.instance);
  if (seat === undefined || task.lastStatus === 'STOPPED') return;
  reserve(seat, room.demand(task.revision), task.hostRanges ?? [], sign);
  if (task.desiredStatus === 'RUNNING') enrol(seat, task.cluster, groupIn(room, task.service), sign);
  seat.version += 1;
}

/** The group of a service's tasks, put together once: of 10,000 tasks that is most of the work. */
function groupIn({ groups }: Room, service: string): string {
  let group = groups.get(service);
  if (group === undefined) groups.set(service, (group = groupOf({ service })));
  return group;
}

function reserve(seat: Seat, demand: Demand | null, ranges: readonly HostRange[], sign: 1 | -1): void {
  // What a task got is known, even when nobody knows its definition any more.
  for (const range of ranges) (sign === 1 ? hold : letGo)(seat.held, range);
  if (demand === null) return;
  seat.cpu += sign * demand.cpu;
  seat.memory += sign * demand.memory;
  seat.gpus += sign * demand.gpus;
  for (const port of demand.ports) {
    add(seat.ports, port, sign);
    (sign === 1 ? holdPort : letPortGo)(seat.held, port);
  }
}

function enrol(seat: Seat, cluster: string, group: string, sign: 1 | -1): void {
  let tasks = seat.tasks.get(cluster);
  if (tasks === undefined) seat.tasks.set(cluster, (tasks = { runningTasksCount: 0, groups: new Map() }));
  tasks.runningTasksCount += sign;
  add(tasks.groups, group, sign);
}

function add(counts: Map<string, number>, key: string, sign: 1 | -1): void {
  const next = (counts.get(key) ?? 0) + sign;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}
