// The daemon scheduling strategy (spec 3.1, 5.3, 5.8): one task on each active instance that meets the constraints. Which of them start
// and stop how fast is decided by deployment/; this says where one belongs. Constraints are asked again of tasks that run, as ECS does.
import { type Ask, type Rule, rulesFor } from './rules.ts';
import { type Seat, tasksOfGroup, tasksOn } from './room.ts';

/**
 * wanted: a task belongs here, and there is room for one. blocked: one belongs here and finds no room. kept: none is started, one that
 * runs goes on. unwanted: none belongs here.
 */
export type DaemonVerdict = 'wanted' | 'blocked' | 'kept' | 'unwanted';

export interface DaemonPlace {
  readonly instance: string;
  readonly verdict: DaemonVerdict;
}

/** Rules that a task needs for its place, and not for being meant for it. */
const ROOM: ReadonlySet<string> = new Set(['cpu', 'memory', 'ports', 'gpu']);

/**
 * Where tasks of a daemon service belong, instance by instance; why not, says refusal.ts to whoever asks. That `ask` is distinct changes nothing: there is one task an instance anyhow.
 * `daemons`: groups of all daemon services, which do not keep each other on an instance that drains.
 */
export function daemonPlaces(seats: readonly Seat[], ask: Ask, daemons: ReadonlySet<string>): readonly DaemonPlace[] {
  const rules = rulesFor(ask);
  return seats.map((seat) => {
    const failed = rules.filter((rule) => !rule.passes(seat, ask));
    return { instance: seat.candidate.id, verdict: verdictOf(seat, ask, failed, daemons) };
  });
}

function verdictOf(seat: Seat, ask: Ask, failed: readonly Rule[], daemons: ReadonlySet<string>): DaemonVerdict {
  const { candidate } = seat;
  const names = new Set<string>(failed.map(({ name }) => name));
  if (candidate.status === 'DEREGISTERING') return 'unwanted';
  // ECS: daemon tasks leave a draining instance last.
  if (candidate.status === 'DRAINING') return hasOthers(seat, ask.cluster, daemons) ? 'kept' : 'unwanted';
  if (names.has('memberOf') || names.has('architecture') || names.has('attribute')) return 'unwanted';
  // Of an engine that is silent nothing is known: what runs there goes on, as it does on a node that is paused.
  if (names.has('agent') || candidate.isPaused === true) return 'kept';
  const own = tasksOfGroup(seat, ask.cluster, ask.group);
  return own === 0 && [...names].some((name) => ROOM.has(name) || name === 'image') ? 'blocked' : 'wanted';
}

/** Whether tasks of anything but daemon services are meant to run there. */
function hasOthers(seat: Seat, cluster: string, daemons: ReadonlySet<string>): boolean {
  for (const group of tasksOn(seat, cluster).groups.keys()) if (!daemons.has(group)) return true;
  return false;
}
