// What is told first when somebody asks why nothing happens: each cause in words, and that placement is left out where it says nothing.
import { describe, expect, it } from 'vitest';
import { NOW, app, deployment, desired, instance, ledger, observed, serviceRevision, serviceRow, task, taskSet, world } from '../build.ts';
import { fakeDoor } from './fake-door.ts';
import { whyOf } from '../../src/api/why.ts';
import type { AppOptions } from '../build.ts';
import type { InstanceView } from '../../src/model/turn/observed.ts';
import type { ServiceRow } from '../../src/model/turn/ledger.ts';
import type { Task } from '../../src/model/task/task.ts';

const healthy = { lastStatus: 'RUNNING', health: 'HEALTHY', everHealthy: true } as const;

/** The reasons of a service web of one task. */
function reasons(
  row: Partial<ServiceRow>,
  more: { tasks?: readonly Task[]; app?: AppOptions; view?: Partial<InstanceView>; drained?: boolean } = {},
) {
  const given = world({
    desired: desired([app('web', { count: 1, ...more.app })]),
    observed: observed([instance('local', [], more.view)]),
    ledger: ledger({
      services: [serviceRow({ deployments: [deployment({ rollout: 'COMPLETED' })], steady: true, ...row })],
      tasks: more.tasks ?? [task(healthy)],
      registrations: more.drained === true ? [{ id: 'local', declared: null, status: 'DRAINING', drained: true, registeredAt: NOW }] : [],
    }),
  });
  return whyOf(given, NOW + 60_000, 'web').reasons;
}

describe('why a service', () => {
  it('is steady, wants no task, or is gone from git', () => {
    expect(reasons({})).toEqual(['nothing: it is steady, with 1 healthy task']);
    expect(reasons({ desiredCount: 0 }, { tasks: [], app: { count: 0 } })).toEqual(['its desiredCount is 0: no task is wanted']);
    const gone = world({ ledger: ledger({ services: [serviceRow()], tasks: [task()] }) });
    expect(whyOf(gone, NOW, 'web')).toMatchObject({ reasons: ['git no longer declares it: 1 task of it still to stop'], placement: null });
    const fresh = world({ desired: desired([app('web')]) });
    expect(whyOf(fresh, NOW, 'web').reasons).toEqual(['the daemon has taken it up with no turn yet']);
  });

  it('is blocked: the words of its event come first', () => {
    const message = '(service web) was unable to place a task because no container instance met all of its requirements.';
    expect(reasons({ message, steady: false })[0]).toBe(message);
  });

  it('moves a task to another zone', () => {
    const because = 'availability zone a has 3 tasks of it, and b has 1';
    expect(reasons({ steady: false, moving: { task: 'abcdef1234567890', because } })).toEqual([
      `task abcdef12 moves to another zone: ${because}`,
    ]);
  });

  it('has a deployment that goes on, failed, or is undone', () => {
    const target = serviceRevision({ taskDefinition: 'web:2' });
    const going = deployment({ id: 'ecs-svc/2', target, lastFailure: 'Essential container in task exited' });
    expect(reasons({ deployments: [going], steady: false })).toContain(
      'deployment ecs-svc/2 of web:2 is IN_PROGRESS for 1m00s; last failure: Essential container in task exited',
    );
    const failed = { ...going, rollout: 'FAILED', reason: 'ECS deployment circuit breaker: tasks failed to start.' } as const;
    expect(reasons({ deployments: [failed], steady: false })[0]).toMatch(
      /is FAILED: ECS deployment circuit breaker.*only another commit does$/,
    );
    expect(reasons({ deployments: [{ ...going, rollbackOf: 'ecs-svc/1' }], steady: false }).join()).toContain(
      'which rolls back ecs-svc/1, is IN_PROGRESS',
    );
  });

  it('waits for its images, for its next try, or for another service', () => {
    const unresolved = deployment({ taskSet: null, target: serviceRevision({ images: null }) });
    expect(reasons({ deployments: [unresolved], taskSets: [], steady: false }, { tasks: [] })[0]).toBe(
      'its images are being looked up or pulled',
    );
    const throttled = deployment({ retryAt: NOW + 90_000, startFailures: 3 });
    expect(reasons({ deployments: [throttled], steady: false }, { tasks: [] })[0]).toBe('next try in 30 s, after 3 failures in a row');
    const held = {
      desired: desired([app('db', { count: 1 }), app('web', { count: 1, dependsOn: [{ serviceName: 'db', condition: 'HEALTHY' }] })]),
    };
    const rows = ledger({ services: [serviceRow({ taskSets: [taskSet()] })] });
    expect(whyOf(world({ ...held, ledger: rows }), NOW, 'web').reasons[0]).toBe('waits for service db to become healthy');
  });

  it('has tasks on an instance that is silent, or that drains, with what its percentages allow', () => {
    const silent = reasons({}, { view: { connected: false, silentSince: NOW } });
    expect(silent).toEqual([
      'container instance local does not answer for 1m00s, with 1 task on it: they are replaced once it has been silent for 5m00s',
    ]);
    const draining = reasons({}, { drained: true, app: { min: 100, max: 100 } });
    expect(draining).toEqual([
      'container instance local is DRAINING, with 1 task on it',
      '1 healthy of 1; at least 1 must be (minimumHealthyPercent 100), at most 1 may run (maximumPercent 100); so nothing can move: change one of the percentages',
    ]);
  });
});

describe('why a task', () => {
  const { world: shop } = fakeDoor().view();

  it('stands where it stands, with what placement says without it', () => {
    const [first] = [...(shop?.ledger.tasks.values() ?? [])].filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
    const answer = whyOf(shop ?? world(), NOW, first?.id ?? '');
    expect(answer).toMatchObject({ kind: 'task', service: 'default/web', task: { id: first?.id } });
    expect(answer.reasons[0]).toMatch(/^it was placed on local .* ago and stays there/);
    expect(answer.placement).toBeNull();
    const shown = desired([app('web', { count: 1 })]);
    const spec = shown.taskDefinitions.get('web')?.spec ?? null;
    const rows = ledger({
      services: [serviceRow()],
      tasks: [task()],
      revisions: [{ id: 'web:1', family: 'web', number: 1, hash: 'v1:x', spec }],
    });
    const known = whyOf(world({ desired: shown, ledger: rows }), NOW, task().id);
    expect(known.reasons[0]).toContain('below is what placement says of each instance now, without it');
    expect(known.placement?.instances).toEqual([
      { instance: 'local', tasks: 0, refusals: [], preferred: ['0 without ecs.availability-zone'] },
    ]);
  });

  it('has stopped: its reason, and nothing of placement', () => {
    const ended = task({
      id: 'abcdef123456',
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    });
    expect(whyOf(shop ?? world(), NOW, 'abcdef', [ended])).toMatchObject({
      reasons: ['it is STOPPED on local: EssentialContainerExited: Essential container in task exited'],
      placement: null,
    });
  });

  it('is not there, with what may be meant', () => {
    expect(() => whyOf(shop ?? world(), NOW, 'wbe')).toThrow('no service and no task is called wbe');
  });
});
