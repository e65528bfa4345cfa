// The network of a cluster whose instances are nodes of a swarm: one overlay, made once by a manager, joined everywhere, and never removed.
import { describe, expect, it } from 'vitest';
import { INSTALLATION, app, desired, instance, ledger, observed, world } from '../../build.ts';
import { APART, SPANNING } from '../../../src/model/task/container-network.ts';
import { apartNetwork, isOfGroups, isOverlay, networkName, spanningNetwork, swarmNetwork } from '../../../src/model/turn/identity.ts';
import { forecast } from '../../../src/core/plan/forecast.ts';
import { reconcile } from '../../../src/core/reconcile.ts';
import { swarmNode } from '../../sim/swarm.ts';
import type { Action, World } from '../../../src/model/turn/plan.ts';
import type { InstanceView } from '../../../src/model/turn/observed.ts';
import type { SwarmNode, SwarmSource } from '../../../src/model/cluster/swarm.ts';

const SWARM: SwarmSource = { endpoint: 'ssh://10.0.0.1', nodeEndpoint: 'ssh://{address}' };
const OVERLAY_NAME = swarmNetwork(INSTALLATION, 'default');
const BOSS = swarmNode('a', 'boss', { role: 'manager', availability: 'drain' });
const WORKER = swarmNode('b', 'work');

function start(nodes: readonly SwarmNode[], views: readonly InstanceView[], swarm: SwarmSource = SWARM): World {
  const made = desired([app('web', { count: 1 })]);
  const clusters = new Map([['default', { name: 'default', imagePullBehavior: 'prefer-cached' as const, swarm }]]);
  const swarms = new Map([['default', { nodes, silence: null }]]);
  return world({ desired: { ...made, clusters }, observed: observed(views, { swarms }) });
}

/** Turns with images that every engine has, until there is a task and something is asked for it; at most five. */
function asked(begin: World): readonly Action[] {
  let now = begin;
  for (let turn = 0; turn < 5; turn += 1) {
    const plan = reconcile(now);
    const done = plan.actions.filter(({ kind }) => kind === 'create-network' || kind === 'create-container');
    if (done.length > 0) return done;
    const answers = new Map(
      plan.looks.map((look) => [look.key, { key: look.key, at: now.now, error: null, image: { id: 'sha256:1', digest: null } }]),
    );
    now = { ...now, ledger: plan.ledger, observed: { ...now.observed, answers }, now: now.now + 1_000 };
  }
  return [];
}

const declared = (id: string, more: Partial<InstanceView> = {}): InstanceView =>
  instance(id, [], { declared: true, clusters: ['default'], ...more });

