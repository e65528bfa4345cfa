// One target of one group, alive in this process: its health, its connections, and what is under way on it.
// Its agents are its own, so that what is idle can be closed when it drains and nothing is queued behind another target.
import http from 'node:http';
import type { RouteTarget } from '../model/traffic/route.ts';
import type { TargetGroupSettings } from '../model/traffic/load-balancer.ts';
import type { TargetState } from '../model/turn/observed.ts';
import { IDLE_ONCE_MS, IDLE_REPEATABLE_MS, MAX_IDLE_CONNECTIONS } from './limits.ts';
import { seedHealth, type Health } from './health.ts';
import { keepProbing, type Probed } from './probe.ts';

/** A request or an upgraded connection under way. */
export interface UnderWay {
  /** Ends it: answered with `status` when the client has seen nothing yet, cut off otherwise. */
  abort(status: number): void;
  /** Ends it when one of its deadlines has passed. */
  watch(now: number): void;
}

export interface Target extends Probed {
  readonly key: string;
  readonly id: string;
  readonly group: string;
  /** As http-proxy wants it. */
  address: { readonly host: string; readonly port: number };
  /** Which start of its container it is; undefined: the daemon did not say. */
  run: string | undefined;
  draining: boolean;
  /** For requests that may be sent twice. */
  readonly repeatable: http.Agent;
  /** For requests that may be sent only once: its idle connections are too fresh to be closed by the other side. */
  readonly once: http.Agent;
  readonly underWay: Set<UnderWay>;
  /** Under way in a predecessor that handed over to this process and still drains. */
  inherited: number;
  stopProbing: (() => void) | null;
}

/** The name of a target among all groups: one task may stand in several. */
export function targetKey(group: string, id: string): string {
  return `${group} ${id}`;
}

/** A target as `route` declares it; `seed` overrules its last known health (a handover knows better). Not probed yet. */
export function createTarget(group: string, route: RouteTarget, settings: TargetGroupSettings, seed: Health | null): Target {
  const agent = (timeout: number): http.Agent =>
    new http.Agent({ keepAlive: true, maxFreeSockets: MAX_IDLE_CONNECTIONS, scheduling: 'lifo', timeout });
  return {
    key: targetKey(group, route.id),
    id: route.id,
    group,
    host: route.host,
    port: route.port,
    address: { host: route.host, port: route.port },
    run: route.run,
    settings,
    health: seed ?? seedHealth(route.lastKnown, performance.now()),
    draining: false,
    repeatable: agent(IDLE_REPEATABLE_MS),
    once: agent(IDLE_ONCE_MS),
    underWay: new Set(),
    inherited: 0,
    stopProbing: null,
  };
}

/** Whether `route` is the same start of the same container. A daemon that says which one follows on one that did not. */
export function isSameRun(target: Target, route: RouteTarget): boolean {
  return route.run !== undefined && (target.run === undefined || target.run === route.run);
}

/** The same target at another address: what is under way ends where it began, and the next check asks at the new one. */
export function moveTarget(target: Target, { host, port, run }: RouteTarget): void {
  target.stopProbing?.();
  Object.assign(target, { host, port, run, address: { host, port }, stopProbing: null });
}

/** What the target counts as: draining overrules its health. */
export function stateOf(target: Target): TargetState {
  return target.draining ? 'draining' : target.health.state;
}

/** Requests and upgraded connections under way, a draining predecessor's included. */
export function inFlightOf(target: Target): number {
  return target.underWay.size + target.inherited;
}

/** Brings a target to the state that the table declares. A draining one is checked no more and keeps no idle connection. */
export function setDraining(target: Target, draining: boolean, changed: () => void): void {
  if (draining) {
    target.stopProbing?.();
    target.stopProbing = null;
    closeIdle(target);
  } else {
    target.repeatable.maxFreeSockets = MAX_IDLE_CONNECTIONS;
    target.once.maxFreeSockets = MAX_IDLE_CONNECTIONS;
    target.stopProbing ??= keepProbing(target, changed);
  }
  target.draining = draining;
}

/** Takes a target out of the world: what is still under way on it ends as when the deregistration delay has elapsed (502). */
export function retire(target: Target): void {
  target.stopProbing?.();
  target.stopProbing = null;
  for (const exchange of [...target.underWay]) exchange.abort(502);
  target.repeatable.destroy();
  target.once.destroy();
}

function closeIdle(target: Target): void {
  for (const agent of [target.repeatable, target.once]) {
    agent.maxFreeSockets = 0;
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}
