// A ledger being written: reads see what was set before; a table that nothing touched keeps its reference, so that a quiet turn
// changes nothing and costs nothing.
import type { Ledger } from '../model/turn/ledger.ts';
import { byText } from '../std/order.ts';

export interface DraftTable<T> {
  get(id: string): T | undefined;
  /** Setting the same reference again is no change. */
  set(id: string, row: T): void;
  delete(id: string): void;
  values(): Iterable<T>;
  /** Rows by id as they stand now, whatever is written later. */
  standing(): (id: string) => T | undefined;
  /** The table as it stands, in sorted order of its ids; the base itself when nothing changed. */
  result(): ReadonlyMap<string, T>;
}

export type Draft = { readonly [Table in keyof Ledger]: Ledger[Table] extends ReadonlyMap<string, infer Row> ? DraftTable<Row> : never };

/** A draft over a ledger; the ledger itself is never changed. */
export function draftOf(ledger: Ledger): Draft {
  return {
    revisions: draftTable(ledger.revisions),
    families: draftTable(ledger.families),
    deploymentNumbers: draftTable(ledger.deploymentNumbers),
    services: draftTable(ledger.services),
    tasks: draftTable(ledger.tasks),
    retries: draftTable(ledger.retries),
    instances: draftTable(ledger.instances),
    registrations: draftTable(ledger.registrations),
    providers: draftTable(ledger.providers),
    images: draftTable(ledger.images),
    commands: draftTable(ledger.commands),
  };
}

/** The ledger that a draft stands for; the base itself when nothing changed. */
export function ledgerOf(draft: Draft, base: Ledger): Ledger {
  const ledger: Ledger = {
    revisions: draft.revisions.result(),
    families: draft.families.result(),
    deploymentNumbers: draft.deploymentNumbers.result(),
    services: draft.services.result(),
    tasks: draft.tasks.result(),
    retries: draft.retries.result(),
    instances: draft.instances.result(),
    registrations: draft.registrations.result(),
    providers: draft.providers.result(),
    images: draft.images.result(),
    commands: draft.commands.result(),
  };
  const same = (Object.keys(ledger) as (keyof Ledger)[]).every((table) => ledger[table] === base[table]);
  return same ? base : ledger;
}

/** Only what changes is kept beside the base: of 10,000 tasks a turn touches a few, and a table is put together once a turn. */
function draftTable<T>(given: ReadonlyMap<string, T>): DraftTable<T> {
  let base = given;
  const changed = new Map<string, T>();
  const removed = new Set<string>();
  // Most reads are of tables that nothing has changed yet: three look-ups each would be felt at 10,000 tasks.
  const get = (id: string): T | undefined =>
    changed.size === 0 && removed.size === 0 ? base.get(id) : (changed.get(id) ?? (removed.has(id) ? undefined : base.get(id)));
  return {
    get,
    set(id, row) {
      if (get(id) === row) return;
      changed.set(id, row);
      removed.delete(id);
    },
    delete(id) {
      changed.delete(id);
      if (base.has(id)) removed.add(id);
    },
    values: () => (changed.size === 0 && removed.size === 0 ? base.values() : valuesOf(base, changed, removed)),
    standing() {
      const [before, then, gone] = [base, new Map(changed), new Set(removed)];
      return (id) => then.get(id) ?? (gone.has(id) ? undefined : before.get(id));
    },
    result() {
      if (changed.size === 0 && removed.size === 0) return base;
      base = merged(base, changed, removed);
      changed.clear();
      removed.clear();
      return base;
    },
  };
}

/** The rows of a table that is being written; what is deleted meanwhile is left out. */
function* valuesOf<T>(base: ReadonlyMap<string, T>, changed: ReadonlyMap<string, T>, removed: ReadonlySet<string>): Generator<T, void> {
  for (const [id, row] of base) if (!removed.has(id)) yield changed.get(id) ?? row;
  for (const [id, row] of changed) if (!base.has(id)) yield row;
}

/** A new table in order: the base is, so only the added rows are sorted, and there are few of them. */
function merged<T>(base: ReadonlyMap<string, T>, changed: ReadonlyMap<string, T>, removed: ReadonlySet<string>): ReadonlyMap<string, T> {
  const added = [...changed].filter(([id]) => !base.has(id)).sort(([a], [b]) => byText(a, b));
  if (added.length === 0 && removed.size === 0) {
    const table = new Map(base);
    for (const [id, row] of changed) table.set(id, row);
    return table;
  }
  const table = new Map<string, T>();
  let next = 0;
  // forEach makes no pair for each of 10,000 rows.
  base.forEach((row, id) => {
    if (removed.size > 0 && removed.has(id)) return;
    for (let late = added[next]; late !== undefined && late[0] < id; late = added[++next]) table.set(late[0], late[1]);
    table.set(id, changed.get(id) ?? row);
  });
  for (const [id, row] of added.slice(next)) table.set(id, row);
  return table;
}
