// Events as differences of ledger rows: ECS's words, ECS's order.
import { describe, expect, test } from 'vitest';
import { NOW, deployment, ledger, serviceRevision, serviceRow, task, taskSet } from '../build.ts';
import type { Deployment } from '../../src/model/service/deployment.ts';
import { EMPTY_LEDGER } from '../../src/model/turn/ledger.ts';
import type { Task } from '../../src/model/task/task.ts';
import { eventsBetween } from '../../src/core/events.ts';

const behind = [{ targetGroupArn: 'web-tg', containerName: 'main', containerPort: 8080 }];
const first = deployment({ id: 'ecs-svc/1', rollout: 'COMPLETED', target: serviceRevision({ loadBalancers: behind }) });
const second = deployment({
  id: 'ecs-svc/2',
  number: 2,
  target: serviceRevision({ hash: 'v1:two', taskDefinition: 'web:2', loadBalancers: behind }),
});
const old = task({ slot: 1, health: 'HEALTHY' });
const fresh = task({ slot: 2, deployment: 'ecs-svc/2', revision: 'web:2', lastStatus: 'PENDING', startedAt: null });

/** A ledger of one service. */
const state = (deployments: readonly Deployment[], tasks: readonly Task[], more: Parameters<typeof serviceRow>[0] = {}) =>
  ledger({ services: [serviceRow({ deployments, taskSets: [taskSet({ target: first.target })], ...more })], tasks });

const told = (before: ReturnType<typeof ledger>, after: ReturnType<typeof ledger>): string[] =>
  eventsBetween(before, after, NOW).map((event) => `${event.kind}: ${event.message.replaceAll(old.id, 'OLD').replaceAll(fresh.id, 'NEW')}`);

test('nothing changed, nothing told', () => {
  const one = state([first], [old]);
  expect(eventsBetween(one, one, NOW)).toEqual([]);
  expect(eventsBetween(one, structuredClone(one), NOW)).toEqual([]);
});

test('a replacement behind a load balancer is told in the order that was measured at ECS', () => {
  const running = { ...fresh, lastStatus: 'RUNNING' as const };
  const healthy = { ...running, health: 'HEALTHY' as const };
  const leaving = {
    ...old,
    desiredStatus: 'STOPPED' as const,
    lastStatus: 'DEACTIVATING' as const,
    stopCode: 'ServiceSchedulerInitiated' as const,
    stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/2)',
  };
  const gone = {
    ...leaving,
    lastStatus: 'STOPPED' as const,
    containers: [{ name: 'main', pull: 'none' as const, exitCode: 143, ports: [] }],
  };
  const states = [
    state([first], [old], { steady: true }),
    state([second, first], [old, fresh]),
    state([second, first], [old, running]),
    state([second, first], [leaving, healthy]),
    state([{ ...second, rollout: 'COMPLETED' }, first], [gone, healthy], { steady: true }),
  ];
  expect(states.slice(1).flatMap((after, index) => told(states[index] ?? EMPTY_LEDGER, after))).toEqual([
    'deployment-started: (service web) (deployment ecs-svc/2) started: web:2.',
    'task-started: (service web) has started 1 tasks: (task NEW).',
    'task-running: (service web) (task NEW) is running on local.',
    'targets-registered: (service web) registered 1 targets in (target-group web-tg).',
    'task-healthy: (service web) (task NEW) is healthy.',
    'task-stopping: (service web) has stopped 1 running tasks: (task OLD). Scaling activity initiated by (deployment ecs-svc/2)',
    'targets-deregistered: (service web) deregistered 1 targets in (target-group web-tg).',
    'task-stopping: (service web, taskSet ecs-svc/1) has begun draining connections on 1 tasks.',
    'task-stopped: (service web) (task OLD) stopped: Scaling activity initiated by (deployment ecs-svc/2). Exit codes: main 143.',
    'deployment-completed: (service web) (deployment ecs-svc/2) deployment completed.',
    'service-steady: (service web) has reached a steady state.',
  ]);
});

