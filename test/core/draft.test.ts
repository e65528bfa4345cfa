// The ledger being written: what was handed out stays as it was, and what nothing touched keeps its reference.
import { expect, test } from 'vitest';
import { draftOf, ledgerOf } from '../../src/core/draft.ts';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/turn/ledger.ts';
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

test('what is deleted and written again in one turn stands in its place, and is listed once', () => {
  const draft = draftOf({
    ...EMPTY_LEDGER,
    tasks: new Map([FIRST, SECOND].sort((a, b) => (a.id < b.id ? -1 : 1)).map((row) => [row.id, row])),
  });
  const standing = draft.tasks.standing();
  draft.tasks.delete(FIRST.id);
  expect([...draft.tasks.values()]).toEqual([SECOND]);
  const again: typeof FIRST = { ...FIRST, lastStatus: 'PENDING' };
  draft.tasks.set(FIRST.id, again);
  draft.tasks.set('0', again);
  expect(draft.tasks.get(FIRST.id)).toBe(again);
  expect([...draft.tasks.values()]).toHaveLength(3);
  draft.tasks.delete('0');
  expect([...draft.tasks.result().values()]).toEqual([again, SECOND].sort((a, b) => (a.id < b.id ? -1 : 1)));
  expect(standing(FIRST.id)).toBe(FIRST);
  expect(standing('0')).toBeUndefined();
});
