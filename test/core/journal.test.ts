// Which ledger rows a turn makes durable.
import { expect, test } from 'vitest';
import { deployment, ledger, serviceRow, task } from '../build.ts';
import { EMPTY_LEDGER } from '../../src/model/turn/ledger.ts';
import { ledgerChanges } from '../../src/core/journal.ts';

const one = task({ slot: 1 });
const two = task({ slot: 2 });
const before = ledger({ services: [serviceRow()], tasks: [one, two] });

const keys = (changes: ReturnType<typeof ledgerChanges>): string[] =>
  changes.map((change) => `${change.table} ${change.row === null ? '-' : '+'}`);

test('an unchanged ledger has no changes', () => {
  expect(ledgerChanges(before, before)).toEqual([]);
});

test('rows of equal content are not written again, even when they are other objects', () => {
  expect(ledgerChanges(before, structuredClone(before))).toEqual([]);
});

test('a new ledger is written whole, services before their tasks', () => {
  expect(keys(ledgerChanges(EMPTY_LEDGER, before))).toEqual(['services +', 'tasks +', 'tasks +']);
});

test('a changed row and a removed one', () => {
  const changed = { ...one, lastStatus: 'STOPPING' as const };
  const changes = ledgerChanges(before, { ...before, tasks: new Map([[one.id, changed]]) });
  expect(changes).toEqual([
    { table: 'tasks', id: one.id, row: changed },
    { table: 'tasks', id: two.id, row: null },
  ]);
});

test('a change deep inside a row is a change', () => {
  const after = { ...before, services: new Map([['default/web', serviceRow({ deployments: [deployment({ failedTasks: 1 })] })]]) };
  expect(keys(ledgerChanges(before, after))).toEqual(['services +']);
});

test('a family counter is a row', () => {
  expect(ledgerChanges(EMPTY_LEDGER, { ...EMPTY_LEDGER, families: new Map([['web', 2]]) })).toEqual([
    { table: 'families', id: 'web', row: 2 },
  ]);
});

test('a retry is a row', () => {
  const row = { key: 'k', tries: 1, retryAt: 5, error: { code: 'Failed' as const, message: 'no' } };
  expect(ledgerChanges(EMPTY_LEDGER, { ...EMPTY_LEDGER, retries: new Map([['k', row]]) })).toEqual([{ table: 'retries', id: 'k', row }]);
});
