// What must be made durable after a turn: the ledger rows that differ. Deliberately absent: how and where they are written.
// 10,000 tasks must not mean rewriting 10,000 rows: a map that is identical by reference is skipped whole, a row likewise.
import { EMPTY_LEDGER, type Ledger, type LedgerChange } from '../model/turn/ledger.ts';
import { same } from '../std/diff.ts';

/** Every table, in the order in which the ledger names them: a reader of the rows never meets a task before its service. */
const TABLES = Object.keys(EMPTY_LEDGER) as readonly (keyof Ledger)[];

/**
 * The rows of `after` that are new or have other content than in `before`, then the rows that are gone (`row` null), table by table.
 * Rows of equal content are left out even when they are other objects.
 */
export function ledgerChanges(before: Ledger, after: Ledger): readonly LedgerChange[] {
  if (before === after) return [];
  return TABLES.flatMap((table) => tableChanges(table, before[table], after[table]));
}

function tableChanges(
  table: keyof Ledger,
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): readonly LedgerChange[] {
  if (before === after) return [];
  const changes: LedgerChange[] = [];
  for (const [id, row] of after) if (!same(before.get(id), row)) changes.push({ table, id, row });
  for (const id of before.keys()) if (!after.has(id)) changes.push({ table, id, row: null });
  return changes;
}
