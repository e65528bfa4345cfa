// Services that wait for others before their first task: one row, one sentence.
import { describe, expect, test } from 'vitest';
import { app, desired, task } from '../../build.ts';
import { dependenciesFirst, heldBackBy } from '../../../src/core/service/dependencies.ts';
import { newServiceRow, startDeployment } from '../../../src/core/deployment/next.ts';
import type { ServiceRow } from '../../../src/model/turn/ledger.ts';
import type { Task } from '../../../src/model/task/task.ts';

const DB = app('db');
const ROW: ServiceRow = startDeployment(
  newServiceRow('default/db', 'default', 'db'),
  { hash: 'v1', taskDefinition: 'db:1', loadBalancers: [], images: [] },
  1,
  0,
  'set-1',
);

function held(
  condition: 'STARTED' | 'HEALTHY',
  tasks: readonly Partial<Task>[],
  row: ServiceRow | undefined = ROW,
  database = DB,
): string | null {
  const state = desired([database, app('web', { dependsOn: [{ serviceName: 'db', condition }] })]);
  const web = state.services.get('default/web');
  if (web === undefined) throw new Error('it is declared above');
  return heldBackBy({ desired: state, row: () => row, tasks: () => tasks.map((more) => task({ service: 'db', ...more })) }, web);
}

describe('a service that depends on another', () => {
  test.each<[string, 'STARTED' | 'HEALTHY', readonly Partial<Task>[], string | null]>([
    ['waits while that has no task', 'STARTED', [], 'service db to start'],
    ['waits while its task is coming up', 'STARTED', [{ lastStatus: 'PENDING' }], 'service db to start'],
    ['goes on when one runs', 'STARTED', [{ health: 'UNKNOWN' }], null],
    ['waits for health where it is asked for', 'HEALTHY', [{ health: 'UNKNOWN' }], 'service db to become healthy'],
    ['goes on when one is healthy', 'HEALTHY', [{ health: 'HEALTHY' }], null],
    ['does not count a task that is to stop', 'STARTED', [{ desiredStatus: 'STOPPED' }], 'service db to start'],
    ['does not count a task of an older deployment', 'STARTED', [{ taskSet: 'set-0' }], 'service db to start'],
  ])('%s (%s)', (_, condition, tasks, expected) => {
    expect(held(condition, tasks)).toBe(expected);
  });

  test('waits while that was never deployed', () => {
    expect(held('STARTED', [], newServiceRow('default/db', 'default', 'db'))).toBe('service db to start');
  });

  test('does not wait for a service that wants no task', () => {
    expect(held('HEALTHY', [], ROW, app('db', { count: 0 }))).toBeNull();
  });

  test('comes after it in a turn, whatever the names', () => {
    const on = (serviceName: string) => ({ dependsOn: [{ serviceName, condition: 'STARTED' as const }] });
    const state = desired([app('a', on('b')), app('b', on('c')), app('c'), app('d')]);
    expect(dependenciesFirst(state, [...state.services.keys()])).toEqual(['default/c', 'default/d', 'default/b', 'default/a']);
  });
});
