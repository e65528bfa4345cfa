// Arbitrary fleets and services, and a second placement that is written from the specification alone: slow, step by step, with nothing of
// the core's but its nouns. What the core does in one walk has to come out of it as well.
import * as fc from 'fast-check';
import type { Candidate } from '../../../src/core/placement/candidate.ts';
import type { Demand } from '../../../src/core/placement/demand.ts';
import type { HostRange } from '../../../src/model/task/host-range.ts';
import type { PlacementConstraint, PlacementStrategy } from '../../../src/model/cluster/placement.ts';
import { chanceOf, seedOf } from '../../../src/core/placement/chance.ts';
import { compiledQuery } from '../../../src/lang/cluster-query-match.ts';
import { candidate } from '../../core/placement/fleet.ts';

export interface Wanted {
  readonly service: string;
  readonly count: number;
  readonly demand: Demand;
  readonly constraints: readonly PlacementConstraint[];
  readonly strategy: readonly PlacementStrategy[];
}

/** A task that was placed. */
export interface Stood {
  readonly id: string;
  readonly service: string;
  readonly instance: string;
  readonly hostRanges: readonly HostRange[];
  readonly demand: Demand;
}

const ports = fc.subarray(['tcp/80', 'tcp/8080', 'udp/80']);

export const candidates: fc.Arbitrary<readonly Candidate[]> = fc
  .array(
    fc.record({
      status: fc.constantFrom('ACTIVE', 'ACTIVE', 'ACTIVE', 'DRAINING', 'DEREGISTERING'),
      agentConnected: fc.constantFrom(true, true, true, false),
      cpu: fc.integer({ min: 0, max: 2_000 }),
      memory: fc.integer({ min: 0, max: 2_000 }),
      gpus: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
      ports: ports.map((taken) => new Set(taken)),
      zone: fc.constantFrom('one', 'two', 'three', null),
      rack: fc.constantFrom('x', 'y', null),
    }),
    { minLength: 0, maxLength: 8 },
  )
  .map((facts) =>
    facts.map(({ zone, rack, status, ...more }, index) =>
      candidate(`i${index}`, {
        ...more,
        status,
        attributes: {
          ...(zone === null ? {} : { 'ecs.availability-zone': zone }),
          ...(rack === null ? {} : { rack }),
        },
      }),
    ),
  );

const expression = fc.constantFrom(
  'attribute:ecs.availability-zone == one',
  'attribute:ecs.availability-zone in [one, two] or attribute:rack !exists',
  'attribute:rack =~ "[xy]" and ec2InstanceId != i0',
  'not(task:group == service:s1)',
  'task:group =~ service:s.* or runningTasksCount == 0',
  'runningTasksCount < 3',
);

const constraints = fc.array(
  fc.oneof(
    fc.constant<PlacementConstraint>({ type: 'distinctInstance' }),
    expression.map((text): PlacementConstraint => ({ type: 'memberOf', expression: text })),
  ),
  { maxLength: 2 },
);

export const strategies: fc.Arbitrary<readonly PlacementStrategy[]> = fc.array(
  fc.constantFrom<PlacementStrategy>(
    { type: 'random' },
    { type: 'binpack', field: 'cpu' },
    { type: 'binpack', field: 'memory' },
    { type: 'spread', field: 'instanceId' },
    { type: 'spread', field: 'attribute:ecs.availability-zone' },
    { type: 'spread', field: 'attribute:rack' },
  ),
  { maxLength: 4 },
);

export const demands: fc.Arbitrary<Demand> = fc.record({
  cpu: fc.integer({ min: 0, max: 600 }),
  memory: fc.integer({ min: 1, max: 600 }),
  gpus: fc.constantFrom(0, 0, 1, 2),
  ports: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: ports }),
  ranges: fc.constant([]),
  architecture: fc.constant(null),
  attributes: fc.constant([]),
  imageOn: fc.option(
    fc.subarray(['i0', 'i1', 'i2', 'i3']).map((ids): ReadonlySet<string> => new Set(ids)),
    { nil: null, freq: 8 },
  ),
});

