// When a deployment counts as broken, and how long the next try waits: the circuit breaker and the restart throttle.
import type { DeploymentCircuitBreaker } from '../../model/service/service-deployment.ts';
import type { Deployment } from '../../model/service/deployment.ts';
import { MINUTE, SECOND } from '../../std/time.ts';

/** ECS: the delay between restart attempts grows to at most 15 minutes. */
const MAX_DELAY_MS = 15 * MINUTE;
/** ECS does not publish its steps; ours double from 1 s, so that a broken image gets its verdict in seconds (docs/departures.md). */
const FIRST_DELAY_MS = SECOND;
/** What never started may be the fault of a registry, a name server or a port that is about to come free: it gets longer to mend. */
const FIRST_DELAY_NOT_STARTED_MS = 5 * SECOND;

/** ECS: BOUNDED_PERCENT (default, 50): clamp(ceil(value/100 x desired), 3, 200); UNBOUNDED_PERCENT: at least 1; COUNT: value. */
export function breakerThreshold(breaker: DeploymentCircuitBreaker, desiredCount: number): number {
  const { type = 'BOUNDED_PERCENT', value = 50 } = breaker.thresholdConfiguration ?? {};
  if (type === 'COUNT') return value;
  const share = Math.ceil((value * desiredCount) / 100);
  return type === 'UNBOUNDED_PERCENT' ? Math.max(1, share) : Math.min(200, Math.max(3, share));
}

/** Whether the breaker ends this deployment as FAILED. */
export function isTripped(deployment: Deployment, breaker: DeploymentCircuitBreaker | null, desiredCount: number): boolean {
  if (breaker === null || !breaker.enable || deployment.rollout !== 'IN_PROGRESS') return false;
  return deployment.failedTasks >= breakerThreshold(breaker, desiredCount);
}

/** How a task failed: its image or container never started, it ended or was unhealthy before it was ever healthy, or after. */
export type FailureKind = 'not-started' | 'ended' | 'was-healthy';

/**
 * The deployment after one more failed task; `failure` in words for people. A task that was healthy before counts for the breaker only:
 * ECS replaces it at once (spec 2.5).
 */
export function withFailure(deployment: Deployment, failure: string, now: number, kind: FailureKind = 'ended'): Deployment {
  const wasHealthy = kind === 'was-healthy';
  const startFailures = wasHealthy ? deployment.startFailures : deployment.startFailures + 1;
  return {
    ...deployment,
    failedTasks: deployment.rollout === 'IN_PROGRESS' ? deployment.failedTasks + 1 : deployment.failedTasks,
    startFailures,
    retryAt: wasHealthy
      ? deployment.retryAt
      : now + throttleDelayMs(startFailures, kind === 'not-started' ? FIRST_DELAY_NOT_STARTED_MS : FIRST_DELAY_MS),
    lastFailure: failure,
  };
}

/** The deployment after one of its tasks became healthy. ECS: resetOnHealthyTask (default true) sets failedTasks to 0. */
export function withHealthyTask(deployment: Deployment, breaker: DeploymentCircuitBreaker | null): Deployment {
  const failedTasks = (breaker?.resetOnHealthyTask ?? true) && deployment.rollout === 'IN_PROGRESS' ? 0 : deployment.failedTasks;
  if (failedTasks === deployment.failedTasks && deployment.startFailures === 0 && deployment.retryAt === null) return deployment;
  return { ...deployment, failedTasks, startFailures: 0, retryAt: null };
}

/** ECS restart throttle: doubling, at most 15 min. `failures`: consecutive failures, at least 1; milliseconds. */
export function throttleDelayMs(failures: number, firstMs = FIRST_DELAY_MS): number {
  return Math.min(MAX_DELAY_MS, firstMs * 2 ** Math.min(failures - 1, 20));
}
