// The file-backed store: the suite of every store, and what only a store in files has: a lock, crashes, damage, limits, versions.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/store/database.ts';
import { folderError, storeError, StoreLockedError } from '../../../src/adapters/store/errors.ts';
import { storeReader } from '../../../src/adapters/store/reader.ts';
import { openStore, openStoreReadOnly } from '../../../src/adapters/store/sqlite.ts';
import { EVENTS_KEPT, EVENTS_KEPT_MS, storeWriter } from '../../../src/adapters/store/writer.ts';
import { EMPTY_LEDGER } from '../../../src/model/turn/ledger.ts';
import { storeContract, storeEvent } from '../../contract/store.ts';

const HOLDER = { pid: process.pid, host: 'harbour-1', startedAt: 1_700_000_000_000, command: 'longshore watch' };
const ROW = { table: 'tasks', id: 'a', row: { id: 'a' } } as const;

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'longshore-store-')), 'state');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));
const open = async (): ReturnType<typeof openStore> => openStore({ folder, holder: HOLDER });
const ledgerFile = (): string => join(folder, 'ledger.sqlite');

storeContract('sqlite', async () => {
  const root = mkdtempSync(join(tmpdir(), 'longshore-store-'));
  return {
    open: async () => openStore({ folder: root, holder: HOLDER }),
    dispose: async () => rmSync(root, { recursive: true, force: true }),
  };
});

describe('one writer', () => {
  it('a second one is told who holds the store', async () => {
    const first = await open();
    const refused = openStore({ folder, holder: { ...HOLDER, pid: 1 } });
    await expect(refused).rejects.toBeInstanceOf(StoreLockedError);
    await expect(refused).rejects.toMatchObject({
      code: 'locked',
      holder: HOLDER,
      message: `the state in ${folder} is held by process ${process.pid} on harbour-1, started 2023-11-14T22:13:20.000Z as: longshore watch`,
    });
    await first.close();
    const next = await open();
    expect(next.epoch).toBe(first.epoch + 1);
    await next.close();
  });

  it('a damaged lock file is made anew', async () => {
    await (await open()).close();
    writeFileSync(join(folder, 'lock.sqlite'), 'not a database at all, but long enough to be looked at as one');
    const store = await open();
    await expect(open()).rejects.toBeInstanceOf(StoreLockedError);
    await store.close();
  });

  it('a store whose epoch is over writes nothing, whatever its lock says', async () => {
    const store = await open();
    await store.write([ROW], []);
    const other = new DatabaseSync(ledgerFile(), { timeout: 1_000 });
    other.exec("UPDATE meta SET value = value + 1 WHERE key = 'epoch'");
    other.close();
    await expect(store.write([{ ...ROW, id: 'b' }], [storeEvent(1)])).rejects.toMatchObject({ code: 'lease-lost' });
    await expect(store.writeCommit('/srv/fleet', 'a'.repeat(40))).rejects.toMatchObject({ code: 'lease-lost' });
    expect([...(await store.readLedger()).tasks.keys()]).toEqual(['a']);
    expect(await store.events(null, 10)).toEqual([]);
    await store.close();
  });

  it('a file that is removed under a running daemon fails its writes', async () => {
    const store = await open();
    rmSync(ledgerFile());
    await expect(store.write([ROW], [])).rejects.toMatchObject({ code: 'gone' });
    await store.close();
  });
});

