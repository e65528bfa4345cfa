// A ledger being written: reads see what was set before; a table that nothing touched keeps its reference, so that a quiet turn
// changes nothing and costs nothing.
import type { Ledger } from '../model/ledger.ts';
import { byText } from '../std/order.ts';

export interface DraftTable<T> {
  get(id: string): T | undefined;
  /** Setting the same reference again is no change. */
  set(id: string, row: T): void;
  delete(id: string): void;
  values(): Iterable<T>;
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
    images: draft.images.result(),
    commands: draft.commands.result(),
  };
  const same = (Object.keys(ledger) as (keyof Ledger)[]).every((table) => ledger[table] === base[table]);
  return same ? base : ledger;
}

function draftTable<T>(base: ReadonlyMap<string, T>): DraftTable<T> {
  let now = base;
  let own: Map<string, T> | null = null;
  let grown = false;
  /** A table that was handed out is never written to again: others remember things about it by its reference. */
  const writable = (): Map<string, T> => {
    if (own === null) now = own = new Map(now);
    return own;
  };
  return {
    get: (id) => now.get(id),
    set(id, row) {
      if (now.get(id) === row) return;
      if (!now.has(id)) grown = true;
      writable().set(id, row);
    },
    delete(id) {
      if (now.has(id)) writable().delete(id);
    },
    values: () => now.values(),
    result() {
      if (grown) now = new Map([...now].sort((a, b) => byText(a[0], b[0])));
      own = null;
      grown = false;
      return now;
    },
  };
}
