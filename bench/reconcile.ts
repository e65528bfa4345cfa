// How long one turn of a quiet world takes, and how it grows. The limit it stands beside: one pass over the same rows, done by hand.
import { quietWorld } from './quiet-world.ts';
import { reconcile } from '../src/core/reconcile.ts';

/** Median of `runs` timings of `work`, in milliseconds. */
export function medianMs(runs: number, work: () => void): number {
  const times = Array.from({ length: runs }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
}

/** One row per size: services, tasks, instances, median ms of a turn, microseconds a task, MB of heap. */
export function benchReconcile(sizes: readonly (readonly [number, number, number])[]): readonly Record<string, number>[] {
  return sizes.map(([services, tasks, instances]) => {
    const { world } = quietWorld(services, tasks, instances);
    const fresh = (): void => void reconcile({ ...world, now: world.now + 1 });
    medianMs(10, fresh);
    const ms = medianMs(31, fresh);
    return { services, tasks: services * tasks, instances, 'turn ms': round(ms), 'µs per task': round((ms * 1_000) / (services * tasks)), 'RSS MB': Math.round(process.memoryUsage().rss / 1e6) };
  });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

if (import.meta.main) {
  console.table(
    benchReconcile([
      [100, 10, 5],
      [300, 10, 15],
      [1_000, 10, 50],
    ]),
  );
}
