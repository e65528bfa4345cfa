// The one purse of a service: every reason to disturb a healthy task (rollout, scale-in, drain, rebalance) draws on it.
// Two reasons that each respect the minimum would break it together.

export interface Purse {
  /** Takes the right to disturb one healthy task; false when the minimum would be broken. */
  take(): boolean;
  /** How many healthy tasks may still be disturbed. */
  left(): number;
}

/** ECS: lower = ceil(desiredCount x minimumHealthyPercent / 100), upper = floor(desiredCount x maximumPercent / 100). */
export function limits(desiredCount: number, minimumHealthyPercent: number, maximumPercent: number): { lower: number; upper: number } {
  return { lower: Math.ceil((desiredCount * minimumHealthyPercent) / 100), upper: Math.floor((desiredCount * maximumPercent) / 100) };
}

/** A purse over `healthy` tasks of which `lower` must remain. */
export function purse(healthy: number, lower: number): Purse {
  let left = Math.max(0, healthy - lower);
  return {
    take() {
      if (left === 0) return false;
      left -= 1;
      return true;
    },
    left: () => left,
  };
}
