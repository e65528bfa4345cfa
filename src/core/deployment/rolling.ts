// The rolling strategy: counts in, counts out. It moves the targets of task sets inside [minimumHealthyPercent, maximumPercent],
// new before old whenever the percentages allow. Absent on purpose: which instance (placement/) and which engine call (task/).
import type { Health } from '../../model/task/task.ts';
import { byText } from '../../std/order.ts';
import { type Purse, purse } from './budget.ts';

/** A task that is meant to run. */
export interface Member {
  readonly id: string;
  readonly instance: string;
  readonly slot: number;
  readonly health: Health;
  /** Why it must leave its container instance: it goes as soon as the minimum allows, and another one takes its place elsewhere. */
  readonly leaving?: string;
  /** It leaves for nothing but balance: not before as many healthy ones stand without it as there should be. */
  readonly moves?: true;
}

export interface SetState {
  readonly id: string;
  readonly primary: boolean;
  /** Whether it may start tasks now: images known, not failed, not throttled. */
  readonly launchable: boolean;
  /** Whether its newest deployment failed. */
  readonly failed: boolean;
  /** How many tasks it should hold; for the primary: desiredCount. */
  readonly target: number;
  readonly members: readonly Member[];
}

export interface RollingState {
  /** Git no longer declares the service. */
  readonly leaving: boolean;
  readonly desiredCount: number;
  readonly lower: number;
  readonly upper: number;
  /** Oldest first, the primary last; no primary while its images are being resolved. */
  readonly sets: readonly SetState[];
  /** Tasks of the service that are on their way out: their room comes free without stopping more. */
  readonly stopping: number;
}

export interface Launch {
  readonly set: string;
  readonly count: number;
}

export interface Stop {
  readonly task: string;
  readonly because: string;
}

/**
 * Step 1: how many tasks each set should hold, before anything is stopped to make room.
 * Each healthy new task takes the place of one old one; the newest of the old sets is given up last.
 */
export function targets(state: RollingState): ReadonlyMap<string, number> {
  const primary = primaryOf(state);
  const keep = Math.max(0, state.desiredCount - (primary ? stayingIn(primary) : 0));
  return withKept(state, keep);
}

/**
 * Whether a new task takes the place of an old one only when that has ended: with a maximumPercent of 100 or less the author allows no second
 * copy, and one that is still ending is one (it holds its port and writes to its volume).
 */
export function isStopFirst(state: RollingState): boolean {
  return state.upper <= state.desiredCount;
}

/** Step 2: what to start, old replacements first; never above the upper limit, which counts RUNNING and PENDING, and stop-first what still ends. */
export function launches(state: RollingState, target: ReadonlyMap<string, number>): readonly Launch[] {
  let headroom = state.upper - aliveIn(state) - (isStopFirst(state) ? state.stopping : 0);
  const found: Launch[] = [];
  for (const set of state.sets) {
    const count = Math.min(set.launchable ? lacking(set, target) : 0, Math.max(0, headroom));
    headroom -= count;
    if (count > 0) found.push({ set: set.id, count });
  }
  return found;
}

/** How many tasks the primary still lacks and may start as far as it is concerned. */
export function lackingPrimary(state: RollingState, target: ReadonlyMap<string, number>): number {
  const primary = primaryOf(state);
  return primary?.launchable ? lacking(primary, target) : 0;
}

/**
 * Members in the order in which they would be stopped: class by class, and inside a class as placement says, which knows in what balance
 * the instances are to be left.
 */
export type StopOrder = (classes: readonly (readonly Member[])[]) => Iterable<Member>;

/** The newest slot first: what is left to say where nobody knows the instances. */
const newestFirst: StopOrder = (classes) =>
  classes.flatMap((members) => [...members].sort((a, b) => b.slot - a.slot || byText(a.id, b.id)));

/**
 * Step 3: what to stop, after `started` tasks of the primary found a place.
 * Tasks that are not healthy are free; healthy ones draw on the purse. When the primary lacks room, old tasks make it, down to the lower limit.
 */
export function stops(
  state: RollingState,
  before: ReadonlyMap<string, number>,
  started: number,
  inOrder: StopOrder = newestFirst,
): { target: ReadonlyMap<string, number>; stops: readonly Stop[] } {
  const target = makeRoom(state, before, started);
  const budget = purse(
    state.sets.reduce((sum, set) => sum + healthyIn(set), 0),
    state.lower,
  );
  const full = aliveIn(state) >= state.upper;
  const found = state.sets.flatMap((set) => surplus(set, target.get(set.id) ?? 0, budget, inOrder, reasonFor(state, set)));
  if (found.length > 0 || state.stopping > 0 || !full) return { target, stops: found };
  return { target, stops: oneUnhealthy(state, target) };
}

