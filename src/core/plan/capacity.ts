// How many healthy tasks a service has on the way: the figure by which a reviewer judges whether a rollout can hurt.
// Deliberately absent: what the service could serve with them. A task is healthy or it is not.
import type { Ledger } from '../../model/turn/ledger.ts';
import type { Play } from './turns.ts';
import type { World } from '../../model/turn/plan.ts';
import { sortedMap } from '../../std/order.ts';

export interface Capacity {
  readonly service: string;
  /** Desired count before and after; null where the service does not exist. */
  readonly desiredBefore: number | null;
  readonly desiredAfter: number | null;
  /** Healthy tasks at the beginning. */
  readonly healthyBefore: number;
  /** Fewest healthy tasks at any moment. */
  readonly lowest: number;
  /** When it is reached first, in milliseconds since the epoch. */
  readonly lowestAt: number;
  /** How long there is no healthy task at all, in milliseconds. */
  readonly downMs: number;
}

/** The capacity of every service during a play, in order of their ids. */
export function capacityOf(world: World, played: Play): readonly Capacity[] {
  const before = healthyTasks(world.ledger.tasks);
  const moments = [{ at: world.now, healthy: before }, ...played.turns.map((turn) => ({ at: turn.at, healthy: healthyTasks(turn.tasks) }))];
  const ids = new Set([...world.desired.services.keys(), ...world.ledger.services.keys()]);
  const capacities = [...ids].map((id): [string, Capacity] => {
    const counts = moments.map((moment) => ({ at: moment.at, healthy: moment.healthy.get(id) ?? 0 }));
    const lowest = counts.reduce((least, one) => (one.healthy < least.healthy ? one : least));
    const row: Capacity = {
      service: id,
      desiredBefore: world.ledger.services.get(id)?.desiredCount ?? null,
      desiredAfter: world.desired.services.get(id)?.spec.desiredCount ?? null,
      healthyBefore: before.get(id) ?? 0,
      lowest: lowest.healthy,
      lowestAt: lowest.at,
      downMs: downMs(counts),
    };
    return [id, row];
  });
  return [...sortedMap(capacities).values()];
}

/** Healthy tasks by service id: RUNNING, meant to go on, and HEALTHY. */
export function healthyTasks(tasks: Ledger['tasks']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const task of tasks.values()) {
    if (task.lastStatus !== 'RUNNING' || task.desiredStatus !== 'RUNNING' || task.health !== 'HEALTHY') continue;
    const id = `${task.cluster}/${task.service}`;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

function downMs(counts: readonly { readonly at: number; readonly healthy: number }[]): number {
  return counts.reduce((sum, one, index) => {
    const next = counts[index + 1];
    return one.healthy === 0 && next !== undefined ? sum + next.at - one.at : sum;
  }, 0);
}
