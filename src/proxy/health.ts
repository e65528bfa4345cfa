// A target's health as a small machine: pure, time is an argument. The probe itself and its timers live in probe.ts.
// ELB's rules (spec 4.2) with one addition: while a target is new it is probed every few milliseconds, so that a deployment is as fast
// as its application. For the same reason a new target becomes unhealthy by time, not by the number of those quick failures.
import type { CheckFailure } from '../model/turn/observed.ts';
import type { TargetGroupSettings } from '../model/traffic/load-balancer.ts';

export interface Health {
  readonly state: 'initial' | 'healthy' | 'unhealthy';
  /** ELB's reason code; empty when healthy. */
  readonly reason: string;
  /** How the last check failed; absent: it did not, or none was made. */
  readonly failure?: CheckFailure | undefined;
  /** In a row. */
  readonly successes: number;
  readonly failures: number;
  /** When it was first checked, on a clock that never goes back. */
  readonly since: number;
  /** The wait before the next quick probe of a new target. */
  readonly quickMs: number;
}

export type ProbeResult = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly failure?: CheckFailure };

const FIRST_QUICK_MS = 5;
const LONGEST_QUICK_MS = 250;
const QUICK_GROWTH = 1.5;

/** The health that a target starts with in this process: what the core recorded last. */
export function seedHealth(lastKnown: Health['state'], now: number): Health {
  const reason = lastKnown === 'healthy' ? '' : lastKnown === 'initial' ? 'Elb.RegistrationInProgress' : 'Target.FailedHealthChecks';
  return { state: lastKnown, reason, successes: 0, failures: 0, since: now, quickMs: FIRST_QUICK_MS };
}

/** Health after one probe. `now` is when the probe ended. */
export function afterProbe(health: Health, result: ProbeResult, settings: TargetGroupSettings, now: number): Health {
  return result.ok ? afterSuccess(health, settings) : afterFailure(health, result, settings, now);
}

/**
 * Milliseconds until the next probe, counted from the end of the last one, which took `tookMs`. Regular probes keep their interval from
 * start to start however long an answer takes (ELB); quick ones wait from the end.
 */
export function nextProbeMs(health: Health, settings: TargetGroupSettings, tookMs: number): number {
  return health.state === 'initial' ? health.quickMs : Math.max(0, settings.intervalMs - tookMs);
}

/** Whether `code` is one of a matcher's: `200`, `200,202`, `200-299`. A part that can't be read matches nothing. */
export function matchesCode(matcher: string, code: number): boolean {
  return matcher.split(',').some((part) => {
    const range = /^\s*([0-9]{3})(?:\s*-\s*([0-9]{3}))?\s*$/.exec(part);
    if (!range) return false;
    const first = Number(range[1]);
    return code >= first && code <= Number(range[2] ?? first);
  });
}

/** A new target needs one success; the healthy threshold is for the way back (ELB). */
function afterSuccess(health: Health, settings: TargetGroupSettings): Health {
  const successes = health.successes + 1;
  const stays = health.state === 'unhealthy' && successes < settings.healthyThreshold;
  if (stays) return { ...health, successes, failures: 0 };
  return { ...health, state: 'healthy', reason: '', failure: undefined, successes, failures: 0 };
}

function afterFailure(
  health: Health,
  { reason, failure }: Extract<ProbeResult, { readonly ok: false }>,
  settings: TargetGroupSettings,
  now: number,
): Health {
  const failed: Health = { ...health, failure, successes: 0, failures: health.failures + 1 };
  switch (health.state) {
    case 'initial': {
      if (now - health.since >= settings.unhealthyThreshold * settings.intervalMs) return { ...failed, state: 'unhealthy', reason };
      const quickMs = Math.min(LONGEST_QUICK_MS, health.quickMs * QUICK_GROWTH);
      return { ...failed, reason: 'Elb.InitialHealthChecking', quickMs };
    }
    case 'healthy':
      return failed.failures >= settings.unhealthyThreshold ? { ...failed, state: 'unhealthy', reason } : failed;
    case 'unhealthy':
      return { ...failed, reason };
  }
}
