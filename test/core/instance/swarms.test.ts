// Nodes of swarms as container instances: which name each gets, what its labels and its availability mean, and what a silent manager takes away.
import { describe, expect, it } from 'vitest';
import { NOW, desired, instance, ledger, observed, world } from '../../build.ts';
import { candidateOf } from '../../../src/core/instance/candidates.ts';
import { desiredWithNodes, nodeInstances } from '../../../src/core/instance/swarms.ts';
import { eventsBetween } from '../../../src/core/events.ts';
import { reconcile } from '../../../src/core/reconcile.ts';
import { swarmNode } from '../../sim/swarm.ts';
import type { DesiredInstance } from '../../../src/model/cluster/container-instance.ts';
import type { DesiredState } from '../../../src/model/turn/desired.ts';
import type { Ledger } from '../../../src/model/turn/ledger.ts';
import type { SwarmNode, SwarmSource, SwarmView } from '../../../src/model/cluster/swarm.ts';

const SWARM: SwarmSource = { endpoint: 'ssh://deploy@10.0.0.1', nodeEndpoint: 'ssh://deploy@{address}' };

function git(instances: readonly DesiredInstance[] = [], swarm: SwarmSource = SWARM): DesiredState {
  const made = desired([], { instances });
  return { ...made, clusters: new Map([['default', { name: 'default', imagePullBehavior: 'prefer-cached' as const, swarm }]]) };
}

const listed = (...nodes: readonly SwarmNode[]): SwarmView => ({ nodes, silence: null });

function turned(view: SwarmView | null, before: Ledger = ledger({}), wanted: DesiredState = git()) {
  const swarms = view === null ? new Map<string, SwarmView>() : new Map([['default', view]]);
  return reconcile(world({ desired: wanted, observed: observed([], { swarms }), ledger: before }));
}

const names = (nodes: readonly SwarmNode[]): readonly string[] => nodeInstances(nodes, SWARM, 'default').map(({ name }) => name);

describe('a node', () => {
  it('is an instance with its address, its labels and what it is in the swarm', () => {
    const node = swarmNode('lhno0dagvkcatql39l5os67od', 'web1', {
      address: '10.0.0.7',
      labels: {
        disk: 'ssd',
        ssd: '',
        'ecs.availability-zone': 'a',
        'ecs.os-type': 'beos',
        'no attribute': 'x',
        motto: 'ends with a blank ',
      },
    });
    expect(nodeInstances([node], { ...SWARM, nodeCredentials: 'lan' }, 'prod')).toEqual([
      {
        name: 'web1',
        cluster: 'prod',
        endpoint: 'ssh://deploy@10.0.0.7',
        credentials: 'lan',
        address: '10.0.0.7',
        attributes: [
          { name: 'disk', value: 'ssd' },
          { name: 'ecs.availability-zone', value: 'a' },
          { name: 'ecs.os-type', value: 'linux' },
          { name: 'ssd' },
          { name: 'ecs.cpu-architecture', value: 'x86_64' },
          { name: 'swarm.node-id', value: 'lhno0dagvkcatql39l5os67od' },
          { name: 'swarm.role', value: 'worker' },
        ],
        node: { role: 'worker' },
      },
    ]);
  });

  it.each([
    [
      'two of one name: the older one has it',
      [
        swarmNode('b2345678x', 'web', { createdAt: '2026-01-02' }),
        swarmNode('a2345678x', 'web', { address: '192.0.2.11', createdAt: '2026-01-01' }),
      ],
      ['web', 'web-b2345678'],
    ],
    [
      'one that has left and joined again',
      [swarmNode('a', 'web', { state: 'down' }), swarmNode('b', 'web', { createdAt: '2026-02-01' })],
      ['web'],
    ],
    ['one that is down', [swarmNode('a', 'web', { state: 'down' })], ['web']],
    ['one whose name is none of an instance', [swarmNode('lhno0dagvk', 'web 1')], ['lhno0dagvk']],
    [
      'a long name, twice',
      [swarmNode('a2345678', 'w'.repeat(64)), swarmNode('b2345678', 'w'.repeat(64), { address: '192.0.2.11' })],
      ['w'.repeat(64), `${'w'.repeat(55)}-b2345678`],
    ],
  ])('is called after its host: %s', (_, nodes, expected) => {
    expect(names(nodes)).toEqual(expected);
  });
});