describe('the network of a cluster whose instances are nodes of a swarm', () => {
  it('is an overlay that a manager makes, even one that gets no task', () => {
    expect(asked(start([BOSS, WORKER], [declared('boss'), declared('work')]))).toEqual([
      expect.objectContaining({
        kind: 'create-network',
        key: `network/boss/${OVERLAY_NAME}`,
        instance: 'boss',
        network: OVERLAY_NAME,
        cluster: 'default',
        options: expect.objectContaining({ driver: 'overlay', internal: false }),
        because: 'cluster default has no network in its swarm',
      }),
    ]);
  });

  it('is joined on a worker as soon as the manager shows it', () => {
    const [create] = asked(start([BOSS, WORKER], [declared('boss', { networks: new Set([OVERLAY_NAME]) }), declared('work')]));
    expect(create).toMatchObject({
      kind: 'create-container',
      instance: 'work',
      spec: { network: { kind: 'networks', endpoints: [{ network: OVERLAY_NAME, aliases: ['web.default'] }] } },
    });
  });

  it('is joined by a task that has waited for it, although nothing of its own instance has changed', () => {
    const begin = start([BOSS, WORKER], [declared('boss'), declared('work')]);
    const end = forecast(begin).end.observed.instances.get('work');
    expect([...(end?.containers.values() ?? [])].map(({ state, networks }) => [state, networks])).toEqual([['running', [OVERLAY_NAME]]]);
  });

  it('is waited for while no manager answers, even where the worker is on it: Docker takes no further container onto it', () => {
    const silent = declared('boss', { connected: false, networks: new Set([OVERLAY_NAME]) });
    expect(asked(start([BOSS, WORKER], [silent, declared('work')]))).toEqual([]);
    expect(asked(start([BOSS, WORKER], [silent, declared('work', { networks: new Set([OVERLAY_NAME]) })]))).toEqual([]);
  });

  it('that has a name is there already, and only joined', () => {
    const [create] = asked(
      start([BOSS, WORKER], [declared('boss', { connected: false }), declared('work')], { ...SWARM, network: 'shop' }),
    );
    expect(create).toMatchObject({ kind: 'create-container', spec: { network: { endpoints: [{ network: 'shop' }] } } });
  });

  it('is a bridge on an instance that is no node', () => {
    const local = instance('local', [], { networks: new Set() });
    expect(asked(start([BOSS], [declared('boss'), local]))).toEqual([
      expect.objectContaining({ instance: 'local', network: networkName(INSTALLATION, 'default') }),
    ]);
  });

  it('is never removed: an engine would take it away under the containers of other nodes', () => {
    const view = instance('local', [], { networks: new Set([OVERLAY_NAME, networkName(INSTALLATION, 'gone')]) });
    const { actions } = reconcile(world({ desired: desired(), observed: observed([view]), ledger: ledger({}) }));
    expect(actions.map((action) => ('network' in action ? action.network : action.kind))).toEqual([networkName(INSTALLATION, 'gone')]);
  });
});

describe('an overlay that a definition declares, on nodes of a swarm', () => {
  const shop = (begin: World): World => {
    const one = app('web', { count: 1, container: { 'x-longshore': { networks: [{ name: 'shop' }] } } });
    const networks = [{ name: 'shop', driver: 'overlay', internal: true }];
    const taskDefinition = { ...one.taskDefinition, 'x-longshore': { networks } };
    return { ...begin, desired: { ...desired([{ ...one, taskDefinition }]), clusters: begin.desired.clusters } };
  };

  it('is made by a manager, with what the definition says of it', () => {
    expect(asked(shop(start([BOSS, WORKER], [declared('boss'), declared('work')])))).toEqual([
      expect.objectContaining({
        kind: 'create-network',
        key: 'network/boss/shop',
        instance: 'boss',
        cluster: null,
        options: expect.objectContaining({ driver: 'overlay', internal: true }),
        because: 'web:1 needs it in its swarm',
      }),
    ]);
  });

  it('is joined on a worker as soon as the manager shows it, also by a task that has waited for it', () => {
    const begin = shop(start([BOSS, WORKER], [declared('boss', { networks: new Set(['shop']) }), declared('work')]));
    expect(asked(begin)).toMatchObject([
      { kind: 'create-container', instance: 'work', spec: { network: { endpoints: [{ network: 'shop' }] } } },
    ]);
    const waited = forecast(shop(start([BOSS, WORKER], [declared('boss'), declared('work')]))).end.observed.instances.get('work');
    expect([...(waited?.containers.values() ?? [])].map(({ state, networks }) => [state, networks])).toEqual([['running', ['shop']]]);
  });

  it('is waited for while no manager answers', () => {
    const silent = declared('boss', { connected: false, networks: new Set(['shop']) });
    expect(asked(shop(start([BOSS, WORKER], [silent, declared('work', { networks: new Set(['shop']) })])))).toEqual([]);
  });

  it('is made by the instance itself where that is no node', () => {
    expect(asked(shop(start([BOSS], [declared('boss'), instance('local')])))).toMatchObject([
      { kind: 'create-network', instance: 'local', network: 'shop', because: 'web:1 needs it on local' },
    ]);
  });

  it('stays while any definition that has it is known, and goes with the last one', () => {
    const boss = declared('boss', { networks: new Set(['shop']) });
    const begin = shop(start([BOSS], [boss]));
    const first = reconcile(begin);
    const dropped = { ...begin, desired: { ...desired(), clusters: begin.desired.clusters }, ledger: first.ledger, now: begin.now + 1_000 };
    const removed = (actions: readonly Action[]): readonly string[] =>
      actions.flatMap((action) => (action.kind === 'remove-network' ? [action.network] : []));
    const second = reconcile(dropped);
    const third = reconcile({ ...dropped, ledger: second.ledger, now: dropped.now + 1_000 });
    expect([first, second].map(({ actions }) => removed(actions))).toEqual([[], []]);
    expect(removed(third.actions)).toEqual(['shop']);
  });
});

