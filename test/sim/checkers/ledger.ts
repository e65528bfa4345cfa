// The ledger: tasks have an identity that never changes and statuses that never go back, every list has a limit.
import { DEPLOYMENTS_KEPT, REVISIONS_KEPT } from '../../../src/model/turn/ledger.ts';
import { hasContainer, isAlive, short, type Turn } from './facts.ts';
import { TASK_STATUSES, type Task } from '../../../src/model/task/task.ts';

/** What the ledger's checker remembers of a run. */
export interface LedgerMemory {
  readonly seen: Set<string>;
}

const FIXED = ['cluster', 'service', 'taskSet', 'deployment', 'revision', 'slot', 'attempt', 'instance', 'createdAt'] as const;

/** Judges the step from one ledger to the next. */
export function checkLedger(turn: Turn, memory: LedgerMemory): void {
  const { before, after, blame } = turn;
  if (before.tasks !== after.tasks) {
    for (const [id, task] of after.tasks) {
      const known = before.tasks.get(id);
      if (known === task) continue;
      if (task.id !== id) blame(`the row of ${id} says ${task.id}`);
      if (known) compare(turn, known, task);
      else if (memory.seen.has(id) && !hasContainer(turn, id)) blame(`${short(task)} is back although its row had ended`);
      // A row that was found from labels (after the ledger was lost) is not one that was given out.
      if (!known && !hasContainer(turn, id)) memory.seen.add(id);
    }
    for (const [id, task] of before.tasks)
      if (!after.tasks.has(id) && hasContainer(turn, id, task.instance))
        blame(`${short(task)} was forgotten although a container of it exists`);
  }
  if (before !== after) checkLimits(turn);
}

function compare(turn: Turn, before: Task, after: Task): void {
  const { blame } = turn;
  // After a lost ledger: the copy that runs on an engine that was silent is the task, and not the one that was coming up in its place.
  if (before.lastStatus === 'PENDING' && before.instance !== after.instance && hasContainer(turn, after.id, after.instance)) return;
  for (const field of FIXED)
    if (before[field] !== after[field]) blame(`${short(after)}: ${field} changed from ${before[field]} to ${after[field]}`);
  if (TASK_STATUSES.indexOf(after.lastStatus) < TASK_STATUSES.indexOf(before.lastStatus))
    blame(`${short(after)} went back from ${before.lastStatus} to ${after.lastStatus}`);
  if (before.desiredStatus === 'STOPPED' && after.desiredStatus === 'RUNNING')
    blame(`${short(after)} is wanted again after it was to stop`);
  if (before.failed && !after.failed) blame(`${short(after)} had failed and has not any more`);
  if (after.lastStatus === 'STOPPED' && after.desiredStatus !== 'STOPPED') blame(`${short(after)} is STOPPED and still wanted`);
  if (before.startedAt !== null && after.startedAt !== before.startedAt) blame(`${short(after)} started twice`);
}

function checkLimits(turn: Turn): void {
  const { before, after, blame } = turn;
  const deploymentsInUse = new Set([...after.tasks.values()].map((task) => `${task.cluster}/${task.service}/${task.deployment}`));
  for (const [id, row] of after.services) {
    if (before.services.get(id) === row) continue;
    const finished = row.deployments.slice(1).filter((one) => !deploymentsInUse.has(`${id}/${one.id}`));
    if (finished.length > DEPLOYMENTS_KEPT) blame(`service ${id} keeps ${finished.length} finished deployments`);
    const used = new Set([...after.tasks.values()].map((task) => task.taskSet));
    const idle = row.taskSets.filter((set) => !used.has(set.id)).length;
    if (idle > row.deployments.length + 1) blame(`service ${id} keeps ${idle} idle task sets for ${row.deployments.length} deployments`);
    if (new Set(row.taskSets.map((set) => set.id)).size < row.taskSets.length) blame(`service ${id} has the same task set twice`);
    for (const set of row.taskSets)
      if (set.scale < 0 || set.scale > 100) blame(`service ${id}: a task set's scale is ${set.scale} percent`);
  }
  if (before.revisions !== after.revisions) {
    const families = new Map<string, number>();
    for (const revision of after.revisions.values()) families.set(revision.family, (families.get(revision.family) ?? 0) + 1);
    for (const [family, kept] of families) if (kept > REVISIONS_KEPT * 2) blame(`family ${family} keeps ${kept} revisions`);
    for (const [id, revision] of after.revisions) {
      const known = before.revisions.get(id);
      if (known && known.hash !== revision.hash) blame(`revision ${id} changed its content`);
      if (revision.number >= (after.families.get(revision.family) ?? 0)) blame(`revision ${id} is above its family's counter`);
    }
  }
  for (const [family, next] of before.families)
    if ((after.families.get(family) ?? next) < next) blame(`the counter of family ${family} went back`);
  const alive = [...after.tasks.values()].filter(isAlive).length;
  if (after.retries.size > 4 * (after.tasks.size + after.services.size + alive) + 20)
    blame(`${after.retries.size} retries are kept for ${after.tasks.size} tasks`);
}