/** The lowered targets when the primary can't start what it lacks: room is made by old tasks that are not healthy, or that the purse allows. */
function makeRoom(state: RollingState, before: ReadonlyMap<string, number>, started: number): ReadonlyMap<string, number> {
  const blocked = lackingPrimary(state, before) - started - state.stopping;
  if (blocked <= 0) return before;
  const old = state.sets.filter((set) => !set.primary);
  const alive = old.reduce((sum, set) => sum + set.members.length, 0);
  const unhealthy = alive - old.reduce((sum, set) => sum + healthyIn(set), 0);
  const allowed = purse(
    state.sets.reduce((sum, set) => sum + healthyIn(set), 0),
    state.lower,
  ).left();
  const room = Math.min(blocked, unhealthy + allowed);
  const kept = old.reduce((sum, set) => sum + Math.min(before.get(set.id) ?? 0, set.members.length), 0);
  return room === 0 ? before : withKept(state, Math.max(0, kept - room));
}

function withKept(state: RollingState, keep: number): ReadonlyMap<string, number> {
  const target = new Map<string, number>();
  let left = keep;
  // The set with the most healthy tasks keeps its place first: it is what serves.
  const old = state.sets.filter((set) => !set.primary).sort((a, b) => healthyIn(b) - healthyIn(a) || byText(a.id, b.id));
  for (const set of old) {
    const kept = Math.min(set.target, left);
    target.set(set.id, kept);
    left -= kept;
  }
  for (const set of state.sets) if (set.primary) target.set(set.id, state.desiredCount);
  return target;
}

/** What a set holds too much of. Unhealthy tasks go once the healthy ones suffice: a replacement starts before the old one stops. */
function surplus(set: SetState, target: number, budget: Purse, inOrder: StopOrder, because: string): Stop[] {
  const isReplaced = stayingIn(set) >= target;
  const leaving = set.members.filter((member) => member.leaving !== undefined && (member.moves !== true || isReplaced));
  const staying = set.members.filter((member) => member.leaving === undefined);
  const by = (health: Health): readonly Member[] => staying.filter((member) => member.health === health);
  const unhealthy = stayingIn(set) >= target ? by('UNHEALTHY') : [];
  const good = staying.filter((member) => member.health !== 'UNHEALTHY').length;
  let excess = unhealthy.length + Math.max(0, good - target);
  const found: Stop[] = [];
  if (leaving.length + excess === 0) return found;
  for (const member of inOrder([leaving, unhealthy, by('UNKNOWN'), by('HEALTHY')])) {
    if (member.leaving !== undefined) {
      if (member.health !== 'HEALTHY' || budget.take()) found.push({ task: member.id, because: member.leaving });
      continue;
    }
    if (excess === 0 || (member.health === 'HEALTHY' && !budget.take())) break;
    found.push({ task: member.id, because: member.health === 'UNHEALTHY' ? 'it is unhealthy and enough healthy tasks run' : because });
    excess -= 1;
  }
  return found;
}

function reasonFor(state: RollingState, set: SetState): string {
  if (state.leaving) return 'git no longer declares the service';
  if (set.failed && !set.primary) return 'its deployment failed';
  return set.primary ? 'the service is scaled in' : 'a newer deployment takes its place';
}

/** ECS since October 2023: where the upper limit forbids a replacement first, one unhealthy task at a time is stopped. */
function oneUnhealthy(state: RollingState, target: ReadonlyMap<string, number>): Stop[] {
  for (const set of [...state.sets].reverse()) {
    if (!set.launchable || lacking(set, target) === 0) continue;
    const member = set.members.find((each) => each.health === 'UNHEALTHY');
    if (member) return [{ task: member.id, because: 'it is unhealthy and maximumPercent leaves no room to start its replacement first' }];
  }
  return [];
}

function lacking(set: SetState, target: ReadonlyMap<string, number>): number {
  const good = set.members.filter((member) => member.health !== 'UNHEALTHY' && member.leaving === undefined).length;
  return Math.max(0, (target.get(set.id) ?? 0) - good);
}

function primaryOf(state: RollingState): SetState | undefined {
  return state.sets.find((set) => set.primary);
}

function healthyIn(set: SetState): number {
  return set.members.filter((member) => member.health === 'HEALTHY').length;
}

/** Healthy ones that are not about to leave. */
function stayingIn(set: SetState): number {
  return set.members.filter((member) => member.health === 'HEALTHY' && member.leaving === undefined).length;
}

function aliveIn(state: RollingState): number {
  return state.sets.reduce((sum, set) => sum + set.members.length, 0);
}
