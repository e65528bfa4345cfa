// Container instances as rows: which ones a cluster has, whether something may be placed on them, and how one is still reached after git has
// dropped it. Engines that the daemon was started with, and of which git says nothing, have no row and are ACTIVE.
// Deliberately absent: whether an engine answers (agents.ts), and which instance a task gets (placement/).
import { type DesiredInstance, type InstanceStatus, apiAttribute, hasApi } from '../../model/cluster/container-instance.ts';
import { SUBPATH_SINCE } from '../../model/task/container-mount.ts';
import type { Draft } from '../draft.ts';
import type { InstanceView } from '../../model/turn/observed.ts';
import type { Registration } from '../../model/turn/ledger.ts';
import type { TargetReach } from '../../model/cluster/target-reach.ts';
import type { World } from '../../model/turn/plan.ts';
import { DEFAULT_GRACE_SECONDS } from '../../model/cluster/cluster.ts';
import { isOverlay } from '../../model/turn/identity.ts';
import { relayRemovalKey } from '../../model/cluster/relay.ts';
import { declaredOverlays } from '../task/network.ts';
import { lostAt } from '../task/status.ts';
import { SECOND } from '../../std/time.ts';
import { same } from '../../std/diff.ts';

/** Tries of removing a network or a volume, which somebody else may use, before an instance is forgotten with it. */
const MOST_REMOVALS = 3;
const NO_NAMES: ReadonlySet<string> = new Set();

/** Brings the rows up to what git declares. An instance that git drops is DEREGISTERING until nothing of ours is left on it. */
export function registerInstances(draft: Draft, world: World): void {
  for (const declared of world.desired.instances.values()) {
    const row = draft.registrations.get(declared.name);
    const drained = row?.drained ?? false;
    write(draft, row, {
      id: declared.name,
      declared,
      status: statusBy(declared, drained),
      drained,
      registeredAt: row?.registeredAt ?? world.now,
    });
  }
  // What a capacity provider brought goes when the provider takes it away (providers.ts).
  for (const row of [...draft.registrations.values()])
    if (row.provider === undefined && !world.desired.instances.has(row.id)) leave(draft, world, row);
}

/** A commit and a person can each drain an instance; both must agree that it is ACTIVE. */
function statusBy(declared: DesiredInstance | null, drained: boolean): InstanceStatus {
  return drained || declared?.status === 'DRAINING' ? 'DRAINING' : 'ACTIVE';
}

function write(draft: Draft, before: Registration | undefined, after: Registration): void {
  if (before === undefined || !same(before, after)) draft.registrations.set(after.id, after);
}

/** A row that git does not declare (any more). */
function leave(draft: Draft, world: World, row: Registration): void {
  const view = world.observed.instances.get(row.id);
  // The operator's own engine stays; git has only ceased to describe it.
  if (row.declared?.endpoint === undefined) {
    if (row.drained && view !== undefined) write(draft, row, { ...row, declared: null, status: 'DRAINING' });
    else draft.registrations.delete(row.id);
    return;
  }
  // Nobody will ever know what became of tasks on an engine that is silent for good: who dropped it has said that it is gone.
  const gone = view === undefined || view.observedAt === null || isLost(view, graceMsOf(world, row.declared.cluster), world.now);
  if ((gone && !isAwaited(view)) || !isHeld(draft, world, view, row.id)) draft.registrations.delete(row.id);
  else write(draft, row, { ...row, status: 'DEREGISTERING' });
}

/** After a restart of the daemon an engine that was never looked at may still answer: it has its time, too. */
function isAwaited(view: InstanceView | undefined): boolean {
  return view?.observedAt === null && view.silentSince === undefined;
}

/** Whether an instance that git has dropped can't be forgotten yet. */
function isHeld(draft: Draft, world: World, view: InstanceView | undefined, id: string): boolean {
  return isUsed(draft, view, id) || (view?.connected === true && isLittered(draft, world, view));
}

/** Whether a task or a container of ours is left on an instance. */
export function isUsed(draft: Draft, view: InstanceView | undefined, id: string): boolean {
  if ((view?.containers.size ?? 0) > 0) return true;
  for (const task of draft.tasks.values()) if (task.instance === id && task.lastStatus !== 'STOPPED') return true;
  return false;
}

/** Whether networks, volumes or a relay of ours are on it that can still be removed: nobody reaches them once it is forgotten. */
function isLittered(draft: Draft, { installation }: World, { id, networks, volumes, relay }: InstanceView): boolean {
  // An overlay is that of the whole swarm, and stays.
  const isNode = draft.registrations.get(id)?.declared?.node !== undefined;
  const spread = isNode ? declaredOverlays([...draft.revisions.values()].map(({ spec }) => spec)) : NO_NAMES;
  const own = [...networks]
    .filter((name) => !isOverlay(installation, name) && !spread.has(name))
    .map((name) => removalKey('network', id, name));
  const relays = relay === undefined || relay.state === 'absent' ? [] : [relayRemovalKey(id)];
  const keys = [...own, ...[...volumes.keys()].map((name) => removalKey('volume', id, name)), ...relays];
  return keys.some((key) => (draft.retries.get(key)?.tries ?? 0) < MOST_REMOVALS);
}

