// Which task goes when there are too many (spec 5.5): the strategies the other way round.
import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../../src/core/placement/candidate.ts';
import type { PlacementStrategy } from '../../../src/model/cluster/placement.ts';
import type { Task } from '../../../src/model/task/task.ts';
import { stepsOf } from '../../../src/core/placement/strategy.ts';
import { stopOrder } from '../../../src/core/placement/scale-in.ts';
import { candidate, fleetOf, inZone, SMALL, standing } from './fleet.ts';
import { provesPlacement } from '../../proves.ts';

/** `instance/slot` of the tasks, in the order in which they go. */
function order(
  candidates: readonly Candidate[],
  classes: readonly (readonly Task[])[],
  strategy?: readonly PlacementStrategy[],
): readonly string[] {
  const { room } = fleetOf(candidates, classes.flat());
  const leaving = { room, cluster: 'default', group: 'service:web', steps: stepsOf(strategy, 'service'), demand: SMALL };
  return [...stopOrder(leaving, classes)].map(({ instance, slot }) => `${instance}/${slot}`);
}

function on(instances: string): readonly Task[] {
  return instances.split('').map((instance, slot) => standing('web', instance, slot));
}

describe('the first to go', () => {
  test('by default: of the zone with the most tasks, there of the instance with the most', () => {
    provesPlacement('scale-in: default');
    const fleet = [inZone('a', 'one'), inZone('b', 'one'), inZone('c', 'two')];
    expect(order(fleet, [on('aabcc')]).slice(0, 2)).toEqual(['a/1', 'c/4']);
    expect(order(fleet, [on('aabccc')]).slice(0, 3)).toEqual(['c/5', 'a/1', 'c/4']);
  });

  test('without zones: of the instance with the most tasks, one after the other', () => {
    provesPlacement('scale-in: without zones');
    expect(order([candidate('a'), candidate('b')], [on('aaab')]).slice(0, 3)).toEqual(['a/2', 'a/1', 'b/3']);
  });

  test('of equal ones the newest slot', () => {
    provesPlacement('scale-in: ties');
    expect(order([candidate('a'), candidate('b')], [on('abab')])).toEqual(['b/3', 'a/2', 'b/1', 'a/0']);
  });

  test('spread over instances: the fullest first, and each choice sees the one before', () => {
    provesPlacement('scale-in: spread');
    const found = order([candidate('a'), candidate('b'), candidate('c')], [on('aaaabbc')], [{ type: 'spread', field: 'instanceId' }]);
    expect(found).toEqual(['a/3', 'a/2', 'b/5', 'a/1', 'c/6', 'b/4', 'a/0']);
  });

  test('binpack: of the instance with the most left once it is gone, which so becomes empty', () => {
    provesPlacement('scale-in: binpack');
    const fleet = [candidate('a', { memory: 1_024 }), candidate('b', { memory: 2_048 })];
    expect(order(fleet, [on('aabb')], [{ type: 'binpack', field: 'memory' }])).toEqual(['b/3', 'b/2', 'a/1', 'a/0']);
  });

  test('binpack behind a spread: of the fullest zone, its emptiest instance', () => {
    provesPlacement('scale-in: binpack');
    const fleet = [inZone('a', 'one'), inZone('b', 'one', { memory: 1_024 }), inZone('c', 'two')];
    const strategy: PlacementStrategy[] = [
      { type: 'spread', field: 'attribute:ecs.availability-zone' },
      { type: 'binpack', field: 'memory' },
    ];
    expect(order(fleet, [on('abbc')], strategy).slice(0, 2)).toEqual(['a/0', 'b/2']);
  });

  test('random: any, and here where the most are', () => {
    provesPlacement('scale-in: random');
    expect(order([candidate('a'), candidate('b')], [on('aab')], [{ type: 'random' }])[0]).toBe('a/1');
  });

  test('of an instance that gets no tasks any more, or is not there', () => {
    const fleet = [candidate('a'), candidate('b', { status: 'DRAINING' })];
    expect(order(fleet, [on('aaabx')]).slice(0, 3)).toEqual(['b/3', 'x/4', 'a/2']);
  });
});

test('class by class, whatever the balance; what went of one counts for the next', () => {
  const [a0, a1, b2, b3] = on('aabb');
  if (a0 === undefined || a1 === undefined || b2 === undefined || b3 === undefined) throw new Error('four tasks');
  expect(order([candidate('a'), candidate('b')], [[a0], [a1, b2, b3]])).toEqual(['a/0', 'b/3', 'b/2', 'a/1']);
});

test('is worked out only as far as somebody asks', () => {
  const { room } = fleetOf([candidate('a')], on('aa'));
  const leaving = { room, cluster: 'default', group: 'service:web', steps: stepsOf(undefined, 'service'), demand: SMALL };
  const [first] = stopOrder(leaving, [on('aa')]);
  expect(first?.slot).toBe(1);
  expect([...stopOrder(leaving, [])]).toEqual([]);
});
