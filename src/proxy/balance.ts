// Which targets of a group may get a request, and which one is next. Pure but for the turn counter that the caller keeps.
// Round robin only; least outstanding requests, weights and stickiness are not here yet.

export interface Eligible {
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining';
}

/**
 * The healthy targets; when there is none, all unhealthy ones (ELB fails open: a broken check must not take a whole service away).
 * New and draining targets never get a request, so a group of only those answers 503.
 */
export function eligible<T extends Eligible>(targets: readonly T[]): readonly T[] {
  const healthy = targets.filter((target) => target.state === 'healthy');
  return healthy.length > 0 ? healthy : targets.filter((target) => target.state === 'unhealthy');
}

/** The first of `targets` from position `turn` on that is not in `tried`; when all were tried, null. */
export function pick<T>(targets: readonly T[], turn: number, tried: readonly T[] = []): T | null {
  const count = targets.length;
  for (let step = 0; step < count; step++) {
    const target = targets[(turn + step) % count];
    if (target !== undefined && !tried.includes(target)) return target;
  }
  return null;
}
