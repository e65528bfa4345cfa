// The table of stopped tasks: rows that left the ledger, with what their containers left behind. Bounded in three ways, each looked at only
// where a write may have exceeded it: so many of a service, so many of all, and an age counted from the newest.
import type { DatabaseSync } from 'node:sqlite';
import type { StoppedQuery } from '../../daemon/ports.ts';
import {
  type ContainerEvidence,
  STOPPED_KEPT,
  STOPPED_KEPT_DAYS,
  STOPPED_PER_SERVICE,
  type StoppedTask,
  keptRow,
} from '../../model/task/stopped-task.ts';
import type { Task } from '../../model/task/task.ts';
import { HOUR } from '../../std/time.ts';

/** Older versions leave this table alone, so it needs no schema version of its own: it is made where it is not there. */
export const STOPPED_TABLE = `
  CREATE TABLE IF NOT EXISTS stopped (
    position INTEGER PRIMARY KEY AUTOINCREMENT, task TEXT NOT NULL UNIQUE, service TEXT NOT NULL, at INTEGER NOT NULL,
    value TEXT NOT NULL, evidence TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS stopped_service ON stopped (service, position);
`;
/** Removed for their age in one write; the next ones go on. */
const TRIMMED_MAX = 100;

export interface StoppedWriter {
  /** A task's row as it is last known. Inside a transaction. */
  putTask(task: Task): void;
  /** Evidence of one container, in the place of an older one. Inside a transaction. */
  putEvidence(task: Task, evidence: ContainerEvidence): void;
  /** Keeps the limits over all services. Inside a transaction. */
  trim(): void;
}

/** Writes to the table of `database`. */
export function stoppedWriter(database: DatabaseSync): StoppedWriter {
  const put = database.prepare(
    `INSERT INTO stopped (task, service, at, value, evidence) VALUES (?, ?, ?, ?, '[]')
     ON CONFLICT (task) DO UPDATE SET at = excluded.at, value = excluded.value`,
  );
  const valueOf = database.prepare('SELECT value FROM stopped WHERE task = ?');
  const evidenceOf = database.prepare('SELECT evidence FROM stopped WHERE task = ?');
  const putEvidence = database.prepare('UPDATE stopped SET evidence = ? WHERE task = ?');
  const trimService = database.prepare(
    'DELETE FROM stopped WHERE service = ?1 AND position <= (SELECT position FROM stopped WHERE service = ?1 ORDER BY position DESC LIMIT 1 OFFSET ?2)',
  );
  const trimAll = database.prepare(
    'DELETE FROM stopped WHERE position <= (SELECT position FROM stopped ORDER BY position DESC LIMIT 1 OFFSET ?)',
  );
  const newest = database.prepare('SELECT at FROM stopped ORDER BY position DESC LIMIT 1');
  const trimOld = database.prepare(
    'DELETE FROM stopped WHERE position IN (SELECT position FROM stopped ORDER BY position LIMIT ?) AND at < ?',
  );
  const putTask = (last: Task): void => {
    const known = last.remains === true ? valueOf.get(last.id)?.['value'] : undefined;
    const task = known === undefined ? last : keptRow(JSON.parse(String(known)) as Task, last);
    const service = `${task.cluster}/${task.service}`;
    put.run(task.id, service, task.stoppedAt ?? task.createdAt, JSON.stringify(task));
    trimService.run(service, STOPPED_PER_SERVICE);
  };
  return {
    putTask,
    putEvidence: (task, evidence) => {
      putTask(task);
      const known = JSON.parse(String(evidenceOf.get(task.id)?.['evidence'] ?? '[]')) as readonly ContainerEvidence[];
      putEvidence.run(JSON.stringify([...known.filter((one) => one.name !== evidence.name), evidence]), task.id);
    },
    trim: () => {
      trimAll.run(STOPPED_KEPT);
      trimOld.run(TRIMMED_MAX, Number(newest.get()?.['at'] ?? 0) - STOPPED_KEPT_DAYS * 24 * HOUR);
    },
  };
}

/** The newest `limit` stopped tasks of `which`, newest first. */
export function readStopped(database: DatabaseSync, which: StoppedQuery, limit: number): readonly StoppedTask[] {
  // A file that no daemon of this version has opened yet.
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'stopped'").get() === undefined) return [];
  const rows = database
    .prepare(
      `SELECT value, evidence FROM stopped
       WHERE (?1 IS NULL OR service = ?1) AND (?2 IS NULL OR substr(task, 1, length(?2)) = ?2) ORDER BY position DESC LIMIT ?3`,
    )
    .all(which.service ?? null, which.idPrefix ?? null, limit);
  return rows.map((row) => {
    const task = JSON.parse(String(row['value'])) as Task;
    const evidence = JSON.parse(String(row['evidence'])) as readonly ContainerEvidence[];
    return { task, containers: inOrder(task, evidence) };
  });
}

/** Evidence comes in the order in which containers were removed; it is told in that of the definition. */
function inOrder(task: Task, evidence: readonly ContainerEvidence[]): readonly ContainerEvidence[] {
  const place = new Map(task.containers.map(({ name }, index) => [name, index]));
  return evidence.toSorted((a, b) => (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0));
}
