// Availability-zone rebalancing (spec 3.11): when a service is evened out, how (one task at a time, the new one healthy before the old one stops),
// and when it is left alone.
import { describe, expect, it } from 'vitest';
import { type AppOptions, app, desired } from '../../build.ts';
import { eventsBetween } from '../../../src/core/events.ts';
import { notRebalanced } from '../../../src/core/service/rebalance.ts';
import { rounds } from '../../sim/rounds.ts';
import type { DeployableService, DesiredState } from '../../../src/model/turn/desired.ts';
import type { Ledger } from '../../../src/model/turn/ledger.ts';

const GRACE_MS = 10_000;
/** Rounds of a second: enough for every move of these small services. */
const MOST_ROUNDS = 120;

interface Given {
  /** Zones of the instances, by name; those whose name begins with x are silent at first, and then come back. */
  readonly zones: Readonly<Record<string, string | null>>;
  readonly memory?: Readonly<Record<string, number>>;
  readonly count?: number;
  readonly app?: AppOptions;
  readonly spec?: Partial<Omit<DeployableService, 'taskDefinition' | 'desiredCount'>>;
}

function stateOf({ zones, memory = {}, count = 4, app: options = {}, spec = {} }: Given): DesiredState {
  const instances = Object.entries(zones).map(([name, zone]) => ({
    ...{ name, cluster: 'default', endpoint: `unix:///run/${name}.sock`, cpu: 4_096, memory: memory[name] ?? 8_192 },
    ...(zone !== null && { attributes: [{ name: 'ecs.availability-zone', value: zone }] }),
  }));
  const web = app('web', { count, healthyAfter: 2, ...options });
  return desired([{ ...web, service: { ...web.service, ...spec } }], { instances, graceSeconds: GRACE_MS / 1_000 });
}

const running = (ledger: Ledger) => [...ledger.tasks.values()].filter((task) => task.desiredStatus === 'RUNNING');

/** Where the tasks stand by zone, and what happened in between: the instances that were silent come back, and everything comes to rest. */
function evened(given: Given) {
  const state = stateOf(given);
  const fleet = rounds(state, { callsPerEngine: 100, roundMs: 1_000 });
  const late = Object.keys(given.zones).filter((name) => name.startsWith('x'));
  fleet.cut(late);
  for (let round = 0; round < MOST_ROUNDS / 4; round++) fleet.round();
  const placed = tally(fleet.ledger(), given);
  fleet.heal(late);
  const told: string[] = [];
  const most: number[] = [];
  const least: number[] = [];
  const moves = new Map<string, string>();
  const starts = new Set<string>();
  const before = new Set(fleet.ledger().tasks.keys());
  for (let round = 0; round < MOST_ROUNDS; round++) {
    fleet.round((world, plan) => {
      for (const { kind, message } of eventsBetween(world.ledger, plan.ledger, world.now))
        if (kind === 'service-rebalancing') told.push(message);
      const alive = running(plan.ledger);
      most.push(alive.length);
      least.push(alive.filter(({ health }) => health === 'HEALTHY').length);
      for (const task of plan.ledger.tasks.values()) if (!before.has(task.id)) starts.add(task.id);
      const moving = plan.ledger.services.get('default/web')?.moving;
      if (moving !== undefined) moves.set(moving.task, moving.because);
    });
  }
  const [row] = fleet.ledger().services.values();
  return {
    placed,
    ended: tally(fleet.ledger(), given),
    most: Math.max(...most),
    least: Math.min(...least),
    moves: [...moves.values()],
    starts: starts.size,
    told,
    row,
  };
}

function tally(ledger: Ledger, { zones }: Given): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { instance } of running(ledger)) found[zones[instance] ?? '-'] = (found[zones[instance] ?? '-'] ?? 0) + 1;
  return found;
}

