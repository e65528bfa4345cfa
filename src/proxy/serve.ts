// The data path put together: a table goes in, requests are served, a view comes out. Knows nothing of processes and control sockets,
// so tests run it inside their own process on real ports.
import type { RouteTable } from '../model/traffic/route.ts';
import { NO_TABLE, PROXY_PROTOCOL, type ProxyState, type ProxyViewJson, type RefusedPort } from '../model/traffic/proxy.ts';
import { countersView, newCounters } from './counters.ts';
import type { DataPath } from './data-path.ts';
import type { Health } from './health.ts';
import { makeHttpProxy } from './http-proxy.ts';
import { LIMITS, MAX_INSTALLS_WAITING, type Limits } from './limits.ts';
import { createListeners, type Listeners } from './listeners.ts';
import { applyTable, NOTHING, retireAll, targetsOf } from './table.ts';
import { inFlightOf, targetKey, type Target } from './target.ts';
import { createWatchers, viewOf, type Watchers } from './view.ts';
import { guardUpgrades } from './websocket.ts';

export interface Installed {
  readonly version: string;
  readonly refused: readonly RefusedPort[];
}

export interface DataPlane {
  /** Puts a table in force; resolves when each of its ports is open or refused. Rejects when too many are waiting. */
  install(table: RouteTable): Promise<Installed>;
  /** The same for a process that handed over: targets follow the table, ports are another's business. */
  follow(table: RouteTable): void;
  /** Health to start targets from that are not known here yet, by target key. */
  seed(seeds: ReadonlyMap<string, Health>): void;
  /** What a predecessor still has under way, by target key; replaces what was said before. */
  inherit(counts: ReadonlyMap<string, number>): void;
  /** Called with each table that is put in force. */
  onTable(listener: (table: RouteTable) => void): void;
  readonly path: DataPath;
  readonly listeners: Listeners;
  readonly watchers: Watchers;
  view(): ProxyViewJson;
  state(software: string): ProxyState;
  /** Everything ends at once. */
  close(): void;
}

/** A data path without a table: no port is open. */
export function createDataPlane(limits: Limits = LIMITS): DataPlane {
  const startedAt = Date.now();
  let acknowledged = NO_TABLE;
  let seeds: ReadonlyMap<string, Health> = new Map();
  let queue: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const followers: ((table: RouteTable) => void)[] = [];
  const path: DataPath = {
    limits,
    proxy: makeHttpProxy(),
    serving: NOTHING,
    leaving: false,
    inFlight: 0,
    unrouted: newCounters(),
    drained: (target) => watchers.changed(target),
  };
  guardUpgrades(path.proxy);
  const view = (): ProxyViewJson => viewOf(path.serving, acknowledged, listeners.refused());
  const watchers = createWatchers(view, () => path.serving);
  const listeners = createListeners(path, () => watchers.renewed());
  const changed = (target: Target): void => watchers.changed(target);

  const swap = (table: RouteTable): void => {
    const { serving, gone } = applyTable(path.serving, table, seeds, changed);
    path.serving = serving;
    retireAll(gone);
    for (const follower of followers) follower(table);
  };
  const put = async (table: RouteTable): Promise<Installed> => {
    swap(table);
    await listeners.open(table.listeners);
    acknowledged = table.version;
    watchers.renewed();
    return { version: acknowledged, refused: listeners.refused() };
  };
  const watchdog = setInterval(() => watchAll(path), Math.min(1_000, limits.connectTimeoutMs / 4, limits.idleTimeoutMs / 4));
  watchdog.unref();

  return {
    install(table) {
      if (waiting >= MAX_INSTALLS_WAITING) return Promise.reject(new Error(`${waiting} tables are waiting already`));
      waiting++;
      const installed = queue.then(() => put(table)).finally(() => waiting--);
      queue = installed.catch(() => undefined);
      return installed;
    },
    follow: swap,
    seed: (given) => {
      seeds = given;
    },
    inherit: (counts) => inherit(path, counts, changed),
    onTable: (listener) => followers.push(listener),
    path,
    listeners,
    watchers,
    view,
    state: (software) => ({ ...view(), ...stateOf(path, listeners), protocol: PROXY_PROTOCOL, software, pid: process.pid, startedAt }),
    close() {
      clearInterval(watchdog);
      watchers.close();
      listeners.stopAccepting();
      retireAll(targetsOf(path.serving));
      listeners.closeAll();
    },
  };
}

/** Lets every exchange look at its deadlines: one timer for all of them costs a request nothing. */
function watchAll(path: DataPath): void {
  const now = performance.now();
  for (const target of targetsOf(path.serving)) for (const exchange of [...target.underWay]) exchange.watch(now);
}

function inherit(path: DataPath, counts: ReadonlyMap<string, number>, changed: (target: Target) => void): void {
  for (const target of targetsOf(path.serving)) {
    const count = counts.get(targetKey(target.group, target.id)) ?? 0;
    if (target.inherited === count) continue;
    target.inherited = count;
    if (target.draining && inFlightOf(target) === 0) changed(target);
  }
}

function stateOf(path: DataPath, listeners: Listeners): Pick<ProxyState, 'listeners' | 'inFlight' | 'groups'> {
  const groups: Record<string, ProxyState['groups'][string]> = { '': countersView(path.unrouted, 0) };
  let inFlight = 0;
  for (const group of path.serving.groups.values()) {
    const underWay = group.targets.reduce((sum, target) => sum + inFlightOf(target), 0);
    inFlight += underWay;
    groups[group.name] = countersView(group.counters, underWay);
  }
  return { listeners: listeners.ports(), inFlight, groups };
}
