// What placement never does, over thousands of arbitrary fleets: give away what is not there, break a constraint, lose a balance that could
// be kept, refuse what would fit, or decide otherwise than ECS's steps taken one by one.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../../src/core/placement/candidate.ts';
import type { PlacementStrategy } from '../../../src/model/cluster/placement.ts';
import { askOf } from '../../../src/core/placement/rules.ts';
import { openSearch, placeNext } from '../../../src/core/placement/place.ts';
import { recount, roomOf, type Seat } from '../../../src/core/placement/room.ts';
import { refusalSentence, refusalsOf } from '../../../src/core/placement/refusal.ts';
import { stepsOf } from '../../../src/core/placement/strategy.ts';
import { stopOrder } from '../../../src/core/placement/scale-in.ts';
import { sortedMap } from '../../../src/std/order.ts';
import { candidate, SMALL, standing } from '../../core/placement/fleet.ts';
import { candidates, mayTake, placedByHand, type Stood, strategies, type Wanted, wanted } from './arbitrary.ts';
import { provesPlacement } from '../../proves.ts';

const RUNS = { seed: 5, numRuns: 300 };

/** Places what is wanted; `judge` sees each decision with what stood before it. */
function placeAll(
  instances: readonly Candidate[],
  wishes: readonly Wanted[],
  judge: (instance: string | null, stood: readonly Stood[], wish: Wanted, task: string, seats: readonly Seat[]) => void,
): readonly Stood[] {
  const seats = [...roomOf(instances, [], () => null).seats.values()];
  const stood: Stood[] = [];
  for (const wish of wishes) {
    const asked = askOf('default', `service:${wish.service}`, wish.demand, wish.constraints);
    const search = openSearch(seats, asked, stepsOf(wish.strategy, 'service'));
    for (let number = 0; number < wish.count; number++) {
      const id = `${stood.length}-${number}`;
      const place = placeNext(search, id);
      const instance = place?.instance ?? null;
      judge(instance, stood, wish, id, seats);
      if (place === null) break;
      stood.push({ id, service: wish.service, ...place, demand: wish.demand });
    }
  }
  return stood;
}

describe('placement', () => {
  it('never gives away cpu, memory, devices or ports that an instance does not have', () => {
    provesPlacement('resource: never twice');
    const check = (instances: readonly Candidate[], wishes: readonly Wanted[]): void => {
      const stood = placeAll(instances, wishes, () => undefined);
      for (const { id, cpu, memory, gpus, ports } of instances) {
        const here = stood.filter((task) => task.instance === id).map(({ demand }) => demand);
        const takers = here.filter((demand) => demand.cpu > 0);
        if (takers.length > 0) expect(takers.reduce((sum, demand) => sum + demand.cpu, 0)).toBeLessThanOrEqual(cpu);
        expect(here.reduce((sum, demand) => sum + demand.memory, 0)).toBeLessThanOrEqual(memory);
        if (gpus !== null) expect(here.reduce((sum, demand) => sum + demand.gpus, 0)).toBeLessThanOrEqual(gpus);
        const taken = [...ports, ...here.flatMap((demand) => demand.ports)];
        expect(new Set(taken).size).toBe(taken.length);
      }
    };
    fc.assert(fc.property(candidates, wanted, check), RUNS);
  });

  it('takes an instance that may take the task, and refuses only when none may, saying why for each', () => {
    provesPlacement('process: the closest match');
    const judge = (
      instance: string | null,
      stood: readonly Stood[],
      wish: Wanted,
      instances: readonly Candidate[],
      seats: readonly Seat[],
    ): void => {
      const open = instances.filter((one) => mayTake(one, stood, wish)).map(({ id }) => id);
      if (instance !== null) return expect(open).toContain(instance);
      expect(open).toEqual([]);
      const asked = askOf('default', `service:${wish.service}`, wish.demand, wish.constraints);
      expect(new Set(refusalsOf(seats, asked).map((refusal) => refusal.instance))).toEqual(new Set(instances.map(({ id }) => id)));
      if (instances.length > 0) expect(refusalSentence(seats, asked)).toMatch(/The closest matching \(container-instance i\d\) .+\.$/);
    };
    const check = (instances: readonly Candidate[], wishes: readonly Wanted[]): void => {
      placeAll(instances, wishes, (instance, stood, wish, _, seats) => judge(instance, stood, wish, instances, seats));
    };
    fc.assert(fc.property(candidates, wanted, check), RUNS);
  });

  it("is what comes of ECS's steps taken one by one", () => {
    provesPlacement('process: in this order');
    const check = (instances: readonly Candidate[], wishes: readonly Wanted[]): void => {
      placeAll(instances, wishes, (instance, stood, wish, task) => expect(instance).toBe(placedByHand(instances, stood, wish, task)));
    };
    fc.assert(fc.property(candidates, wanted, check), RUNS);
  });
});

