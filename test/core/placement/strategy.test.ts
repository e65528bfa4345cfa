// Step 3 of ECS's placement (spec 5.2): what is preferred among the instances that will do.
import { describe, expect, test } from 'vitest';
import type { PlacementStrategy } from '../../../src/model/cluster/placement.ts';
import { candidate, counted, fleetOf, inZone, placed, standing } from './fleet.ts';
import { provesPlacement } from '../../proves.ts';

const SPREAD_ZONE: PlacementStrategy = { type: 'spread', field: 'attribute:ecs.availability-zone' };
const SPREAD_INSTANCE: PlacementStrategy = { type: 'spread', field: 'instanceId' };

describe('spread', () => {
  test('over zones first, then over the instances of each zone', () => {
    provesPlacement('strategy: chain');
    provesPlacement('strategy: spread attribute');
    const fleet = fleetOf([inZone('a', 'one'), inZone('b', 'one'), inZone('c', 'two')]);
    expect(counted(placed(fleet, 6, { strategy: [SPREAD_ZONE, SPREAD_INSTANCE] }))).toEqual({ a: 2, b: 1, c: 3 });
  });

  test.each(['instanceId', 'instanceid', 'host', 'HOST'])('%s is over instances', (field) => {
    provesPlacement('strategy: spread instanceId', 'instanceId', 'host');
    provesPlacement('strategy: fields', 'HOST');
    const fleet = fleetOf([candidate('a'), candidate('b'), candidate('c')]);
    expect(counted(placed(fleet, 6, { strategy: [{ type: 'spread', field }] }))).toEqual({ a: 2, b: 2, c: 2 });
  });

  test('over any attribute, its name in the letters that it has', () => {
    provesPlacement('strategy: spread attribute');
    const fleet = fleetOf([
      candidate('a', { attributes: { Rack: '1' } }),
      candidate('b', { attributes: { Rack: '1' } }),
      candidate('c', { attributes: { Rack: '2' } }),
    ]);
    expect(counted(placed(fleet, 4, { strategy: [{ type: 'spread', field: 'attribute:Rack' }] }))).toMatchObject({ c: 2 });
  });

  test('instances without the attribute are a bucket of their own', () => {
    provesPlacement('strategy: spread of a missing attribute');
    const fleet = fleetOf([inZone('a', 'one'), inZone('b', 'one'), candidate('c'), candidate('d')]);
    expect(counted(placed(fleet, 4, { strategy: [SPREAD_ZONE] }))).toEqual({ a: 1, b: 1, c: 1, d: 1 });
    const lopsided = fleetOf([inZone('a', 'one'), candidate('c'), candidate('d'), candidate('e')]);
    expect(counted(placed(lopsided, 4, { strategy: [SPREAD_ZONE] }))).toMatchObject({ a: 2 });
  });

  test('counts the tasks of the same service alone', () => {
    provesPlacement('strategy: spread counts');
    const others = [1, 2, 3].map((slot) => standing('other', 'b', slot));
    expect(
      placed(fleetOf([candidate('a'), candidate('b')], [...others, standing('web', 'a', 1)]), 1, { strategy: [SPREAD_INSTANCE] }),
    ).toEqual(['b']);
  });

  test('counts tasks in a zone on instances that can take no more', () => {
    const tasks = [standing('web', 'a', 1), standing('web', 'a', 2)];
    const fleet = fleetOf([inZone('a', 'one', { status: 'DRAINING' }), inZone('b', 'one'), inZone('c', 'two')], tasks);
    expect(placed(fleet, 3, { strategy: [SPREAD_ZONE] })).toEqual(['c', 'c', 'b']);
  });

  test('what is on its way out keeps no zone occupied', () => {
    provesPlacement('strategy: spread counts');
    const leaving = standing('web', 'a', 1, { desiredStatus: 'STOPPED', lastStatus: 'DEACTIVATING' });
    const fleet = fleetOf([inZone('a', 'one'), inZone('b', 'two')], [leaving, standing('web', 'b', 2)]);
    expect(placed(fleet, 1, { strategy: [SPREAD_ZONE] })).toEqual(['a']);
  });

  test('inside a zone counts racks of that zone, not of others with the same name', () => {
    provesPlacement('strategy: spread behind a spread');
    const rack = (id: string, zone: string, name: string): ReturnType<typeof candidate> =>
      candidate(id, { attributes: { 'ecs.availability-zone': zone, rack: name } });
    const fleet = fleetOf([rack('a', '1', 'x'), rack('b', '1', 'y'), rack('c', '2', 'x'), rack('d', '2', 'y')]);
    const strategy = [SPREAD_ZONE, { type: 'spread', field: 'attribute:rack' }] as const;
    expect(counted(placed(fleet, 8, { strategy }))).toEqual({ a: 2, b: 2, c: 2, d: 2 });
  });

  test('makes no task unplaceable', () => {
    provesPlacement('process: strategies');
    const fleet = fleetOf([inZone('a', 'one', { cpu: 256 }), inZone('b', 'two')]);
    expect(placed(fleet, 3, { strategy: [SPREAD_ZONE] })).toEqual(['a', 'b', 'b']);
  });
});