describe('kill -9', () => {
  it('of a writing process, five times: each time the lock is free, every written turn is there, and no turn is half there', async () => {
    let reached = 0;
    for (let round = 0; round < 5; round++) {
      const promised = await writeAndKill(20 + round * 7);
      const store = await open();
      const ledger = await store.readLedger();
      const turn = ledger.families.get('counter') ?? 0;
      expect(store.recovered).toBeNull();
      expect(turn).toBeGreaterThanOrEqual(promised);
      expect(promised).toBeGreaterThan(reached);
      expect([...ledger.tasks.values()]).toEqual(Array.from({ length: 10 }, () => ({ turn })));
      expect((await store.events(null, 1))[0]).toMatchObject({ at: turn, sequence: turn });
      reached = turn;
      await store.close();
    }
  });

  it('while it holds the store: locked before, handed over after', async () => {
    const child = startWriter();
    await child.line('open');
    await expect(open()).rejects.toMatchObject({ code: 'locked', holder: { pid: child.pid, command: 'writer' } });
    await child.kill();
    const store = await open();
    await store.write([ROW], []);
    await store.close();
  });
});

describe('damage', () => {
  const fill = async (): Promise<void> => {
    const store = await open();
    await store.write(
      Array.from({ length: 500 }, (_, index) => ({ table: 'tasks' as const, id: `task-${index}`, row: { text: 'x'.repeat(200) } })),
      [storeEvent(1), storeEvent(2)],
    );
    await store.close();
  };

  it.each<[string, () => void]>([
    ['torn in the middle', () => truncateSync(ledgerFile(), Math.floor(statSync(ledgerFile()).size / 2))],
    ['overwritten', () => writeFileSync(ledgerFile(), Buffer.alloc(8_192, 7))],
    ['cut to its first bytes', () => truncateSync(ledgerFile(), 20)],
    [
      'another database',
      () => {
        rmSync(ledgerFile());
        const other = new DatabaseSync(ledgerFile());
        other.exec('CREATE TABLE meta (key TEXT, value INTEGER)');
        other.close();
      },
    ],
  ])('a file %s is moved aside and the ledger starts empty', async (_, damage) => {
    await fill();
    damage();
    const store = await open();
    expect(store.recovered).toBe(`${ledgerFile()}.damaged-2023-11-14T22-13-20-000Z`);
    expect(existsSync(store.recovered ?? '')).toBe(true);
    expect(await store.readLedger()).toEqual(EMPTY_LEDGER);
    await store.write([ROW], [storeEvent(3)]);
    // Whoever follows the events has a number of the old file in hand, and must not miss the new ones.
    expect((await store.events(2, 10)).map((event) => event.at)).toEqual([3]);
    await store.close();
    const again = await open();
    expect(again.recovered).toBeNull();
    expect((await again.readLedger()).tasks.size).toBe(1);
    await again.close();
  });

  it('keeps three damaged files at most', async () => {
    for (let round = 0; round < 5; round++) {
      const store = await openStore({ folder, holder: { ...HOLDER, startedAt: HOLDER.startedAt + round } });
      await store.close();
      writeFileSync(ledgerFile(), Buffer.alloc(8_192, 7));
    }
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([
      'ledger.sqlite.damaged-2023-11-14T22-13-20-002Z',
      'ledger.sqlite.damaged-2023-11-14T22-13-20-003Z',
      'ledger.sqlite.damaged-2023-11-14T22-13-20-004Z',
    ]);
  });

  it('an empty file, as a full disk leaves it, is a new store', async () => {
    await (await open()).close();
    truncateSync(ledgerFile(), 0);
    const store = await open();
    expect(store.recovered).toBeNull();
    expect(await store.readLedger()).toEqual(EMPTY_LEDGER);
    await store.close();
  });

  it('a full disk fails the write, and the store goes on once there is room', async () => {
    await (await open()).close();
    const { database } = openDatabase(ledgerFile(), HOLDER.startedAt);
    const writer = storeWriter(database);
    const reader = storeReader(database, ledgerFile());
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const big = { table: 'tasks', id: 'big', row: { text: 'x'.repeat(100_000) } } as const;
    let failure: unknown = null;
    try {
      writer.write([ROW, big], [storeEvent(1)]);
    } catch (error) {
      failure = error;
    }
    const said = { code: 'disk-full', message: `${ledgerFile()} can't grow: the disk is full` };
    expect(storeError(failure, ledgerFile(), 'write')).toMatchObject({
      ...said,
      hint: expect.stringContaining('the next turn tries again'),
    });
    // A daemon that starts has no next turn.
    expect(storeError(failure, ledgerFile())).toMatchObject({ ...said, hint: expect.stringContaining('then start Longshore again') });
    expect(await reader.readLedger()).toEqual(EMPTY_LEDGER);
    database.exec('PRAGMA max_page_count = 100000');
    writer.write([ROW, big], [storeEvent(1)]);
    expect((await reader.readLedger()).tasks.size).toBe(2);
    expect((await reader.events(null, 10)).map((event) => event.sequence)).toEqual([1]);
    await reader.close();
  });

  it('a newer schema is refused and left as it is', async () => {
    await (await open()).close();
    const newer = new DatabaseSync(ledgerFile());
    newer.exec("UPDATE meta SET value = 99 WHERE key = 'schema'");
    newer.close();
    const expected = { code: 'newer-schema', message: `${ledgerFile()} was written by a newer Longshore (schema 99, this one knows 1)` };
    await expect(open()).rejects.toMatchObject(expected);
    await expect(openStoreReadOnly(folder)).rejects.toMatchObject(expected);
    // The refusal has let go of the lock too.
    await expect(open()).rejects.toMatchObject(expected);
  });
});

