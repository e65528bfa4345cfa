// What every store must do, whatever it is made of: the file-backed one and the simulation's pass the same sentences.
// Deliberately absent: files, locks and power failures; they belong to the store that has them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/daemon/ports.ts';
import { EMPTY_LEDGER } from '../../src/model/turn/ledger.ts';
import type { Event } from '../../src/model/turn/event.ts';
import { type ContainerEvidence, STOPPED_KEPT, STOPPED_KEPT_DAYS, STOPPED_PER_SERVICE } from '../../src/model/task/stopped-task.ts';
import type { Task } from '../../src/model/task/task.ts';
import { HOUR } from '../../src/std/time.ts';
import { NOW, task } from '../build.ts';

export interface StoreUnderTest {
  /** Opens the store; a second call after `close` opens the same content again. */
  open(): Promise<Store>;
  dispose(): Promise<void>;
}

export function storeEvent(at: number, message = `event ${at}`): Event {
  return { at, kind: 'service-steady', service: 'main/web', task: null, deployment: null, message };
}

function stoppedRow(
  id: string,
  { containers = ['main'], ...more }: Partial<Omit<Task, 'containers'>> & { containers?: readonly string[] } = {},
): Task {
  const rows = containers.map((name) => ({ name, pull: 'none', exitCode: 0, ports: [] }) as const);
  return { ...task({ lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stoppedAt: NOW, ...more }), id, containers: rows };
}

function evidence(name: string, text: string): ContainerEvidence {
  const log = [{ time: '2026-01-01T00:00:00.000000001Z', stream: 'stdout', text }] as const;
  return { name, exitCode: 1, oomKilled: false, error: '', startedAt: 1, finishedAt: 2, health: [], log, logMissing: null };
}