describe('a spread', () => {
  /** Instances in zones and racks, some of them small. */
  const fleet = fc
    .array(fc.record({ zone: fc.constantFrom('1', '2', '3'), rack: fc.constantFrom('x', 'y'), tasks: fc.integer({ min: 0, max: 9 }) }), {
      minLength: 1,
      maxLength: 10,
    })
    .map((all) =>
      all.map(({ zone, rack, tasks }, index) =>
        candidate(`i${index}`, { cpu: SMALL.cpu * tasks, attributes: { 'ecs.availability-zone': zone, rack } }),
      ),
    );
  const chain: readonly PlacementStrategy[] = [
    { type: 'spread', field: 'attribute:ecs.availability-zone' },
    { type: 'spread', field: 'attribute:rack' },
    { type: 'spread', field: 'instanceId' },
  ];
  const levels: readonly ((one: Candidate) => string)[] = [
    ({ attributes }) => attributes.get('ecs.availability-zone') ?? '',
    ({ attributes }) => `${attributes.get('ecs.availability-zone')}/${attributes.get('rack')}`,
    ({ attributes, id }) => `${attributes.get('ecs.availability-zone')}/${attributes.get('rack')}/${id}`,
  ];

  function wish(count: number): Wanted {
    return { service: 'web', count, demand: SMALL, constraints: [], strategy: chain };
  }

  /** Buckets that are off by more than one inside the bucket above them, although the smaller one had room. */
  function offBalance(
    instances: readonly Candidate[],
    stood: readonly Stood[],
    isOpen: (bucket: readonly Candidate[]) => boolean,
  ): readonly string[] {
    return levels.flatMap((level, depth) => {
      const above = levels[depth - 1] ?? (() => '');
      const buckets = Map.groupBy(instances, level);
      const count = (members: readonly Candidate[]): number =>
        stood.filter((task) => members.some(({ id }) => id === task.instance)).length;
      return [...buckets.values()].flatMap((fuller) =>
        [...buckets.values()]
          .filter((emptier) => fuller[0] !== undefined && emptier[0] !== undefined && above(fuller[0]) === above(emptier[0]))
          .filter((emptier) => count(fuller) > count(emptier) + 1 && isOpen(emptier))
          .map((emptier) => `${fuller.map(({ id }) => id).join(',')} over ${emptier.map(({ id }) => id).join(',')}`),
      );
    });
  }

  it('is never off by more than one where the smaller bucket has room, at any level', () => {
    provesPlacement('strategy: spread balance');
    const check = (instances: readonly Candidate[], count: number): void => {
      const asked = wish(count);
      const stood = placeAll(instances, [asked], () => undefined);
      expect(offBalance(instances, stood, (bucket) => bucket.some((one) => mayTake(one, stood, asked)))).toEqual([]);
    };
    fc.assert(fc.property(fleet, fc.integer({ min: 1, max: 40 }), check), RUNS);
  });

  it('stays so while tasks go, in any number', () => {
    provesPlacement('scale-in: spread');
    const check = (instances: readonly Candidate[], count: number, going: number): void => {
      const large = instances.map((one) => ({ ...one, cpu: 1e6 }));
      const stood = placeAll(large, [wish(count)], () => undefined);
      const tasks = stood.map((task, slot) => standing('web', task.instance, slot, { id: task.id }));
      const room = roomOf(large, tasks, () => SMALL);
      const leaving = { room, cluster: 'default', group: 'service:web', steps: stepsOf(chain, 'service'), demand: SMALL };
      const gone = new Set([...stopOrder(leaving, [tasks])].slice(0, going).map(({ id }) => id));
      expect(gone.size).toBe(Math.min(going, tasks.length));
      const left = stood.filter(({ id }) => !gone.has(id));
      // An emptied bucket gives nothing more: the others may not be off, and the fuller one is never more than one above it.
      expect(offBalance(large, left, () => true)).toEqual([]);
    };
    fc.assert(fc.property(fleet, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 }), check), RUNS);
  });
});

