// CapacityProviderReservation (spec 8.2): how many instances a provider has, how many it needs, and the one in percent of the other.
// Deliberately absent: which tasks wait, and which instances a provider has (core/instance/capacity.ts); what follows from the figure (step.ts).

/** What one instance of a provider offers, or one task takes: CPU units, MiB, devices. */
export interface Size {
  readonly cpu: number;
  readonly memory: number;
  readonly gpus: number;
}

/** Tasks that wait for a place and need the same. */
export interface WaitingTasks extends Size {
  /** Fixed ports of the host: no two of these tasks fit one instance. */
  readonly ports: readonly string[];
  /** distinctInstance: the same. */
  readonly distinct: boolean;
  readonly count: number;
}

export interface Reservation {
  /** N: instances that the provider has. */
  readonly instances: number;
  /** M: instances that its tasks need, an estimate while some wait. */
  readonly needed: number;
  /** ECS's CapacityProviderReservation: M / N x 100. */
  readonly percent: number;
}

export interface StepSizes {
  readonly minimumScalingStepSize: number;
  readonly maximumScalingStepSize: number;
}

/**
 * `used`: instances with a task that is none of a DAEMON. `sizes`: what instances of this provider are like; empty: nobody knows yet.
 * ECS does not count what waits against an empty provider: it is 200 %, and the first step takes two.
 */
export function reservationOf(
  instances: number,
  used: number,
  waiting: readonly WaitingTasks[],
  sizes: readonly Size[],
  steps: StepSizes,
): Reservation {
  const extra = extraFor(waiting, sizes, steps);
  if (instances === 0) {
    const needed = extra === 0 ? 0 : 2;
    return { instances, needed, percent: needed === 0 ? 100 : 200 };
  }
  // Tasks wait that no instance of this kind can hold: ECS stays at 100, so that nothing is done.
  if (extra === 0 && waiting.length > 0) return { instances, needed: instances, percent: 100 };
  const needed = extra === 0 ? Math.min(used, instances) : instances + extra;
  return { instances, needed, percent: (needed / instances) * 100 };
}

/** How many more instances the waiting tasks need: the most that one group of them needs, within the step sizes; 0: none can be of use. */
export function extraFor(waiting: readonly WaitingTasks[], sizes: readonly Size[], steps: StepSizes): number {
  let most = 0;
  for (const group of groupsOf(waiting)) most = Math.max(most, instancesFor(group, sizes));
  return most === 0 ? 0 : Math.min(Math.max(most, steps.minimumScalingStepSize), steps.maximumScalingStepSize);
}

/** The least number of instances that hold the tasks of a group; 0 when one of the sizes cannot hold a single one. */
function instancesFor(group: WaitingTasks, sizes: readonly Size[]): number {
  // Nobody knows what an instance is like: one of them will show it.
  if (sizes.length === 0) return 1;
  const each = sizes.map((size) => tasksOn(group, size));
  if (Math.min(...each) === 0) return 0;
  return Math.ceil(group.count / Math.min(group.count, Math.max(...each)));
}

/** How many tasks of a group fit an instance on which there is nothing else. */
function tasksOn(group: WaitingTasks, size: Size): number {
  const alone = group.distinct || group.ports.length > 0;
  const fits = Math.min(times(size.cpu, group.cpu), times(size.memory, group.memory), times(size.gpus, group.gpus));
  return alone ? Math.min(1, fits) : fits;
}

function times(offered: number, taken: number): number {
  return taken === 0 ? Number.POSITIVE_INFINITY : Math.floor(offered / taken);
}

/** Tasks with identical needs as one group, whichever service they are of. */
function groupsOf(waiting: readonly WaitingTasks[]): readonly WaitingTasks[] {
  const groups = new Map<string, WaitingTasks>();
  for (const each of waiting) {
    const { cpu, memory, gpus, distinct, ports, count } = each;
    const key = JSON.stringify([cpu, memory, gpus, distinct, ports]);
    groups.set(key, { ...each, count: (groups.get(key)?.count ?? 0) + count });
  }
  return [...groups.values()].filter(({ count }) => count > 0);
}
