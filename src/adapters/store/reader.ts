// Reading a store: the whole ledger at start, events for people, the last good commit. Used by the writer and by a plan without a daemon.
// Deliberately absent: checks of a row's content. The rows are written by the same code; SQLite's own check guards the bytes.
import type { DatabaseSync } from 'node:sqlite';
import type { Store, StoredEvent } from '../../daemon/ports.ts';
import type { Event } from '../../model/turn/event.ts';
import { EMPTY_LEDGER } from '../../model/turn/ledger.ts';
import type { Ledger } from '../../model/turn/ledger.ts';
import { sortedMap } from '../../std/order.ts';
import { STOPPED_KEPT } from '../../model/task/stopped-task.ts';
import { StoreError, storeError } from './errors.ts';
import { readStopped } from './stopped.ts';

export type StoreReader = Pick<Store, 'readLedger' | 'readCommit' | 'events' | 'taskEvents' | 'stoppedTasks' | 'close'>;

/** Events of one answer. A follower asks again with the last sequence number it got. */
export const EVENTS_READ_MAX = 10_000;

/** What a folder holds that no daemon has used yet. */
export const EMPTY_READER: StoreReader = {
  readLedger: async () => EMPTY_LEDGER,
  readCommit: async () => null,
  events: async () => [],
  taskEvents: async () => [],
  stoppedTasks: async () => [],
  close: async () => {},
};

/** Reads through `database`, which `close` closes; `file` names it in errors. */
export function storeReader(database: DatabaseSync, file: string): StoreReader {
  const read = async <T>(work: () => T): Promise<T> => {
    if (!database.isOpen) throw new StoreError('closed', `${file} is closed`, 'The daemon is stopping.');
    try {
      return work();
    } catch (error) {
      throw storeError(error, file);
    }
  };
  return {
    readLedger: async () => read(() => ledgerOf(database, file)),
    readCommit: async (repository) =>
      read(() => {
        const row = database.prepare('SELECT commit_id FROM commits WHERE repository = ?').get(repository);
        return row === undefined ? null : String(row['commit_id']);
      }),
    events: async (after, limit) => read(() => eventsOf(database, after, Math.min(limit, EVENTS_READ_MAX))),
    taskEvents: async (task, limit) => read(() => taskEventsOf(database, task, Math.min(limit, EVENTS_READ_MAX))),
    stoppedTasks: async (which, limit) => read(() => readStopped(database, which, Math.min(limit, STOPPED_KEPT))),
    close: async () => {
      if (database.isOpen) database.close();
    },
  };
}

/** 10,000 rows take about 40 ms. */
function ledgerOf(database: DatabaseSync, file: string): Ledger {
  const tables = new Map<string, [string, unknown][]>(Object.keys(EMPTY_LEDGER).map((table) => [table, []]));
  for (const row of database.prepare('SELECT kind, id, value FROM rows').iterate()) {
    const entries = tables.get(String(row['kind']));
    if (entries === undefined) throw foreignRow(file, String(row['kind']));
    entries.push([String(row['id']), JSON.parse(String(row['value']))]);
  }
  return Object.fromEntries([...tables].map(([table, entries]) => [table, sortedMap(entries)])) as unknown as Ledger;
}

function eventsOf(database: DatabaseSync, after: number | null, limit: number): readonly StoredEvent[] {
  if (limit <= 0) return [];
  const rows =
    after === null
      ? database.prepare('SELECT sequence, value FROM events ORDER BY sequence DESC LIMIT ?').all(limit).toReversed()
      : database.prepare('SELECT sequence, value FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?').all(after, limit);
  return rows.map(storedEvent);
}

/** The condition is that of the index, word for word: else SQLite would read every event. */
export const TASK_EVENTS = "SELECT sequence, value FROM events WHERE json_extract(value, '$.task') = ? ORDER BY sequence DESC LIMIT ?";

function taskEventsOf(database: DatabaseSync, task: string, limit: number): readonly StoredEvent[] {
  const rows = database.prepare(TASK_EVENTS).all(task, Math.max(0, limit));
  return rows.toReversed().map(storedEvent);
}

function storedEvent(row: Readonly<Record<string, unknown>>): StoredEvent {
  return { ...(JSON.parse(String(row['value'])) as Event), sequence: Number(row['sequence']) };
}

function foreignRow(file: string, kind: string): StoreError {
  return new StoreError(
    'newer-schema',
    `${file} holds rows of a table "${kind}" that this Longshore does not know`,
    'Start the newer version that wrote them, or give this one a state folder of its own.',
  );
}
