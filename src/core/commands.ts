// Commands: what people asked for since the last turn becomes rows before anything else is decided, so that the rest of the turn sees a task that
// a person stopped as it sees any other that stops. The same drain, the same order; the service's own counting replaces it.
import { COMMANDS_KEPT, COMMANDS_KEPT_MS, type Command, type CommandRow, type StopTask } from '../model/turn/command.ts';
import type { Draft } from './draft.ts';
import type { World } from '../model/turn/plan.ts';
import { setDrained } from './instance/instances.ts';
import { beginStop } from './task/status.ts';

/** ECS's words where StopTask is given no reason. */
const STOPPED_BY_USER = 'Task stopped by user';

/** Obeys each command of the world that has not been obeyed yet, in their order. */
export function obey(draft: Draft, world: World): void {
  const { now } = world;
  for (const command of world.commands ?? []) {
    if (draft.commands.get(command.key) !== undefined) continue;
    draft.commands.set(command.key, { command, obeyedAt: now, outcome: done(draft, world, command) });
    forget(draft, now);
  }
}

function done(draft: Draft, world: World, command: Command): CommandRow['outcome'] {
  if (command.kind === 'stop-task') return stopTask(draft, command, world.now);
  return setDrained(draft, world, command.instance, command.kind === 'drain-instance');
}

/** ECS: a task that is stopping already is no error. The minimum does not protect it: a person knows why. */
function stopTask(draft: Draft, { task: id, reason }: StopTask, now: number): CommandRow['outcome'] {
  const task = draft.tasks.get(id);
  if (task === undefined || task.desiredStatus === 'STOPPED') return 'no-effect';
  const set = draft.services.get(`${task.cluster}/${task.service}`)?.taskSets.find((one) => one.id === task.taskSet);
  const hasTargets = (set?.target.loadBalancers.length ?? 0) > 0;
  draft.tasks.set(id, beginStop(task, hasTargets, 'UserInitiated', reason ?? STOPPED_BY_USER, now));
  return 'done';
}

/** Rows beyond their number or their time go, the oldest first. */
function forget(draft: Draft, now: number): void {
  const rows = [...draft.commands.values()].sort((a, b) => b.obeyedAt - a.obeyedAt);
  for (const [index, { command, obeyedAt }] of rows.entries())
    if (index >= COMMANDS_KEPT || now - obeyedAt > COMMANDS_KEPT_MS) draft.commands.delete(command.key);
}
