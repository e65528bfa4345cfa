// What placement says of each instance when somebody asks: the same rules, and the same next place as the turn itself finds.
import { describe, expect, it } from 'vitest';
import {
  NOW,
  app,
  deployment,
  desired,
  instance,
  ledger,
  observed,
  serviceRevision,
  serviceRow,
  task,
  taskSet,
  world,
} from '../../build.ts';
import { placementWhy } from '../../../src/core/service/why.ts';
import { reconcile } from '../../../src/core/reconcile.ts';
import { registerRevisions } from '../../../src/core/revisions.ts';
import { draftOf, ledgerOf } from '../../../src/core/draft.ts';
import type { DesiredInstance } from '../../../src/model/cluster/container-instance.ts';
import type { Service } from '../../../src/model/service/service.ts';
import type { Task } from '../../../src/model/task/task.ts';
import type { World } from '../../../src/model/turn/plan.ts';

interface Host {
  readonly zone?: string;
  readonly memory?: number;
  readonly status?: 'ACTIVE' | 'DRAINING';
  readonly connected?: boolean;
}

/** What git says of its service beyond how many tasks there are. */
type Spec = Omit<Partial<Service>, 'taskDefinition' | 'desiredCount'>;

/** A service web with tasks on these instances, and `spec` laid over what git says of it. */
function fleet(hosts: Readonly<Record<string, Host>>, tasks: readonly string[], spec: Spec = {}, count = tasks.length): World {
  const declared = Object.entries(hosts).map(
    ([name, { zone, memory = 8_192, status }]): DesiredInstance => ({
      name,
      cluster: 'default',
      endpoint: `unix:///run/${name}.sock`,
      memory,
      ...(status !== undefined && { status }),
      ...(zone !== undefined && { attributes: [{ name: 'ecs.availability-zone', value: zone }] }),
    }),
  );
  const web = app('web', { count, memory: 512, cpu: 256 });
  const git = desired([{ ...web, service: { ...web.service, ...spec } }], { instances: declared });
  const views = declared.map(({ name }) => instance(name, [], { declared: true, connected: hosts[name]?.connected ?? true }));
  const target = serviceRevision({ hash: git.services.get('default/web')?.hash ?? '', images: [] });
  const row = serviceRow({
    desiredCount: tasks.length,
    requested: target.hash,
    deployments: [deployment({ rollout: 'COMPLETED', target })],
    taskSets: [taskSet({ target, launches: tasks.length })],
    steady: true,
  });
  const running = tasks.map((on, slot) => task({ slot, id: `${slot}`.repeat(12), instance: on, lastStatus: 'PENDING', startedAt: null }));
  const rows = ledger({
    services: [row],
    tasks: running,
    registrations: declared.map((one) => ({
      id: one.name,
      declared: one,
      status: one.status ?? 'ACTIVE',
      drained: false,
      registeredAt: NOW,
    })),
  });
  const draft = draftOf(rows);
  registerRevisions(draft, git);
  return world({ desired: git, observed: observed(views), ledger: ledgerOf(draft, rows) });
}

const verdicts = (given: World, about: Task | null = null) =>
  Object.fromEntries(
    (placementWhy(given, 'default/web', about)?.instances ?? []).map((one) => [
      one.instance,
      one.refusals[0]?.rule ?? one.preferred.join(', '),
    ]),
  );

describe('why', () => {
  it('says of each instance which rule it does not pass, or what its strategy goes by', () => {
    const hosts = {
      a1: { zone: 'a' },
      a2: { zone: 'a', memory: 100 },
      b1: { zone: 'b', status: 'DRAINING' },
      c1: { zone: 'c', connected: false },
      d1: {},
    } as const;
    const given = fleet(hosts, ['a1', 'a1']);
    expect(verdicts(given)).toEqual({
      a1: '2 with ecs.availability-zone=a',
      a2: 'memory',
      b1: 'status',
      c1: 'agent',
      d1: '0 without ecs.availability-zone',
    });
    const found = placementWhy(given, 'default/web', null);
    expect(found).toMatchObject({
      revision: 'web:1',
      wants: ['256 CPU units', '512 MiB'],
      next: 'd1',
      strategies: ['spread attribute:ecs.availability-zone (the default)'],
    });
    expect(found?.instances[1]?.refusals[0]?.detail).toBe('has insufficient memory available: 512 MiB wanted, 100 left.');
  });

  it('leaves the task out that is asked about: its own place is free for it', () => {
    const given = fleet({ a1: { memory: 600 }, a2: { memory: 600 } }, ['a1', 'a2'], {
      placementConstraints: [{ type: 'distinctInstance' }],
    });
    const own = given.ledger.tasks.get('000000000000') ?? null;
    expect(verdicts(given)).toEqual({ a1: 'distinctInstance', a2: 'distinctInstance' });
    expect(verdicts(given, own)).toEqual({ a1: '1 without ecs.availability-zone', a2: 'distinctInstance' });
    expect(placementWhy(given, 'default/web', own)).toMatchObject({ next: 'a1', constraints: ['distinctInstance'] });
  });

  it('of a DAEMON where a task belongs', () => {
    const given = fleet({ a1: {}, a2: { memory: 100 }, a3: { status: 'DRAINING' } }, ['a1'], { schedulingStrategy: 'DAEMON' });
    const found = placementWhy(given, 'default/web', null);
    expect(found?.instances.map(({ instance: id, daemon }) => [id, daemon])).toEqual([
      ['a1', 'wanted'],
      ['a2', 'blocked'],
      ['a3', 'unwanted'],
    ]);
    expect(found).toMatchObject({ next: null, strategies: ['one task on each instance (DAEMON)'] });
  });

  it('knows nothing of what git does not declare, and the definition of what no turn has taken up', () => {
    const given = fleet({ a1: {} }, ['a1']);
    expect(placementWhy(given, 'default/other', null)).toBeNull();
    expect(placementWhy({ ...given, ledger: ledger({}) }, 'default/web', null)).toMatchObject({
      revision: 'web',
      wants: ['256 CPU units', '512 MiB'],
    });
  });

  it.each([
    ['the default', {}],
    ['binpack', { placementStrategy: [{ type: 'binpack', field: 'memory' }] }],
    ['spread over instances', { placementStrategy: [{ type: 'spread', field: 'instanceId' }] }],
    ['a query', { placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.availability-zone == b' }] }],
  ] as const)('the next place is the one that the turn finds: %s', (_, spec) => {
    const hosts = { a1: { zone: 'a' }, a2: { zone: 'a', memory: 4_000 }, b1: { zone: 'b' }, b2: { zone: 'b', memory: 2_000 } };
    const tasks = ['a1', 'a2', 'b1'];
    const given = fleet(hosts, tasks, spec as Spec, tasks.length + 1);
    const { next } = placementWhy(given, 'default/web', null) ?? { next: null };
    const started = [...reconcile(given).ledger.tasks.values()].filter(({ id }) => !given.ledger.tasks.has(id));
    expect(started.map((one) => one.instance)).toEqual([next]);
  });
});
