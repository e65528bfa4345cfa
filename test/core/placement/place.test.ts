// Steps 1, 2 and 4 of ECS's placement (spec 5.1, 5.3, 5.7): what an instance must pass, and in which words it does not.
import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../../src/core/placement/candidate.ts';
import type { Demand } from '../../../src/core/placement/demand.ts';
import type { PlacementConstraint } from '../../../src/model/cluster/placement.ts';
import { RULES } from '../../../src/core/placement/rules.ts';
import { demandOf } from '../../../src/core/placement/demand.ts';
import { failureReason, refusalsOf } from '../../../src/core/placement/refusal.ts';
import { recount } from '../../../src/core/placement/room.ts';
import { container } from '../../build.ts';
import { ask, candidate, fleetOf, inZone, placed, SMALL, standing } from './fleet.ts';
import { provesPlacement } from '../../proves.ts';

const CLOSEST = 'no container instance met all of its requirements. The closest matching (container-instance a)';

function memberOf(expression: string): PlacementConstraint {
  return { type: 'memberOf', expression };
}

describe('an instance is passed over', () => {
  test.each<[string, string, Partial<Demand>, Parameters<typeof candidate>[1], string]>([
    ['while it is DRAINING', 'status', {}, { status: 'DRAINING' }, 'is DRAINING.'],
    ['while it is DEREGISTERING', 'status', {}, { status: 'DEREGISTERING' }, 'is DEREGISTERING.'],
    ['that its swarm has paused', 'status', {}, { isPaused: true }, 'is paused in its swarm.'],
    ['whose engine is silent', 'agent', {}, { agentConnected: false }, 'encountered error "AGENT": the engine does not answer.'],
    ['that was never looked at', 'agent', {}, { observed: false }, 'encountered error "AGENT": the engine does not answer.'],
    ['without cpu', 'cpu', { cpu: 2_000 }, { cpu: 1_024 }, 'has insufficient CPU units available: 2000 wanted, 1024 left.'],
    ['without memory', 'memory', { memory: 600 }, { memory: 512 }, 'has insufficient memory available: 600 MiB wanted, 512 left.'],
    [
      'on which a port is reserved',
      'ports',
      { ports: ['tcp/80', 'tcp/22'] },
      { ports: new Set(['tcp/22']) },
      'is already using a port required by your task: tcp/22.',
    ],
    [
      'without a run of ports for a range',
      'portRange',
      { ranges: [{ container: 'main', protocol: 'udp', containerPort: 5_000, length: 1_000 }] },
      { ports: new Set(Array.from({ length: 19 }, (_, index) => `udp/${49_500 + index * 900}`)) },
      'has no run of free host ports for a range required by your task: 1000 udp ports wanted in 61000-65535 or 49153-60999.',
    ],
    ['without GPUs', 'gpu', { gpus: 2 }, { gpus: 1 }, 'has insufficient GPU resources available: 2 wanted, 1 left.'],
    [
      'of another processor',
      'architecture',
      { architecture: 'arm64' },
      { attributes: { 'ecs.cpu-architecture': 'x86_64' } },
      'is missing an attribute required by your task: its processor is x86_64, not arm64.',
    ],
    [
      'without an attribute',
      'attribute',
      {
        attributes: [
          { name: 'ecs.os-type', value: 'windows' },
          { name: 'fast', value: null },
        ],
      },
      {},
      'is missing an attribute required by your task: ecs.os-type=windows, fast.',
    ],
    [
      'without the local image',
      'image',
      { imageOn: new Set(['b']) },
      {},
      'does not have the image, which exists only locally on another instance.',
    ],
  ])('%s', (_, rule, demand, facts, words) => {
    provesPlacement(
      'process: candidates',
      'while it is DRAINING',
      'whose engine is silent',
      'without cpu',
      'without memory',
      'on which a port is reserved',
      'without GPUs',
      'without an attribute',
    );
    provesPlacement('resource: ports of an instance', 'on which a port is reserved');
    provesPlacement('attribute: architecture', 'of another processor');
    provesPlacement('draining: nothing new', 'while it is DRAINING');
    const fleet = fleetOf([candidate('a', facts)]);
    expect(placed(fleet, 1, { demand })).toEqual([`${CLOSEST} ${words}`]);
    expect(refusalsOf(fleet.seats, ask({ demand }))).toEqual([{ instance: 'a', rule, detail: words }]);
  });

  test.each<[string, Partial<Demand>, Parameters<typeof candidate>[1]]>([
    ['down to exactly nothing left', { cpu: 1_024, memory: 512 }, { cpu: 1_024, memory: 512 }],
    ['for no cpu, with none left', { cpu: 0 }, { cpu: 0 }],
    ['whose processor is not known', { architecture: 'arm64' }, {}],
    ['whose GPUs are not known', { gpus: 4 }, {}],
    ['of the processor', { architecture: 'arm64' }, { attributes: { 'ecs.cpu-architecture': 'arm64' } }],
    ['with an attribute of any value', { attributes: [{ name: 'fast', value: null }] }, { attributes: { fast: null } }],
    ['with the local image', { imageOn: new Set(['a']) }, {}],
    [
      'with a run between ports that are reserved',
      { ranges: [{ container: 'main', protocol: 'udp', containerPort: 5_000, length: 899 }] },
      { ports: new Set(Array.from({ length: 19 }, (_, index) => `udp/${49_500 + index * 900}`)) },
    ],
    ['with the same port of the other protocol', { ports: ['udp/22'] }, { ports: new Set(['tcp/22']) }],
  ])('and is taken %s', (_, demand, facts) => {
    provesPlacement('resource: to the last unit', 'down to exactly nothing left');
    provesPlacement('resource: no cpu', 'for no cpu, with none left');
    provesPlacement('attribute: architecture', 'whose processor is not known', 'of the processor');
    provesPlacement('resource: GPUs of an instance', 'whose GPUs are not known');
    provesPlacement('resource: ports of a task', 'with the same port of the other protocol');
    expect(placed(fleetOf([candidate('a', facts)]), 1, { demand })).toEqual(['a']);
  });

  test('by every task that was placed before', () => {
    provesPlacement('process: task by task');
    const fleet = fleetOf([candidate('a', { cpu: 600 }), candidate('b', { cpu: 300 })]);
    expect(placed(fleet, 4)).toEqual(['a', 'b', 'a', `${CLOSEST} has insufficient CPU units available: 256 wanted, 88 left.`]);
  });

  test('for a fixed port that a task holds, until it is STOPPED', () => {
    provesPlacement('resource: until STOPPED');
    const demand = { ...SMALL, ports: ['tcp/8080'] };
    const holder = standing('other', 'a', 1);
    const fleet = fleetOf([candidate('a')], [holder], demand);
    expect(placed(fleet, 1, { demand })).toEqual([`${CLOSEST} is already using a port required by your task: tcp/8080.`]);
    recount(fleet.room, { ...holder, lastStatus: 'STOPPING', desiredStatus: 'STOPPED' });
    expect(placed(fleet, 1, { demand })).toHaveLength(1);
    recount(fleet.room, { ...holder, lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
    expect(placed(fleet, 2, { demand })).toEqual(['a', `${CLOSEST} is already using a port required by your task: tcp/8080.`]);
  });

  test('when there is none in the cluster', () => {
    provesPlacement('process: no instance');
    expect(placed(fleetOf([]), 1)).toEqual(['No Container Instances were found in your cluster.']);
  });
});

describe('constraints', () => {
  const zones: readonly Candidate[] = [inZone('a', 'one'), inZone('b', 'two'), inZone('c', 'two')];

  test('memberOf: all of them hold, of the definition and of the service', () => {
    provesPlacement('process: constraints');
    provesPlacement('constraint: memberOf');
    expect(placed(fleetOf(zones), 2, { constraints: [memberOf('attribute:ecs.availability-zone == two')] })).toEqual(['b', 'c']);
    const both = [memberOf('attribute:ecs.availability-zone == two'), memberOf('ec2InstanceId != b')];
    expect(placed(fleetOf(zones), 2, { constraints: both })).toEqual(['c', 'c']);
  });

  test('memberOf: says which terms do not hold', () => {
    const constraints = [memberOf('attribute:ecs.availability-zone == two and runningTasksCount < 5')];
    expect(placed(fleetOf([inZone('a', 'one')]), 1, { constraints })).toEqual([
      `${CLOSEST} encountered error "MemberOf placement constraint unsatisfied.": attribute:ecs.availability-zone == two (it is one).`,
    ]);
  });

  test('memberOf: an expression that can not be read holds nowhere', () => {
    const [refused] = placed(fleetOf([inZone('a', 'one')]), 1, { constraints: [memberOf('somewhere')] });
    expect(refused).toContain("somewhere can't be read");
  });

  test('memberOf: runningTasksCount and task:group see what was placed before', () => {
    provesPlacement('query: {counted tasks,group anti-affinity}');
    expect(placed(fleetOf(zones), 4, { constraints: [memberOf('runningTasksCount == 0')] }).slice(0, 3)).toEqual(['a', 'b', 'c']);
    const beside = fleetOf(zones, [standing('db', 'b', 1)]);
    expect(placed(beside, 2, { constraints: [memberOf('task:group == service:db')] })).toEqual(['b', 'b']);
    const apart = fleetOf(zones, [standing('db', 'b', 1)]);
    expect(placed(apart, 2, { constraints: [memberOf('not(task:group == service:db)')] })).toEqual(['a', 'c']);
  });

  test('memberOf: tasks of another cluster on the same engine are not asked about', () => {
    const fleet = fleetOf([candidate('a')], [standing('db', 'a', 1, { cluster: 'other' })]);
    expect(placed(fleet, 1, { constraints: [memberOf('not(task:group == service:db) and runningTasksCount == 0')] })).toEqual(['a']);
  });

  test('distinctInstance: one task of the group an instance, whatever other groups have', () => {
    provesPlacement('constraint: distinctInstance');
    const fleet = fleetOf(zones, [standing('web', 'b', 1), standing('db', 'c', 1)]);
    const constraints: PlacementConstraint[] = [{ type: 'distinctInstance' }];
    expect(placed(fleet, 3, { constraints })).toEqual([
      'a',
      'c',
      `${CLOSEST} encountered error "DistinctInstance placement constraint unsatisfied.": it has a task of service:web.`,
    ]);
  });

  test('distinctInstance: ECS looks at what is meant to run, not at what still does', () => {
    provesPlacement('constraint: distinctInstance');
    const leaving = standing('web', 'a', 1, { desiredStatus: 'STOPPED', lastStatus: 'STOPPING' });
    expect(placed(fleetOf([candidate('a')], [leaving]), 1, { constraints: [{ type: 'distinctInstance' }] })).toEqual(['a']);
  });
});

describe('why not', () => {
  test('tells every rule of every instance, and the instance that came furthest in the sentence', () => {
    provesPlacement('process: the closest match');
    const fleet = fleetOf([
      candidate('a', { status: 'DRAINING', cpu: 100 }),
      candidate('b', { cpu: 100, memory: 100 }),
      candidate('c', { memory: 100 }),
      candidate('d', { agentConnected: false }),
    ]);
    const asked = ask({ demand: { cpu: 200, memory: 200 } });
    expect(refusalsOf(fleet.seats, asked).map(({ instance: id, rule }) => `${id} ${rule}`)).toEqual([
      'a status',
      'a cpu',
      'b cpu',
      'b memory',
      'c memory',
      'd agent',
    ]);
    expect(placed(fleet, 1, { demand: { cpu: 200, memory: 200 } })[0]).toContain(
      '(container-instance c) has insufficient memory available',
    );
  });

  test.each([
    ['cpu', 'RESOURCE:CPU'],
    ['memory', 'RESOURCE:MEMORY'],
    ['ports', 'RESOURCE:PORTS'],
    ['portRange', 'RESOURCE:PORTS'],
    ['gpu', 'RESOURCE:GPU'],
    ['agent', 'AGENT'],
    ['attribute', 'ATTRIBUTE'],
    ['memberOf', 'MemberOf placement constraint unsatisfied.'],
    ['distinctInstance', 'DistinctInstance placement constraint unsatisfied.'],
    ['status', 'INACTIVE'],
  ] as const)('RunTask gives %s as %s', (rule, reason) => {
    provesPlacement('reason: RESOURCE:CPU', 'cpu', 'RESOURCE:CPU');
    provesPlacement('reason: RESOURCE:MEMORY', 'memory', 'RESOURCE:MEMORY');
    provesPlacement('reason: RESOURCE:PORTS', 'ports', 'portRange', 'RESOURCE:PORTS');
    provesPlacement('reason: RESOURCE:GPU', 'gpu', 'RESOURCE:GPU');
    provesPlacement('reason: ATTRIBUTE', 'attribute', 'ATTRIBUTE');
    provesPlacement('reason: MemberOf', 'memberOf', 'MemberOf placement constraint unsatisfied.');
    provesPlacement('reason: DistinctInstance', 'distinctInstance', 'DistinctInstance placement constraint unsatisfied.');
    provesPlacement('reason: AGENT', 'agent', 'AGENT');
    provesPlacement('reason: INACTIVE', 'status', 'INACTIVE');
    expect(failureReason(rule)).toBe(reason);
  });

  test('every rule has a reason for RunTask', () => {
    expect(RULES.map(failureReason).every((reason) => reason !== '')).toBe(true);
  });
});

describe('demand', () => {
  test('is the sum over the containers, the reservation before the limit', () => {
    provesPlacement('resource: {cpu,memory} of a task');
    const definition = {
      family: 'web',
      containerDefinitions: [
        container('a', 'i', { cpu: 100, memory: 200, memoryReservation: 50 }),
        container('b', 'i', { cpu: 28, memory: 78, portMappings: [{ containerPort: 80, hostPort: 80 }, { containerPort: 81 }] }),
      ],
    };
    expect(demandOf(definition, null)).toEqual({
      cpu: 128,
      memory: 128,
      gpus: 0,
      ports: ['tcp/80'],
      ranges: [],
      architecture: null,
      attributes: [],
      imageOn: null,
    });
  });

  test('is the size of the task when it has one', () => {
    provesPlacement('resource: {cpu,memory} of a task');
    expect(
      demandOf({ family: 'web', cpu: '.5 vCPU', memory: '1 GB', containerDefinitions: [container('a', 'i', { cpu: 10 })] }, null),
    ).toMatchObject({ cpu: 512, memory: 1_024 });
  });

  test.each([
    ['bridge', ['tcp/80', 'udp/53']],
    ['host', ['tcp/80', 'udp/53', 'tcp/81']],
    ['awsvpc', []],
    ['none', []],
  ] as const)('in mode %s takes the host ports %j', (networkMode, ports) => {
    provesPlacement('resource: ports of a task', 'bridge', 'host', 'awsvpc', 'none');
    const portMappings = [
      { containerPort: 80, hostPort: 80 },
      { containerPort: 53, hostPort: 53, protocol: 'udp' as const },
      { containerPort: 81 },
    ];
    expect(demandOf({ family: 'web', networkMode, containerDefinitions: [container('a', 'i', { portMappings })] }, null).ports).toEqual(
      ports,
    );
  });

  test('names the version of the API that mounts folders inside of volumes', () => {
    provesPlacement('attribute: capabilities');
    const mountPoints = [{ sourceVolume: 'data', containerPath: '/data', 'x-longshore': { subpath: 'app' } }];
    expect(demandOf({ family: 'web', containerDefinitions: [container('a', 'i', { mountPoints })] }, null).attributes).toEqual([
      {
        name: 'com.amazonaws.ecs.capability.docker-remote-api.1.45',
        value: null,
        asked: 'x-longshore.subpath of a mount point needs an engine with API 1.45 (Docker 26) or later',
      },
    ]);
  });

  test('names devices, processor and operating system', () => {
    provesPlacement('resource: GPUs of a task');
    const definition = {
      family: 'web',
      runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' } as const,
      containerDefinitions: [
        container('a', 'i', { resourceRequirements: [{ type: 'GPU', value: '2' }] }),
        container('b', 'i', { resourceRequirements: [{ type: 'GPU', value: 'ALL' }] }),
      ],
    };
    expect(demandOf(definition, null)).toMatchObject({
      gpus: 3,
      architecture: 'arm64',
      attributes: [{ name: 'ecs.os-type', value: 'linux' }],
    });
  });
});

describe('room', () => {
  test('is taken from placement until STOPPED; groups count what is meant to run', () => {
    provesPlacement('resource: until STOPPED');
    provesPlacement('query: counted tasks');
    const tasks = [
      standing('web', 'a', 1),
      standing('web', 'a', 2, { lastStatus: 'STOPPING', desiredStatus: 'STOPPED' }),
      standing('web', 'a', 3, { lastStatus: 'STOPPED', desiredStatus: 'STOPPED' }),
      standing('web', 'gone', 4),
    ];
    const [seat] = fleetOf([candidate('a')], tasks).seats;
    expect(seat).toMatchObject({ cpu: 512, memory: 256 });
    expect(seat?.tasks.get('default')).toEqual({ runningTasksCount: 1, groups: new Map([['service:web', 1]]) });
  });

  test('follows a task that changes, and is not changed by one that does not', () => {
    const first = standing('web', 'a', 1);
    const { room, seats } = fleetOf([candidate('a')], [first]);
    const version = seats[0]?.version;
    recount(room, first);
    expect(seats[0]?.version).toBe(version);
    recount(room, { ...first, lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
    expect(seats[0]).toMatchObject({ cpu: 0, memory: 0, gpus: 0, ports: new Map() });
    expect(seats[0]?.tasks.get('default')?.groups.size).toBe(0);
  });
});
