// A task that has stopped leaves evidence: what each of its containers left behind is durable before it is removed, is what the machine says,
// and is no more than there is room for. Read from the disk and the machines; who reads evidence, and when, is the daemon's business.
import {
  EVIDENCE_BYTES,
  EVIDENCE_LINES,
  STOPPED_KEPT,
  STOPPED_KEPT_DAYS,
  STOPPED_PER_SERVICE,
  type StoppedTask,
} from '../../../src/model/task/stopped-task.ts';
import type { Action } from '../../../src/model/turn/plan.ts';
import type { EngineModel } from '../engine-model.ts';
import { HOUR } from '../../../src/std/time.ts';
import type { MemoryDisk } from '../store.ts';
import { PAUSE } from '../../../src/model/task/pause.ts';
import type { SimContainer } from '../containers.ts';
import type { Task } from '../../../src/model/task/task.ts';

/** Containers, by id, of which nothing could be read or written down when that was tried last: their removal waits for nobody. */
export type Unheard = Set<string>;

/** Judges a removal at the moment in which an engine is asked for it. */
export function checkEvidence(
  action: Action,
  engine: EngineModel,
  disk: MemoryDisk,
  unheard: Unheard,
  blame: (what: string) => void,
): void {
  if (action.kind !== 'remove-container' || action.identity.container === PAUSE || unheard.has(action.container)) return;
  const container = engine.containers.get(action.container);
  const row = disk.rows.get('tasks')?.get(action.identity.task);
  // A late copy of a task that runs elsewhere is not the task, and what is gone already can't be asked.
  if (container === undefined || row === undefined || (JSON.parse(row) as Task).instance !== action.instance) return;
  const name = `${action.identity.container} of task ${action.identity.task.slice(0, 8)}`;
  const service = `${action.identity.cluster}/${action.identity.service}`;
  const kept = disk.stopped.get(action.identity.task);
  const ofService = [...disk.stopped.values()].filter((one) => one.service === service);
  // It was heard, and a removal that failed is tried again when twenty others have stopped since.
  if (kept === undefined && ofService.length >= STOPPED_PER_SERVICE) return;
  if (ofService.length > STOPPED_PER_SERVICE) blame(`${ofService.length} stopped tasks of ${service} are kept`);
  checkKept(name, container, kept?.text, blame);
}

/** Judges the whole table at the end of a run. */
export function checkStopped(disk: MemoryDisk, blame: (what: string) => void): void {
  const newest = Math.max(...[...disk.stopped.values()].map(({ at }) => at));
  if (disk.stopped.size > STOPPED_KEPT) blame(`${disk.stopped.size} stopped tasks are kept`);
  for (const [id, { at, text }] of disk.stopped) {
    const { task, containers } = JSON.parse(text) as StoppedTask;
    const name = `stopped task ${id.slice(0, 8)}`;
    if (at < newest - STOPPED_KEPT_DAYS * 24 * HOUR) blame(`${name} is kept for too long`);
    if (disk.rows.get('tasks')?.has(id) !== true && task.lastStatus !== 'STOPPED') blame(`${name} is kept as ${task.lastStatus}`);
    if (Buffer.byteLength(JSON.stringify(containers)) > EVIDENCE_BYTES) blame(`${name} has left more than ${EVIDENCE_BYTES} bytes`);
    for (const one of containers) if (one.log.length > EVIDENCE_LINES) blame(`${name} has left ${one.log.length} lines of ${one.name}`);
  }
}

function checkKept(name: string, container: SimContainer, text: string | undefined, blame: (what: string) => void): void {
  const { containers } = (text === undefined ? { containers: [] } : JSON.parse(text)) as Pick<StoppedTask, 'containers'>;
  const evidence = containers.find((one) => one.name === container.identity?.container);
  if (evidence === undefined) return blame(`${name} is removed, and nothing is kept of it`);
  const code = container.state === 'exited' ? container.exitCode : null;
  if (container.state !== 'running' && evidence.exitCode !== code)
    blame(`${name} ended with ${code ?? 'no exit code'}, and ${evidence.exitCode ?? 'none'} is kept`);
  if (evidence.oomKilled !== container.oomKilled) blame(`${name}: whether it was killed for its memory is kept wrong`);
  const last = container.log.at(-1)?.text;
  if (last !== undefined && evidence.log.at(-1)?.text !== last) blame(`${name} is removed, and its last line is not kept`);
}
