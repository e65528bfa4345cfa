// The route table: derived each turn from tasks and manifests. A target is registered while its task is RUNNING, drains while it is
// DEACTIVATING, and is gone before its container is stopped. Which healthy target serves a request is the proxy's business.
import type { ContainerView, InstanceView } from '../../model/turn/observed.ts';
import type { DesiredState } from '../../model/turn/desired.ts';
import type { Listener, RuleCondition } from '../../model/traffic/load-balancer.ts';
import type { RouteGroup, RouteListener, RouteRule, RouteTable, RouteTarget } from '../../model/traffic/route.ts';
import type { ServiceLoadBalancer } from '../../model/service/service.ts';
import type { TargetReach } from '../../model/cluster/target-reach.ts';
import type { Task } from '../../model/task/task.ts';
import { byText } from '../../std/order.ts';
import { hashOf, hashOfText } from '../../std/hash.ts';
import { targetGroupSettings } from '../../model/traffic/load-balancer.ts';
import { type Reachable, reachableRemembered, reachableSeen, reachedAt } from '../task/ports.ts';
import { viewNamed } from '../task/container-state.ts';
import { targetId } from '../task/status.ts';

/** One task that may be routed to, with what is needed to reach it. */
export interface Routable {
  readonly task: Task;
  readonly loadBalancers: readonly ServiceLoadBalancer[];
  readonly views: readonly ContainerView[];
  readonly instance: InstanceView;
  /** Where the proxy prefers to reach it; absent: as is found best. */
  readonly reach?: TargetReach | undefined;
}

/** The table that was built last for a commit, and from what. */
const LAST = new WeakMap<DesiredState, { readonly lists: readonly (readonly Routable[])[]; readonly table: RouteTable }>();

/** The table for this turn: one list of routables per service; the same lists give the same table. */
export function routeTable(desired: DesiredState, lists: readonly (readonly Routable[])[]): RouteTable {
  const last = LAST.get(desired);
  if (last !== undefined && last.lists.length === lists.length && last.lists.every((list, index) => list === lists[index]))
    return last.table;
  const table = buildTable(desired, lists.flat());
  LAST.set(desired, { lists, table });
  return table;
}

function buildTable(desired: DesiredState, routables: readonly Routable[]): RouteTable {
  const byGroup = new Map<string, RouteTarget[]>();
  for (const routable of routables) {
    for (const loadBalancer of routable.loadBalancers) {
      const target = targetOf(routable, loadBalancer);
      if (target === null) continue;
      const targets = byGroup.get(loadBalancer.targetGroupArn);
      if (targets) targets.push(target);
      else byGroup.set(loadBalancer.targetGroupArn, [target]);
    }
  }
  // A group that git no longer declares stays, under ELB's defaults, for as long as a target of it drains: no request of it is cut off.
  const leaving = [...byGroup.keys()]
    .filter((name) => !desired.targetGroups.has(name))
    .map((name) => ({ name, settings: targetGroupSettings({ name }) }));
  const declared = declaredRoutes(desired);
  const lines: string[] = [declared.fingerprint];
  const targetGroups = [...declared.groups, ...leaving].map((group): RouteGroup => {
    const targets = (byGroup.get(group.name) ?? []).sort((a, b) => byText(a.id, b.id));
    for (const target of targets) lines.push(`${target.id} ${target.host} ${target.port} ${target.state} ${target.lastKnown}`);
    return { ...group, targets };
  });
  return { version: hashOfText(lines.join('\n')), listeners: declared.listeners, targetGroups };
}

export interface Declared {
  readonly listeners: readonly RouteListener[];
  readonly groups: readonly Omit<RouteGroup, 'targets'>[];
  readonly fingerprint: string;
}

/** What git alone says of the table: the same for every turn of one commit, so it is worked out once for it. */
const DECLARED = new WeakMap<DesiredState, Declared>();

/** Listeners and target groups of a commit, without targets: listeners as they are written, rules by priority, groups by name. */
export function declaredRoutes(desired: DesiredState): Declared {
  const known = DECLARED.get(desired);
  if (known !== undefined) return known;
  const listeners = [...desired.loadBalancers.values()].flatMap((loadBalancer) =>
    loadBalancer.listeners.map((listener) => listenerOf(loadBalancer.name, listener)),
  );
  const groups = [...desired.targetGroups.values()].map((group) => ({ name: group.name, settings: targetGroupSettings(group) }));
  const declared = { listeners, groups, fingerprint: hashOf({ listeners, groups }) };
  DECLARED.set(desired, declared);
  return declared;
}

function targetOf(routable: Routable, loadBalancer: ServiceLoadBalancer): RouteTarget | null {
  const { task, instance, reach } = routable;
  if (task.lastStatus !== 'RUNNING' && task.lastStatus !== 'DEACTIVATING') return null;
  const reached = reachedAt(reachableOf(routable, loadBalancer.containerName), loadBalancer, reach);
  if (reached === null) return null;
  return {
    id: targetId(task.id, loadBalancer),
    host: reached.host ?? instance.address,
    port: reached.port,
    ...runOf(routable, loadBalancer.containerName),
    state: task.lastStatus === 'DEACTIVATING' ? 'draining' : 'serving',
    lastKnown: task.health === 'HEALTHY' ? 'healthy' : task.health === 'UNHEALTHY' ? 'unhealthy' : 'initial',
  };
}

function runOf({ views }: Routable, container: string): { readonly run?: string } {
  const view = viewNamed(views, container);
  return view?.startedAt == null ? {} : { run: `${view.id}@${view.startedAt}` };
}

/** Ports and addresses are read again after each start; a container that does not run has none. An engine that was not looked at yet proves nothing. */
function reachableOf({ task, views, instance }: Routable, container: string): Reachable {
  return instance.observedAt === null ? reachableRemembered(task, container) : reachableSeen(views, container);
}

function listenerOf(loadBalancer: string, listener: Listener): RouteListener {
  const rules = (listener.rules ?? []).map(
    (rule): RouteRule => ({
      priority: rule.priority,
      hosts: rule.conditions.filter((condition) => condition.field === 'host-header').flatMap(valuesOf),
      paths: rule.conditions.filter((condition) => condition.field === 'path-pattern').flatMap(valuesOf),
      targetGroup: rule.actions[0]?.targetGroupArn ?? '',
    }),
  );
  return {
    port: listener.port,
    loadBalancer,
    rules: rules.sort((a, b) => a.priority - b.priority),
    defaultTargetGroup: listener.defaultActions[0]?.targetGroupArn ?? '',
  };
}

function valuesOf(condition: RuleCondition): readonly string[] {
  return condition.values ?? condition.hostHeaderConfig?.values ?? condition.pathPatternConfig?.values ?? [];
}
