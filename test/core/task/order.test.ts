// What the containers of a task wait for, and what they stop after: one row, one sentence (spec 1.5).
import { describe, expect, test } from 'vitest';
import { type Company, dependenciesOf, dependentsOf, readiness } from '../../../src/core/task/order.ts';
import { NOW, containerView, identity } from '../../build.ts';
import { mayRestart, withNotes, withReason } from '../../../src/core/task/container-state.ts';
import { refresh } from '../../../src/core/task/status.ts';
import { instance, task } from '../../build.ts';
import type { ContainerDefinition, ContainerDependency } from '../../../src/model/task/container-definition.ts';
import type { ContainerView } from '../../../src/model/turn/observed.ts';
import type { TaskContainer } from '../../../src/model/task/task.ts';

const DB: ContainerDefinition = { name: 'db', image: 'db:1', memory: 64, essential: false };

function app(condition: ContainerDependency['condition']): ContainerDefinition {
  return { name: 'app', image: 'app:1', memory: 64, dependsOn: [{ containerName: 'db', condition }] };
}

function row(name: string, more: Partial<TaskContainer> = {}): TaskContainer {
  return { name, pull: 'none', exitCode: null, ports: [], ...more };
}

function view(container: string, more: Partial<ContainerView>): ContainerView {
  return containerView(identity({ container }), more);
}

function company(own: ContainerDefinition, db: Partial<ContainerView> | null, more: Partial<Company> = {}): Company {
  return { definitions: [DB, own], views: db === null ? [] : [view('db', db)], rows: [row('db'), row('app')], now: NOW, ...more };
}

describe('a container that waits', () => {
  test.each<[ContainerDependency['condition'], Partial<ContainerView> | null, string]>([
    ['START', null, 'waits'],
    ['START', { state: 'created' }, 'waits'],
    ['START', { state: 'running' }, 'ready'],
    ['START', { state: 'exited', exitCode: 1 }, 'ready'],
    ['COMPLETE', { state: 'running' }, 'waits'],
    ['COMPLETE', { state: 'exited', exitCode: 3 }, 'ready'],
    ['SUCCESS', { state: 'running' }, 'waits'],
    ['SUCCESS', { state: 'exited', exitCode: 0 }, 'ready'],
    ['SUCCESS', { state: 'exited', exitCode: 3 }, 'never'],
    ['HEALTHY', { state: 'running', health: 'starting' }, 'waits'],
    ['HEALTHY', { state: 'running', health: 'unhealthy' }, 'waits'],
    ['HEALTHY', { state: 'running', health: 'healthy' }, 'ready'],
    ['HEALTHY', { state: 'exited', health: 'healthy', exitCode: 0 }, 'never'],
  ])('for %s of one that is %j: %s', (condition, db, expected) => {
    expect(readiness(company(app(condition), db), app(condition)).kind).toBe(expected);
  });

  test('goes on when what it waited for was removed after its end', () => {
    const own = app('SUCCESS');
    expect(readiness(company(own, null, { rows: [row('db', { exitCode: 0 }), row('app')] }), own).kind).toBe('ready');
    expect(readiness(company(own, null, { rows: [row('db', { exitCode: 2 }), row('app')] }), own).kind).toBe('never');
  });

  test('goes on waiting for one that is started again in place, as if it had not ended', () => {
    const own = (condition: ContainerDependency['condition']): ContainerDefinition => app(condition);
    const db: ContainerDefinition = { ...DB, restartPolicy: { enabled: true, restartAttemptPeriod: 60 } };
    const ended = { state: 'exited', exitCode: 1, startedAt: NOW, finishedAt: NOW + 60_000 } as const;
    const kinds = (['START', 'COMPLETE', 'SUCCESS', 'HEALTHY'] as const).map(
      (condition) => readiness(company(own(condition), ended, { definitions: [db, own(condition)] }), own(condition)).kind,
    );
    expect(kinds).toEqual(['ready', 'waits', 'waits', 'waits']);
    const tooSoon = { ...ended, finishedAt: NOW + 59_999 };
    expect(readiness(company(own('SUCCESS'), tooSoon, { definitions: [db, own('SUCCESS')] }), own('SUCCESS')).kind).toBe('never');
  });

  test('waits for its links to start', () => {
    const own: ContainerDefinition = { name: 'app', image: 'app:1', memory: 64, links: ['db:database'] };
    expect(readiness(company(own, { state: 'created' }), own)).toMatchObject({ kind: 'waits', reason: 'db to start' });
  });

  test('waits for the containers whose processes or memory it joins, once each, and they stop after it', () => {
    const own: ContainerDefinition = {
      ...app('HEALTHY'),
      dependsOn: [],
      'x-longshore': { pidMode: 'container:db', ipcMode: 'container:db' },
    };
    expect(readiness(company(own, { state: 'created' }), own)).toMatchObject({ kind: 'waits', reason: 'db to start' });
    expect(readiness(company(own, { state: 'running' }), own).kind).toBe('ready');
    expect(dependenciesOf(own)).toEqual([{ containerName: 'db', condition: 'START' }]);
    expect(dependentsOf([DB, own], 'db')).toEqual([own]);
  });

  test('can never start when what it waits for can never start', () => {
    const middle: ContainerDefinition = { ...app('SUCCESS'), name: 'middle', essential: false };
    const own: ContainerDefinition = { ...app('START'), dependsOn: [{ containerName: 'middle', condition: 'START' }] };
    const all: Company = {
      definitions: [DB, middle, own],
      views: [view('db', { state: 'exited', exitCode: 1 })],
      rows: [row('db'), row('middle'), row('app')],
      now: NOW,
    };
    expect(readiness(all, own)).toMatchObject({ kind: 'never', reason: expect.stringContaining('ended with 1') });
  });

  test('waits for startTimeout seconds after the start of what it waits for, and no longer', () => {
    const own = app('HEALTHY');
    const timed = (now: number): Company => ({
      ...company(own, { state: 'running', health: 'starting' }),
      definitions: [{ ...DB, startTimeout: 30 }, own],
      rows: [row('db', { run: { startedAt: NOW, seenAt: NOW, restarts: 0 } }), row('app')],
      now,
    });
    expect(readiness(timed(NOW + 29_999), own)).toMatchObject({ kind: 'waits', until: NOW + 30_000 });
    expect(readiness(timed(NOW + 30_000), own)).toMatchObject({ kind: 'never', timedOut: true });
  });
});

