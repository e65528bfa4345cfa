// What has been told of each engine's silence, as rows: their differences become the events of container instances, so that a restart tells
// nothing twice and forgets nothing. ECS's word for it is agentConnected.
// Deliberately absent: any decision about tasks. A silent engine is not a dead one; whether it is placed on is placement's business.
import type { InstanceRow } from '../../model/turn/ledger.ts';
import type { InstanceView } from '../../model/turn/observed.ts';
import { MINUTE } from '../../std/time.ts';
import { type Turn, wake } from '../turn.ts';

/** An engine that flaps is told of as one pair of events in this time at most. */
export const TOLD_AGAIN_MS = MINUTE;

/** Brings the rows of the container instances up to what is observed; the row of one that is no longer configured goes. */
export function followAgents(turn: Turn): void {
  const { instances } = turn.world.observed;
  for (const instance of instances.values()) {
    const row = turn.draft.instances.get(instance.id);
    const next = toldOf(turn, row, instance);
    if (next === null) turn.draft.instances.delete(instance.id);
    else turn.draft.instances.set(instance.id, next);
  }
  for (const row of [...turn.draft.instances.values()]) if (!instances.has(row.id)) turn.draft.instances.delete(row.id);
}

/** The row after this turn; null: nothing to remember. A return is told at once, the next absence not before TOLD_AGAIN_MS have passed. */
function toldOf(turn: Turn, row: InstanceRow | undefined, instance: InstanceView): InstanceRow | null {
  const { connected } = instance;
  const away: InstanceRow = { id: instance.id, agentConnected: false, since: turn.now, reason: instance.silence ?? 'it does not answer' };
  if (row === undefined) return connected ? null : away;
  if (!row.agentConnected) return connected ? { ...row, agentConnected: true, since: turn.now } : row;
  const again = row.since + TOLD_AGAIN_MS;
  if (turn.now < again) {
    wake(turn, again);
    return row;
  }
  return connected ? null : away;
}
