// The ledger being written: what was handed out stays as it was, and what nothing touched keeps its reference.
import { expect, test } from 'vitest';
import { draftOf, ledgerOf } from '../../src/core/draft.ts';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/ledger.ts';
import { task } from '../build.ts';

const FIRST = task({ slot: 1 });
const SECOND = task({ slot: 2 });
const LEDGER: Ledger = { ...EMPTY_LEDGER, tasks: new Map([[FIRST.id, FIRST]]) };

test('a table that was handed out in the middle of a turn is not written to afterwards', () => {
  const draft = draftOf(LEDGER);
  draft.tasks.set(FIRST.id, { ...FIRST, lastStatus: 'STOPPING' });
  const handedOut = draft.tasks.result();
  draft.tasks.set(FIRST.id, { ...FIRST, lastStatus: 'STOPPED' });
  expect(handedOut.get(FIRST.id)?.lastStatus).toBe('STOPPING');
  expect(draft.tasks.result()).not.toBe(handedOut);
  expect(draft.tasks.get(FIRST.id)?.lastStatus).toBe('STOPPED');
  expect(LEDGER.tasks.get(FIRST.id)).toBe(FIRST);
});

test('a table that nothing touched keeps its reference, and so does the ledger', () => {
  const draft = draftOf(LEDGER);
  draft.tasks.set(FIRST.id, FIRST);
  draft.tasks.delete('unknown');
  expect(ledgerOf(draft, LEDGER)).toBe(LEDGER);
});

test('a table that has grown is in the order of its ids', () => {
  const draft = draftOf(LEDGER);
  draft.tasks.set(SECOND.id, SECOND);
  draft.tasks.set('0', FIRST);
  expect([...draft.tasks.result().keys()]).toEqual(['0', FIRST.id, SECOND.id].sort());
  draft.tasks.delete('0');
  expect([...draft.tasks.result().keys()]).toEqual([FIRST.id, SECOND.id].sort());
});
