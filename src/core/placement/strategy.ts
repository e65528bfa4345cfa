// Placement strategies (spec 5.2): an author's list as steps, ECS's defaults, and the buckets over which a spread counts. A strategy only
// prefers; it never makes a task unplaceable.
import type { PlacementStrategy } from '../../model/cluster/placement.ts';
import type { Candidate } from './candidate.ts';
import { type Seat, tasksOfGroup } from './room.ts';

export type Step =
  | { readonly kind: 'random' }
  | { readonly kind: 'binpack'; readonly resource: 'cpu' | 'memory' }
  /** Over the values of an attribute; null: over the instances. */
  | { readonly kind: 'spread'; readonly attribute: string | null };

/** ECS: a service without a strategy is spread over zones, and in a zone goes to the instance with the fewest of its tasks. */
const SERVICE_DEFAULT: readonly Step[] = [{ kind: 'spread', attribute: 'ecs.availability-zone' }];
/** ECS: RunTask without a strategy. */
const RUN_DEFAULT: readonly Step[] = [{ kind: 'random' }];

/** The steps of a strategy, or of ECS's default. ECS takes types and fields in any case. */
export function stepsOf(strategy: readonly PlacementStrategy[] | undefined, kind: 'service' | 'run'): readonly Step[] {
  if (strategy === undefined || strategy.length === 0) return kind === 'service' ? SERVICE_DEFAULT : RUN_DEFAULT;
  return strategy.map(({ type, field = '' }): Step => {
    if (type === 'random') return { kind: 'random' };
    if (type === 'binpack') return { kind: 'binpack', resource: field.toLowerCase() === 'cpu' ? 'cpu' : 'memory' };
    return { kind: 'spread', attribute: /^attribute:/i.test(field) ? field.slice('attribute:'.length) : null };
  });
}

/** Whether what is left equal after the last step goes to the first instance (so that it packs) instead of the emptiest. */
export function isPacking(steps: readonly Step[]): boolean {
  return steps.some(({ kind }) => kind === 'binpack');
}

/**
 * Tasks of one group by bucket. A later spread counts inside the bucket of the earlier ones ("within each zone"), so a bucket is known by
 * the values of all spreads up to its own. Instances without the attribute are a bucket of their own.
 */
export interface Buckets {
  /** Numbers of the buckets that an instance is in, one for each spread over an attribute, in order. */
  of(candidate: Candidate): readonly number[];
  /** Tasks of each bucket. */
  readonly tasks: number[];
}

/** The buckets that the spreads of these steps make, with the tasks of a group on all instances of its cluster. */
export function bucketsOf(steps: readonly Step[], seats: Iterable<Seat>, cluster: string, group: string): Buckets {
  const attributes = steps.flatMap((step) => (step.kind === 'spread' && step.attribute !== null ? [step.attribute] : []));
  const numbers = new Map<string, number>();
  const tasks: number[] = [];
  const of = (candidate: Candidate): readonly number[] => {
    let path = '';
    return attributes.map((attribute, level) => {
      const value = candidate.attributes.get(attribute);
      // No value holds a line break: what is absent, and what has no value, can't be mistaken for one.
      path += `${level}\n${value === undefined ? '\n' : (value ?? '\n\n')}\n`;
      let number = numbers.get(path);
      if (number === undefined) {
        numbers.set(path, (number = tasks.length));
        tasks.push(0);
      }
      return number;
    });
  };
  if (attributes.length > 0)
    for (const seat of seats) {
      const own = tasksOfGroup(seat, cluster, group);
      if (own === 0) continue;
      for (const number of of(seat.candidate)) tasks[number] = (tasks[number] ?? 0) + own;
    }
  return { of, tasks };
}
