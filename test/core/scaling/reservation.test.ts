import { describe, expect, test } from 'vitest';
import { type Size, type WaitingTasks, extraFor, reservationOf } from '../../../src/core/scaling/reservation.ts';

const STEPS = { minimumScalingStepSize: 1, maximumScalingStepSize: 10_000 };
const SMALL: Size = { cpu: 1024, memory: 1000, gpus: 0 };
const LARGE: Size = { cpu: 4096, memory: 8000, gpus: 1 };

function waiting(count: number, needs: Partial<WaitingTasks> = {}): WaitingTasks {
  return { cpu: 512, memory: 100, gpus: 0, ports: [], distinct: false, count, ...needs };
}

describe('how many more instances the tasks that wait need (spec 8.2)', () => {
  test.each<[string, readonly WaitingTasks[], readonly Size[], number]>([
    ['nobody waits', [], [SMALL], 0],
    ['no task of a group', [waiting(0)], [SMALL], 0],
    ['one task', [waiting(1)], [SMALL], 1],
    ['two fit one instance by cpu', [waiting(2)], [SMALL], 1],
    ['the third needs another', [waiting(3)], [SMALL], 2],
    ['memory is what runs out first', [waiting(4, { cpu: 1, memory: 400 })], [SMALL], 2],
    ['a fixed port is on one instance once', [waiting(3, { cpu: 1, memory: 1, ports: ['tcp/80'] })], [SMALL], 3],
    ['distinctInstance as well', [waiting(3, { cpu: 1, memory: 1, distinct: true })], [SMALL], 3],
    ['a device', [waiting(2, { gpus: 1 })], [LARGE], 2],
    ['tasks that take nothing fit one', [waiting(500, { cpu: 0, memory: 0 })], [SMALL], 1],
    ['the most of the groups counts, not their sum', [waiting(3), waiting(4, { memory: 200 })], [SMALL], 2],
    ['the same needs of two services are one group', [waiting(3), waiting(3)], [SMALL], 3],
    ['the largest size is what is packed', [waiting(8)], [SMALL, LARGE], 1],
    ['a group that does not fit the smallest size is dropped', [waiting(8, { cpu: 2048 })], [SMALL, LARGE], 0],
    ['a dropped group keeps none of the others', [waiting(1, { cpu: 9000 }), waiting(1)], [SMALL], 1],
    ['of a kind that nobody knows, one shows what it is', [waiting(8)], [], 1],
  ])('%s', (_, tasks, sizes, expected) => {
    expect(extraFor(tasks, sizes, STEPS)).toBe(expected);
  });

  test.each([
    [3, 1, 10_000, 2],
    [3, 5, 10_000, 5],
    [21, 1, 4, 4],
  ])('%i tasks with steps of %i to %i: %i', (count, minimumScalingStepSize, maximumScalingStepSize, expected) => {
    expect(extraFor([waiting(count)], [SMALL], { minimumScalingStepSize, maximumScalingStepSize })).toBe(expected);
  });
});

describe('CapacityProviderReservation (spec 8.2)', () => {
  test.each<[string, number, number, readonly WaitingTasks[], number, number]>([
    ['nothing there, nothing wanted', 0, 0, [], 0, 100],
    ['nothing there, something wanted', 0, 0, [waiting(40)], 2, 200],
    ['every instance has a task', 4, 4, [], 4, 100],
    ['two of ten are empty', 10, 8, [], 8, 80],
    ['all are empty', 10, 0, [], 0, 0],
    ['three wait on two instances', 2, 2, [waiting(3)], 4, 200],
    ['what waits fits no instance of this kind', 4, 1, [waiting(3, { cpu: 5000 })], 4, 100],
    ['nothing there, and what waits fits none', 0, 0, [waiting(3, { cpu: 5000 })], 0, 100],
  ])('%s', (_, instances, used, tasks, needed, percent) => {
    expect(reservationOf(instances, used, tasks, [SMALL], STEPS)).toEqual({ instances, needed, percent });
  });
});