describe('the room', () => {
  it('that followed every change is the room that is counted anew', () => {
    const status = fc.constantFrom(
      { lastStatus: 'PENDING', desiredStatus: 'RUNNING' } as const,
      { lastStatus: 'RUNNING', desiredStatus: 'RUNNING' } as const,
      { lastStatus: 'STOPPING', desiredStatus: 'STOPPED' } as const,
      { lastStatus: 'STOPPED', desiredStatus: 'STOPPED' } as const,
    );
    const step = fc.record({ slot: fc.integer({ min: 0, max: 5 }), instance: fc.constantFrom('i0', 'i1', 'gone'), status });
    const demand = { ...SMALL, gpus: 1, ports: ['tcp/80'] };
    const check = (steps: readonly { slot: number; instance: string; status: Parameters<typeof standing>[3] }[]): void => {
      const instances = [candidate('i0'), candidate('i1')];
      const followed = roomOf(instances, [], () => demand);
      const last = new Map<string, ReturnType<typeof standing>>();
      for (const { slot, instance, status: now } of steps) {
        const task = standing(slot % 2 === 0 ? 'a' : 'b', instance, slot, now);
        recount(followed, task);
        last.set(task.id, task);
      }
      const anew = roomOf(instances, last.values(), () => demand);
      const facts = (seats: Iterable<Seat>): unknown =>
        [...seats].map(({ cpu, memory, gpus, ports, tasks }) => {
          const { runningTasksCount = 0, groups = new Map<string, number>() } = tasks.get('default') ?? {};
          return { cpu, memory, gpus, ports: sortedMap(ports), runningTasksCount, groups: sortedMap(groups) };
        });
      expect(facts(followed.seats.values())).toEqual(facts(anew.seats.values()));
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), check), RUNS);
  });
});

describe('placement and scale-in', () => {
  it('are each the other way round: the last that came is among the first that may go', () => {
    const check = (instances: readonly Candidate[], strategy: readonly PlacementStrategy[], count: number): void => {
      const large = instances.map((one) => ({
        ...one,
        status: 'ACTIVE' as const,
        agentConnected: true,
        cpu: 1e5,
        memory: 1e5,
        gpus: null,
      }));
      const stood = placeAll(large, [{ service: 'web', count, demand: SMALL, constraints: [], strategy }], () => undefined);
      const tasks = stood.map((task, slot) => standing('web', task.instance, slot, { id: task.id }));
      const room = roomOf(large, tasks, () => SMALL);
      const leaving = { room, cluster: 'default', group: 'service:web', steps: stepsOf(strategy, 'service'), demand: SMALL };
      const order = [...stopOrder(leaving, [tasks])];
      expect(new Set(order)).toEqual(new Set(tasks));
      // On each instance the newest slot goes first.
      for (const here of Map.groupBy(order, ({ instance }) => instance).values())
        expect(here.map(({ slot }) => slot)).toEqual(here.map(({ slot }) => slot).sort((a, b) => b - a));
    };
    fc.assert(fc.property(candidates, strategies, fc.integer({ min: 1, max: 30 }), check), RUNS);
  });
});