test('a container is stopped after those that wait for it', () => {
  expect(dependentsOf([DB, app('START')], 'db').map(({ name }) => name)).toEqual(['app']);
  expect(dependentsOf([DB, app('START')], 'app')).toEqual([]);
});

describe('restartPolicy', () => {
  const policy = (more = {}): ContainerDefinition => ({ ...DB, restartPolicy: { enabled: true, restartAttemptPeriod: 60, ...more } });
  const ran = (seconds: number, exitCode = 1): ContainerView =>
    view('db', { state: 'exited', exitCode, startedAt: NOW, finishedAt: NOW + seconds * 1_000 });

  test.each<[string, ContainerDefinition, ContainerView, boolean]>([
    ['ran for its period', policy(), ran(60), true],
    ['ran for less', policy(), ran(59), false],
    ['ran for 300 s where no period is written', { ...DB, restartPolicy: { enabled: true } }, ran(299), false],
    ['ended with an ignored code', policy({ ignoredExitCodes: [0, 1] }), ran(600), false],
    ['ended with another code', policy({ ignoredExitCodes: [0] }), ran(600), true],
    ['has a policy that is off', policy({ enabled: false }), ran(600), false],
    ['has no policy', DB, ran(600), false],
  ])('a container that %s', (_, definition, seen, expected) => {
    expect(mayRestart(definition, seen, row('db'))).toBe(expected);
  });

  test('that was killed for its memory has the reason that ECS gives', () => {
    const killed = view('db', { state: 'exited', exitCode: 137, oomKilled: true });
    const noted = withNotes(task({ containers: [row('db')] }), [DB], [killed], () => false, NOW);
    expect(noted.containers).toMatchObject([{ exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }]);
  });

  test('has a reason of 1,024 characters at most', () => {
    expect(withReason(row('db'), 'x'.repeat(2_000)).reason).toHaveLength(1_024);
    expect(withReason(row('db'), null)).toEqual(row('db'));
  });

  test('an end that was noted is final', () => {
    expect(mayRestart(policy(), ran(600), row('db', { exitCode: 1 }))).toBe(false);
  });

  test('counts its restarts by the starts that were seen', () => {
    const before = task({ containers: [row('db')] });
    const note = (of: typeof before, startedAt: number): typeof before =>
      withNotes(of, [policy()], [view('db', { state: 'running', startedAt })], () => true, NOW);
    const once = note(before, NOW);
    expect(once.containers[0]?.run).toMatchObject({ restarts: 0 });
    expect(note(once, NOW)).toBe(once);
    expect(note(once, NOW + 90_000).containers[0]?.run).toMatchObject({ restarts: 1 });
  });
});

describe('a task whose container can never start', () => {
  const WHY = "TaskDependencyError: container app can't start: it waits for db to end with exit code 0, which ended with 1";
  const scene = (own: ContainerDefinition): Parameters<typeof refresh>[0] => ({
    task: task({ lastStatus: 'PENDING', startedAt: null, containers: [row('db'), row('app')] }),
    containers: [DB, own],
    views: [view('db', { state: 'exited', exitCode: 1 }), view('app', { state: 'created' })],
    instance: instance('local'),
    loadBalancers: [],
    drainMs: 0,
    proxy: null,
    settings: { minimumHealthyPercent: 100, maximumPercent: 200, breaker: null, gracePeriodMs: 0, healthyAfterMs: 40_000 },
    graceMs: null,
    now: NOW,
  });

  test('fails to start when the container is essential', () => {
    expect(refresh(scene(app('SUCCESS'))).task).toMatchObject({
      lastStatus: 'STOPPING',
      stopCode: 'TaskFailedToStart',
      failed: true,
      stoppedReason: WHY,
      containers: [{ name: 'db' }, { name: 'app', exitCode: 143, reason: WHY }],
    });
  });

  test('goes on without it when it is not, and says so once', () => {
    const given = scene({ ...app('SUCCESS'), essential: false });
    const { task: after } = refresh(given);
    expect(after).toMatchObject({
      ...{ lastStatus: 'RUNNING', failed: false },
      containers: [
        { name: 'db', exitCode: 1 },
        { name: 'app', exitCode: 143, reason: WHY },
      ],
    });
    expect(refresh({ ...given, task: { ...after, lastStatus: 'PENDING' } }).task.containers).toBe(after.containers);
  });
});
