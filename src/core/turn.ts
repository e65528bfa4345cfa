// One turn's working paper: the world sorted by task and service, the ledger being written, and what the turn asks for.
// It lives for one call of reconcile and is never kept.
import { desiredWithNodes } from './instance/swarms.ts';
import { desiredWithSecrets } from './secrets.ts';
import type { Action, Look, World } from '../model/turn/plan.ts';
import type { CapacityCall } from '../model/cluster/capacity-hook.ts';
import type { WaitingTask } from './placement/demand.ts';
import type { ContainerView } from '../model/turn/observed.ts';
import { type Demand, demandOf } from './placement/demand.ts';
import { type Room, type Seat, roomOf } from './placement/room.ts';
import type { Candidate } from './placement/candidate.ts';
import { candidateOf } from './instance/candidates.ts';
import { instanceOf, isOfCluster } from './instance/instances.ts';
import { type Draft, draftOf } from './draft.ts';
import type { Outcome } from '../model/turn/outcome.ts';
import type { Retry } from '../model/turn/ledger.ts';
import type { Routable } from './traffic/routes.ts';
import type { Task } from '../model/task/task.ts';
import { earliest } from '../std/time.ts';
import { groupBy, sortedBy } from '../std/order.ts';

/** One action that was asked for; `once`: several may ask for it. */
export interface Asked {
  readonly action: Action;
  readonly once: boolean;
}

export interface Turn {
  readonly world: World;
  readonly now: number;
  readonly draft: Draft;
  /** Tasks by service id, as they stood at the beginning of the turn (adopted ones included). */
  readonly tasks: ReadonlyMap<string, readonly Task[]>;
  /** Security groups that have tasks at the beginning of the turn, or are to have some. */
  readonly peopled: ReadonlySet<string>;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly actions: Action[];
  /** Keys of the actions so far. */
  readonly emitted: Set<string>;
  readonly looks: Look[];
  readonly calls: CapacityCall[];
  /** Tasks that wait until their capacity provider has another instance. */
  readonly waiting: WaitingTask[];
  /** One list per service, by reference the same as long as the service is quiet. */
  readonly routables: (readonly Routable[])[];
  /** Retry rows that somebody still wants. */
  readonly wanted: Map<string, Retry>;
  wakeAt: number | null;
  /** All that was asked for, in order: what waits for its next try and what another task had asked for already are in it. */
  readonly asked: Asked[];
  /** What the tasks leave of the instances; null until something is to be placed. */
  room: Room | null;
  /** The instances of each cluster that something was placed in. */
  readonly seats: Map<string, readonly Seat[]>;
  /** Whether a task has ended in this turn: its room is free for services that were placed before it in the same turn. */
  freed: boolean;
  /** Launches that this turn may still place. */
  launchesLeft: number;
  /** Services that this turn may still look at for a move between zones. */
  balancesLeft: number;
}

/** Placements of one turn: 250 keep a turn at 35 ms with 10,000 tasks on 500 instances; the rest follows in the next turn. */
const LAUNCHES_PER_TURN = 250;
/** Half a millisecond each over 500 instances: a zone that comes back is filled in many turns, and none of them is long. */
const BALANCES_PER_TURN = 25;
const NO_VIEWS: readonly ContainerView[] = [];
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 30_000;

/** The world as a turn decides by it: what git declares together with what secrets mean for it, and with the nodes of swarms. */
export function worldOfTurn(given: World): World {
  const asked: World = { ...given, desired: desiredWithSecrets(given) };
  return { ...asked, desired: desiredWithNodes(asked) };
}

/** The paper for one turn. */
export function newTurn(world: World, draft: Draft = draftOf(world.ledger)): Turn {
  const outcomes = new Map(world.outcomes.map((outcome) => [outcome.key, outcome]));
  return {
    world,
    now: world.now,
    draft,
    tasks: new Map(),
    peopled: new Set(),
    outcomes,
    actions: [],
    emitted: new Set(),
    looks: [],
    calls: [],
    waiting: [],
    routables: [],
    wanted: new Map(),
    wakeAt: null,
    asked: [],
    room: null,
    seats: new Map(),
    freed: false,
    launchesLeft: LAUNCHES_PER_TURN,
    balancesLeft: BALANCES_PER_TURN,
  };
}

/** Asks for an action, unless it failed and its next try is not due yet. */
export function emit(turn: Turn, action: Action): void {
  turn.asked.push({ action, once: false });
  attempt(turn, action);
}

/** The same for an action that several may ask for: tasks that wait for the same network or the same image share the call. */
export function emitOnce(turn: Turn, action: Action): void {
  turn.asked.push({ action, once: true });
  if (!turn.emitted.has(action.key)) attempt(turn, action);
}

/** Asks again for what was asked for in another turn. */
export function askAgain(turn: Turn, asked: Asked): void {
  turn.asked.push(asked);
  if (!asked.once || !turn.emitted.has(asked.action.key)) attempt(turn, asked.action);
}

function attempt(turn: Turn, action: Action): void {
  const retry = turn.draft.retries.get(action.key);
  if (retry !== undefined) turn.wanted.set(action.key, retry);
  if (retry !== undefined && retry.retryAt > turn.now) wake(turn, retry.retryAt);
  else {
    turn.actions.push(action);
    turn.emitted.add(action.key);
  }
}

/** Asks a hook of a capacity provider, unless it failed and its next try is not due yet. */
export function emitCall(turn: Turn, call: CapacityCall): void {
  const retry = turn.draft.retries.get(call.key);
  if (retry !== undefined) turn.wanted.set(call.key, retry);
  if (retry !== undefined && retry.retryAt > turn.now) wake(turn, retry.retryAt);
  else turn.calls.push(call);
}

