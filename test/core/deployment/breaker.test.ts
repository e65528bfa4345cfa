// The circuit breaker's threshold and the restart throttle, from the spec's own examples (3.6, 2.5).
import { describe, expect, test } from 'vitest';
import { breakerThreshold, isTripped, throttleDelayMs, withFailure, withHealthyTask } from '../../../src/core/deployment/breaker.ts';
import type { DeploymentCircuitBreaker } from '../../../src/model/service/service-deployment.ts';
import { NOW, deployment } from '../../build.ts';

const ON: DeploymentCircuitBreaker = { enable: true, rollback: true };

describe('threshold', () => {
  test.each([
    [1, 3],
    [6, 3],
    [25, 13],
    [400, 200],
    [800, 200],
  ])('by default, desired %i trips after %i failed tasks', (desired, threshold) => {
    expect(breakerThreshold(ON, desired)).toBe(threshold);
  });

  test.each([
    ['UNBOUNDED_PERCENT', 50, 1, 1],
    ['UNBOUNDED_PERCENT', 100, 800, 800],
    ['COUNT', 7, 100, 7],
    ['BOUNDED_PERCENT', 10, 100, 10],
  ] as const)('%s of %i with desired %i trips after %i', (type, value, desired, threshold) => {
    expect(breakerThreshold({ ...ON, thresholdConfiguration: { type, value } }, desired)).toBe(threshold);
  });
});

test('a deployment is ended by its breaker only while it is in progress, and only when one is on', () => {
  const broken = deployment({ failedTasks: 3, rollout: 'IN_PROGRESS' });
  expect(isTripped(broken, ON, 1)).toBe(true);
  expect(isTripped({ ...broken, failedTasks: 2 }, ON, 1)).toBe(false);
  expect(isTripped({ ...broken, rollout: 'COMPLETED' }, ON, 1)).toBe(false);
  expect(isTripped(broken, { enable: false, rollback: true }, 1)).toBe(false);
  expect(isTripped(broken, null, 1)).toBe(false);
});

test('each failure in a row doubles the wait, to 15 minutes at most', () => {
  expect([1, 2, 3, 10, 11, 1_000].map((failures) => throttleDelayMs(failures))).toEqual([1_000, 2_000, 4_000, 512_000, 900_000, 900_000]);
});

test('a failure counts for the breaker and the throttle; a healthy task forgives both', () => {
  const failed = withFailure(deployment({ rollout: 'IN_PROGRESS' }), 'exit code 1', NOW);
  expect(failed).toMatchObject({ failedTasks: 1, startFailures: 1, retryAt: NOW + 1_000, lastFailure: 'exit code 1' });
  expect(withHealthyTask(failed, ON)).toMatchObject({ failedTasks: 0, startFailures: 0, retryAt: null });
});

test('without resetOnHealthyTask the breaker counts on while the throttle forgives', () => {
  const failed = withFailure(deployment({ rollout: 'IN_PROGRESS' }), 'exit code 1', NOW);
  expect(withHealthyTask(failed, { ...ON, resetOnHealthyTask: false })).toMatchObject({ failedTasks: 1, startFailures: 0, retryAt: null });
});

test('a task that fails after it was healthy counts for the breaker and is replaced at once', () => {
  expect(withFailure(deployment({ rollout: 'IN_PROGRESS' }), 'unhealthy', NOW, 'was-healthy')).toMatchObject({
    failedTasks: 1,
    startFailures: 0,
    retryAt: null,
  });
});

test('what never started waits longer: a registry that is away for a moment does not fail a deployment', () => {
  expect(withFailure(deployment({ rollout: 'IN_PROGRESS' }), 'CannotPullContainerError', NOW, 'not-started').retryAt).toBe(NOW + 5_000);
});
