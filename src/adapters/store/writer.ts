// Writing a store: the changed rows and the events of a turn in one transaction that first checks that the lease is still ours.
// Deliberately absent: a clock. Events are aged by the newest event's own time, so a store that is not written forgets nothing.
import type { DatabaseSync } from 'node:sqlite';
import type { LedgerChange } from '../../daemon/ports.ts';
import type { Event } from '../../model/turn/event.ts';
import type { ContainerEvidence } from '../../model/task/stopped-task.ts';
import type { Task } from '../../model/task/task.ts';
import { HOUR } from '../../std/time.ts';
import { StoreError } from './errors.ts';
import { stoppedWriter } from './stopped.ts';

/** History for people: whichever limit comes first. */
export const EVENTS_KEPT = 100_000;
export const EVENTS_KEPT_MS = 90 * 24 * HOUR;
/** Old events removed in one write: a long pause is caught up over several writes instead of one slow one. */
const EVENTS_TRIMMED_MAX = 1_000;
/** Repositories whose last good commit is remembered; a renamed one leaves its row behind. */
const COMMITS_KEPT = 100;

export interface StoreWriter {
  readonly epoch: number;
  write(changes: readonly LedgerChange[], events: readonly Event[]): void;
  writeCommit(repository: string, commit: string): void;
  keepEvidence(task: Task, evidence: ContainerEvidence): void;
}

/** Takes the next epoch of `database` and writes under it. Its functions throw SQLite's errors, and StoreError lease-lost. */
export function storeWriter(database: DatabaseSync): StoreWriter {
  const readEpoch = database.prepare("SELECT value FROM meta WHERE key = 'epoch'");
  database.exec("BEGIN IMMEDIATE; UPDATE meta SET value = value + 1 WHERE key = 'epoch'");
  const epoch = Number(readEpoch.get()?.['value']);
  database.exec('COMMIT');

  const putRow = database.prepare('INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  const readRow = database.prepare('SELECT value FROM rows WHERE kind = ? AND id = ?');
  const stopped = stoppedWriter(database);
  const dropRow = database.prepare('DELETE FROM rows WHERE kind = ? AND id = ?');
  const putEvent = database.prepare('INSERT INTO events (at, value) VALUES (?, ?)');
  const trim = eventTrimmer(database);
  const putCommit = database.prepare('INSERT OR REPLACE INTO commits (repository, commit_id) VALUES (?, ?)');
  const trimCommits = database.prepare(
    'DELETE FROM commits WHERE position NOT IN (SELECT position FROM commits ORDER BY position DESC LIMIT ?)',
  );

  const transaction = (work: () => void): void => {
    database.exec('BEGIN IMMEDIATE');
    try {
      if (Number(readEpoch.get()?.['value']) !== epoch) throw leaseLost(epoch);
      work();
      database.exec('COMMIT');
    } catch (error) {
      // A full disk has rolled back already; a second ROLLBACK would hide the reason.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };

  return {
    epoch,
    write: (changes, events) => {
      if (changes.length === 0 && events.length === 0) return;
      transaction(() => {
        let ended = false;
        for (const { table, id, row } of changes) {
          const last = table === 'tasks' && row === null ? readRow.get(table, id) : undefined;
          if (last !== undefined) stopped.putTask(JSON.parse(String(last['value'])) as Task);
          ended ||= last !== undefined;
          if (row === null) dropRow.run(table, id);
          else putRow.run(table, id, JSON.stringify(row));
        }
        if (ended) stopped.trim();
        let newest = 0;
        for (const event of events) newest = Number(putEvent.run(event.at, JSON.stringify(event)).lastInsertRowid);
        if (events.length > 0) trim(newest, Math.max(...events.map((event) => event.at)));
      });
    },
    keepEvidence: (task, evidence) => {
      transaction(() => {
        stopped.putEvidence(task, evidence);
        stopped.trim();
      });
    },
    writeCommit: (repository, commit) => {
      transaction(() => {
        putCommit.run(repository, commit);
        trimCommits.run(COMMITS_KEPT);
      });
    },
  };
}

/** Both rules look at the oldest end of the primary key only, so a write pays for what it removes and no more. */
function eventTrimmer(database: DatabaseSync): (newest: number, at: number) => void {
  const byCount = database.prepare('DELETE FROM events WHERE sequence <= ?');
  const byAge = database.prepare('DELETE FROM events WHERE sequence IN (SELECT sequence FROM events ORDER BY sequence LIMIT ?) AND at < ?');
  const oldest = database.prepare('SELECT at FROM events ORDER BY sequence LIMIT 1');
  return (newest, at) => {
    byCount.run(newest - EVENTS_KEPT);
    const cutoff = at - EVENTS_KEPT_MS;
    if (Number(oldest.get()?.['at'] ?? cutoff) < cutoff) byAge.run(EVENTS_TRIMMED_MAX, cutoff);
  };
}

function leaseLost(epoch: number): StoreError {
  return new StoreError(
    'lease-lost',
    `another daemon has opened this store after us (our epoch is ${epoch}): nothing was written`,
    'Stop one of the two; this one ends by itself.',
  );
}
