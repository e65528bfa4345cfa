// The simulation's store: what is durable lies in a disk object that outlives the stores opened on it, as a file outlives a process.
// Rows are kept as JSON text, so that nothing is shared with the writer and nothing survives that a file would not keep.
// Deliberately absent: time. A write takes effect at once; the hook decides whether its writer ever hears of it.
import type { LedgerChange, Store, StoredEvent } from '../../src/daemon/ports.ts';
import type { Event } from '../../src/model/turn/event.ts';
import { EMPTY_LEDGER } from '../../src/model/turn/ledger.ts';
import type { Ledger } from '../../src/model/turn/ledger.ts';
import {
  type ContainerEvidence,
  STOPPED_KEPT,
  STOPPED_KEPT_DAYS,
  STOPPED_PER_SERVICE,
  type StoppedTask,
  keptRow,
} from '../../src/model/task/stopped-task.ts';
import type { Task } from '../../src/model/task/task.ts';
import { HOUR } from '../../src/std/time.ts';
import { sortedMap } from '../../src/std/order.ts';

/** What is durable. A plain value: `structuredClone` of it is a backup, and putting an older one back is an old ledger. */
export interface MemoryDisk {
  /** By table, then by id, as JSON. */
  readonly rows: Map<string, Map<string, string>>;
  readonly events: StoredEvent[];
  readonly commits: Map<string, string>;
  /** By task, newest last; the tasks as JSON. */
  readonly stopped: Map<string, { readonly service: string; readonly at: number; readonly text: string }>;
  sequence: number;
  /** Of the store opened last; older ones are refused. */
  epoch: number;
}

/** `before`: the write fails and nothing of it is durable. `after`: it fails, and everything is. */
export type WriteFault = 'before' | 'after' | null;

export interface MemoryStoreOptions {
  /** Asked at each write of rows, events or a commit; `number` counts the writes of this store from 1. */
  readonly fault?: (number: number, changes: readonly LedgerChange[], events: readonly Event[]) => WriteFault;
  /** Events kept; the oldest go first. Default 100,000. */
  readonly eventsKept?: number;
}

export class MemoryStoreError extends Error {
  readonly code: 'closed' | 'lease-lost' | 'failed';

  constructor(code: MemoryStoreError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export function emptyDisk(): MemoryDisk {
  return { rows: new Map(), events: [], commits: new Map(), stopped: new Map(), sequence: 0, epoch: 0 };
}

/** Opens a store on `disk` and takes the lease from any store opened before. A crash is: open another one and forget this one. */
export function openMemoryStore(disk: MemoryDisk, options: MemoryStoreOptions = {}): Store {
  const epoch = ++disk.epoch;
  let open = true;
  let writes = 0;
  const check = (): void => {
    if (!open) throw new MemoryStoreError('closed', 'the store is closed');
  };
  const write = (changes: readonly LedgerChange[], events: readonly Event[], effect: () => void): void => {
    check();
    if (disk.epoch !== epoch) throw new MemoryStoreError('lease-lost', 'another store was opened after this one');
    const fault = options.fault?.(++writes, changes, events) ?? null;
    if (fault !== 'before') effect();
    if (fault !== null) throw new MemoryStoreError('failed', `the simulated disk failed ${fault} the write`);
  };
  return {
    readLedger: async () => {
      check();
      return ledgerOf(disk);
    },
    write: async (changes, events) => write(changes, events, () => apply(disk, changes, events, options.eventsKept ?? 100_000)),
    readCommit: async (repository) => {
      check();
      return disk.commits.get(repository) ?? null;
    },
    writeCommit: async (repository, commit) => write([], [], () => disk.commits.set(repository, commit)),
    events: async (after, limit) => {
      check();
      if (limit <= 0) return [];
      return after === null ? disk.events.slice(-limit) : disk.events.filter((event) => event.sequence > after).slice(0, limit);
    },
    taskEvents: async (task, limit) => {
      check();
      return limit <= 0 ? [] : disk.events.filter((event) => event.task === task).slice(-limit);
    },
    keepEvidence: async (task, evidence) => write([], [], () => keepStopped(disk, task, evidence)),
    stoppedTasks: async ({ service, idPrefix = '' }, limit) => {
      check();
      const wanted = [...disk.stopped].filter(([id, one]) => id.startsWith(idPrefix) && (service === undefined || one.service === service));
      return wanted
        .toReversed()
        .slice(0, limit)
        .map(([, { text }]) => JSON.parse(text) as StoppedTask);
    },
    close: async () => {
      open = false;
    },
  };
}

function apply(disk: MemoryDisk, changes: readonly LedgerChange[], events: readonly Event[], eventsKept: number): void {
  for (const { table, id, row } of changes) {
    const rows = disk.rows.get(table) ?? new Map<string, string>();
    disk.rows.set(table, rows);
    const last = table === 'tasks' && row === null ? rows.get(id) : undefined;
    if (last !== undefined) keepStopped(disk, JSON.parse(last) as Task, null);
    if (row === null) rows.delete(id);
    else rows.set(id, JSON.stringify(row));
  }
  for (const event of events) disk.events.push({ ...event, sequence: ++disk.sequence });
  if (disk.events.length > eventsKept) disk.events.splice(0, disk.events.length - eventsKept);
}

/** The limits are the real store's; what is old goes when something new comes. */
function keepStopped(disk: MemoryDisk, last: Task, evidence: ContainerEvidence | null): void {
  const before = disk.stopped.get(last.id);
  const kept = before === undefined ? undefined : (JSON.parse(before.text) as StoppedTask);
  const known = kept?.containers ?? [];
  const task = keptRow(kept?.task, last);
  const containers = evidence === null ? known : [...known.filter(({ name }) => name !== evidence.name), evidence];
  const place = (name: string): number => task.containers.findIndex((container) => container.name === name);
  const stopped: StoppedTask = { task, containers: containers.toSorted((a, b) => place(a.name) - place(b.name)) };
  const [service, at] = [`${task.cluster}/${task.service}`, task.stoppedAt ?? task.createdAt];
  disk.stopped.set(task.id, { service, at, text: JSON.stringify(stopped) });
  if (before !== undefined) return;
  const oldest = at - STOPPED_KEPT_DAYS * 24 * HOUR;
  let [ofService, ofAll] = [0, disk.stopped.size];
  for (const one of disk.stopped.values()) if (one.service === service) ofService++;
  for (const [id, one] of disk.stopped) {
    const surplus = (one.service === service && ofService > STOPPED_PER_SERVICE) || ofAll > STOPPED_KEPT || one.at < oldest;
    if (!surplus) continue;
    disk.stopped.delete(id);
    ofAll--;
    if (one.service === service) ofService--;
  }
}

function ledgerOf(disk: MemoryDisk): Ledger {
  const tables = Object.keys(EMPTY_LEDGER).map((table) => {
    const rows = [...(disk.rows.get(table) ?? [])].map(([id, text]): [string, unknown] => [id, JSON.parse(text)]);
    return [table, sortedMap(rows)];
  });
  return Object.fromEntries(tables) as Ledger;
}
