// What may be asked for at run time: a task may be stopped, an instance drained (instances.ts). The answer comes when the daemon has written it down; whatever follows is told by events.
import { findTask } from './describe.ts';
import { Refusal } from './refusal.ts';
import { type Command, type CommandRow, REASON_CHARACTERS } from '../model/turn/command.ts';
import { SECOND } from '../std/time.ts';
import { reasonOf } from '../daemon/deadline.ts';
import type { DaemonDoor } from '../daemon/view.ts';
import type { Task } from '../model/task/task.ts';

export interface StopRequest {
  /** The task's id or the beginning of it. */
  readonly of: string;
  readonly reason: string | null;
  /** Asking again with the same key is asking once. */
  readonly key: string;
}

export interface StopAnswer {
  readonly task: string;
  /** `cluster/name`. */
  readonly service: string;
  /** stopping: this asked for it. already: it was stopping, or has stopped, before. */
  readonly outcome: 'stopping' | 'already';
  readonly stoppedReason: string | null;
}

/** A turn takes milliseconds; one that is longer in coming waits for the disk or an engine's first look. */
const ANSWER_MS = 8 * SECOND;
const KEY = /^[A-Za-z0-9_-]{8,64}$/;

/** Stops a task: settles when that is durable. Throws a Refusal. */
export async function stopTask(door: DaemonDoor, { of, reason, key }: StopRequest): Promise<StopAnswer> {
  if (reason !== null && reason.length > REASON_CHARACTERS)
    throw new Refusal(400, `the reason has ${reason.length} characters, ${REASON_CHARACTERS} at most`, 'Say it in fewer.');
  const { task } = await findTask(door, of);
  // oxlint-disable-next-line no-control-regex
  const line = reason === null ? null : reason.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim() || null;
  const { outcome } = await askFor(door, { kind: 'stop-task', key, at: door.view().now, task: task.id, reason: line });
  return answerOf(door.view().world?.ledger.tasks.get(task.id) ?? task, outcome === 'done' ? 'stopping' : 'already');
}

/** Asks for a command: settles with its row when that is durable. Throws a Refusal. */
export async function askFor(door: DaemonDoor, command: Command): Promise<CommandRow> {
  if (!KEY.test(command.key))
    throw new Refusal(400, 'a key has 8 to 64 letters, digits, hyphens or underscores', 'Send a new one with each command.');
  try {
    return await door.command(command, AbortSignal.timeout(ANSWER_MS));
  } catch (error) {
    throw new Refusal(
      503,
      `the daemon has not written it down: ${reasonOf(error)}`,
      'It may be obeyed all the same; `longshore status` says what the daemon waits for.',
    );
  }
}

function answerOf(task: Task, outcome: StopAnswer['outcome']): StopAnswer {
  return { task: task.id, service: `${task.cluster}/${task.service}`, outcome, stoppedReason: task.stoppedReason };
}
