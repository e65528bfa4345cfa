// Record before act: what is about to be done stands in a durable row already. Read from the disk itself, not from any ledger in memory.
import type { Action } from '../../../src/model/turn/plan.ts';
import type { Ledger } from '../../../src/model/turn/ledger.ts';
import type { MemoryDisk } from '../store.ts';
import type { RouteTable } from '../../../src/model/traffic/route.ts';
import type { Task } from '../../../src/model/task/task.ts';

/** Judges an action at the moment in which an engine is asked. */
export function checkRecorded(action: Action, disk: MemoryDisk, blame: (what: string) => void): void {
  if (!('identity' in action)) return;
  const task = durableTask(disk, action.identity.task);
  const name = `${action.kind} of task ${action.identity.task.slice(0, 8)}`;
  if (!task) return blame(`${name} is performed, and no durable row knows the task`);
  // Who is on which network is decided as long as a task serves, draining or not.
  if (action.kind === 'connect-network' || action.kind === 'disconnect-network') {
    if (task.lastStatus === 'STOPPING' || task.lastStatus === 'STOPPED')
      blame(`${name} is performed, and the durable row says ${task.lastStatus}`);
    return;
  }
  const creates = action.kind === 'create-container' || action.kind === 'start-container';
  // A copy of the task on another engine than its own is cleared away, whatever the task itself is to do.
  if (task.instance !== action.instance && !creates) return;
  if (task.instance !== action.instance) blame(`${name} is performed on ${action.instance}, and the durable row says ${task.instance}`);
  const wanted = creates ? 'RUNNING' : 'STOPPED';
  if (task.desiredStatus !== wanted) blame(`${name} is performed, and the durable row wants it ${task.desiredStatus}`);
  if (action.kind === 'stop-container' && task.lastStatus !== 'STOPPING')
    blame(`${name} is performed, and the durable row says ${task.lastStatus}`);
}

/** Judges a table at the moment in which it is handed to the proxy: what it serves is RUNNING on the disk. */
export function checkRecordedTable(table: RouteTable, disk: MemoryDisk, blame: (what: string) => void): void {
  for (const group of table.targetGroups) {
    for (const target of group.targets) {
      const [, id = ''] = target.id.split('/');
      const status = durableTask(disk, id)?.lastStatus ?? 'unknown';
      const expected = target.state === 'serving' ? 'RUNNING' : 'DEACTIVATING';
      if (status !== expected) blame(`target ${target.id} is ${target.state}, and its durable row says ${status}`);
    }
  }
}

/** What the daemon takes for its ledger against what is durable; null when they are the same rows in the same condition. */
export function durableDifference(ledger: Ledger, disk: MemoryDisk): string | null {
  const durable = disk.rows.get('tasks') ?? new Map<string, string>();
  for (const [id, task] of ledger.tasks) {
    const row = durableTask(disk, id);
    if (row?.lastStatus !== task.lastStatus)
      return `task ${id.slice(0, 8)} is ${task.lastStatus}, and durable is ${row?.lastStatus ?? 'nothing'}`;
  }
  for (const id of durable.keys()) if (!ledger.tasks.has(id)) return `task ${id.slice(0, 8)} is durable, and the daemon does not know it`;
  for (const id of disk.rows.get('services')?.keys() ?? [])
    if (!ledger.services.has(id)) return `service ${id} is durable, and the daemon does not know it`;
  return null;
}

function durableTask(disk: MemoryDisk, id: string): Task | null {
  const text = disk.rows.get('tasks')?.get(id);
  return text === undefined ? null : (JSON.parse(text) as Task);
}
