// Where tasks go: ECS's four steps (spec 5.1). A search filters the instances of a cluster once for the tasks of one group and definition;
// each task then costs one walk over what is left, and sees the tasks placed before it. Why none will do is told by refusal.ts.
import { chanceOf, seedOf } from './chance.ts';
import type { HostRange } from '../../model/task/host-range.ts';
import { chosenRanges } from './ranges.ts';
import { type Ask, type Rule, rulesFor } from './rules.ts';
import { type Seat, occupy, tasksOfGroup } from './room.ts';
import { type Buckets, type Step, bucketsOf, isPacking } from './strategy.ts';

export interface Search {
  readonly ask: Ask;
  readonly steps: readonly Step[];
  readonly buckets: Buckets;
  /** Instances that pass every rule whose answer does not change. */
  readonly open: readonly Opening[];
  /** The rules whose answers do. */
  readonly rules: readonly Rule[];
}

interface Opening {
  readonly seat: Seat;
  readonly buckets: readonly number[];
  readonly seed: number;
}

/** Begins a search among the instances of a cluster, given in order of their ids. */
export function openSearch(seats: readonly Seat[], ask: Ask, steps: readonly Step[]): Search {
  const rules = rulesFor(ask);
  const lasting = rules.filter((rule) => !rule.changes(ask));
  const buckets = bucketsOf(steps, seats, ask.cluster, ask.group);
  const isRandom = steps.some(({ kind }) => kind === 'random');
  const open = seats
    .filter((seat) => lasting.every((rule) => rule.passes(seat, ask)))
    .map((seat): Opening => ({ seat, buckets: buckets.of(seat.candidate), seed: isRandom ? seedOf(seat.candidate.id) : 0 }));
  return { ask, steps, buckets, open, rules: rules.filter((rule) => rule.changes(ask)) };
}

/** Where a task goes, with the host ports of its ranges. */
export interface Place {
  readonly instance: string;
  readonly hostRanges: readonly HostRange[];
}

/** The place for a task, taken at once; null when no instance will do. */
export function placeNext(search: Search, task: string): Place | null {
  const { ask, buckets } = search;
  const best = bestOf(search, task);
  if (best === null) return null;
  const hostRanges = chosenRanges(best.seat.held, ask.demand, task);
  occupy(best.seat, ask.cluster, ask.group, ask.demand, hostRanges);
  for (const bucket of best.buckets) buckets.tasks[bucket] = (buckets.tasks[bucket] ?? 0) + 1;
  return { instance: best.seat.candidate.id, hostRanges };
}

/** The instance that a task would be placed on; nothing is taken. Null when no instance will do. */
export function bestPlace(search: Search, task: string): string | null {
  return bestOf(search, task)?.seat.candidate.id ?? null;
}

function bestOf(search: Search, task: string): Opening | null {
  const { ask, steps, rules } = search;
  const seed = steps.some(({ kind }) => kind === 'random') ? seedOf(task) : 0;
  let best: Opening | null = null;
  for (const opening of search.open) {
    if (!passesAll(rules, opening.seat, ask)) continue;
    if (best === null || compare(search, seed, opening, best) < 0) best = opening;
  }
  return best;
}

function passesAll(rules: readonly Rule[], seat: Seat, ask: Ask): boolean {
  for (const rule of rules) if (!rule.passes(seat, ask)) return false;
  return true;
}

/** Below 0: `a` is the better place. Each step decides what the steps before it left equal; instances are walked in order of their ids. */
function compare(search: Search, seed: number, a: Opening, b: Opening): number {
  const { steps, buckets, ask } = search;
  let spreads = 0;
  for (const step of steps) {
    let order: number;
    if (step.kind === 'random') order = chanceOf(seed, a.seed) - chanceOf(seed, b.seed);
    else if (step.kind === 'binpack') order = left(a.seat, step.resource) - left(b.seat, step.resource);
    else if (step.attribute === null) order = own(a.seat, ask) - own(b.seat, ask);
    else {
      order = (buckets.tasks[a.buckets[spreads] ?? 0] ?? 0) - (buckets.tasks[b.buckets[spreads] ?? 0] ?? 0);
      spreads += 1;
    }
    if (order !== 0) return order;
  }
  if (isPacking(steps)) return 0;
  // ECS: any of them. The emptiest, so that small services do not all meet on the first instance.
  return own(a.seat, ask) - own(b.seat, ask) || a.seat.memory - b.seat.memory;
}

function own(seat: Seat, { cluster, group }: Ask): number {
  return tasksOfGroup(seat, cluster, group);
}

function left({ candidate, cpu, memory }: Seat, resource: 'cpu' | 'memory'): number {
  return resource === 'cpu' ? candidate.cpu - cpu : candidate.memory - memory;
}