describe('networks of security groups on nodes of a swarm', () => {
  const [own, shared] = [apartNetwork(INSTALLATION), spanningNetwork(INSTALLATION, 'db', 'web')];
  const grouped = (begin: World): World => {
    const services = [
      app('web', { count: 1, networkMode: 'awsvpc', securityGroups: ['web'] }),
      app('db', { count: 1, networkMode: 'awsvpc', securityGroups: ['db'] }),
    ];
    const made = desired(services, {
      groups: [
        { name: 'web', admits: [] },
        { name: 'db', admits: ['web'] },
      ],
    });
    return { ...begin, desired: { ...made, clusters: begin.desired.clusters } };
  };

  it('reach over all nodes where tasks share them, and are of each node where they are apart', () => {
    const actions = asked(grouped(start([BOSS, WORKER], [declared('boss'), declared('work')])));
    expect(
      actions.map((action) => [action.kind, action.instance, 'network' in action && action.network, 'options' in action && action.options]),
    ).toEqual([
      ['create-network', 'work', own, APART],
      ['create-network', 'boss', shared, SPANNING],
    ]);
  });

  it('are joined by a worker that has not seen them, as soon as a manager has', () => {
    const networks = new Set([shared]);
    const world1 = grouped(start([BOSS, WORKER], [declared('boss', { networks }), declared('work', { networks: new Set([own]) })]));
    const [create] = asked(world1);
    expect(create).toMatchObject({
      kind: 'create-container',
      instance: 'work',
      spec: { network: { endpoints: [{ network: own }, { network: shared }] } },
    });
    const { end } = forecast(world1);
    const pauses = [...(end.observed.instances.get('work')?.containers.values() ?? [])].filter(
      ({ identity }) => identity.container === '.pause',
    );
    expect(pauses.map(({ state, networks: joined }) => [state, joined])).toEqual([
      ['running', [own, shared].sort()],
      ['running', [own, shared].sort()],
    ]);
  });

  it('have names of at most 63 letters, which tell pairs apart', () => {
    const names = [
      spanningNetwork(INSTALLATION, 'db', 'web'),
      spanningNetwork(INSTALLATION, 'g'.repeat(255), 'web'),
      spanningNetwork(INSTALLATION, 'g'.repeat(255), 'web 2'),
    ];
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^(?=.{1,63}$)[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$/);
    expect(names.every((name) => isOfGroups(INSTALLATION, name) && isOverlay(INSTALLATION, name))).toBe(true);
  });
});

describe('its name', () => {
  it.each([
    ['lab', 'prod', 'longshore-swarm-lab-prod'],
    ['lab', 'prod-', expect.stringMatching(/^longshore-swarm-lab-prod--[0-9a-f]{12}$/)],
    ['lab', 'p'.repeat(60), expect.stringMatching(/^longshore-swarm-lab-p{30}-[0-9a-f]{12}$/)],
    ['i'.repeat(63), 'prod', expect.stringMatching(/^longshore-swarm-i{34}-[0-9a-f]{12}$/)],
  ])('of %s and %s is one that a swarm takes', (installation, cluster, expected) => {
    const name = swarmNetwork(installation, cluster);
    expect(name).toEqual(expected);
    expect(name).toMatch(/^(?=.{1,63}$)[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$/);
    expect(isOverlay(installation, name)).toBe(true);
    expect(isOverlay(installation, networkName(installation, cluster))).toBe(false);
  });
});
