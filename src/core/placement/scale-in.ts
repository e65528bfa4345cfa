// Which task goes first when a service is scaled in (spec 5.5): the strategies of its placement the other way round. Which tasks may go at
// all (older revisions and unhealthy ones before others) is decided by deployment/; this orders those that are equal in that.
import type { Demand } from './demand.ts';
import { type Room, type Seat, tasksOfGroup } from './room.ts';
import { type Buckets, type Step, bucketsOf, isPacking } from './strategy.ts';
import { byText } from '../../std/order.ts';

/** A task that may go. */
export interface Leaver {
  readonly id: string;
  readonly instance: string;
  readonly slot: number;
}

export interface Leaving {
  readonly room: Room;
  readonly cluster: string;
  readonly group: string;
  readonly steps: readonly Step[];
  /** What one of the tasks takes. */
  readonly demand: Demand | null;
}

/** One instance, and what is left there as tasks go. */
interface Home {
  readonly instance: string;
  readonly seat: Seat | undefined;
  readonly buckets: readonly number[];
  /** Its tasks of the class that goes now; the next to go is the last. */
  leavers: Leaver[];
  own: number;
  /** How many went. */
  gone: number;
}

/**
 * The tasks in the order in which they go, worked out as far as they are asked for: class by class, and inside a class so that the balance
 * which the strategies want is kept. Each choice sees the ones before it.
 */
export function* stopOrder<T extends Leaver>(leaving: Leaving, classes: readonly (readonly T[])[]): Generator<T, void> {
  const { room, cluster, group, steps } = leaving;
  const buckets = bucketsOf(steps, room.seats.values(), cluster, group);
  const homes = new Map<string, Home>();
  for (const tasks of classes) {
    const byId = new Map(tasks.map((task) => [task.id, task]));
    settle(leaving, buckets, homes, tasks);
    for (;;) {
      const home = nextHome(leaving, buckets, homes.values());
      const task = byId.get(home?.leavers.pop()?.id ?? '');
      if (home === null || task === undefined) break;
      yield task;
      home.own -= 1;
      home.gone += 1;
      for (const bucket of home.buckets) buckets.tasks[bucket] = (buckets.tasks[bucket] ?? 0) - 1;
    }
  }
}

/** The tasks of a class, each at its instance: the newest slot goes first, of equal ones the order of their ids decides. */
function settle({ room, cluster, group }: Leaving, buckets: Buckets, homes: Map<string, Home>, tasks: readonly Leaver[]): void {
  for (const home of homes.values()) home.leavers = [];
  for (const task of [...tasks].sort((a, b) => a.slot - b.slot || byText(b.id, a.id))) {
    let home = homes.get(task.instance);
    if (home === undefined) {
      const seat = room.seats.get(task.instance);
      const own = seat === undefined ? 0 : tasksOfGroup(seat, cluster, group);
      const of = seat === undefined ? [] : buckets.of(seat.candidate);
      homes.set(task.instance, (home = { instance: task.instance, seat, buckets: of, leavers: [], own, gone: 0 }));
    }
    home.leavers.push(task);
  }
}

function nextHome(leaving: Leaving, buckets: Buckets, homes: Iterable<Home>): Home | null {
  let best: Home | null = null;
  for (const home of homes) if (home.leavers.length > 0 && (best === null || compare(leaving, buckets, home, best) < 0)) best = home;
  return best;
}

/** Below 0: a task of `a` goes before one of `b`. */
function compare({ steps, demand }: Leaving, buckets: Buckets, a: Home, b: Home): number {
  // What stands on an instance that gets no tasks any more is in nobody's balance.
  const leaves = Number(isActive(a)) - Number(isActive(b));
  if (leaves !== 0) return leaves;
  let spreads = 0;
  for (const step of steps) {
    let order = 0;
    if (step.kind === 'binpack') order = left(b, step.resource, demand) - left(a, step.resource, demand);
    else if (step.kind === 'spread' && step.attribute === null) order = b.own - a.own;
    else if (step.kind === 'spread') {
      order = inBucket(buckets, b, spreads) - inBucket(buckets, a, spreads);
      spreads += 1;
    }
    if (order !== 0) return order;
  }
  return (isPacking(steps) ? 0 : b.own - a.own) || newestSlot(b) - newestSlot(a) || byText(a.instance, b.instance);
}

function isActive({ seat }: Home): boolean {
  return seat?.candidate.status === 'ACTIVE';
}

function inBucket(buckets: Buckets, home: Home, spread: number): number {
  return buckets.tasks[home.buckets[spread] ?? -1] ?? 0;
}

function newestSlot({ leavers }: Home): number {
  return leavers.at(-1)?.slot ?? -1;
}

/** What is left of a resource once the next task has gone. */
function left({ seat, gone }: Home, resource: 'cpu' | 'memory', demand: Demand | null): number {
  if (seat === undefined) return 0;
  return seat.candidate[resource] - seat[resource] + (demand?.[resource] ?? 0) * (gone + 1);
}
