// The rows of tasks on their way out: what is remembered of a stopped task is its last row, so no row goes before it says STOPPED, and why.
import { expect, test } from 'vitest';
import { deployment, ledger, NOW, serviceRow, task, taskSet, world } from '../../build.ts';
import type { Ledger } from '../../../src/model/turn/ledger.ts';
import { reconcile } from '../../../src/core/reconcile.ts';
import type { Task } from '../../../src/model/task/task.ts';

const going: Partial<Task> = { desiredStatus: 'STOPPED', stoppingAt: NOW - 5_000, stopCode: 'UserInitiated', stoppedReason: 'stuck' };

function turn(before: Ledger): { readonly ledger: Ledger; readonly wakeAt: number | null } {
  const plan = reconcile(world({ ledger: before }));
  return { ledger: plan.ledger, wakeAt: plan.wakeAt };
}

test.each([['STOPPING'], ['DEACTIVATING']] as const)(
  'a task whose containers were removed while it was %s is STOPPED before it goes',
  (lastStatus) => {
    const one = task({ ...going, lastStatus });
    const row = serviceRow({ status: 'DRAINING', deployments: [deployment({ rollout: 'COMPLETED' })], taskSets: [taskSet()] });
    let now = turn(ledger({ services: [row], tasks: [one] }));
    for (let turns = 0; turns < 3 && now.ledger.tasks.get(one.id)?.lastStatus !== 'STOPPED'; turns++) now = turn(now.ledger);
    expect(now.ledger.tasks.get(one.id)).toMatchObject({ lastStatus: 'STOPPED', stoppedAt: NOW, stoppedReason: 'stuck' });
    expect(now.wakeAt).toBe(NOW);
    expect(turn(now.ledger).ledger.tasks.size).toBe(0);
  },
);
