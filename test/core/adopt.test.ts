// A ledger was lost while an engine was silent: which of two containers of one task is the task when that engine comes back.
import { describe, expect, test } from 'vitest';
import { app, containerView, desired, identity, instance, ledger, observed, serviceRow, task, taskSet, world } from '../build.ts';
import type { ContainerView } from '../../src/model/turn/observed.ts';
import type { TaskStatus } from '../../src/model/task/task.ts';
import { reconcile } from '../../src/core/reconcile.ts';

const WHO = identity();

/** The task has its place on `new`, where its container is `there`; on `old` a container of the same task is `late`. */
function placeOf(status: TaskStatus, there: readonly ContainerView[], late: ContainerView): string | undefined {
  const rows = ledger({ services: [serviceRow()], tasks: [task({ instance: 'new', lastStatus: status })] });
  const seen = observed([instance('new', there), instance('old', [late])]);
  return reconcile(world({ desired: desired([app('web')]), observed: seen, ledger: rows })).ledger.tasks.get(WHO.task)?.instance;
}

test('a task that is known by its labels has the host ports of its ranges', () => {
  const hostRanges = [{ container: 'main', protocol: 'tcp', containerPort: 5_000, hostPort: 61_000, length: 11 }] as const;
  const view = containerView(identity({ hostRanges }));
  const { tasks } = reconcile(world({ desired: desired([app('web')]), observed: observed([instance('a', [view])]) })).ledger;
  expect([...tasks.values()].map((each) => each.hostRanges ?? null)).toContainEqual(hostRanges);
});

describe('a container that comes back late', () => {
  const running = containerView(WHO, { id: 'late' });
  test('is the task while the one in its place is only coming up', () => {
    expect(placeOf('PENDING', [containerView(WHO, { id: 'there', state: 'created' })], running)).toBe('old');
    expect(placeOf('PENDING', [], running)).toBe('old');
  });

  test('is a stray copy when the one in its place runs', () => {
    expect(placeOf('RUNNING', [containerView(WHO, { id: 'there' })], running)).toBe('new');
  });

  test('is nothing when it does not run itself', () => {
    expect(placeOf('PENDING', [], containerView(WHO, { id: 'late', state: 'exited' }))).toBe('new');
  });

  test('is the same container when two addresses show one engine', () => {
    expect(placeOf('PENDING', [running], running)).toBe('new');
  });
});

test('a container that is found when its task has failed and its row has gone is known as remains', () => {
  const late = containerView(WHO, { state: 'created', startedAt: null });
  const before = ledger({ services: [serviceRow({ taskSets: [taskSet({ launches: WHO.attempt + 1 })] })] });
  const { tasks } = reconcile(
    world({ desired: desired([app('web')]), observed: observed([instance('a', [late])]), ledger: before }),
  ).ledger;
  expect(tasks.get(WHO.task)).toMatchObject({ remains: true, lastStatus: 'STOPPED' });
});
