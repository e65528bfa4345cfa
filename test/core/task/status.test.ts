// What containers and targets say about a task: one row, one sentence (spec 2.1, 2.2, 3.2, 3.4).
import { describe, expect, test } from 'vitest';
import { type TaskScene, beginStop, refresh, targetId } from '../../../src/core/task/status.ts';
import { NOW, containerView as viewOf, identity, instance, task } from '../../build.ts';
import type { ContainerDefinition } from '../../../src/model/task/container-definition.ts';
import type { ContainerState, ContainerView, InstanceView, ProxyView, TargetState } from '../../../src/model/turn/observed.ts';
import type { Task } from '../../../src/model/task/task.ts';
import { provesPlacement } from '../../proves.ts';

const MAIN: ContainerDefinition = { name: 'main', image: 'web:1', memory: 64 };
const CHECKED: ContainerDefinition = { ...MAIN, healthCheck: { command: ['CMD', '/check'] } };
const BALANCED = { targetGroupArn: 'web', containerName: 'main', containerPort: 8080 };
const SETTINGS = { minimumHealthyPercent: 100, maximumPercent: 200, breaker: null, gracePeriodMs: 0, healthyAfterMs: 40_000 };

function containerView(state: ContainerState, more: Partial<ContainerView> = {}): ContainerView {
  return viewOf(identity(), { state, ...more });
}

function instanceView(id: string, more: Partial<InstanceView> = {}): InstanceView {
  return instance(id, [], more);
}

function scene(more: Partial<TaskScene> = {}): TaskScene {
  return {
    task: task({ startedAt: NOW }),
    containers: [MAIN],
    views: [containerView('running')],
    instance: instanceView('local'),
    loadBalancers: [],
    drainMs: 0,
    proxy: null,
    settings: SETTINGS,
    graceMs: 300_000,
    now: NOW,
    ...more,
  };
}

function proxy(state: TargetState, inFlight: number | null = 0): ProxyView {
  const id = targetId(task().id, BALANCED);
  return { version: 'v', refused: [], targets: new Map([[id, { id, state, reason: '', inFlight }]]) };
}

const pending = (): Task => task({ lastStatus: 'PENDING', startedAt: null });

describe('status', () => {
  test.each<[string, Partial<TaskScene>, Partial<Task>]>([
    ['runs once all of its containers have started', { task: pending() }, { lastStatus: 'RUNNING', startedAt: NOW }],
    ['is PENDING while a container is only created', { task: pending(), views: [containerView('created')] }, { lastStatus: 'PENDING' }],
    ['is PENDING while a container is missing', { task: pending(), views: [] }, { lastStatus: 'PENDING', desiredStatus: 'RUNNING' }],
    [
      'ends when an essential container exits, and counts as failed if it never was healthy',
      { views: [containerView('exited', { exitCode: 1 })] },
      {
        lastStatus: 'STOPPING',
        stopCode: 'EssentialContainerExited',
        failed: true,
        stoppedReason: 'Essential container in task exited (main: exit code 1)',
      },
    ],
    [
      'does not count as failed when it was healthy before',
      { task: task({ health: 'HEALTHY', everHealthy: true }), views: [containerView('exited', { exitCode: 1 })] },
      { failed: false, lastStatus: 'STOPPING' },
    ],
    ['ends when somebody removed its container', { views: [] }, { lastStatus: 'STOPPING', desiredStatus: 'STOPPED' }],
    [
      'lives on while its engine is silent',
      { views: [], instance: instanceView('local', { connected: false }) },
      { lastStatus: 'RUNNING', desiredStatus: 'RUNNING' },
    ],
    [
      'is lost with an instance that the operator removed',
      { instance: undefined },
      { lastStatus: 'STOPPED', stopCode: 'InfrastructureHealth' },
    ],
    [
      'survives the exit of a container that is not essential',
      { containers: [{ ...MAIN, essential: false }], views: [containerView('exited')] },
      { lastStatus: 'RUNNING', desiredStatus: 'RUNNING' },
    ],
  ])('a task %s', (_, more, expected) => {
    expect(refresh(scene(more)).task).toMatchObject(expected);
  });
});

