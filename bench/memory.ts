// A process that holds one world, read from the file that is named on its command line, and prints its resident memory in MB.
// Started with --expose-gc: what only the reading of the file needed is given back before the process is weighed.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeWorld } from '../src/api/world-json.ts';
import { reconcile } from '../src/core/reconcile.ts';

const ROUNDS = 5;
/** Pages go back to the system a moment after the collection. */
const SETTLE_MS = 200;

const world = decodeWorld(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
for (let round = 0; round < ROUNDS; round++) {
  reconcile({ ...world, now: world.now + round });
  globalThis.gc?.();
  await sleep(SETTLE_MS);
}
const { rss } = process.memoryUsage();
// Turned once more after the weighing, so that nothing of the world was garbage at that moment.
reconcile(world);
process.stdout.write(`${Math.round(rss / 1e6)}\n`);