describe('limits', () => {
  it('keeps 100,000 events, and none that is 90 days older than the newest', async () => {
    const store = await open();
    await store.write(
      [],
      Array.from({ length: EVENTS_KEPT + 5 }, (_, index) => storeEvent(index, 'x')),
    );
    const last = (await store.events(null, 1))[0]?.sequence ?? 0;
    expect((await store.events(0, 1))[0]?.sequence).toBe(last - EVENTS_KEPT + 1);
    // A thousand old ones go with each write.
    await store.write([], [storeEvent(EVENTS_KEPT_MS + 200_000)]);
    expect((await store.events(0, 1))[0]?.sequence).toBe(last - EVENTS_KEPT + 2 + 1_000);
    await store.close();
  });

  it('numbers are not used again after every event was trimmed', async () => {
    const store = await open();
    await store.write([], [storeEvent(1), storeEvent(2)]);
    const other = new DatabaseSync(ledgerFile(), { timeout: 1_000 });
    other.exec('DELETE FROM events');
    other.close();
    await store.write([], [storeEvent(3)]);
    expect((await store.events(null, 5)).map((event) => event.sequence)).toEqual([3]);
    await store.close();
  });

  it('remembers the commits of a hundred repositories, those written last', async () => {
    const store = await open();
    for (let index = 0; index < 101; index++) await store.writeCommit(`/srv/${index}`, 'a'.repeat(40));
    for (let turn = 0; turn < 50; turn++) await store.writeCommit('/srv/100', 'b'.repeat(40));
    expect(await store.readCommit('/srv/0')).toBeNull();
    expect(await store.readCommit('/srv/1')).toBe('a'.repeat(40));
    expect(await store.readCommit('/srv/100')).toBe('b'.repeat(40));
    await store.close();
  });

  it('nobody else may read it', async () => {
    const store = await open();
    await store.write([ROW], []);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of ['ledger.sqlite', 'ledger.sqlite-wal', 'lock.sqlite']) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    await store.close();
  });

  it.each(['file', 'file/state', 'file/deep/state'])('a file in the way of the folder is named: %s', async (path) => {
    const file = join(folder, '..', 'file');
    writeFileSync(file, '');
    const refused = openStore({ folder: join(folder, '..', path), holder: HOLDER });
    await expect(refused).rejects.toMatchObject({ code: 'not-permitted', message: `${file} is no folder` });
  });

  it('a folder that can not be made is said so, where the system has no reason either', async () => {
    const refused = openStore({ folder: '/proc/longshore/state', holder: HOLDER });
    await expect(refused).rejects.toMatchObject({
      code: 'not-permitted',
      message: expect.stringContaining("/proc/longshore/state can't be made"),
    });
  });

  it.each([
    ['EROFS', 'not-permitted', "the state folder /mnt/a/b can't be made in /mnt: its file system is mounted read-only"],
    ['EACCES', 'not-permitted', "the state folder /mnt/a/b can't be made: this user may not write /mnt"],
    ['ENOSPC', 'disk-full', "the state folder /mnt/a/b can't be made: the disk is full"],
  ])('%s is told in words', (system, code, message) => {
    expect(folderError(Object.assign(new Error('mkdir'), { code: system }), '/mnt/a/b', '/mnt')).toMatchObject({ code, message });
  });

  it.each([
    [{ code: 'EROFS' }, 'not-permitted', "/mnt/l.sqlite can't be opened: its file system is mounted read-only"],
    [{ code: 'ENOSPC' }, 'disk-full', "/mnt/l.sqlite can't grow: the disk is full"],
    [{ errcode: 4874 }, 'disk-full', "/mnt/l.sqlite can't grow: the disk is full"],
  ])('a file that can not be made is told in words: %o', (fields, code, message) => {
    expect(storeError(Object.assign(new Error('x'), fields), '/mnt/l.sqlite')).toMatchObject({ code, message });
  });
});