describe('binpack', () => {
  test.each([
    ['cpu', ['b', 'b', 'a']],
    ['CPU', ['b', 'b', 'a']],
    ['memory', ['a', 'a', 'a']],
  ])('on %s: the least that is left and still enough', (field, expected) => {
    provesPlacement('strategy: binpack cpu', 'cpu');
    provesPlacement('strategy: binpack memory', 'memory');
    provesPlacement('strategy: fields', 'CPU');
    const fleet = fleetOf([candidate('a', { cpu: 2_048, memory: 512 }), candidate('b', { cpu: 512, memory: 4_096 })]);
    expect(placed(fleet, 3, { strategy: [{ type: 'binpack', field }] })).toEqual(expected);
  });

  test('fills one instance after the other where nothing else is said', () => {
    provesPlacement('strategy: ties');
    const fleet = fleetOf([candidate('a', { memory: 256 }), candidate('b', { memory: 256 }), candidate('c', { memory: 256 })]);
    expect(placed(fleet, 5, { strategy: [{ type: 'binpack', field: 'memory' }] })).toEqual(['a', 'a', 'b', 'b', 'c']);
  });

  test('inside of what a spread left equal', () => {
    provesPlacement('strategy: chain');
    const fleet = fleetOf([
      inZone('a', 'one'),
      inZone('b', 'one', { memory: 1_024 }),
      inZone('c', 'two'),
      inZone('d', 'two', { memory: 1_024 }),
    ]);
    const strategy = [SPREAD_ZONE, { type: 'binpack', field: 'memory' }] as const;
    expect(counted(placed(fleet, 4, { strategy }))).toEqual({ b: 2, d: 2 });
  });
});

describe('random', () => {
  const fleet = (): ReturnType<typeof fleetOf> => fleetOf(['a', 'b', 'c', 'd'].map((id) => candidate(id, { cpu: 1e6, memory: 1e6 })));

  test('is the same for the same task, and about even over many', () => {
    provesPlacement('strategy: random');
    const wish = { strategy: [{ type: 'random' }] } as const;
    const first = placed(fleet(), 2_000, wish);
    expect(placed(fleet(), 2_000, wish)).toEqual(first);
    for (const number of Object.values(counted(first))) expect(Math.abs(number - 500)).toBeLessThan(100);
  });

  test('breaks what is equal after a spread', () => {
    provesPlacement('strategy: chain');
    const zones = fleetOf([inZone('a', 'one'), inZone('b', 'one'), inZone('c', 'two'), inZone('d', 'two')]);
    const found = placed(zones, 12, { strategy: [SPREAD_ZONE, { type: 'random' }] });
    expect(found.filter((id) => id === 'a' || id === 'b')).toHaveLength(6);
  });
});

describe('without a strategy', () => {
  test('a service is spread over zones, then goes where it has the fewest tasks, then where there is the least', () => {
    provesPlacement('strategy: {default of a service,ties}');
    const others = [1, 2].map((slot) => standing('other', 'a', slot));
    const fleet = fleetOf([inZone('a', 'one'), inZone('b', 'one'), inZone('c', 'two')], others);
    expect(placed(fleet, 5)).toEqual(['b', 'c', 'a', 'c', 'b']);
  });

  test('an empty list is none', () => {
    provesPlacement('strategy: default of a service');
    expect(counted(placed(fleetOf([candidate('a'), candidate('b')]), 4, { strategy: [] }))).toEqual({ a: 2, b: 2 });
  });

  test('a run is placed at random', () => {
    provesPlacement('strategy: default of a run');
    const fleet = fleetOf(['a', 'b', 'c'].map((id) => candidate(id, { cpu: 1e6, memory: 1e6 })));
    const random = fleetOf(['a', 'b', 'c'].map((id) => candidate(id, { cpu: 1e6, memory: 1e6 })));
    expect(placed(fleet, 50, { kind: 'run' })).toEqual(placed(random, 50, { kind: 'run', strategy: [{ type: 'random' }] }));
  });
});
