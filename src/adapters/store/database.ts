// The main file: its tables, its settings, its version, and what happens when it is damaged.
// Deliberately absent: migrations. There is one schema version so far; the second one brings the first migration.
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isCorruption, StoreError, storeError } from './errors.ts';
import { makePrivateFile } from './private-file.ts';
import { STOPPED_TABLE } from './stopped.ts';

export const SCHEMA_VERSION = 1;
/** A reader (the plan without a daemon) holds the file for milliseconds; nobody else writes. */
export const BUSY_TIMEOUT_MS = 5_000;
/** Damaged files kept for people, newest first. */
const DAMAGED_KEPT = 3;

/** One row per map entry of the ledger; `sequence` never goes back, even when every event was trimmed. */
const TABLES = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE rows (kind TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
  CREATE TABLE events (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, value TEXT NOT NULL) STRICT;
  CREATE TABLE commits (position INTEGER PRIMARY KEY, repository TEXT NOT NULL UNIQUE, commit_id TEXT NOT NULL) STRICT;
  INSERT INTO meta VALUES ('schema', ${SCHEMA_VERSION}), ('epoch', 0);
`;

/** The events of one task among 100,000 in under a millisecond. Made where it is not there, about 0.2 s for a full table. */
const EVENTS_BY_TASK = `
  CREATE INDEX IF NOT EXISTS events_task ON events (json_extract(value, '$.task')) WHERE json_extract(value, '$.task') IS NOT NULL;
`;

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** Where the damaged file went, or null. */
  readonly recovered: string | null;
}

/**
 * Opens `file` for writing: makes it when missing, checks it whole (about 5 ms per MB), moves a damaged one aside and starts empty:
 * containers are adopted again from their labels. `at` (ms) dates the damaged file and lifts the event numbers of the new one
 * above those of the old one. Throws StoreError: newer-schema, not-permitted, disk-full.
 */
export function openDatabase(file: string, at: number): OpenedDatabase {
  try {
    return { database: openChecked(file), recovered: null };
  } catch (error) {
    if (!isCorruption(error)) throw storeError(error, file);
  }
  const recovered = moveAside(file, at);
  try {
    const database = openChecked(file);
    // The old numbers are unknown. Less than an event a second since 1970 is: a follower's cursor stays behind the new ones.
    database.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)").run(Math.floor(at / 1_000));
    return { database, recovered };
  } catch (error) {
    throw storeError(error, file);
  }
}

/** Opens `file` for reading beside a living writer; null when there is none. Throws StoreError: newer-schema, corrupt, not-permitted. */
export function openForReading(file: string): DatabaseSync | null {
  if (!existsSync(file)) return null;
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, readOnly: true });
    // The daemon makes the file and its tables in two steps: between them it is empty.
    if (!hasTables(database)) {
      database.close();
      return null;
    }
    checkVersion(database, file);
    return database;
  } catch (error) {
    database?.close();
    throw storeError(error, file);
  }
}

function openChecked(file: string): DatabaseSync {
  makePrivateFile(file);
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    // FULL: each commit is flushed before it returns. NORMAL would lose the last ones when the power fails, and an action may have followed.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (verdict !== 'ok') throw new StoreError('corrupt', `${file} is damaged: ${String(verdict)}`, 'It is moved aside.');
    if (!hasTables(database)) database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
    checkVersion(database, file);
    database.exec(`BEGIN IMMEDIATE; ${STOPPED_TABLE} ${EVENTS_BY_TASK} COMMIT`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function hasTables(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() !== undefined;
}

function checkVersion(database: DatabaseSync, file: string): void {
  const version = database.prepare("SELECT value FROM meta WHERE key = 'schema'").get()?.['value'];
  if (typeof version !== 'number') throw new StoreError('corrupt', `${file} has no schema version`, 'It is moved aside.');
  if (version > SCHEMA_VERSION) {
    throw new StoreError(
      'newer-schema',
      `${file} was written by a newer Longshore (schema ${version}, this one knows ${SCHEMA_VERSION})`,
      'Start that newer version again, or give this one a state folder of its own.',
    );
  }
}

/** Renames the file and its journal; a journal left behind would be replayed into the new file. */
function moveAside(file: string, at: number): string {
  const aside = `${file}.damaged-${new Date(at).toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const suffix of ['-wal', '-shm', '']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  const folder = dirname(file);
  const damaged = readdirSync(folder).filter((name) => name.startsWith(`${basename(file)}.damaged-`));
  const kept = [...new Set(damaged.map((name) => name.replace(/-(wal|shm)$/, '')))].toSorted().slice(-DAMAGED_KEPT);
  for (const name of damaged) if (!kept.includes(name.replace(/-(wal|shm)$/, ''))) rmSync(join(folder, name));
  return aside;
}
