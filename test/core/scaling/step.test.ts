import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import {
  LOW_POINTS,
  type ScalingSettings,
  type ScalingState,
  desiredInstances,
  nextStep,
  withPoint,
} from '../../../src/core/scaling/step.ts';
import type { CapacityPoint } from '../../../src/model/cluster/capacity-provider.ts';
import { leavingInstances } from '../../../src/core/scaling/leaving.ts';
import { type Reservation, reservationOf } from '../../../src/core/scaling/reservation.ts';
import { MINUTE } from '../../../src/std/time.ts';

const SETTINGS: ScalingSettings = {
  targetCapacity: 100,
  minimumScalingStepSize: 1,
  maximumScalingStepSize: 10_000,
  instanceWarmupMs: 5 * MINUTE,
  minimum: 0,
  maximum: 100,
};
const NOW = 100 * MINUTE;
const CALM: ScalingState = { points: [], youngestAt: null, leaving: 0, scaledInAt: null };

function figure(instances: number, needed: number): Reservation {
  return { instances, needed, percent: (needed / instances) * 100 };
}

function points(count: number, percent: number): CapacityPoint[] {
  return Array.from({ length: count }, (_, index) => ({ at: NOW - (count - 1 - index) * MINUTE, percent }));
}

describe('target tracking: ceil(N x CPR / target) (spec 8.3)', () => {
  test.each<[Reservation, number, number]>([
    [figure(4, 4), 100, 4],
    [figure(4, 6), 100, 6],
    [figure(10, 8), 100, 8],
    [figure(10, 10), 90, 12],
    [figure(12, 10), 90, 12],
    [figure(3, 3), 1, 100],
    [{ instances: 0, needed: 2, percent: 200 }, 100, 2],
    [{ instances: 0, needed: 0, percent: 100 }, 100, 0],
    [{ instances: 0, needed: 0, percent: 100 }, 50, 0],
  ])('%o at a target of %i', (reservation, targetCapacity, expected) => {
    expect(desiredInstances(reservation, { ...SETTINGS, targetCapacity })).toBe(expected);
  });

  test('within what the provider may have', () => {
    expect(desiredInstances(figure(4, 40), { ...SETTINGS, maximum: 6 })).toBe(6);
    expect(desiredInstances(figure(4, 0), { ...SETTINGS, minimum: 2 })).toBe(2);
  });
});

describe('more instances', () => {
  test('at once', () => {
    expect(nextStep(figure(2, 4), CALM, SETTINGS, NOW)).toEqual({ change: 2, wakeAt: null });
  });
  test('no more a step than the largest', () => {
    expect(nextStep(figure(2, 40), CALM, { ...SETTINGS, maximumScalingStepSize: 3 }, NOW).change).toBe(3);
  });
  test('not while the youngest instance warms up', () => {
    const state = { ...CALM, youngestAt: NOW - 4 * MINUTE };
    expect(nextStep(figure(2, 4), state, SETTINGS, NOW)).toEqual({ change: 0, wakeAt: NOW + MINUTE });
    expect(nextStep(figure(2, 4), state, SETTINGS, NOW + MINUTE).change).toBe(2);
  });
  test('what the provider must have is made up for at once', () => {
    const state = { ...CALM, youngestAt: NOW };
    expect(nextStep(figure(1, 1), state, { ...SETTINGS, minimum: 3 }, NOW).change).toBe(2);
  });
  test('those that leave take places of the maximum until they are gone', () => {
    expect(nextStep(figure(2, 6), { ...CALM, leaving: 3 }, { ...SETTINGS, maximum: 6 }, NOW).change).toBe(1);
    expect(nextStep(figure(2, 6), { ...CALM, leaving: 9 }, { ...SETTINGS, maximum: 6 }, NOW).change).toBe(0);
  });
});

describe('fewer instances', () => {
  test.each([
    [LOW_POINTS - 1, 0],
    [LOW_POINTS, -2],
  ])('after %i low points: %i', (count, change) => {
    expect(nextStep(figure(10, 8), { ...CALM, points: points(count, 80) }, SETTINGS, NOW).change).toBe(change);
  });
  test('one point at the target in between begins anew', () => {
    const mixed = points(LOW_POINTS, 80).map((point, index) => (index === 7 ? { ...point, percent: 100 } : point));
    expect(nextStep(figure(10, 8), { ...CALM, points: mixed }, SETTINGS, NOW).change).toBe(0);
  });
  test.each([
    [10, 0, -5],
    [5, 0, -2],
    [1, 0, -1],
    [2, 0, -1],
  ])('of %i with %i needed at most half, and one at least: %i', (instances, needed, change) => {
    expect(nextStep(figure(instances, needed), { ...CALM, points: points(LOW_POINTS, 0) }, SETTINGS, NOW).change).toBe(change);
  });
  test('once a minute', () => {
    const state = { ...CALM, points: points(LOW_POINTS, 0), scaledInAt: NOW - 1 };
    expect(nextStep(figure(5, 0), state, SETTINGS, NOW)).toEqual({ change: 0, wakeAt: NOW - 1 + MINUTE });
    expect(nextStep(figure(5, 0), state, SETTINGS, NOW + MINUTE).change).toBe(-2);
  });
  test('never below what the provider must have', () => {
    const state = { ...CALM, points: points(LOW_POINTS, 0) };
    expect(nextStep(figure(5, 0), state, { ...SETTINGS, minimum: 4 }, NOW).change).toBe(-1);
  });
  test('more than the provider may have go without fifteen points', () => {
    expect(nextStep(figure(5, 5), CALM, { ...SETTINGS, maximum: 4 }, NOW).change).toBe(-1);
  });
});

