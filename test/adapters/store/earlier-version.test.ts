// The store over a file that an earlier version made: it is read as it is, and gets the tables and indexes that it lacks.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TASK_EVENTS } from '../../../src/adapters/store/reader.ts';
import { openStore, openStoreReadOnly } from '../../../src/adapters/store/sqlite.ts';
import type { ContainerEvidence } from '../../../src/model/task/stopped-task.ts';
import { storeEvent } from '../../contract/store.ts';
import { task } from '../../build.ts';

const EVIDENCE: ContainerEvidence = {
  ...{ name: 'main', exitCode: 1, oomKilled: false, error: '', startedAt: 1, finishedAt: 2, health: [], log: [], logMissing: null },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longshore-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const open = async () => openStore({ folder, holder: { pid: process.pid, host: 'harbour-1', startedAt: 1, command: 'longshore watch' } });
const ledgerFile = (): string => join(folder, 'ledger.sqlite');

describe('a file of an earlier version', () => {
  it('is read as it is, and gets what it lacks when a daemon opens it', async () => {
    const before = await open();
    await before.write([], [{ ...storeEvent(1), task: 'a' }]);
    await before.close();
    const file = new DatabaseSync(ledgerFile());
    file.exec('DROP TABLE stopped; DROP INDEX events_task');
    file.close();
    const reader = await openStoreReadOnly(folder);
    expect(await reader.stoppedTasks({}, 10)).toEqual([]);
    expect(await reader.taskEvents('a', 10)).toHaveLength(1);
    await reader.close();
    const after = await open();
    await after.keepEvidence(task(), EVIDENCE);
    expect(await after.stoppedTasks({}, 10)).toMatchObject([{ task: task(), containers: [EVIDENCE] }]);
    await after.close();
  });

  it('finds the events of a task without reading all of them', async () => {
    await (await open()).close();
    const file = new DatabaseSync(ledgerFile());
    const plan = file.prepare(`EXPLAIN QUERY PLAN ${TASK_EVENTS}`).all('a', 10);
    expect(plan.map((row) => String(row['detail']))).toEqual([expect.stringContaining('USING INDEX events_task')]);
    file.close();
  });
});