/** Runs the suite over the stores that `make` gives, each empty. */
export function storeContract(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store`, () => {
    let under: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      under = await make();
      store = await under.open();
    });
    afterEach(async () => {
      await store.close();
      await under.dispose();
    });
    const end = async (id: string, more: Parameters<typeof stoppedRow>[1]): Promise<void> => {
      await store.write([{ table: 'tasks', id, row: stoppedRow(id, more) }], []);
      await store.write([{ table: 'tasks', id, row: null }], []);
    };
    const reopen = async (): Promise<void> => {
      await store.close();
      store = await under.open();
    };

    it('starts with an empty ledger, no commit and no events', async () => {
      expect(await store.readLedger()).toEqual(EMPTY_LEDGER);
      expect(await store.readCommit('/srv/fleet')).toBeNull();
      expect(await store.events(null, 10)).toEqual([]);
    });

    it('gives rows back as they were written, sorted by id, after it was opened again', async () => {
      const task = { id: 'b', containers: [{ name: 'web', exitCode: null }], note: 'ü \u0000 "quoted" 😀', nested: { a: [1, 2.5, true] } };
      await store.write(
        [
          { table: 'tasks', id: 'b', row: task },
          { table: 'tasks', id: 'a', row: { id: 'a' } },
          { table: 'tasks', id: 'B', row: { id: 'B' } },
          { table: 'families', id: 'web', row: 7 },
          { table: 'services', id: 'main/web', row: { id: 'main/web' } },
        ],
        [],
      );
      await reopen();
      const ledger = await store.readLedger();
      expect([...ledger.tasks.keys()]).toEqual(['B', 'a', 'b']);
      expect(ledger.tasks.get('b')).toEqual(task);
      expect(ledger.families.get('web')).toBe(7);
      expect([...ledger.services.keys()]).toEqual(['main/web']);
      expect(ledger.revisions.size).toBe(0);
    });

    it('replaces and removes rows, and leaves those alone that are not named', async () => {
      await store.write(
        ['a', 'b', 'c'].map((id) => ({ table: 'revisions', id, row: { id, turn: 1 } })),
        [],
      );
      await store.write(
        [
          { table: 'revisions', id: 'a', row: { id: 'a', turn: 2 } },
          { table: 'revisions', id: 'b', row: null },
          { table: 'revisions', id: 'never-there', row: null },
          { table: 'services', id: 'c', row: null },
        ],
        [],
      );
      await reopen();
      expect([...(await store.readLedger()).revisions.values()]).toEqual([
        { id: 'a', turn: 2 },
        { id: 'c', turn: 1 },
      ]);
    });

    it('obeys the changes of one write in their order', async () => {
      await store.write(
        [
          { table: 'revisions', id: 'a', row: { id: 'a' } },
          { table: 'revisions', id: 'a', row: null },
          { table: 'revisions', id: 'b', row: null },
          { table: 'revisions', id: 'b', row: { id: 'b' } },
        ],
        [],
      );
      expect([...(await store.readLedger()).revisions.keys()]).toEqual(['b']);
    });

    it('keeps what it was given at the time, not what the caller makes of it later', async () => {
      const row = { id: 'a', turn: 1 };
      await store.write([{ table: 'tasks', id: 'a', row }], []);
      row.turn = 2;
      expect((await store.readLedger()).tasks.get('a')).toEqual({ id: 'a', turn: 1 });
    });

    it('numbers events by one, in the order in which they were written, and goes on after it was opened again', async () => {
      await store.write([], [storeEvent(10), storeEvent(5)]);
      await reopen();
      await store.write([], [storeEvent(20)]);
      const events = await store.events(null, 10);
      const first = events[0]?.sequence ?? Number.NaN;
      expect(events).toEqual([
        { ...storeEvent(10), sequence: first },
        { ...storeEvent(5), sequence: first + 1 },
        { ...storeEvent(20), sequence: first + 2 },
      ]);
    });

    it('reads the newest events, or those after a number, oldest first and no more than asked for', async () => {
      await store.write(
        [],
        [1, 2, 3, 4, 5].map((at) => storeEvent(at)),
      );
      const times = async (after: number | null, limit: number): Promise<number[]> =>
        (await store.events(after, limit)).map((event) => event.at);
      const first = (await store.events(null, 5))[0]?.sequence ?? Number.NaN;
      expect(await times(null, 2)).toEqual([4, 5]);
      expect(await times(first, 2)).toEqual([2, 3]);
      expect(await times(first + 4, 2)).toEqual([]);
      expect(await times(0, 100)).toEqual([1, 2, 3, 4, 5]);
      expect(await times(null, 0)).toEqual([]);
    });

    it('remembers the last good commit of each repository', async () => {
      await store.writeCommit('/srv/fleet', 'a'.repeat(40));
      await store.writeCommit('/srv/other', 'b'.repeat(40));
      await store.writeCommit('/srv/fleet', 'c'.repeat(40));
      await reopen();
      expect(await store.readCommit('/srv/fleet')).toBe('c'.repeat(40));
      expect(await store.readCommit('/srv/other')).toBe('b'.repeat(40));
      expect(await store.readCommit('/srv/none')).toBeNull();
    });

    it('keeps the rows of tasks that went, with the evidence of their containers in the order of the definition', async () => {
      const row = stoppedRow('a', { containers: ['one', 'two'] });
      await store.write([{ table: 'tasks', id: 'a', row: { ...row, stoppedAt: null } }], []);
      await store.keepEvidence({ ...row, stoppedAt: null }, evidence('two', 'first'));
      await store.keepEvidence({ ...row, stoppedAt: null }, evidence('one', 'words'));
      await store.keepEvidence({ ...row, stoppedAt: null }, evidence('two', 'again'));
      await store.write([{ table: 'tasks', id: 'a', row }], []);
      await store.write([{ table: 'tasks', id: 'a', row: null }], []);
      await store.write([{ table: 'tasks', id: 'never-there', row: null }], []);
      await reopen();
      expect(await store.stoppedTasks({}, 10)).toEqual([{ task: row, containers: [evidence('one', 'words'), evidence('two', 'again')] }]);
    });

    it('keeps the reason of a task of which a container is found when its row has gone', async () => {
      const row = {
        ...stoppedRow('a', { containers: ['one', 'two'] }),
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'no secret',
      } as const;
      const remains = { ...stoppedRow('a', { containers: ['two'] }), stoppedReason: 'left behind', remains: true } as const;
      const unknown = { ...stoppedRow('b', { containers: ['two'] }), stoppedReason: 'left behind', remains: true } as const;
      for (const last of [row, remains, unknown]) {
        await store.write([{ table: 'tasks', id: last.id, row: last }], []);
        if (last === remains) await store.keepEvidence(last, evidence('two', 'words'));
        await store.write([{ table: 'tasks', id: last.id, row: null }], []);
      }
      expect(await store.stoppedTasks({ idPrefix: 'a' }, 10)).toEqual([{ task: row, containers: [evidence('two', 'words')] }]);
      expect(await store.stoppedTasks({ idPrefix: 'b' }, 10)).toEqual([{ task: unknown, containers: [] }]);
    });

    it('finds stopped tasks by service and by the beginning of their ids, newest first', async () => {
      for (const [id, service] of ['aa1 web', 'ab2 api', 'aa3 web'].map((words) => words.split(' ') as [string, string]))
        await end(id, { service });
      const ids = async (...query: Parameters<Store['stoppedTasks']>): Promise<string[]> =>
        (await store.stoppedTasks(...query)).map(({ task }) => task.id);
      expect(await ids({}, 10)).toEqual(['aa3', 'ab2', 'aa1']);
      expect(await ids({}, 2)).toEqual(['aa3', 'ab2']);
      expect(await ids({ service: 'default/web' }, 10)).toEqual(['aa3', 'aa1']);
      expect(await ids({ idPrefix: 'ab' }, 10)).toEqual(['ab2']);
      expect(await ids({ idPrefix: '%' }, 10)).toEqual([]);
    });

    it('keeps so many stopped tasks of a service, and none for longer than its days', async () => {
      for (let number = 0; number < STOPPED_PER_SERVICE + 3; number++) await end(`t${number}`, { service: 'web' });
      await end('other', { service: 'api' });
      const of = async (service: string): Promise<string[]> =>
        (await store.stoppedTasks({ service: `default/${service}` }, 100)).map(({ task }) => task.id);
      expect(await of('web')).toHaveLength(STOPPED_PER_SERVICE);
      expect((await of('web')).at(-1)).toBe('t3');
      expect(await of('api')).toEqual(['other']);
      await end('later', { service: 'api', stoppedAt: NOW + STOPPED_KEPT_DAYS * 24 * HOUR + 1 });
      expect((await store.stoppedTasks({}, 100)).map(({ task }) => task.id)).toEqual(['later']);
    });

    it('keeps so many stopped tasks in all', async () => {
      const rows = Array.from({ length: STOPPED_KEPT + 5 }, (_, number) => stoppedRow(`t${number}`, { service: `s${number % 200}` }));
      await store.write(
        rows.map((row) => ({ table: 'tasks', id: row.id, row }) as const),
        [],
      );
      await store.write(
        rows.map(({ id }) => ({ table: 'tasks', id, row: null }) as const),
        [],
      );
      const kept = await store.stoppedTasks({}, 10_000);
      expect(kept).toHaveLength(STOPPED_KEPT);
      expect(kept.at(-1)?.task.id).toBe('t5');
    });

    it('finds the events of a task', async () => {
      await store.write(
        [],
        [1, 2, 3, 4].map((at) => ({ ...storeEvent(at), task: at % 2 === 0 ? 'a' : null })),
      );
      await reopen();
      expect((await store.taskEvents('a', 10)).map(({ at }) => at)).toEqual([2, 4]);
      expect((await store.taskEvents('a', 1)).map(({ at }) => at)).toEqual([4]);
      expect(await store.taskEvents('b', 10)).toEqual([]);
    });

    it('refuses everything once it is closed; closing twice is nothing', async () => {
      await store.close();
      await expect(store.write([{ table: 'tasks', id: 'a', row: {} }], [])).rejects.toMatchObject({ code: 'closed' });
      await expect(store.writeCommit('/srv/fleet', 'a'.repeat(40))).rejects.toMatchObject({ code: 'closed' });
      await expect(store.readLedger()).rejects.toMatchObject({ code: 'closed' });
      await expect(store.events(null, 1)).rejects.toMatchObject({ code: 'closed' });
      await expect(store.taskEvents('a', 1)).rejects.toMatchObject({ code: 'closed' });
      await expect(store.stoppedTasks({}, 1)).rejects.toMatchObject({ code: 'closed' });
      await expect(store.keepEvidence(stoppedRow('a'), evidence('main', ''))).rejects.toMatchObject({ code: 'closed' });
      await store.close();
    });
  });
}
