// The table in force: compiled rules and living targets. Applying a new one is a single assignment by the caller: a request is routed
// by the old or by the new table wholly. Targets are kept by group, id and address (or start of the container), with health and connections.
import type { RouteGroup, RouteTable } from '../model/traffic/route.ts';
import { NO_TABLE } from '../model/traffic/proxy.ts';
import { compileListener, groupFor, type CompiledListener } from './rules.ts';
import { createTarget, isSameRun, moveTarget, retire, setDraining, stateOf, targetKey, type Target } from './target.ts';
import { eligible, pick } from './balance.ts';
import { newCounters, type Counters } from './counters.ts';
import { type Health } from './health.ts';

export interface Group {
  readonly name: string;
  targets: readonly Target[];
  /** Who may get a request now; made anew when a target changes, not for every request. */
  eligible: readonly Target[];
  turn: number;
  readonly counters: Counters;
}

export interface Serving {
  readonly table: RouteTable;
  readonly listeners: ReadonlyMap<number, CompiledListener>;
  readonly groups: ReadonlyMap<string, Group>;
}

/** What serves before the first table: nothing. */
export const NOTHING: Serving = {
  table: { version: NO_TABLE, listeners: [], targetGroups: [] },
  listeners: new Map(),
  groups: new Map(),
};

/**
 * `table` made ready. Targets that `before` had too go on; new ones start from `seeds` (by target key), else from what the table says.
 * `changed` is called whenever the state or reason of one of its targets moves. Targets that are gone are in `gone`: retire them once
 * the new table is in force.
 */
export function applyTable(
  before: Serving,
  table: RouteTable,
  seeds: ReadonlyMap<string, Health>,
  changed: (target: Target) => void,
): { readonly serving: Serving; readonly gone: readonly Target[] } {
  const known = new Map<string, Target>();
  for (const group of before.groups.values()) for (const target of group.targets) known.set(target.key, target);
  const groups = new Map<string, Group>();
  for (const declared of table.targetGroups) {
    const group = before.groups.get(declared.name) ?? newGroup(declared.name);
    group.targets = declared.targets.map((route) => {
      const key = targetKey(declared.name, route.id);
      const old = known.get(key);
      if (old !== undefined && ((old.host === route.host && old.port === route.port) || isSameRun(old, route))) {
        known.delete(key);
        if (old.host !== route.host || old.port !== route.port) moveTarget(old, route);
        return old;
      }
      // The same id at another address is a container that was started again: nothing that was known about it holds any more.
      const fresh = old ? { ...route, lastKnown: 'initial' as const } : route;
      return createTarget(declared.name, fresh, declared.settings, seeds.get(key) ?? null);
    });
    bring(group, declared, changed);
    groups.set(group.name, group);
  }
  for (const [name, group] of before.groups) if (!groups.has(name)) group.eligible = [];
  const listeners = new Map<number, CompiledListener>();
  for (const listener of table.listeners) if (!listeners.has(listener.port)) listeners.set(listener.port, compileListener(listener));
  return { serving: { table, listeners, groups }, gone: [...known.values()] };
}

/** The group that a request to `port` is for; null when the table has no such listener or group. */
export function groupOf(serving: Serving, port: number, host: string, url: string): Group | null {
  const listener = serving.listeners.get(port);
  return listener ? (serving.groups.get(groupFor(listener, host, url)) ?? null) : null;
}

/**
 * The next target in turn that was not tried yet; null when there is none. A second try takes no turn: of two targets the dead one would
 * otherwise be the first choice of every request.
 */
export function nextTarget(group: Group, tried: readonly Target[]): Target | null {
  if (tried.length === 0) group.turn = (group.turn + 1) % Number.MAX_SAFE_INTEGER;
  return pick(group.eligible, tried.length === 0 ? group.turn : group.turn + 1, tried);
}

/** Every living target. */
export function* targetsOf(serving: Serving): Iterable<Target> {
  for (const group of serving.groups.values()) yield* group.targets;
}

/** Ends the targets that no table names any more. */
export function retireAll(targets: Iterable<Target>): void {
  for (const target of targets) retire(target);
}

function newGroup(name: string): Group {
  return { name, targets: [], eligible: [], turn: -1, counters: newCounters() };
}

/** Brings a group's targets to the declared states and settings, and makes its list of eligible ones. */
function bring(group: Group, declared: RouteGroup, changed: (target: Target) => void): void {
  const sort = (): void => {
    group.eligible = eligible(group.targets.map((target) => ({ target, state: stateOf(target) }))).map(({ target }) => target);
  };
  for (const [index, route] of declared.targets.entries()) {
    const target = group.targets[index];
    if (!target) continue;
    const draining = route.state === 'draining';
    if (!sameCheck(target, declared)) {
      target.stopProbing?.();
      target.stopProbing = null;
    }
    target.settings = declared.settings;
    if (draining ? target.draining : target.stopProbing !== null) continue;
    setDraining(target, draining, () => {
      sort();
      changed(target);
    });
    changed(target);
  }
  sort();
}

/** A changed check is run at once: waiting out an old interval of 300 s would make the change seem ignored. */
function sameCheck(target: Target, declared: RouteGroup): boolean {
  const a = target.settings;
  const b = declared.settings;
  return a.path === b.path && a.intervalMs === b.intervalMs && a.timeoutMs === b.timeoutMs && a.matcher === b.matcher;
}
