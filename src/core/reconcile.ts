// The one decision of the house: what should happen next, given what should be, what is, and what was decided before.
// Pure and synchronous. The daemon performs what it returns; the plan predicts the effects and calls it again; the simulator breaks them.
import type { ContainerView, InstanceView } from '../model/turn/observed.ts';
import type { Action, Plan, World } from '../model/turn/plan.ts';
import { DEFAULT_STOP_TIMEOUT_SECONDS } from '../model/task/container-definition.ts';
import type { RouteTable } from '../model/traffic/route.ts';
import type { Task } from '../model/task/task.ts';
import { type Draft, draftOf, ledgerOf } from './draft.ts';
import { type Turn, dropRetries, emit, foldRetries, newTurn, tasksByService, viewsByTask, wake, worldOfTurn } from './turn.ts';
import { adopt } from './adopt.ts';
import { withDaemons } from './instance/daemons.ts';
import { dependenciesFirst } from './service/dependencies.ts';
import { followAgents } from './instance/agents.ts';
import { cleanImages } from './image/image-cleanup.ts';
import { obey } from './commands.ts';
import { registerInstances } from './instance/instances.ts';
import { byText } from '../std/order.ts';
import { registerProvided, scaleProviders } from './instance/providers.ts';
import { pruneNetworks } from './network/networks.ts';
import { followRelays } from './instance/relays.ts';
import { peopledGroups, withPeople } from './network/security-groups.ts';
import { pruneVolumes } from './service/volumes.ts';
import { pruneRevisions, registerRevisions } from './revisions.ts';
import { reconcileService } from './service/service.ts';
import { routeTable } from './traffic/routes.ts';
import { taskOfTarget } from './task/status.ts';

/** One turn. The same world gives the same plan; a ledger that nothing changed keeps its reference. */
export function reconcile(given: World): Plan {
  const world = worldOfTurn(given);
  const draft = draftOf(world.ledger);
  adoptAll(draft, world);
  registerRevisions(draft, world.desired);
  registerInstances(draft, world);
  obey(draft, world);
  const turn = withPeople(withDaemons({ ...newTurn(world, draft), tasks: tasksByService(draft.tasks.result()) }));
  const { desired } = turn.world;
  foldRetries(turn);
  registerProvided(turn);
  for (const id of dependenciesFirst(desired, serviceIds(draft, world))) reconcileService(turn, id);
  scaleProviders(turn);
  if (turn.freed && isAnyBlocked(draft)) wake(turn, turn.now);
  // Who is in which group may have changed with this turn, and nothing else may come to tell.
  if (!samePeople(turn.peopled, peopledGroups(turn))) wake(turn, turn.now);
  const routes = routeTable(desired, turn.routables);
  clearStrays(turn, routes);
  pruneNetworks(turn);
  pruneVolumes(turn);
  followRelays(turn);
  followAgents(turn);
  pruneRevisions(draft, world.desired);
  cleanImages(turn);
  dropRetries(turn);
  return {
    ledger: ledgerOf(draft, world.ledger),
    actions: turn.actions,
    looks: turn.looks,
    calls: turn.calls,
    routes,
    wakeAt: turn.wakeAt,
  };
}

/** Pictures of which every container is known to these tasks. */
const KNOWN = new WeakMap<ReadonlyMap<string, ContainerView>, ReadonlyMap<string, Task>>();

function adoptAll(draft: Draft, world: World): void {
  for (const instance of world.observed.instances.values()) {
    if (KNOWN.get(instance.containers) === world.ledger.tasks) continue;
    const unknown = [...viewsByTask(instance.containers)].filter(([id, views]) => isUnknown(world, draft.tasks.get(id), instance, views));
    for (const [id, views] of unknown) {
      draft.tasks.delete(id);
      adopt(draft, world.desired, instance, views, world.now);
    }
    if (unknown.length === 0) KNOWN.set(instance.containers, world.ledger.tasks);
  }
}

/**
 * Whether containers of one task are none of the ledger's. After a lost ledger the id of a task that runs on a silent engine may have been
 * given out again: while the second one is only coming up, the first may be serving, and it is the task.
 */
function isUnknown(world: World, task: Task | undefined, instance: InstanceView, views: readonly ContainerView[]): boolean {
  if (task === undefined) return true;
  if (task.lastStatus !== 'PENDING' || task.instance === instance.id || !instance.connected) return false;
  const home = world.observed.instances.get(task.instance)?.containers;
  // Two addresses of one engine show the same container twice.
  return views.some((view) => view.state === 'running' && home?.has(view.id) !== true);
}

/**
 * After a lost ledger a task may have been started again under the id that it has on an engine that was silent: the late copy goes. It is not
 * in this turn's table, because the table follows the ledger's place; one that the proxy may still serve goes once that table is acknowledged.
 */
function clearStrays(turn: Turn, routes: RouteTable): void {
  const { instances, proxy } = turn.world.observed;
  for (const instance of instances.values()) {
    if (!instance.connected) continue;
    for (const [id, views] of viewsByTask(instance.containers)) {
      const home = turn.draft.tasks.get(id)?.instance;
      if (home === undefined || home === instance.id) continue;
      for (const view of views) {
        // Two addresses of one engine show the same container twice.
        if (instances.get(home)?.containers.has(view.id)) continue;
        if (proxy?.version !== routes.version && isServed(routes, id)) continue;
        emit(turn, strayAction(view, instance.id, home));
      }
    }
  }
}

function isServed(routes: RouteTable, task: string): boolean {
  return routes.targetGroups.some((group) => group.targets.some((target) => taskOfTarget(target.id) === task));
}

function strayAction(view: ContainerView, instance: string, home: string): Action {
  const { task, container } = view.identity;
  const base = { instance, container: view.id, identity: view.identity, because: `task ${task.slice(0, 8)} runs on ${home}` };
  const key = `${task}/${container}@${instance}`;
  if (view.state !== 'running') return { ...base, kind: 'remove-container', key: `remove/${key}` };
  return { ...base, kind: 'stop-container', key: `stop/${key}`, timeoutSeconds: DEFAULT_STOP_TIMEOUT_SECONDS };
}

function samePeople(before: ReadonlySet<string>, after: ReadonlySet<string>): boolean {
  return before.size === after.size && [...after].every((group) => before.has(group));
}

function isAnyBlocked(draft: Draft): boolean {
  for (const row of draft.services.values()) if (row.message !== null) return true;
  return false;
}

function serviceIds(draft: Draft, world: World): readonly string[] {
  const ids = new Set(world.desired.services.keys());
  const declared = ids.size;
  for (const row of draft.services.values()) ids.add(row.id);
  return ids.size === declared ? [...ids] : [...ids].sort(byText);
}
