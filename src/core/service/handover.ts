// A service that git no longer declares while another one takes over its target group: renamed, or moved to another cluster. New before old
// holds across the two names: the old tasks serve until the heir is steady, and a heir that fails costs no outage.
import type { ServiceRow } from '../../model/turn/ledger.ts';
import { SECOND } from '../../std/time.ts';
import { type Turn, wake } from '../turn.ts';

/** How often a waiting service is looked at again: its heir may have become steady later in the same turn. */
const LOOK_AGAIN_MS = SECOND;

/** The declared service that takes over a target group of a leaving one and is not steady yet; null when the tasks may go. */
export function heirOf(turn: Turn, leaving: ServiceRow): string | null {
  const groups = new Set(leaving.taskSets.flatMap((set) => set.target.loadBalancers.map((each) => each.targetGroupArn)));
  if (groups.size === 0) return null;
  for (const service of turn.world.desired.services.values()) {
    if (!service.loadBalancers.some((each) => groups.has(each.targetGroupArn))) continue;
    const row = turn.draft.services.get(service.id);
    // One that can't go on for want of room gets the room of the old one.
    if (row?.message != null || (row?.steady === true && row.requested === service.hash)) continue;
    return service.id;
  }
  return null;
}

/** The leaving service as it waits. */
export function waiting(turn: Turn, row: ServiceRow, heir: string): ServiceRow {
  wake(turn, turn.now + LOOK_AGAIN_MS);
  const message = `(service ${row.name}) waits: ${heir} takes over its target group and is not healthy yet.`;
  return row.message === message ? row : { ...row, message };
}
