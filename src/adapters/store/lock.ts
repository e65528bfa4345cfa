// The single-writer lock: a second SQLite file held in an open write transaction. Such a transaction rests on a lock of the operating
// system, so it ends with its process, kill -9 included: no stale pid file, no timeout. Readers still see who holds it.
// Deliberately absent: any use of this file past SQLite. Closing another descriptor of it in this process would drop the lock (POSIX).
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isCorruption, StoreLockedError, SQLITE_BUSY, sqliteCode, storeError } from './errors.ts';
import type { Holder } from './errors.ts';
import { makePrivateFile } from './private-file.ts';

export interface Lock {
  release(): void;
}

/** How long a reader waits for the holder's row while it is being written; that takes one disk flush. */
const READ_WAIT_MS = 500;
/** Rounds of writing our name. Each further one needs another opener within a millisecond. */
const NAMING_TRIES = 10;

/**
 * Takes the lock in `file` (made when missing) for `holder`, at once or not at all.
 * Throws StoreLockedError, with the present holder, when another process or another store of this process has it.
 */
export function takeLock(file: string, folder: string, holder: Holder): Lock {
  try {
    return tryLock(file, folder, holder);
  } catch (error) {
    if (!isCorruption(error)) throw error;
    // Only a name is in it. Should somebody hold the damaged file all the same, the epoch turns the older one away.
    rmSync(file, { force: true });
    rmSync(`${file}-journal`, { force: true });
    return tryLock(file, folder, holder);
  }
}

function tryLock(file: string, folder: string, holder: Holder): Lock {
  const database = openLockFile(file);
  const name = JSON.stringify(holder);
  try {
    database.exec('BEGIN IMMEDIATE');
    for (let tries = 0; holderText(database) !== name; tries++) {
      // The name must be committed to be read by others, and for that moment the lock is open: another opener may slip in.
      // Then either its transaction makes ours fail here, or it was turned away and the next round puts our name back.
      if (tries === NAMING_TRIES) throw new StoreLockedError(folder, null);
      database.exec('CREATE TABLE IF NOT EXISTS holder (only INTEGER PRIMARY KEY CHECK (only = 1), value TEXT NOT NULL) STRICT');
      database.prepare('INSERT OR REPLACE INTO holder VALUES (1, ?)').run(name);
      database.exec('COMMIT');
      database.exec('BEGIN IMMEDIATE');
    }
  } catch (error) {
    database.close();
    if (sqliteCode(error) === SQLITE_BUSY) throw new StoreLockedError(folder, readHolder(file));
    throw storeError(error, file);
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}

/** A rollback journal, not WAL: there a waiting writer can't be told from a reader. Nothing in this file is worth a flush beyond the default. */
function openLockFile(file: string): DatabaseSync {
  try {
    makePrivateFile(file);
    return new DatabaseSync(file, { timeout: 0 });
  } catch (error) {
    throw storeError(error, file);
  }
}

/** Who wrote its name last; null when it can't be read. The lock does not depend on it. */
function readHolder(file: string): Holder | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: READ_WAIT_MS, readOnly: true });
    return parseHolder(holderText(database));
  } catch (error) {
    if (sqliteCode(error) === null && !(error instanceof SyntaxError)) throw error;
    return null;
  } finally {
    database?.close();
  }
}

function holderText(database: DatabaseSync): string | null {
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'holder'").get() === undefined) return null;
  const value = database.prepare('SELECT value FROM holder').get()?.['value'];
  return typeof value === 'string' ? value : null;
}

function parseHolder(text: string | null): Holder | null {
  if (text === null) return null;
  const value = JSON.parse(text) as Partial<Holder>;
  if (typeof value.pid !== 'number' || typeof value.startedAt !== 'number') return null;
  return { pid: value.pid, startedAt: value.startedAt, host: String(value.host), command: String(value.command) };
}