export const wanted: fc.Arbitrary<readonly Wanted[]> = fc.array(
  fc.record({
    service: fc.constantFrom('s0', 's1', 's2'),
    count: fc.integer({ min: 1, max: 12 }),
    demand: demands,
    constraints,
    strategy: strategies,
  }),
  { minLength: 1, maxLength: 4 },
);

/** Whether an instance may take one more task beside those that stand. */
export function mayTake(instance: Candidate, stood: readonly Stood[], { service, demand, constraints: asked }: Wanted): boolean {
  const here = stood.filter((task) => task.instance === instance.id);
  const sum = (of: (demand: Demand) => number): number => here.reduce((total, task) => total + of(task.demand), of(demand));
  if (instance.status !== 'ACTIVE' || !instance.agentConnected || !instance.observed) return false;
  if (demand.imageOn !== null && !demand.imageOn.has(instance.id)) return false;
  if (demand.cpu > 0 && sum((one) => one.cpu) > instance.cpu) return false;
  if (demand.memory > 0 && sum((one) => one.memory) > instance.memory) return false;
  if (demand.gpus > 0 && instance.gpus !== null && sum((one) => one.gpus) > instance.gpus) return false;
  if (demand.ports.some((port) => instance.ports.has(port) || here.some((task) => task.demand.ports.includes(port)))) return false;
  const groups = new Map<string, number>();
  for (const task of here) groups.set(`service:${task.service}`, (groups.get(`service:${task.service}`) ?? 0) + 1);
  return asked.every(({ type, expression: text = '' }) =>
    type === 'distinctInstance'
      ? !groups.has(`service:${service}`)
      : compiledQuery(text)?.holds(instance, { runningTasksCount: here.length, groups }),
  );
}

/** ECS's steps one after the other: each strategy keeps the best of what the ones before it left. */
export function placedByHand(instances: readonly Candidate[], stood: readonly Stood[], wish: Wanted, task: string): string | null {
  let left = instances.filter((instance) => mayTake(instance, stood, wish));
  const strategy = wish.strategy.length > 0 ? wish.strategy : [{ type: 'spread', field: 'attribute:ecs.availability-zone' } as const];
  const spreads: string[] = [];
  for (const { type, field = '' } of strategy) {
    if (type === 'random') left = least(left, ({ id }) => chanceOf(seedOf(task), seedOf(id)));
    else if (type === 'binpack') left = least(left, (instance) => leftOf(instance, stood, field === 'cpu' ? 'cpu' : 'memory'));
    else {
      if (field !== 'instanceId') spreads.push(field.replace('attribute:', ''));
      const names = [...spreads];
      const bucket = ({ id, attributes }: Candidate): string =>
        field === 'instanceId' ? id : JSON.stringify(names.map((name) => attributes.get(name) ?? null));
      const own = stood.filter(({ service }) => service === wish.service);
      const of = new Map(instances.map((instance) => [instance.id, bucket(instance)]));
      left = least(left, (instance) => own.filter((one) => of.get(one.instance) === bucket(instance)).length);
    }
  }
  if (!strategy.some(({ type }) => type === 'binpack')) {
    left = least(left, ({ id }) => stood.filter((one) => one.instance === id && one.service === wish.service).length);
    left = least(left, ({ id }) => stood.filter((one) => one.instance === id).reduce((sum, one) => sum + one.demand.memory, 0));
  }
  return left[0]?.id ?? null;
}

function leftOf(instance: Candidate, stood: readonly Stood[], resource: 'cpu' | 'memory'): number {
  return stood.filter((one) => one.instance === instance.id).reduce((left, one) => left - one.demand[resource], instance[resource]);
}

function least(instances: readonly Candidate[], score: (instance: Candidate) => number): Candidate[] {
  const lowest = Math.min(...instances.map(score));
  return instances.filter((instance) => score(instance) === lowest);
}