describe('a broken deployment', () => {
  const broken = { ...second, rollout: 'FAILED' as const, lastFailure: 'Essential container in task exited' };
  const back = deployment({ id: 'ecs-svc/3', number: 3, target: first.target, rollbackOf: 'ecs-svc/2' });

  test('fails, then the way back starts', () => {
    expect(told(state([second, first], []), state([back, broken, first], []))).toEqual([
      'deployment-failed: (service web) (deployment ecs-svc/2) deployment failed: tasks failed to start. Last failure: Essential container in task exited.',
      'deployment-started: (service web) rolling back to deployment ecs-svc/1: web:1.',
    ]);
  });

  test('is rolled back when the way back is complete', () => {
    const after = state([{ ...back, rollout: 'COMPLETED' }, { ...broken, rollout: 'ROLLED_BACK' }, first], [], { steady: true });
    expect(told(state([back, broken, first], []), after)).toEqual([
      'deployment-rolled-back: (service web) (deployment ecs-svc/2) was rolled back.',
      'deployment-completed: (service web) (deployment ecs-svc/3) deployment completed.',
      'service-steady: (service web) has reached a steady state.',
    ]);
  });

  test('and both in one turn, when what it goes back to has run all the time', () => {
    const after = state([{ ...back, rollout: 'COMPLETED' }, { ...broken, rollout: 'ROLLED_BACK' }, first], []);
    expect(told(state([second, first], []), after).map((line) => line.split(':')[0])).toEqual([
      'deployment-failed',
      'deployment-started',
      'deployment-rolled-back',
      'deployment-completed',
    ]);
  });

  test('the throttle is told once, at the third failure', () => {
    const failing = (startFailures: number) => state([{ ...second, startFailures }, first], []);
    expect(told(failing(1), failing(2))).toEqual([]);
    expect(told(failing(2), failing(3))).toEqual(['service-blocked: (service web) is unable to consistently start tasks successfully.']);
    expect(told(failing(3), failing(4))).toEqual([]);
  });
});

describe('a deployment that another one follows', () => {
  const third = deployment({ id: 'ecs-svc/3', number: 3, target: serviceRevision({ hash: 'v1:three', taskDefinition: 'web:3' }) });
  const over = { ...second, rollout: 'SUPERSEDED' as const };

  test('is told as superseded once, before the newer one starts', () => {
    expect(told(state([second, first], []), state([third, over, first], []))).toEqual([
      'deployment-superseded: (service web) (deployment ecs-svc/2) deployment stopped: it was superseded by a newer one before it was complete.',
      'deployment-started: (service web) (deployment ecs-svc/3) started: web:3.',
    ]);
    expect(told(state([third, over, first], []), state([third, { ...over, startFailures: 1 }, first], []))).toEqual([]);
  });

  test('is not superseded when it was complete', () => {
    expect(told(state([first], []), state([second, first], [])).map((line) => line.split(':')[0])).toEqual(['deployment-started']);
  });
});

describe('a pull that fails', () => {
  const failing = (unpulled: readonly string[], more: Partial<Deployment> = {}): Deployment => ({
    ...second,
    unpulled,
    lastFailure: 'CannotPullContainerError: manifest unknown',
    ...more,
  });

  test('is told once an image, with the next try', () => {
    const once = state([failing(['web:2'], { startFailures: 1, retryAt: NOW + 5_000 }), first], []);
    expect(told(state([second, first], []), once)).toEqual([
      'image-pull-failed: (service web) (deployment ecs-svc/2) was unable to pull web:2: CannotPullContainerError: manifest unknown. Next try in 5 s.',
    ]);
    expect(told(once, state([failing(['web:2'], { startFailures: 2, retryAt: NOW + 10_000 }), first], []))).toEqual([]);
    const other = state([failing(['web:2', 'sidecar:1'], { retryAt: NOW + 20_000, startFailures: 2 }), first], []);
    expect(told(once, other)).toHaveLength(1);
  });

  test('says so when a local copy will do', () => {
    expect(told(state([second, first], []), state([failing(['web:2'], { pullFailed: true }), first], []))).toEqual([
      'image-pull-failed: (service web) (deployment ecs-svc/2) was unable to pull web:2: CannotPullContainerError: manifest unknown. A copy that an engine has will do, else it is tried again.',
    ]);
  });

  test('is left to the verdict when it ends the deployment', () => {
    const over = state([failing(['web:2'], { rollout: 'FAILED' }), first], []);
    expect(told(state([second, first], []), over).map((line) => line.split(':')[0])).toEqual(['deployment-failed']);
  });
});

describe('a secret that is missing', () => {
  const reason = 'ResourceInitializationError: the secret /shop/db: there is none';
  const failing = (lastFailure: string, more: Partial<Deployment> = {}): Deployment => ({ ...second, taskSet: null, lastFailure, ...more });

  test('is told before any task could tell it, once a reason', () => {
    const once = state([failing(reason, { startFailures: 1, retryAt: NOW + 5_000 }), first], []);
    expect(told(state([second, first], []), once)).toEqual([
      `task-start-failed: (service web) (deployment ecs-svc/2) was unable to start a task: ${reason}. Next try in 5 s.`,
    ]);
    expect(told(once, state([failing(reason, { startFailures: 2, retryAt: NOW + 10_000 }), first], []))).toEqual([]);
    expect(told(once, state([failing(`${reason} now`), first], []))).toHaveLength(1);
  });

  test('is left to the verdict when it ends the deployment, and to the tasks where there are some', () => {
    const before = state([second, first], []);
    expect(told(before, state([failing(reason, { rollout: 'FAILED' }), first], [])).map((line) => line.split(':')[0])).toEqual([
      'deployment-failed',
    ]);
    expect(told(before, state([failing(reason, { taskSet: 'set-2' }), first], []))).toEqual([]);
  });
});

