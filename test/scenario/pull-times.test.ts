// When the pulls of a task began and ended: noted for a task that had to wait for one, and for no other.
import { expect, it } from 'vitest';
import { GOOD } from '../sim/images.ts';
import { app } from '../build.ts';
import { openStage } from './stage.ts';

function tasksOf(remote: boolean) {
  const stage = openStage(() => {});
  for (const id of ['one', 'two']) stage.addEngine(id);
  stage.addImage('web:1', GOOD, remote);
  stage.commit([app('web', { count: 2, image: 'web:1' })], 'first');
  stage.settle();
  return [...stage.worldSeenNow().ledger.tasks.values()];
}

it('a task on an instance that lacks the image waits for its pull; one where the deployment was resolved finds it there', () => {
  const tasks = tasksOf(true);
  expect(tasks.map(({ lastStatus }) => lastStatus)).toEqual(['RUNNING', 'RUNNING']);
  expect(new Set(tasks.map(({ instance }) => instance)).size).toBe(2);
  const [pulled, ...others] = tasks.filter(({ pullStartedAt }) => pullStartedAt !== undefined);
  expect(others).toEqual([]);
  const { createdAt, pullStartedAt = Number.NaN, pullStoppedAt = Number.NaN, startedAt } = pulled ?? { createdAt: 0, startedAt: 0 };
  expect(pullStartedAt).toBeGreaterThanOrEqual(createdAt);
  expect(pullStoppedAt).toBeGreaterThan(pullStartedAt);
  expect(startedAt).toBeGreaterThan(pullStoppedAt);
});

it('a task whose image is there has no such times', () => {
  for (const task of tasksOf(false)) {
    expect(task.lastStatus).toBe('RUNNING');
    expect(task).not.toHaveProperty('pullStartedAt');
    expect(task).not.toHaveProperty('pullStoppedAt');
  }
});
