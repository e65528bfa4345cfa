// The status is the world counted in ECS's words.
import { describe, expect, it } from 'vitest';
import { app, desired, serviceRow, deployment, serviceRevision, instance, ledger, NOW, observed, task, world } from '../build.ts';
import { fakeDoor } from './fake-door.ts';
import { swarmNode } from '../sim/swarm.ts';
import { servicesOf, statusOf } from '../../src/api/status.ts';

const program = { version: '0.1.0', pid: 7 };

describe('a status', () => {
  const status = statusOf(fakeDoor().view(), program);

  it('counts the tasks of a service and of each deployment', () => {
    const [web] = status.services;
    expect(web).toMatchObject({ id: 'default/web', desired: 2, running: 2, pending: 0, healthy: 1, current: false });
    expect(web?.deployments.map(({ id, running, revision, rollout }) => [id, running, revision, rollout])).toEqual([
      ['ecs-svc/2', 2, 'web:2', 'IN_PROGRESS'],
      ['ecs-svc/1', 0, 'web:1', 'COMPLETED'],
    ]);
  });

  it('names listeners with the services behind them and why a port is closed', () => {
    expect(status.proxy).toEqual({
      connected: true,
      listeners: [{ loadBalancer: 'web-lb', port: 8080, refused: 'EADDRINUSE', services: ['default/web'] }],
    });
  });

  it('shows the pulls that take long', () => {
    const progress = { layers: 5, layersDone: 3, bytes: 24_000_000, totalBytes: 60_000_000 };
    const slow = { instance: 'local', reference: 'web:2', startedAt: NOW - 12_000, progress };
    const quick = { instance: 'local', reference: 'web:3', startedAt: NOW - 4_000, progress: null };
    expect(statusOf(fakeDoor({ pulls: [slow, quick] }).view(), program).pulls).toEqual([{ ...slow, forMs: 12_000 }]);
  });

  it('says which instances answer', () => {
    expect(status.instances.map(({ id, connected }) => [id, connected])).toEqual([
      ['far', false],
      ['local', true],
    ]);
  });

  it('says what is known of swarms, where there is one', () => {
    const swarms = new Map([
      ['new', { nodes: null, silence: null }],
      ['prod', { nodes: [swarmNode('a', 'web1')], silence: 'no answer' }],
    ]);
    const found = statusOf(fakeDoor({ world: world({ observed: observed([], { swarms }) }) }).view(), program);
    expect(found.swarms).toEqual([
      { cluster: 'new', nodes: null, silence: null },
      { cluster: 'prod', nodes: 1, silence: 'no answer' },
    ]);
    expect('swarms' in status).toBe(false);
  });

  it('says since when one is away and why, as its event did', () => {
    const away = world({
      observed: observed([instance('far', [], { connected: false, silence: 'no answer to a ping' })]),
      ledger: ledger({ instances: [{ id: 'far', agentConnected: false, since: NOW - 9_000, reason: 'no answer to a ping' }] }),
    });
    const [far] = statusOf(fakeDoor({ world: away }).view(), program).instances;
    expect(far).toMatchObject({ connected: false, awaySince: NOW - 9_000, silence: 'no answer to a ping' });
  });

  it('says what a service waits for, by the clock of the moment at which it is asked', () => {
    const view = fakeDoor({ now: NOW + 3_000 }).view();
    expect(statusOf(view, program).services[0]?.waiting).toMatch(/task [0-9a-f]{12}: running for 3 s of the 40 s/);
  });

  it('lists tasks service by service, in the order in which they were started', () => {
    const one = (service: string, slot: number, createdAt: number) => task({ service, slot, createdAt });
    const tasks = [one('web', 2, NOW), one('web', 1, NOW), one('web', 3, NOW - 1), one('api', 1, NOW)];
    const listed = statusOf(fakeDoor({ world: world({ ledger: ledger({ tasks }) }) }).view(), program).tasks;
    expect(listed.map(({ id }) => id)).toEqual([tasks[3], tasks[2], tasks[1], tasks[0]].map((each) => each?.id));
  });

  it('is empty before the first turn', () => {
    const early = statusOf(fakeDoor({ world: null, commit: null, ready: false }).view(), program);
    expect(early).toMatchObject({ commit: null, services: [], tasks: [], instances: [], proxy: { connected: false, listeners: [] } });
  });

  it('holds no environment value', () => {
    const secret = app('web', { environment: [{ name: 'PASSWORD', value: 's3cr3t-word' }] });
    const view = fakeDoor({ world: world({ desired: desired([secret]) }) }).view();
    expect(JSON.stringify(statusOf(view, program))).not.toContain('s3cr3t');
  });
});

describe('a service is current', () => {
  const web = app('web');
  const wanted = desired([web]);
  const hash = wanted.services.get('default/web')?.hash ?? '';
  const row = (rollout: 'COMPLETED' | 'IN_PROGRESS', target: string): boolean | undefined =>
    servicesOf(
      world({
        desired: wanted,
        ledger: ledger({ services: [serviceRow({ deployments: [deployment({ rollout, target: serviceRevision({ hash: target }) })] })] }),
      }),
    )[0]?.current;

  it.each([
    ['when its newest deployment completed what git asks for', 'COMPLETED', hash, true],
    ['not while it is under way', 'IN_PROGRESS', hash, false],
    ['not when what completed is something else: it was rolled back', 'COMPLETED', 'v1:old', false],
  ] as const)('%s', (_when, rollout, target, expected) => {
    expect(row(rollout, target)).toBe(expected);
  });

  it('not while what git asks for waits for its secrets', () => {
    const secret = desired([app('web', { container: { secrets: [{ name: 'PASSWORD', valueFrom: '/shop/db' }] } })]);
    const steady = serviceRow({
      requested: 'v1:old',
      steady: true,
      deployments: [deployment({ rollout: 'COMPLETED', target: serviceRevision({ hash: 'v1:old' }) })],
    });
    const [web] = servicesOf(world({ desired: secret, ledger: ledger({ services: [steady] }) }));
    expect(web).toMatchObject({ current: false, steady: true, waiting: 'waits for its secrets: the secret /shop/db is being read' });
  });

  it('not before any turn has taken it up', () => {
    expect(servicesOf(world({ desired: wanted }))).toMatchObject([{ id: 'default/web', status: 'NEW', desired: 2, current: false }]);
  });
});
