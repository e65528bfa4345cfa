// The store on node:sqlite: the ledger's rows, the events and the last good commits, durable when a promise resolves.
// One writer at a time, twice over: a lock of the operating system (lock.ts) and an epoch in the main file that each write checks,
// for file systems whose locks can't be trusted. SQLite is synchronous: a write blocks the thread for its disk flush, well under 1 ms.
// Deliberately absent: a cache. The daemon holds the ledger in memory and reads it here once.
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { LedgerChange, Store } from '../../daemon/ports.ts';
import type { Event } from '../../model/turn/event.ts';
import type { ContainerEvidence } from '../../model/task/stopped-task.ts';
import type { Task } from '../../model/task/task.ts';
import { openDatabase, openForReading } from './database.ts';
import { folderError, noFolder, StoreError, storeError } from './errors.ts';
import type { Holder } from './errors.ts';
import { takeLock } from './lock.ts';
import type { Lock } from './lock.ts';
import { EMPTY_READER, storeReader } from './reader.ts';
import type { StoreReader } from './reader.ts';
import { storeWriter } from './writer.ts';
import type { StoreWriter } from './writer.ts';

export interface StoreOptions {
  /** The state folder; made with mode 0700 when missing. */
  readonly folder: string;
  /** Shown to whoever finds the store locked. */
  readonly holder: Holder;
}

export interface OpenedStore extends Store {
  /** Where a damaged file was moved (the ledger is empty then), or null. */
  readonly recovered: string | null;
  /** Grows by one with each opening. */
  readonly epoch: number;
}

const LEDGER_FILE = 'ledger.sqlite';
const LOCK_FILE = 'lock.sqlite';

/**
 * Opens the store of a state folder for writing. Rejects with StoreLockedError while another daemon holds it, with StoreError
 * (newer-schema, not-permitted, disk-full) when it can't be used.
 */
export async function openStore(options: StoreOptions): Promise<OpenedStore> {
  makeFolder(options.folder);
  const lock = takeLock(join(options.folder, LOCK_FILE), options.folder, options.holder);
  try {
    const file = join(options.folder, LEDGER_FILE);
    const { database, recovered } = openDatabase(file, options.holder.startedAt);
    return { ...openedStore(file, database, lock), recovered };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * The ledger, the commits and the events of a state folder, beside a running daemon or without one; it takes no lock and writes
 * nothing. A folder that no daemon has used yet reads as empty. Rejects with StoreError: newer-schema, corrupt, not-permitted.
 */
export async function openStoreReadOnly(folder: string): Promise<StoreReader> {
  const file = join(folder, LEDGER_FILE);
  const database = openForReading(file);
  return database === null ? EMPTY_READER : storeReader(database, file);
}

function openedStore(file: string, database: DatabaseSync, lock: Lock): Omit<OpenedStore, 'recovered'> {
  const reader = storeReader(database, file);
  const writer = opened(() => storeWriter(database), database, file);
  const inode = statSync(file).ino;
  const write = async (work: (writer: StoreWriter) => void): Promise<void> => {
    if (!database.isOpen) throw closed(file);
    // SQLite would go on writing into a deleted file for ever, and nothing of it would be there after a restart.
    if (!existsSync(file) || statSync(file).ino !== inode) throw gone(file);
    try {
      work(writer);
    } catch (error) {
      throw storeError(error, file, 'write');
    }
  };
  return {
    epoch: writer.epoch,
    readLedger: reader.readLedger,
    readCommit: reader.readCommit,
    events: reader.events,
    taskEvents: reader.taskEvents,
    stoppedTasks: reader.stoppedTasks,
    write: async (changes: readonly LedgerChange[], events: readonly Event[]) => write((it) => it.write(changes, events)),
    keepEvidence: async (task: Task, evidence: ContainerEvidence) => write((it) => it.keepEvidence(task, evidence)),
    writeCommit: async (repository: string, commit: string) => write((it) => it.writeCommit(repository, commit)),
    close: async () => {
      await reader.close();
      lock.release();
    },
  };
}

function opened<T>(work: () => T, database: DatabaseSync, file: string): T {
  try {
    return work();
  } catch (error) {
    database.close();
    throw storeError(error, file);
  }
}

/**
 * A folder that is already there keeps its mode: it may hold more than ours. The files in it are 0600 either way. Folder by folder, since
 * node:fs's own `recursive` says ENOENT of a read-only parent, and never returns where a parent takes no folders at all (/proc).
 */
function makeFolder(folder: string): void {
  const missing: string[] = [];
  let parent = resolve(folder);
  for (; !existsSync(parent); parent = dirname(parent)) missing.unshift(parent);
  if (!statSync(parent).isDirectory()) throw noFolder(parent);
  for (const next of missing) {
    try {
      mkdirSync(next, { mode: 0o700 });
      chmodSync(next, 0o700);
    } catch (error) {
      // Another process made it since we looked: it is there, which is all that was wanted.
      if (!existsSync(next)) throw folderError(error, folder, dirname(next));
    }
  }
}

function closed(file: string): StoreError {
  return new StoreError('closed', `${file} is closed`, 'The daemon is stopping; nothing was written.');
}

function gone(file: string): StoreError {
  return new StoreError(
    'gone',
    `${file} was removed or replaced while the daemon runs`,
    'Restart the daemon: it adopts the running tasks again from their labels.',
  );
}