describe('a service is evened out', () => {
  it('one task at a time, new before old, from the fullest zone to the emptiest', () => {
    const found = evened({ zones: { a1: 'a', a2: 'a', x1: 'b' } });
    expect([found.placed, found.ended]).toEqual([{ a: 4 }, { a: 2, b: 2 }]);
    expect([found.most, found.least, found.starts]).toEqual([5, 4, 2]);
    expect(found.moves).toEqual([
      'availability zone a has 4 tasks of it, and b has 0',
      'availability zone a has 3 tasks of it, and b has 1',
    ]);
    expect(found.told).toHaveLength(2);
    expect(found.told[0]).toMatch(
      /^\(service web\) is not balanced over its zones: availability zone a has 4 tasks of it, and b has 0\. Task [0-9a-f]{8} is replaced in another one\.$/,
    );
    expect(found.row).toMatchObject({ steady: true, message: null });
    expect(found.row && 'moving' in found.row).toBe(false);
  });

  it('new before old at a minimum of 50 percent, too', () => {
    const found = evened({ zones: { a1: 'a', x1: 'b' }, app: { min: 50, max: 150 } });
    expect([found.ended, found.most, found.least]).toEqual([{ a: 2, b: 2 }, 5, 4]);
  });

  it('over three zones, and no further than one task of difference', () => {
    expect(evened({ zones: { a1: 'a', x1: 'b', x2: 'c' }, count: 5 }).ended).toEqual({ a: 2, b: 2, c: 1 });
    expect(evened({ zones: { a1: 'a', x1: 'b' }, count: 3 })).toMatchObject({ ended: { a: 2, b: 1 }, starts: 1 });
  });

  it('as far as the emptier zone has room', () => {
    expect(evened({ zones: { a1: 'a', x1: 'b' }, memory: { x1: 64 } })).toMatchObject({ ended: { a: 3, b: 1 }, starts: 1, most: 5 });
    expect(evened({ zones: { a1: 'a', x1: 'b' }, memory: { x1: 32 } })).toMatchObject({ ended: { a: 4 }, starts: 0, most: 4 });
  });

  it('into the emptiest zone that has room, where another has none', () => {
    expect(evened({ zones: { a1: 'a', x1: 'b', x2: 'c' }, memory: { x1: 32 } }).ended).toEqual({ a: 2, c: 2 });
  });
});

describe('a service is left alone', () => {
  it.each<readonly [string, Given]>([
    ['zones are even', { zones: { a1: 'a', x1: 'b' }, count: 1 }],
    ['it is DISABLED', { zones: { a1: 'a', x1: 'b' }, spec: { availabilityZoneRebalancing: 'DISABLED' } }],
    ['no task more is allowed', { zones: { a1: 'a', x1: 'b' }, app: { min: 50, max: 100 } }],
    [
      'its first strategy is another one',
      { zones: { a1: 'a', x1: 'b' }, spec: { placementStrategy: [{ type: 'binpack', field: 'memory' }] } },
    ],
    ['the instances that come have no zone', { zones: { a1: 'a', x1: null } }],
  ])('%s', (_, given) => {
    const found = evened(given);
    expect([found.ended, found.starts, found.moves]).toEqual([found.placed, 0, []]);
  });

  it('while its tasks are not healthy: nothing moves that would not end', () => {
    const found = evened({ zones: { a1: 'a', x1: 'b' }, app: { healthyAfter: 10_000 } });
    expect([found.ended, found.moves]).toEqual([{ a: 4 }, []]);
  });

  it.each<readonly [string | null, Given['spec'], AppOptions]>([
    [null, {}, {}],
    [
      null,
      {
        placementStrategy: [
          { type: 'spread', field: 'attribute:ecs.availability-zone' },
          { type: 'binpack', field: 'cpu' },
        ],
      },
      {},
    ],
    ['its availabilityZoneRebalancing is DISABLED', { availabilityZoneRebalancing: 'DISABLED' }, {}],
    ['it is a DAEMON, with a task on each instance', {}, { daemon: true }],
    ['its launchType is EXTERNAL', { launchType: 'EXTERNAL' }, {}],
    ['its maximumPercent (110) allows no task more than 4', {}, { max: 110 }],
    [
      'its first placement strategy is not spread over attribute:ecs.availability-zone',
      { placementStrategy: [{ type: 'spread', field: 'instanceId' }] },
      {},
    ],
    [
      'a constraint of it names ecs.availability-zone',
      { placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.availability-zone == a' }] },
      {},
    ],
  ])('never, because %s', (why, spec, options) => {
    const [service] = stateOf({ zones: {}, app: options, spec: spec ?? {} }).services.values();
    if (service === undefined) throw new Error('no service');
    expect(notRebalanced(service, null)).toBe(why);
  });
});