test('tasks that fail to start in a row are told of a deployment that goes on, and of one that is complete', () => {
  const blocked = ['service-blocked: (service web) is unable to consistently start tasks successfully.'];
  const after = (one: Deployment, startFailures: number): string[] =>
    told(state([{ ...one, startFailures: startFailures - 1 }], []), state([{ ...one, startFailures }], []));
  expect([after(second, 2), after(second, 3), after(second, 4)]).toEqual([[], blocked, []]);
  expect(after(first, 3)).toEqual(blocked);
  expect(after({ ...second, rollout: 'FAILED' }, 3)).toEqual([]);
});

describe('services', () => {
  test.each([
    ['a new one', EMPTY_LEDGER, state([], [], { desiredCount: 2 }), ['service-created: (service web) was created with 2 desired tasks.']],
    [
      'another count',
      state([first], []),
      state([first], [], { desiredCount: 3 }),
      ['service-updated: (service web) has set its desired count from 1 to 3.'],
    ],
    [
      'no longer declared',
      state([first], []),
      state([first], [], { status: 'DRAINING', desiredCount: 0 }),
      ['service-draining: (service web) is no longer declared: its tasks are being stopped.'],
    ],
    ['deleted', state([first], []), EMPTY_LEDGER, ['service-deleted: (service web) was deleted.']],
    [
      'blocked',
      state([first], []),
      state([first], [], { message: 'was unable to place a task' }),
      ['service-blocked: (service web) was unable to place a task'],
    ],
    [
      'blocked, in ECS words already',
      state([first], []),
      state([first], [], { message: '(service web) was unable' }),
      ['service-blocked: (service web) was unable'],
    ],
    ['unblocked', state([first], [], { message: 'x' }), state([first], []), []],
  ])('%s', (_, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });
});

describe('tasks', () => {
  test('one that an emptied ledger finds running is not told as started', () => {
    expect(told(EMPTY_LEDGER, state([first], [old])).filter((line) => line.includes('OLD'))).toEqual([
      'task-running: (service web) has found its running task again: (task OLD).',
    ]);
  });

  test('one that dies before it ran was never registered', () => {
    const dead = {
      ...fresh,
      lastStatus: 'STOPPED' as const,
      desiredStatus: 'STOPPED' as const,
      stopCode: 'TaskFailedToStart' as const,
      stoppedReason: 'CannotPullContainerError: no such image',
    };
    expect(told(state([second, first], [fresh]), state([second, first], [dead]))).toEqual([
      'task-stopped: (service web) (task NEW) stopped: CannotPullContainerError: no such image.',
    ]);
  });

  test('a container that was started again in place is told each time; its first start, and one that is noted late, are not', () => {
    const noted = (restarts: number | null): Task => ({
      ...old,
      containers: [
        {
          name: 'main',
          pull: 'none',
          exitCode: null,
          ports: [],
          ...(restarts === null ? {} : { run: { startedAt: 1, seenAt: 1, restarts } }),
        },
      ],
    });
    const after = (before: number | null, now: number): string[] => told(state([first], [noted(before)]), state([first], [noted(now)]));
    expect([after(null, 0), after(null, 2), after(1, 1)]).toEqual([[], [], []]);
    expect(after(1, 2)).toEqual([
      'container-restarted: (service web) (task OLD) container main has ended and was started again, restart 2.',
    ]);
  });

  test('a stopped one whose record is dropped is not told twice', () => {
    expect(told(state([first], [{ ...old, lastStatus: 'STOPPED' }]), state([first], []))).toEqual([]);
  });

  test('each event says which task and deployment it is about', () => {
    const [event] = eventsBetween(state([first], []), state([first], [fresh]), NOW);
    expect(event).toMatchObject({ at: NOW, service: 'default/web', task: fresh.id, deployment: 'ecs-svc/2' });
  });
});

test('what is found of a task that had ended tells of no second end', () => {
  const found = { ...old, desiredStatus: 'STOPPED', lastStatus: 'STOPPING', stoppedReason: 'left behind' } as const;
  const ended = (row: Task): string[] => told(state([first], [row]), state([first], []));
  expect(ended({ ...found, remains: true })).toEqual([]);
  expect(ended(found)).toHaveLength(1);
});
