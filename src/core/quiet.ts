// Services that have nothing to do. A service whose slice of the world is identical by reference to a turn in which nothing came of it,
// and whose next moment has not come, is not worked out again: at 10,000 tasks that is the difference between 60 ms and 2 ms a turn.
// This is a memory of a pure function, never of a fact: with it and without it the plan is the same (the simulation compares them).
import type { ContainerView, InstanceView, ProxyView, TargetView } from '../model/observed.ts';
import type { Routable } from './routes.ts';
import type { Registration, ServiceRow } from '../model/ledger.ts';
import type { Task } from '../model/task.ts';
import { type Turn, sameMembers, viewsOf, wake } from './turn.ts';
import { networksOfGroups } from './security-groups.ts';
import { targetId } from './task/status.ts';

interface Slice {
  /** What git says of it: its service, definition, cluster and target groups, and the networks that follow from its security groups. */
  readonly declared: readonly unknown[];
  readonly tasks: readonly Task[];
  /** The views of each task, in the order of `tasks`. */
  readonly views: readonly (readonly ContainerView[])[];
  readonly instances: readonly InstanceView[];
  /** Their rows, which say whether they are drained. */
  readonly registrations: readonly (Registration | undefined)[];
  readonly targetIds: readonly string[];
  readonly targets: readonly (TargetView | undefined)[];
  readonly proxy: ProxyView | null;
  readonly until: number | null;
  readonly routables: readonly Routable[];
}

const SLICES = new WeakMap<ServiceRow, Slice>();

/** Whether the service had nothing to do in the same slice of the world; its routes and its next moment are taken over then. */
export function isQuiet(turn: Turn, row: ServiceRow): boolean {
  const slice = SLICES.get(row);
  if (slice === undefined || !sameMembers(slice.declared, declaredOf(turn, row)) || slice.tasks !== turn.tasks.get(row.id)) return false;
  if (slice.until !== null && slice.until <= turn.now) return false;
  if (!sameInstances(turn, slice) || !sameTargets(turn, slice)) return false;
  turn.routables.push(slice.routables);
  wake(turn, slice.until);
  return true;
}

/** Remembers a steady service of which nothing came in this turn: no action, no look, no changed row, and only RUNNING tasks. */
export function rememberQuiet(turn: Turn, row: ServiceRow, routables: readonly Routable[], until: number | null): void {
  const tasks = turn.tasks.get(row.id);
  if (tasks === undefined || !row.steady || row.message !== null || tasks.some((task) => task.lastStatus !== 'RUNNING')) return;
  const { proxy, instances } = turn.world.observed;
  const used = [...new Set(tasks.map((task) => task.instance))].map((id) => instances.get(id)).filter((instance) => instance !== undefined);
  const targetIds = routables.flatMap((routable) => routable.loadBalancers.map((loadBalancer) => targetId(routable.task.id, loadBalancer)));
  SLICES.set(row, {
    declared: declaredOf(turn, row),
    tasks,
    views: tasks.map((task) => viewsOf(turn, task)),
    instances: used,
    registrations: used.map(({ id }) => turn.draft.registrations.get(id)),
    targetIds,
    targets: targetIds.map((id) => proxy?.targets.get(id)),
    proxy,
    until,
    routables,
  });
}

function declaredOf(turn: Turn, row: ServiceRow): readonly unknown[] {
  const { services, taskDefinitions, clusters, targetGroups } = turn.world.desired;
  const service = services.get(row.id);
  const groups = row.taskSets.flatMap((set) => set.target.loadBalancers.map((each) => targetGroups.get(each.targetGroupArn)));
  const networks = row.taskSets.map(({ target }) => networksOfGroups(turn, target.securityGroups)?.join(' '));
  return [service, service && taskDefinitions.get(service.family), clusters.get(row.cluster), ...groups, ...networks];
}

/** The same instances in the same condition; where a picture changed, the same containers of these tasks in it. */
function sameInstances(turn: Turn, slice: Slice): boolean {
  if (!slice.instances.every(({ id }, index) => turn.draft.registrations.get(id) === slice.registrations[index])) return false;
  let pictures = true;
  for (const before of slice.instances) {
    const now = turn.world.observed.instances.get(before.id);
    if (now === before) continue;
    if (now === undefined || now.connected !== before.connected || now.address !== before.address) return false;
    if ((now.observedAt === null) !== (before.observedAt === null)) return false;
    if (now.containers !== before.containers) pictures = false;
  }
  return pictures || slice.tasks.every((task, index) => viewsOf(turn, task) === slice.views[index]);
}

function sameTargets(turn: Turn, slice: Slice): boolean {
  const { proxy } = turn.world.observed;
  if (proxy === slice.proxy) return true;
  return slice.targetIds.every((id, index) => {
    const now = proxy?.targets.get(id);
    const before = slice.targets[index];
    return now === before || (now !== undefined && before !== undefined && now.state === before.state && now.inFlight === before.inFlight);
  });
}
