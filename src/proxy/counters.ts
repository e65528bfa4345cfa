// Counts per target group, cheap enough to be always on. They live as long as the process; reading is the control door's business.
import type { GroupCounters } from '../model/traffic/proxy.ts';

export interface Counters {
  requests: number;
  readonly targetResponses: Record<string, number>;
  readonly proxyResponses: Record<string, number>;
  connectionErrors: number;
  retries: number;
}

/** All zero. */
export function newCounters(): Counters {
  return { requests: 0, targetResponses: {}, proxyResponses: {}, connectionErrors: 0, retries: 0 };
}

/** Counts a status that a target answered, by its class. */
export function countTarget(counters: Counters, status: number): void {
  const key = `${Math.floor(status / 100)}xx`;
  counters.targetResponses[key] = (counters.targetResponses[key] ?? 0) + 1;
}

/** Counts a status that the proxy answered itself. */
export function countProxy(counters: Counters, status: number): void {
  counters.proxyResponses[status] = (counters.proxyResponses[status] ?? 0) + 1;
}

/** A copy for reading, with what is under way now. */
export function countersView(counters: Counters, inFlight: number): GroupCounters {
  return {
    ...counters,
    targetResponses: { ...counters.targetResponses },
    proxyResponses: { ...counters.proxyResponses },
    inFlight,
  };
}