describe('health', () => {
  test.each<[string, Partial<TaskScene>, Task['health'], number | null]>([
    ['without any check is unknown before 40 s RUNNING', { now: NOW + 39_999 }, 'UNKNOWN', NOW + 40_000],
    ['without any check is healthy after 40 s RUNNING', { now: NOW + 40_000 }, 'HEALTHY', null],
    ['follows the container check', { containers: [CHECKED], views: [containerView('running', { health: 'healthy' })] }, 'HEALTHY', null],
    [
      'is unknown while the check is starting',
      { containers: [CHECKED], views: [containerView('running', { health: 'starting' })] },
      'UNKNOWN',
      null,
    ],
    [
      'ignores an image check that the definition does not name',
      { views: [containerView('running', { health: 'unhealthy' })] },
      'UNKNOWN',
      NOW + 40_000,
    ],
    ['follows the target', { loadBalancers: [BALANCED], proxy: proxy('healthy') }, 'HEALTHY', null],
    [
      'needs both when there are both',
      {
        containers: [CHECKED],
        views: [containerView('running', { health: 'starting' })],
        loadBalancers: [BALANCED],
        proxy: proxy('healthy'),
      },
      'UNKNOWN',
      null,
    ],
    ['is unhealthy with an unhealthy target', { loadBalancers: [BALANCED], proxy: proxy('unhealthy') }, 'UNHEALTHY', null],
    [
      'is not judged during the grace period',
      { loadBalancers: [BALANCED], proxy: proxy('unhealthy'), settings: { ...SETTINGS, gracePeriodMs: 5_000 } },
      'UNKNOWN',
      NOW + 5_000,
    ],
    ['is kept while the proxy does not answer', { task: task({ health: 'HEALTHY' }), loadBalancers: [BALANCED] }, 'HEALTHY', null],
    [
      'is kept while a new proxy checks its targets again',
      { task: task({ health: 'HEALTHY' }), loadBalancers: [BALANCED], proxy: proxy('initial') },
      'HEALTHY',
      null,
    ],
  ])('of a task %s', (_, more, health, until) => {
    const refreshed = refresh(scene(more));
    expect(refreshed.task.health).toBe(health);
    expect(refreshed.until).toBe(until);
  });

  test('turning unhealthy counts as a failure once', () => {
    const { task: first } = refresh(scene({ loadBalancers: [BALANCED], proxy: proxy('unhealthy') }));
    expect(first.failed).toBe(true);
    expect(refresh(scene({ task: first, loadBalancers: [BALANCED], proxy: proxy('unhealthy') })).task).toBe(first);
  });
});

