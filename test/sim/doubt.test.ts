// A write that the store reports as failed may be durable all the same. What the daemon then takes for its ledger must be what is on the disk:
// otherwise rows stay behind that nobody knows, and their task ids are given out a second time.
import { describe, expect, test } from 'vitest';
import { app, type Declared } from '../build.ts';
import { remoteImage } from './images.ts';
import { runLevel2 } from './level2.ts';
import type { Scenario } from './draw.ts';

/** The store refuses one write around the moment in which five tasks are launched; 300 ms later git wants only one again. */
function scenario(refusedAtMs: number, seed: number): Scenario {
  const declare = (count: number): readonly Declared[] => [app('s1', { count, healthyAfter: 2 })];
  return {
    seed,
    instances: [{ id: 'i1', cpu: 4_096, memory: 8_192, pace: 1 }],
    images: [remoteImage('s1:1')],
    preloaded: [],
    commits: [
      { afterMs: 0, apps: declare(1), pull: 'prefer-cached' },
      { afterMs: 30_000, apps: declare(6), pull: 'prefer-cached' },
      { afterMs: 30_300, apps: declare(1), pull: 'prefer-cached' },
    ],
    faults: [{ afterMs: refusedAtMs, name: 'store refuses writes', lastsMs: 500, where: 0 }],
    healAfterMs: 60_000,
  };
}

describe('the ledger after a write that failed', () => {
  test('is what the store holds', async () => {
    for (let step = 0; step < 100; step++) {
      const { violations } = await runLevel2(scenario(30_020 + step, step));
      expect({ step, violations }).toEqual({ step, violations: [] });
    }
  });
});