describe('reading without the lock', () => {
  it('beside a writer: what is committed', async () => {
    const store = await open();
    const reader = await openStoreReadOnly(folder);
    await store.write([ROW], [storeEvent(1)]);
    await store.writeCommit('/srv/fleet', 'a'.repeat(40));
    expect([...(await reader.readLedger()).tasks.keys()]).toEqual(['a']);
    expect(await reader.readCommit('/srv/fleet')).toBe('a'.repeat(40));
    expect(await reader.events(null, 10)).toHaveLength(1);
    await reader.close();
    await store.close();
  });

  it('after the daemon has gone', async () => {
    const store = await open();
    await store.write([ROW], []);
    await store.close();
    const reader = await openStoreReadOnly(folder);
    expect((await reader.readLedger()).tasks.size).toBe(1);
    await reader.close();
  });

  it('a folder that no daemon has used is empty, and stays untouched', async () => {
    const reader = await openStoreReadOnly(folder);
    expect(await reader.readLedger()).toEqual(EMPTY_LEDGER);
    expect(await reader.readCommit('/srv/fleet')).toBeNull();
    expect(existsSync(folder)).toBe(false);
  });

  it('a damaged file is an error, and is not moved', async () => {
    await (await open()).close();
    writeFileSync(ledgerFile(), Buffer.alloc(8_192, 7));
    await expect(openStoreReadOnly(folder)).rejects.toMatchObject({ code: 'corrupt' });
    expect(existsSync(ledgerFile())).toBe(true);
  });
});

interface WriterProcess {
  readonly pid: number;
  /** Resolves when the process has printed `text` as a line. */
  line(text: string): Promise<void>;
  /** kill -9; gives everything it printed. */
  kill(): Promise<string>;
}

function startWriter(): WriterProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer-process.ts'), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let look = (): void => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    look();
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    pid: child.pid ?? 0,
    line: async (text) =>
      new Promise<void>((resolve, reject) => {
        look = () => {
          if (output.split('\n').slice(0, -1).includes(text)) resolve();
        };
        look();
        void ended.then(() => reject(new Error(`the writer ended after: ${output.slice(-200)}`)));
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      return output;
    },
  };
}

/** Lets a writer run `turns` further turns and kills it; gives the last turn that it was promised to be durable. */
async function writeAndKill(turns: number): Promise<number> {
  const reader = await openStoreReadOnly(folder);
  const from = (await reader.readLedger()).families.get('counter') ?? 0;
  await reader.close();
  const child = startWriter();
  await child.line(String(from + turns));
  const lines = (await child.kill()).split('\n').slice(0, -1);
  return Number(lines.at(-1));
}
