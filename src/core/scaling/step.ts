// The scaling loop of a capacity provider (spec 8.3): target tracking over one figure a minute. More instances as soon as the figure is over
// its target, fewer only after it has been under it for fifteen minutes. Deliberately absent: which instances go (leaving.ts).
import type { CapacityPoint } from '../../model/cluster/capacity-provider.ts';
import { MINUTE } from '../../std/time.ts';
import type { Reservation, StepSizes } from './reservation.ts';

/** ECS: a scale-in alarm needs 15 points below the target, a minute apart. */
export const LOW_POINTS = 15;
/** So long without a point, because the daemon was not there, and what came before it is no longer in a row. */
const GAP_MS = 5 * MINUTE;
/** At most this part of the instances goes in a minute. */
const LEAVING_SHARE = 0.5;

export interface ScalingSettings extends StepSizes {
  /** Percent. */
  readonly targetCapacity: number;
  readonly instanceWarmupMs: number;
  /** Of the provider itself: fewer or more it never has. */
  readonly minimum: number;
  readonly maximum: number;
}

export interface ScalingState {
  /** Oldest first; at most LOW_POINTS. */
  readonly points: readonly CapacityPoint[];
  /** When the youngest instance was registered; null: there is none. */
  readonly youngestAt: number | null;
  /** Instances that are leaving already, which the provider still has. */
  readonly leaving: number;
  /** When the last instance was chosen to leave; null: none was. */
  readonly scaledInAt: number | null;
}

/** How many instances more (above 0) or fewer (below 0). `wakeAt`: when the answer may be another one by time alone. */
export interface ScalingStep {
  readonly change: number;
  readonly wakeAt: number | null;
}

/** The points with the one of now, if its minute has come; the same list otherwise. A gap begins anew: nobody knows what was meanwhile. */
export function withPoint(points: readonly CapacityPoint[], percent: number, now: number): readonly CapacityPoint[] {
  const last = points.at(-1);
  if (last !== undefined && now - last.at < MINUTE) return points;
  const kept = last !== undefined && now - last.at > GAP_MS ? [] : points;
  return [...kept, { at: now, percent }].slice(-LOW_POINTS);
}

/** When the next point is due. */
export function nextPointAt(points: readonly CapacityPoint[]): number | null {
  const last = points.at(-1);
  return last === undefined ? null : last.at + MINUTE;
}

/** What target tracking asks for: ceil(N x CPR / target), within what the provider may have. */
export function desiredInstances(reservation: Reservation, settings: ScalingSettings): number {
  const { instances, percent } = reservation;
  // ECS: an empty provider counts as one.
  const from = instances === 0 && percent > 100 ? 1 : instances;
  // A hair's breadth is rounding, not an instance.
  const tracked = Math.ceil((from * percent) / settings.targetCapacity - 1e-9);
  return Math.min(Math.max(tracked, settings.minimum), settings.maximum);
}

/** The next step. Only one that is due now has a change. */
export function nextStep(reservation: Reservation, state: ScalingState, settings: ScalingSettings, now: number): ScalingStep {
  const { instances } = reservation;
  const desired = desiredInstances(reservation, settings);
  if (desired > instances) {
    // What is leaving is still there, and takes a place of the provider's maximum.
    const room = settings.maximum - instances - state.leaving;
    const change = Math.min(desired - instances, settings.maximumScalingStepSize, Math.max(0, room));
    const warmAt = (state.youngestAt ?? Number.NEGATIVE_INFINITY) + settings.instanceWarmupMs;
    // Fewer than the provider must have are no forecast of what tasks need: they are made up for at once.
    if (warmAt > now && instances >= settings.minimum) return { change: 0, wakeAt: warmAt };
    return { change, wakeAt: null };
  }
  if (desired === instances) return { change: 0, wakeAt: null };
  if (instances > settings.maximum || isLow(state.points, settings.targetCapacity)) return leave(instances, desired, state, now);
  return { change: 0, wakeAt: null };
}

function leave(instances: number, desired: number, { scaledInAt }: ScalingState, now: number): ScalingStep {
  if (scaledInAt !== null && scaledInAt + MINUTE > now) return { change: 0, wakeAt: scaledInAt + MINUTE };
  return { change: -Math.min(instances - desired, Math.max(1, Math.floor(instances * LEAVING_SHARE))), wakeAt: null };
}

function isLow(points: readonly CapacityPoint[], target: number): boolean {
  return points.length >= LOW_POINTS && points.slice(-LOW_POINTS).every(({ percent }) => percent < target - 1e-9);
}
