// Where a task goes, and in which words it is refused (spec 5.1, 5.7, 3.12).
import { describe, expect, test } from 'vitest';
import { type Demand, type Usage, charge, demandOf, place, usageOf } from '../../../src/core/placement/place.ts';
import { container, instance, task } from '../../build.ts';
import type { InstanceView } from '../../../src/model/observed.ts';
import { sortedMap } from '../../../src/std/order.ts';

const SMALL: Demand = { cpu: 256, memory: 128, ports: [], imageOn: null };

function instanceView(id: string, more: Partial<InstanceView> = {}): InstanceView {
  return instance(id, [], more);
}

function fleet(...instances: InstanceView[]): ReadonlyMap<string, InstanceView> {
  return sortedMap(instances.map((view) => [view.id, view] as const));
}

function chosen(demand: Demand, instances: ReadonlyMap<string, InstanceView>, usage = new Map<string, Usage>()): string {
  const placed = place('default', 'default/web', demand, instances, usage);
  return 'instance' in placed ? placed.instance : `refused: ${placed.refused}`;
}

describe('place', () => {
  test('spreads the tasks of a service over the instances', () => {
    const usage = new Map<string, Usage>();
    const instances = fleet(instanceView('a'), instanceView('b'));
    expect([1, 2, 3].map(() => chosen(SMALL, instances, usage))).toEqual(['a', 'b', 'a']);
  });

  test.each<[string, Partial<Demand>, Partial<InstanceView>, string]>([
    ['cpu', { cpu: 2_000 }, { cpu: 1_024 }, 'has insufficient CPU units available: 2000 wanted, 1024 left.'],
    ['memory', { memory: 600 }, { memory: 512 }, 'has insufficient memory available: 600 MiB wanted, 512 left.'],
    ['an engine that answers', {}, { connected: false }, 'encountered error "AGENT": the engine does not answer.'],
    ['an engine that was looked at', {}, { observedAt: null }, 'encountered error "AGENT": the engine does not answer.'],
    ['the image', { imageOn: new Set(['b']) }, {}, 'does not have the image, which exists only locally on another instance.'],
  ])('refuses without %s, in ECS words', (_, demand, facts, words) => {
    expect(chosen({ ...SMALL, ...demand }, fleet(instanceView('a', facts)))).toBe(
      `refused: no container instance met all of its requirements. The closest matching (container-instance a) ${words}`,
    );
  });

  test('refuses a fixed port that a task holds', () => {
    const usage = new Map<string, Usage>();
    const demand = { ...SMALL, ports: ['tcp/8080'] };
    charge(usage, 'a', 'default/other', demand);
    expect(chosen(demand, fleet(instanceView('a')), usage)).toContain('is already using a port required by your task: tcp/8080.');
    expect(chosen({ ...SMALL, ports: ['udp/8080'] }, fleet(instanceView('a')), usage)).toBe('a');
  });

  test('refuses when no instance serves the cluster', () => {
    expect(chosen(SMALL, fleet(instanceView('a', { clusters: ['other'] })))).toBe(
      'refused: No Container Instances were found in your cluster.',
    );
  });

  test('uses an instance down to exactly nothing left', () => {
    expect(chosen({ ...SMALL, cpu: 1_024, memory: 512 }, fleet(instanceView('a', { cpu: 1_024, memory: 512 })))).toBe('a');
  });
});

describe('demand', () => {
  test('is the sum over the containers, the reservation before the limit', () => {
    const definition = {
      family: 'web',
      containerDefinitions: [
        container('a', 'i', { cpu: 100, memory: 200, memoryReservation: 50 }),
        container('b', 'i', { cpu: 28, memory: 78, portMappings: [{ containerPort: 80, hostPort: 80 }, { containerPort: 81 }] }),
      ],
    };
    expect(demandOf(definition, null)).toEqual({ cpu: 128, memory: 128, ports: ['tcp/80'], imageOn: null });
  });

  test('is the size of the task when it has one', () => {
    expect(
      demandOf({ family: 'web', cpu: '.5 vCPU', memory: '1 GB', containerDefinitions: [container('a', 'i', { cpu: 10 })] }, null),
    ).toMatchObject({ cpu: 512, memory: 1_024 });
  });

  test('is charged until the task is STOPPED', () => {
    const tasks = [
      task({ slot: 1 }),
      task({ slot: 2, lastStatus: 'STOPPING', desiredStatus: 'STOPPED' }),
      task({ slot: 3, lastStatus: 'STOPPED', desiredStatus: 'STOPPED' }),
    ];
    expect(usageOf(tasks, () => SMALL).get('local')).toMatchObject({ cpu: 512, memory: 256 });
  });
});
