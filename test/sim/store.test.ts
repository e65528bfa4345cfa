// The simulation's store passes the suite of the real one, and its faults do what they say.
import { describe, expect, it } from 'vitest';
import { storeContract, storeEvent } from '../contract/store.ts';
import { emptyDisk, openMemoryStore } from './store.ts';

storeContract('memory', async () => {
  const disk = emptyDisk();
  return { open: async () => openMemoryStore(disk), dispose: async () => {} };
});

const ROW = { table: 'tasks', id: 'a', row: { id: 'a' } } as const;

describe('the memory store under faults', () => {
  it('a write that fails before its effect leaves nothing', async () => {
    const disk = emptyDisk();
    const store = openMemoryStore(disk, { fault: (number) => (number === 1 ? 'before' : null) });
    await expect(store.write([ROW], [storeEvent(1)])).rejects.toMatchObject({ code: 'failed' });
    expect((await openMemoryStore(disk).readLedger()).tasks.size).toBe(0);
    expect(disk.events).toEqual([]);
  });

  it('a write that fails after its effect is there for the next store', async () => {
    const disk = emptyDisk();
    const store = openMemoryStore(disk, { fault: () => 'after' });
    await expect(store.write([ROW], [storeEvent(1)])).rejects.toMatchObject({ code: 'failed' });
    const next = openMemoryStore(disk);
    expect((await next.readLedger()).tasks.size).toBe(1);
    expect(await next.events(null, 10)).toHaveLength(1);
  });

  it('the store of a dead daemon writes no more', async () => {
    const disk = emptyDisk();
    const old = openMemoryStore(disk);
    openMemoryStore(disk);
    await expect(old.write([ROW], [])).rejects.toMatchObject({ code: 'lease-lost' });
    expect((await old.readLedger()).tasks.size).toBe(0);
  });

  it('keeps a bounded number of events', async () => {
    const store = openMemoryStore(emptyDisk(), { eventsKept: 3 });
    await store.write(
      [],
      [1, 2, 3, 4, 5].map((at) => storeEvent(at)),
    );
    expect((await store.events(null, 10)).map((event) => event.sequence)).toEqual([3, 4, 5]);
  });
});
