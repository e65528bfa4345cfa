// Services of which nothing new comes. A service whose slice of the world is identical by reference to a turn in which nothing came of it but
// calls that are under way, and whose next moment has not come, is not worked out again: at 10,000 tasks that is the difference between 60 ms
// and 2 ms a turn. What it asks for it asks for again: the daemon knows what is under way.
// This is a memory of a pure function, never of a fact: with it and without it the plan is the same (the simulation compares them).
import type { ContainerView, InstanceView, ProxyView, TargetView } from '../../model/turn/observed.ts';
import type { Routable } from '../traffic/routes.ts';
import type { Registration, ServiceRow } from '../../model/turn/ledger.ts';
import type { Task } from '../../model/task/task.ts';
import { type Asked, type Turn, askAgain, sameMembers, viewsOf, wake } from '../turn.ts';
import { primaryOf } from '../deployment/next.ts';
import { networksOfGroups } from '../network/security-groups.ts';
import { targetId } from '../task/status.ts';
import { zonesKey } from './rebalance.ts';

interface Slice {
  /** What git says of it: its service, definition, cluster and target groups, the networks that follow from its security groups; and the file systems. */
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
  /** Whether calls of it may be under way, of which some are shared by all tasks of an instance. */
  readonly calls: boolean;
  readonly came: Came;
}

/** What comes of a service in a turn that changes nothing of it. */
export interface Came {
  readonly routables: readonly Routable[];
  readonly asked: readonly Asked[];
  /** The moment at which time alone may change it (ms). */
  readonly until: number | null;
}

const SLICES = new WeakMap<ServiceRow, Slice>();

/** Whether nothing came of the service in the same slice of the world; its routes, calls and next moment are taken over then. */
export function isQuiet(turn: Turn, row: ServiceRow): boolean {
  const slice = SLICES.get(row);
  if (slice === undefined || !sameMembers(slice.declared, declaredOf(turn, row)) || slice.tasks !== turn.tasks.get(row.id)) return false;
  const { routables, asked, until } = slice.came;
  if (until !== null && until <= turn.now) return false;
  if (isAnswered(turn, row, slice) || !sameInstances(turn, slice) || !sameTargets(turn, slice)) return false;
  turn.routables.push(routables);
  for (const each of asked) askAgain(turn, each);
  wake(turn, until);
  return true;
}

/** Remembers a service of which nothing came in this turn but calls: no look, no changed row, and every task on its way or RUNNING. */
export function rememberQuiet(turn: Turn, row: ServiceRow, came: Came): void {
  const tasks = turn.tasks.get(row.id);
  if (tasks === undefined || row.message !== null || !(row.steady || isAlone(turn, row))) return;
  if (!tasks.every((task) => task.desiredStatus === 'RUNNING' && (task.lastStatus === 'RUNNING' || task.lastStatus === 'PENDING'))) return;
  const { proxy, instances } = turn.world.observed;
  const used = [...new Set(tasks.map((task) => task.instance))].map((id) => instances.get(id)).filter((instance) => instance !== undefined);
  const targetIds = came.routables.flatMap((routable) =>
    routable.loadBalancers.map((loadBalancer) => targetId(routable.task.id, loadBalancer)),
  );
  SLICES.set(row, {
    declared: declaredOf(turn, row),
    tasks,
    views: tasks.map((task) => viewsOf(turn, task)),
    instances: used,
    registrations: used.map(({ id }) => turn.draft.registrations.get(id)),
    targetIds,
    targets: targetIds.map((id) => proxy?.targets.get(id)),
    proxy,
    calls: came.asked.length > 0 || tasks.some((task) => task.lastStatus === 'PENDING'),
    came,
  });
}

/** Whether a service that is not steady goes by nothing but its slice: it is declared, waits for no other one, and has its images. */
function isAlone(turn: Turn, row: ServiceRow): boolean {
  const service = turn.world.desired.services.get(row.id);
  return service !== undefined && service.spec['x-longshore']?.dependsOn === undefined && primaryOf(row)?.taskSet !== null;
}

/** What the answers of a turn are about: services by their tasks, and instances. */
const ANSWERED = new WeakMap<Turn['outcomes'], ReadonlySet<string>>();

/** Whether a call of one of its tasks was answered, or one that its tasks share with others on their instances. */
function isAnswered(turn: Turn, row: ServiceRow, slice: Slice): boolean {
  if (turn.outcomes.size === 0) return false;
  let answered = ANSWERED.get(turn.outcomes);
  if (answered === undefined) ANSWERED.set(turn.outcomes, (answered = answeredIn(turn)));
  return answered.has(`service ${row.id}`) || (slice.calls && slice.instances.some(({ id }) => answered.has(id)));
}

/** Every key names a task or an instance behind its first slash. */
function answeredIn({ outcomes, draft }: Turn): ReadonlySet<string> {
  const answered = new Set<string>();
  for (const key of outcomes.keys()) {
    const subject = key.split('/')[1] ?? '';
    const task = draft.tasks.get(subject);
    answered.add(task === undefined ? subject : `service ${task.cluster}/${task.service}`);
  }
  return answered;
}

function declaredOf(turn: Turn, row: ServiceRow): readonly unknown[] {
  const { services, taskDefinitions, clusters, targetGroups } = turn.world.desired;
  const service = services.get(row.id);
  const groups = row.taskSets.flatMap((set) => set.target.loadBalancers.map((each) => targetGroups.get(each.targetGroupArn)));
  const networks = row.taskSets.map(({ target }) => networksOfGroups(turn, target.securityGroups)?.join(' '));
  return [
    service,
    service && taskDefinitions.get(service.family),
    clusters.get(row.cluster),
    turn.world.efs,
    zonesKey(turn, service?.spec, row.cluster),
    ...groups,
    ...networks,
  ];
}

/** The same instances in the same condition; where a picture changed, the same containers of these tasks in it. */
function sameInstances(turn: Turn, slice: Slice): boolean {
  if (!slice.instances.every(({ id }, index) => turn.draft.registrations.get(id) === slice.registrations[index])) return false;
  let pictures = true;
  for (const before of slice.instances) {
    const now = turn.world.observed.instances.get(before.id);
    if (now === before) continue;
    if (now === undefined || now.connected !== before.connected || now.address !== before.address) return false;
    if ((now.observedAt === null) !== (before.observedAt === null) || now.silentSince !== before.silentSince) return false;
    if (now.networks !== before.networks || now.engine !== before.engine || now.relay !== before.relay) return false;
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