describe('the points', () => {
  test('one a minute, fifteen at most', () => {
    let list: readonly CapacityPoint[] = [];
    for (let second = 0; second < 60 * 60; second += 7) list = withPoint(list, 50, NOW + second * 1000);
    expect(list).toHaveLength(LOW_POINTS);
    for (let index = 1; index < list.length; index++)
      expect((list[index]?.at ?? 0) - (list[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(MINUTE);
  });
  test('the same list within a minute', () => {
    const list = withPoint([], 50, NOW);
    expect(withPoint(list, 80, NOW + MINUTE - 1)).toBe(list);
  });
  test('a daemon that was away begins anew', () => {
    expect(withPoint(points(14, 10), 10, NOW + 6 * MINUTE)).toEqual([{ at: NOW + 6 * MINUTE, percent: 10 }]);
  });
});

describe('who leaves', () => {
  const instances = [
    { id: 'a', tasks: 2, registeredAt: 1 },
    { id: 'b', tasks: 0, registeredAt: 1 },
    { id: 'c', tasks: 0, registeredAt: 2 },
    { id: 'd', tasks: 1, registeredAt: 1 },
  ];
  test('the empty ones, the youngest of them first, then those with the fewest tasks', () => {
    expect(leavingInstances(instances, 9, false)).toEqual(['c', 'b', 'd', 'a']);
    expect(leavingInstances(instances, 1, false)).toEqual(['c']);
    expect(leavingInstances(instances, 0, false)).toEqual([]);
  });
  test('managedTerminationProtection keeps those with tasks', () => {
    expect(leavingInstances(instances, 9, true)).toEqual(['c', 'b']);
  });
});

describe('any provider, minute by minute', () => {
  const scene = fc.record({
    target: fc.integer({ min: 20, max: 100 }),
    minimum: fc.integer({ min: 0, max: 3 }),
    start: fc.integer({ min: 0, max: 30 }),
    perInstance: fc.integer({ min: 1, max: 5 }),
    maximumScalingStepSize: fc.integer({ min: 5, max: 50 }),
    tasks: fc.integer({ min: 0, max: 60 }),
  });

  test('it comes to rest, with room for every task, and then never moves again', () => {
    fc.assert(
      fc.property(scene, ({ target, minimum, start, perInstance, maximumScalingStepSize, tasks }) => {
        const settings = { ...SETTINGS, targetCapacity: target, minimum, maximum: 10_000, maximumScalingStepSize };
        let instances = start;
        let state = CALM;
        const changes: number[] = [];
        for (let minute = 0; minute < 800; minute++) {
          const now = NOW + minute * MINUTE;
          const used = Math.min(instances, Math.ceil(tasks / perInstance));
          const left = Math.max(0, tasks - instances * perInstance);
          const waiting = left === 0 ? [] : [{ cpu: 1, memory: 0, gpus: 0, ports: [], distinct: false, count: left }];
          const reservation = reservationOf(instances, used, waiting, [{ cpu: perInstance, memory: 1, gpus: 0 }], settings);
          state = { ...state, points: withPoint(state.points, reservation.percent, now) };
          const { change } = nextStep(reservation, state, settings, now);
          if (change > 0) state = { ...state, youngestAt: now, points: [] };
          if (change < 0) state = { ...state, scaledInAt: now };
          if (change < 0) expect(-change).toBeLessThanOrEqual(Math.max(1, instances / 2));
          instances += change;
          changes.push(change);
          // Never below its tasks: what is taken away was empty.
          if (change < 0) expect(instances).toBeGreaterThanOrEqual(Math.ceil(tasks / perInstance));
        }
        expect(instances * perInstance).toBeGreaterThanOrEqual(tasks);
        expect(changes.slice(-100).every((change) => change === 0)).toBe(true);
        // No oscillation: after the first instance has left, none comes.
        const firstLeft = changes.findIndex((change) => change < 0);
        if (firstLeft !== -1) expect(changes.slice(firstLeft).every((change) => change <= 0)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