/** Asks for another turn at a moment; null asks for nothing. */
export function wake(turn: Turn, at: number | null): void {
  turn.wakeAt = earliest(turn.wakeAt, at);
}

/** Writes down every failed action: its next try waits 250 ms, doubling, at most 30 s. A success forgets it. */
export function foldRetries(turn: Turn): void {
  for (const outcome of turn.world.outcomes) {
    if (outcome.error === null) {
      turn.draft.retries.delete(outcome.key);
      continue;
    }
    const tries = (turn.draft.retries.get(outcome.key)?.tries ?? 0) + 1;
    const retryAt = turn.now + Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries - 1, 10));
    turn.draft.retries.set(outcome.key, { key: outcome.key, tries, retryAt, error: outcome.error });
  }
}

/** Forgets the retries of actions that nobody wants any more. */
export function dropRetries(turn: Turn): void {
  for (const retry of turn.draft.retries.values()) if (!turn.wanted.has(retry.key)) turn.draft.retries.delete(retry.key);
}

/** What every instance has left, counted once a turn and only when something is to be placed. */
export function roomIn(turn: Turn): Room {
  const known = new Map<string, Demand | null>();
  const demand = (revision: string): Demand | null => {
    if (!known.has(revision)) {
      const spec = turn.draft.revisions.get(revision)?.spec;
      known.set(revision, spec ? demandOf(spec, null) : null);
    }
    return known.get(revision) ?? null;
  };
  const { tasks } = turn.draft;
  turn.room ??= roomOf(candidatesIn(turn), tasks.values(), demand, tasks.standing());
  return turn.room;
}

/** Every instance that counts, in order of their ids. */
function candidatesIn(turn: Turn): readonly Candidate[] {
  const views = sortedBy(turn.world.observed.instances.values(), ({ id }) => id);
  return views
    .filter(({ id }) => instanceOf(turn, id) !== undefined)
    .map((view) => candidateOf(turn.draft.registrations.get(view.id), view));
}

/** The instances of a cluster with what is left of them, in order of their ids. */
export function seatsOf(turn: Turn, cluster: string): readonly Seat[] {
  let seats = turn.seats.get(cluster);
  if (seats === undefined) {
    seats = [...roomIn(turn).seats.values()].filter(({ candidate: { id } }) => {
      const view = turn.world.observed.instances.get(id);
      return view !== undefined && isOfCluster(turn.draft.registrations.get(id), view, cluster);
    });
    turn.seats.set(cluster, seats);
  }
  return seats;
}

/** The containers of a task: they are all on its instance. */
export function viewsOf(turn: Turn, task: Task): readonly ContainerView[] {
  const containers = turn.world.observed.instances.get(task.instance)?.containers;
  return containers === undefined ? NO_VIEWS : (viewsByTask(containers).get(task.id) ?? NO_VIEWS);
}

/** An instance's containers by task id, sorted once as long as its picture stays the same. */
const VIEWS_BY_TASK = new WeakMap<ReadonlyMap<string, ContainerView>, ReadonlyMap<string, readonly ContainerView[]>>();

/** The containers of one instance, grouped by task id; a group that did not change keeps its reference from the picture before. */
export function viewsByTask(containers: ReadonlyMap<string, ContainerView>): ReadonlyMap<string, readonly ContainerView[]> {
  const known = VIEWS_BY_TASK.get(containers);
  if (known !== undefined) return known;
  const views = groupBy(containers.values(), (view) => view.identity.task);
  for (const [task, group] of views) {
    const [first] = group;
    const before = first === undefined ? undefined : GROUP_OF.get(first);
    if (before !== undefined && sameMembers(before, group)) views.set(task, before);
    else if (first !== undefined) GROUP_OF.set(first, group);
  }
  VIEWS_BY_TASK.set(containers, views);
  return views;
}

/** The group that begins with a view. */
const GROUP_OF = new WeakMap<ContainerView, ContainerView[]>();

/** The tasks of a ledger by service id, sorted once as long as no task changes. */
const TASKS_BY_SERVICE = new WeakMap<ReadonlyMap<string, Task>, ReadonlyMap<string, readonly Task[]>>();
/** The group that begins with a task. */
const TASKS_OF = new WeakMap<Task, Task[]>();

/** Tasks grouped by `cluster/service`; a group that did not change keeps its reference. */
export function tasksByService(tasks: ReadonlyMap<string, Task>): ReadonlyMap<string, readonly Task[]> {
  const known = TASKS_BY_SERVICE.get(tasks);
  if (known !== undefined) return known;
  const groups = groupedTasks(tasks.values());
  for (const [id, group] of groups) {
    const [first] = group;
    const before = first === undefined ? undefined : TASKS_OF.get(first);
    if (before !== undefined && sameMembers(before, group)) groups.set(id, before);
    else if (first !== undefined) TASKS_OF.set(first, group);
  }
  TASKS_BY_SERVICE.set(tasks, groups);
  return groups;
}

/** By `cluster/service`, which is put together once a service: of 10,000 tasks that is most of the work. */
function groupedTasks(tasks: Iterable<Task>): Map<string, Task[]> {
  const groups = new Map<string, Task[]>();
  const known = new Map<string, Map<string, Task[]>>();
  for (const task of tasks) {
    let services = known.get(task.cluster);
    if (services === undefined) known.set(task.cluster, (services = new Map()));
    let group = services.get(task.service);
    if (group === undefined) {
      services.set(task.service, (group = []));
      groups.set(`${task.cluster}/${task.service}`, group);
    }
    group.push(task);
  }
  return groups;
}

/** Whether two lists hold the same references in the same order. */
export function sameMembers(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((member, index) => member === b[index]);
}