describe('stopping', () => {
  const draining = (): Task => beginStop(task({ health: 'HEALTHY' }), true, 'ServiceSchedulerInitiated', 'scaled in', NOW);
  const published = containerView('running', { ports: [{ containerPort: 8080, protocol: 'tcp', hostPort: 32_768 }] });
  const drain = { loadBalancers: [BALANCED], drainMs: 10_000, views: [published] };

  test.each<[string, Partial<TaskScene>, Task['lastStatus']]>([
    ['waits while the proxy has not taken it out', { ...drain, proxy: proxy('healthy') }, 'DEACTIVATING'],
    ['waits while requests are under way', { ...drain, proxy: proxy('draining', 1) }, 'DEACTIVATING'],
    ['waits while the requests under way are not known', { ...drain, proxy: proxy('draining', null) }, 'DEACTIVATING'],
    ['waits while the proxy does not answer', { ...drain }, 'DEACTIVATING'],
    ['goes on once nothing is under way', { ...drain, proxy: proxy('draining', 0) }, 'STOPPING'],
    ['goes on when the deregistration delay has passed', { ...drain, proxy: proxy('draining', 1), now: NOW + 10_000 }, 'STOPPING'],
    ['goes on when its container has died', { ...drain, proxy: proxy('draining', 1), views: [containerView('exited')] }, 'STOPPED'],
    ['waits for the proxy even when the delay has passed', { ...drain, proxy: proxy('healthy'), now: NOW + 10_000 }, 'DEACTIVATING'],
    ['waits for the proxy even without a delay', { ...drain, drainMs: 0, proxy: proxy('healthy') }, 'DEACTIVATING'],
    ['waits for a proxy that has not heard of it', { ...drain, proxy: { version: 'v', refused: [], targets: new Map() } }, 'DEACTIVATING'],
    ['does not wait when no port of it was ever published', { ...drain, views: [containerView('running')] }, 'STOPPING'],
  ])('a task with a target %s', (_, more, status) => {
    expect(refresh(scene({ task: draining(), ...more })).task.lastStatus).toBe(status);
  });

  test.each<[string, ProxyView | null, Task['lastStatus']]>([
    ['is let go in peace when the proxy serves it all the same', proxy('healthy'), 'DEACTIVATING'],
    ['stops when the proxy has let it go', proxy('draining', 0), 'STOPPING'],
    ['stops when the proxy does not know it', { version: 'v', refused: [], targets: new Map() }, 'STOPPING'],
  ])('a task that an older copy of the ledger knew as PENDING %s', (_, view, status) => {
    const late = beginStop(pending(), true, 'ServiceSchedulerInitiated', 'scaled in', NOW);
    const { task: next } = refresh(scene({ task: late, ...drain, proxy: view, now: NOW + 60_000 }));
    expect([next.lastStatus, next.stoppingAt]).toEqual([status, status === 'DEACTIVATING' ? NOW + 60_000 : NOW]);
  });

  test('a task without targets stops at once, one that never ran as well', () => {
    expect(beginStop(task(), false, 'ServiceSchedulerInitiated', 'scaled in', NOW).lastStatus).toBe('STOPPING');
    expect(beginStop(pending(), true, 'ServiceSchedulerInitiated', 'scaled in', NOW).lastStatus).toBe('STOPPING');
  });

  test('a stop that was decided is not decided again', () => {
    const first = draining();
    expect(beginStop(first, true, 'UserInitiated', 'again', NOW + 1)).toBe(first);
  });

  test('STOPPED keeps the exit codes as evidence', () => {
    const stopped = refresh(
      scene({ task: { ...draining(), lastStatus: 'STOPPING' }, views: [containerView('exited', { exitCode: 143 })] }),
    ).task;
    expect(stopped).toMatchObject({ lastStatus: 'STOPPED', stoppedAt: NOW, containers: [{ name: 'main', exitCode: 143 }] });
  });

  test('a silent engine keeps a task from being called STOPPED', () => {
    const stopping: Task = { ...draining(), lastStatus: 'STOPPING' };
    expect(refresh(scene({ task: stopping, views: [], instance: instanceView('local', { connected: false }) })).task.lastStatus).toBe(
      'STOPPING',
    );
  });
});

describe('a task on an instance that is silent', () => {
  const silent = (forMs: number): InstanceView =>
    instanceView('local', { connected: false, silentSince: NOW - forMs, silence: 'no answer' });
  const healthy = task({ health: 'HEALTHY', everHealthy: true });

  test('is what it was, until the grace has passed', () => {
    provesPlacement('disconnected: stays registered');
    expect(refresh(scene({ task: healthy, instance: silent(299_000) }))).toEqual({ task: healthy, until: NOW + 1_000 });
  });

  test('is UNHEALTHY when its targets are, and no failure of its deployment: the host has failed, not the revision', () => {
    const fresh = task({ health: 'UNKNOWN' });
    const cut = { task: fresh, loadBalancers: [BALANCED], proxy: proxy('unhealthy') };
    expect(refresh(scene({ ...cut, instance: silent(1_000) })).task).toEqual({ ...fresh, health: 'UNHEALTHY' });
    expect(refresh(scene(cut)).task).toMatchObject({ health: 'UNHEALTHY', failed: true });
  });

  test('is UNHEALTHY then, so that another one takes its place, and no failure of its deployment', () => {
    provesPlacement('disconnected: for good');
    expect(refresh(scene({ task: healthy, instance: silent(300_000) })).task).toEqual({ ...healthy, health: 'UNHEALTHY' });
  });

  test('is HEALTHY again when it is back in time', () => {
    const lost = { ...healthy, health: 'UNHEALTHY' as const };
    expect(refresh(scene({ task: lost, now: NOW + 60_000 })).task.health).toBe('HEALTHY');
  });

  test('and that was not RUNNING yet is given up', () => {
    const pending = task({ lastStatus: 'PENDING', startedAt: null });
    expect(refresh(scene({ task: pending, instance: silent(300_000) })).task).toMatchObject({
      desiredStatus: 'STOPPED',
      stopCode: 'InfrastructureHealth',
      stoppedReason: 'Container instance local does not answer: no answer',
      failed: false,
    });
  });

  test('is never given up where two copies must not run', () => {
    expect(refresh(scene({ task: healthy, instance: silent(9_999_999), graceMs: null }))).toEqual({ task: healthy, until: null });
  });
});
