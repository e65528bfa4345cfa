// What is asked of engines for the questions of containers: an answer is shared for a moment, so that a container that asks in a loop costs its
// engine little. Every question has a deadline.
import type { ContainerFacts } from '../model/task/task-metadata.ts';
import type { FactsSource } from '../daemon/ports.ts';

export interface SharedFacts {
  /** Null: it is gone, or nobody can say. Rejects when the engine does not answer in time. */
  facts(instance: string, container: string): Promise<ContainerFacts | null>;
  /** The engine's measurements, with what went over the network a second since they were asked before; absent the first time. */
  stats(instance: string, container: string): Promise<Readonly<Record<string, unknown>> | null>;
}

/** An engine answers in milliseconds, and takes 1 to 2 s to measure. */
const DEADLINE_MS = 5_000;
const FACTS_SHARED_MS = 200;
const STATS_SHARED_MS = 1_000;
/** Answers and traffic remembered: more than there are containers on one machine. */
const KEPT = 10_000;

interface Traffic {
  readonly at: number;
  readonly received: number;
  readonly sent: number;
}

/** Questions to these engines, by instance id. `now`: milliseconds of any clock that does not go back. */
export function sharedFacts(sources: ReadonlyMap<string, FactsSource>, now: () => number): SharedFacts {
  const traffic = new Map<string, Traffic>();
  const deadline = (): AbortSignal => AbortSignal.timeout(DEADLINE_MS);
  const facts = shared(
    FACTS_SHARED_MS,
    now,
    async (instance: string, container: string) => (await sources.get(instance)?.facts(container, deadline())) ?? null,
  );
  const stats = shared(STATS_SHARED_MS, now, async (instance: string, container: string) => {
    const found = (await sources.get(instance)?.stats(container, deadline())) ?? null;
    if (found === null) return null;
    const before = traffic.get(container);
    const current = trafficOf(found, now());
    traffic.delete(container);
    traffic.set(container, current);
    forgetOldest(traffic);
    return before === undefined ? found : { ...found, network_rate_stats: ratesOf(before, current) };
  });
  return { facts, stats };
}

/** `ask`, whose answers are shared by everybody who asks the same while it is under way and for `forMs` from its start. */
function shared<T>(
  forMs: number,
  now: () => number,
  ask: (instance: string, container: string) => Promise<T>,
): (instance: string, container: string) => Promise<T> {
  const answers = new Map<string, { readonly at: number; readonly answer: Promise<T>; settled: boolean }>();
  return async (instance, container) => {
    const key = `${instance}/${container}`;
    const known = answers.get(key);
    if (known !== undefined && (!known.settled || now() - known.at < forMs)) return known.answer;
    const answer = ask(instance, container);
    const entry = { at: now(), answer, settled: false };
    answers.delete(key);
    answers.set(key, entry);
    forgetOldest(answers);
    try {
      return await answer;
    } finally {
      entry.settled = true;
    }
  };
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (map.size > KEPT && oldest !== undefined) map.delete(oldest);
}

function trafficOf(stats: Readonly<Record<string, unknown>>, at: number): Traffic {
  const networks = Object.values((stats['networks'] ?? {}) as Readonly<Record<string, { rx_bytes?: number; tx_bytes?: number }>>);
  return {
    at,
    received: networks.reduce((sum, { rx_bytes = 0 }) => sum + rx_bytes, 0),
    sent: networks.reduce((sum, { tx_bytes = 0 }) => sum + tx_bytes, 0),
  };
}

function ratesOf(before: Traffic, after: Traffic): Readonly<Record<string, number>> {
  const seconds = Math.max(0.001, (after.at - before.at) / 1_000);
  return {
    rx_bytes_per_sec: Math.max(0, after.received - before.received) / seconds,
    tx_bytes_per_sec: Math.max(0, after.sent - before.sent) / seconds,
  };
}
