// A daemon's writing half in a process of its own, to be killed: opens the store named on the command line and writes turns for ever.
// Turn n sets `counter` and every one of ten tasks to n in one write, and prints n once that write has resolved.
import { openStore } from '../../../src/adapters/store/sqlite.ts';

const folder = process.argv[2] ?? '';
const store = await openStore({ folder, holder: { pid: process.pid, host: 'test', startedAt: 1_700_000_000_000, command: 'writer' } });
const from = ((await store.readLedger()).families.get('counter') ?? 0) + 1;
process.stdout.write('open\n');
for (let turn = from; ; turn++) {
  const tasks = Array.from({ length: 10 }, (_, index) => ({ table: 'tasks' as const, id: `task-${index}`, row: { turn } }));
  await store.write(
    [...tasks, { table: 'families', id: 'counter', row: turn }],
    [{ at: turn, kind: 'service-steady', service: 'main/web', task: null, deployment: null, message: `turn ${turn}` }],
  );
  // Waits for the pipe, so that what was printed is what the reader may hold us to.
  await new Promise<void>((resolve) => process.stdout.write(`${turn}\n`, () => resolve()));
}