describe('a turn', () => {
  it('registers the nodes, and drains what the swarm drains', () => {
    const { ledger: after } = turned(listed(swarmNode('a', 'web1'), swarmNode('b', 'web2', { availability: 'drain' })));
    expect([...after.registrations.values()].map(({ id, status }) => [id, status])).toEqual([
      ['web1', 'ACTIVE'],
      ['web2', 'DRAINING'],
    ]);
    expect(eventsBetween(ledger({}), after, NOW).map(({ message }) => message)).toContain(
      '(container-instance web2) is DRAINING, as its swarm says: nothing new is placed on it, and the tasks of services leave it.',
    );
  });

  it('lets a node go that is no longer listed', () => {
    const { ledger: before } = turned(listed(swarmNode('a', 'web1'), swarmNode('b', 'web2')));
    expect([...turned(listed(swarmNode('a', 'web1')), before).ledger.registrations.keys()]).toEqual(['web1']);
  });

  it('keeps the nodes of a manager that is silent, or was never asked since the start', () => {
    const { ledger: before } = turned(listed(swarmNode('a', 'web1')));
    expect(turned({ nodes: null, silence: 'no answer' }, before).ledger).toBe(before);
    expect(turned(null, before).ledger).toBe(before);
  });

  it('lets all of them go with the swarm', () => {
    const { ledger: before } = turned(listed(swarmNode('a', 'web1')));
    expect([...turned(null, before, desired()).ledger.registrations.keys()]).toEqual([]);
  });

  it('adds what git says of an instance of the same name, and what git says counts', () => {
    const own: DesiredInstance = {
      name: 'web1',
      cluster: 'default',
      attributes: [{ name: 'disk', value: 'hdd' }],
      reserved: { memory: 512 },
    };
    const view = listed(swarmNode('a', 'web1', { availability: 'drain', labels: { disk: 'ssd' } }), swarmNode('b', 'web2'));
    const { ledger: after } = turned(view, ledger({}), git([own]));
    const row = after.registrations.get('web1');
    expect(row).toMatchObject({
      status: 'DRAINING',
      declared: { endpoint: 'ssh://deploy@192.0.2.10', node: { role: 'worker' }, reserved: { memory: 512 } },
    });
    expect(row?.declared?.attributes?.filter(({ name }) => name === 'disk')).toEqual([{ name: 'disk', value: 'hdd' }]);
    expect(after.registrations.get('web2')?.declared?.node).toEqual({ role: 'worker' });
    expect(turned(null, after, git([own])).ledger).toBe(after);
  });

  it('leaves a node to the other cluster that declares it', () => {
    const own: DesiredInstance = { name: 'web1', cluster: 'other', endpoint: 'ssh://10.9.9.9' };
    expect(turned(listed(swarmNode('a', 'web1')), ledger({}), git([own])).ledger.registrations.get('web1')?.declared).toEqual(own);
  });

  it('gives equal listings the very same desired state, and another one another', () => {
    const wanted = git();
    const asked = (...nodes: readonly SwarmNode[]): DesiredState =>
      desiredWithNodes(world({ desired: wanted, observed: observed([], { swarms: new Map([['default', listed(...nodes)]]) }) }));
    const first = asked(swarmNode('a', 'web1'));
    expect(asked(swarmNode('a', 'web1'))).toBe(first);
    expect(asked(swarmNode('a', 'web1', { availability: 'drain' }))).not.toBe(first);
    expect(desiredWithNodes(world())).toEqual(desired());
  });
});

describe('a node that the swarm has paused', () => {
  it('is ACTIVE, and placement knows that it is paused', () => {
    const row = turned(listed(swarmNode('a', 'web1', { availability: 'pause' }))).ledger.registrations.get('web1');
    expect(row?.status).toBe('ACTIVE');
    expect(candidateOf(row, instance('web1')).isPaused).toBe(true);
    const active = turned(listed(swarmNode('a', 'web1'))).ledger.registrations.get('web1');
    expect(candidateOf(active, instance('web1')).isPaused).toBeUndefined();
  });
});