/** The key of removing what is left on an instance. */
export function removalKey(kind: 'network' | 'volume', instance: string, name: string): string {
  return `remove-${kind}/${instance}/${name}`;
}

/** Whether an instance has been silent for longer than its cluster's grace. */
export function isLost(view: InstanceView, graceMs: number, now: number): boolean {
  const at = lostAt(view, graceMs);
  return at !== null && at <= now;
}

/** How long an instance of a cluster may be silent before its tasks are replaced (ms). */
export function graceMsOf({ desired }: Pick<World, 'desired'>, cluster: string): number {
  return (desired.clusters.get(cluster)?.graceSeconds ?? DEFAULT_GRACE_SECONDS) * SECOND;
}

/** Where the proxy prefers to reach the tasks of a cluster on an instance; undefined: nobody says. */
export function reachOf({ desired }: Pick<World, 'desired'>, row: Registration | undefined, cluster: string): TargetReach | undefined {
  return row?.declared?.reach ?? desired.clusters.get(cluster)?.reach;
}

/** Rows by instance id, of a draft or of a ledger. */
interface Registered {
  readonly registrations: { get(id: string): Registration | undefined };
}

/** ECS's status of an instance. */
export function statusOf({ registrations }: Registered, id: string): InstanceStatus {
  return registrations.get(id)?.status ?? 'ACTIVE';
}

/** An instance as it counts: one whose registration is gone is gone, even before its engine is let go. */
export function instanceOf(
  turn: { readonly draft: Pick<Draft, 'registrations'>; readonly world: World },
  id: string,
): InstanceView | undefined {
  const view = turn.world.observed.instances.get(id);
  return view?.declared === true && turn.draft.registrations.get(id) === undefined ? undefined : view;
}

/** Whether an instance belongs to a cluster: to the one that git says, else to those that the daemon was told. */
export function isOfCluster(row: Registration | undefined, view: InstanceView, cluster: string): boolean {
  if (row?.declared) return row.declared.cluster === cluster;
  if (view.declared === true) return false;
  return view.clusters === null || view.clusters.includes(cluster);
}

/** The attributes that an instance has: ECS's own, the engine's labels over them, and what git says over all; null: it has no value. */
export function attributesOf(declared: DesiredInstance | null, view: InstanceView): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>();
  const { engine } = view;
  found.set('ecs.os-type', engine?.osType ?? 'linux');
  if (engine !== undefined) found.set('ecs.cpu-architecture', engine.architecture);
  // ECS's agent has one for each version; here stand those that something asks for.
  if (engine !== undefined && hasApi(engine, SUBPATH_SINCE)) found.set(apiAttribute(SUBPATH_SINCE), null);
  for (const label of engine?.labels ?? []) {
    const [name = '', ...value] = label.split('=');
    found.set(name, value.length === 0 ? null : value.join('='));
  }
  for (const { name, value } of declared?.attributes ?? []) found.set(name, value ?? null);
  return found;
}

/** CPU units, MiB and ports that tasks may have of an instance. ECS agent: what is registered, less what is reserved. */
export function offeredBy(
  declared: DesiredInstance | null,
  view: InstanceView,
): { readonly cpu: number; readonly memory: number; readonly reservedPorts: readonly string[] } {
  const { cpu = view.cpu, memory = view.memory, reserved } = declared ?? {};
  return {
    cpu: Math.max(0, cpu - (reserved?.cpu ?? 0)),
    memory: Math.max(0, memory - (reserved?.memory ?? 0)),
    reservedPorts: (reserved?.ports ?? []).map((port) => `tcp/${port}`),
  };
}

/** Drains an instance, or takes that back. What git says stays: a person can't activate what a commit drains. */
export function setDrained(draft: Draft, world: World, id: string, drained: boolean): 'done' | 'no-effect' {
  const row = draft.registrations.get(id);
  if (row === undefined && !world.observed.instances.has(id)) return 'no-effect';
  if ((row?.drained ?? false) === drained || row?.status === 'DEREGISTERING') return 'no-effect';
  const declared = row?.declared ?? null;
  if (!drained && declared === null) draft.registrations.delete(id);
  else
    draft.registrations.set(id, {
      ...row,
      ...{ id, declared, drained, registeredAt: row?.registeredAt ?? world.now },
      status: row?.leaving === true ? 'DRAINING' : statusBy(declared, drained),
    });
  return 'done';
}

/** The cluster that an instance stands in, for people, the first of several; null: every cluster. */
export function clusterOf(row: Registration | undefined, view: InstanceView | undefined): string | null {
  if (row?.declared) return row.declared.cluster;
  return view?.clusters?.[0] ?? null;
}
