// Services that wait for others (x-longshore.dependsOn, Compose's depends_on): a new deployment starts its first task when what it depends on
// has started, or is healthy. What runs already is never held back, and a replacement waits for nobody.
import type { DesiredService, DesiredState } from '../../model/turn/desired.ts';
import type { ServiceRow } from '../../model/turn/ledger.ts';
import type { Task } from '../../model/task/task.ts';
import type { World } from '../../model/turn/plan.ts';
import { primaryOf } from '../deployment/next.ts';
import { tasksByService } from '../turn.ts';

/** What is known of the services at this moment. */
export interface Standing {
  readonly desired: DesiredState;
  readonly row: (service: string) => ServiceRow | undefined;
  readonly tasks: (service: string) => readonly Task[];
}

/** What a service still waits for before its first task, in words; null: nothing. */
export function heldBackBy(standing: Standing, service: DesiredService): string | null {
  for (const { serviceName, condition = 'STARTED' } of service.spec['x-longshore']?.dependsOn ?? []) {
    const id = `${service.cluster}/${serviceName}`;
    if (!isReached(standing, id, condition)) return `service ${serviceName} to ${condition === 'HEALTHY' ? 'become healthy' : 'start'}`;
  }
  return null;
}

/** The same for a deployment of a whole world that has not started a task yet. */
export function heldBackIn({ desired, ledger }: World, row: ServiceRow): string | null {
  const service = desired.services.get(row.id);
  const primary = primaryOf(row);
  const set = row.taskSets.find(({ id }) => id === primary?.taskSet);
  if (service === undefined || primary?.rollout !== 'IN_PROGRESS' || set === undefined || set.launches > 0) return null;
  return heldBackBy({ desired, row: (id) => ledger.services.get(id), tasks: (id) => tasksByService(ledger.tasks).get(id) ?? [] }, service);
}

/** Whether a service waits for one whose deployment has failed for good, or that itself waits for such a one: only git or a person ends that. */
export function isHeldByFailure(world: World, row: ServiceRow, above: readonly string[] = []): boolean {
  if (heldBackIn(world, row) === null || above.includes(row.id)) return false;
  const service = world.desired.services.get(row.id);
  return (service?.spec['x-longshore']?.dependsOn ?? []).some(({ serviceName }) => {
    const other = world.ledger.services.get(`${row.cluster}/${serviceName}`);
    return other !== undefined && (primaryOf(other)?.rollout === 'FAILED' || isHeldByFailure(world, other, [...above, row.id]));
  });
}

/** A service of no tasks holds nobody back; one that git no longer declares can't be named. */
function isReached({ desired, row, tasks }: Standing, id: string, condition: 'STARTED' | 'HEALTHY' | 'COMPLETED'): boolean {
  if (!desired.services.has(id)) return true;
  const known = row(id);
  if (known === undefined) return false;
  if (desired.services.get(id)?.spec.desiredCount === 0) return true;
  const taskSet = primaryOf(known)?.taskSet;
  const running = tasks(id).filter((task) => task.taskSet === taskSet && task.desiredStatus === 'RUNNING' && task.lastStatus === 'RUNNING');
  return condition === 'HEALTHY' ? running.some((task) => task.health === 'HEALTHY') : running.length > 0;
}

const ORDERS = new WeakMap<DesiredState, ReadonlyMap<string, number>>();

/** Ids with those that others depend on first, so that one turn sees what the turn itself has changed; otherwise in the given order. */
export function dependenciesFirst(desired: DesiredState, ids: readonly string[]): readonly string[] {
  const depth = depthsOf(desired);
  if (depth.size === 0) return ids;
  return [...ids].sort((a, b) => (depth.get(a) ?? 0) - (depth.get(b) ?? 0));
}

/** How many services stand in a row before one; only for those that depend on any. Circles are refused by the manifest's rules. */
function depthsOf(desired: DesiredState): ReadonlyMap<string, number> {
  const known = ORDERS.get(desired);
  if (known !== undefined) return known;
  const depths = new Map<string, number>();
  const depthOf = (id: string, below: readonly string[]): number => {
    const service = desired.services.get(id);
    const names = service?.spec['x-longshore']?.dependsOn ?? [];
    if (service === undefined || names.length === 0 || below.includes(id)) return 0;
    const depth =
      depths.get(id) ?? 1 + Math.max(...names.map(({ serviceName }) => depthOf(`${service.cluster}/${serviceName}`, [...below, id])));
    depths.set(id, depth);
    return depth;
  };
  for (const id of desired.services.keys()) depthOf(id, []);
  ORDERS.set(desired, depths);
  return depths;
}
