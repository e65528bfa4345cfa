// What the rooms of the data path share: the table in force, the bounds, and what is under way. One per process; made in serve.ts.
import httpProxy from './http-proxy.ts';
import type { Limits } from './limits.ts';
import { MAX_IN_FLIGHT } from './limits.ts';
import type { Group, Serving } from './table.ts';
import type { Target, UnderWay } from './target.ts';
import type { Counters } from './counters.ts';

export interface DataPath {
  readonly limits: Limits;
  readonly proxy: httpProxy;
  serving: Serving;
  /** Stopping or handed over: every answer tells its client to close the connection. */
  leaving: boolean;
  inFlight: number;
  /** Requests that no group was found for. */
  readonly unrouted: Counters;
  /** A draining target has nothing under way any more. */
  drained(target: Target): void;
}

/** Counts `exchange` as under way on `target`. */
export function begin(path: DataPath, target: Target, exchange: UnderWay): void {
  target.underWay.add(exchange);
  path.inFlight++;
}

/** The opposite of begin; reports the last one of a draining target. */
export function end(path: DataPath, target: Target, exchange: UnderWay): void {
  if (!target.underWay.delete(exchange)) return;
  path.inFlight--;
  if (target.draining && target.underWay.size === 0) path.drained(target);
}

/** Whether one more may begin. */
export function hasRoom(path: DataPath): boolean {
  return path.inFlight < MAX_IN_FLIGHT;
}

/** Where a request's counts go. */
export function countersOf(path: DataPath, group: Group | null): Counters {
  return group?.counters ?? path.unrouted;
}
