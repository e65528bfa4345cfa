// What people ask for: obeyed once, remembered, forgotten in the end; and what a task that somebody stops does not do.
import { describe, expect, it } from 'vitest';
import {
  app,
  containerView,
  desired,
  identity,
  instance,
  ledger,
  NOW,
  observed,
  serviceRow,
  task,
  taskSet,
  serviceRevision,
  world,
} from '../build.ts';
import { COMMANDS_KEPT, COMMANDS_KEPT_MS, type StopTask } from '../../src/model/turn/command.ts';
import { draftOf } from '../../src/core/draft.ts';
import { eventsBetween } from '../../src/core/events.ts';
import { obey } from '../../src/core/commands.ts';
import { reconcile } from '../../src/core/reconcile.ts';

const who = identity({ slot: 1 });
const command = (key: string, more: Partial<StopTask> = {}): StopTask => ({
  kind: 'stop-task',
  key,
  at: NOW,
  task: who.task,
  reason: null,
  ...more,
});

describe('stop-task', () => {
  const rows = ledger({ services: [serviceRow()], tasks: [task({ slot: 1, health: 'HEALTHY' })] });

  it("gives ECS's stop code and the reason, or ECS's words without one", () => {
    const draft = draftOf(rows);
    obey(draft, world({ commands: [command('one', { reason: 'stuck' })], now: NOW }));
    expect(draft.tasks.get(who.task)).toMatchObject({
      desiredStatus: 'STOPPED',
      lastStatus: 'STOPPING',
      stopCode: 'UserInitiated',
      stoppedReason: 'stuck',
    });
    const other = draftOf(rows);
    obey(other, world({ commands: [command('one')], now: NOW }));
    expect(other.tasks.get(who.task)?.stoppedReason).toBe('Task stopped by user');
  });

  it('lets a task with targets leave the routing first', () => {
    const target = serviceRevision({ loadBalancers: [{ targetGroupArn: 'web-tg', containerName: 'main', containerPort: 8080 }] });
    const draft = draftOf({ ...rows, services: new Map([['default/web', serviceRow({ taskSets: [taskSet({ target })] })]]) });
    obey(draft, world({ commands: [command('one')], now: NOW }));
    expect(draft.tasks.get(who.task)?.lastStatus).toBe('DEACTIVATING');
  });

  it('is obeyed once for a key, and has no effect on what stops already or is gone', () => {
    const draft = draftOf(rows);
    obey(
      draft,
      world({ commands: [command('one'), command('two', { reason: 'late' }), command('three', { task: 'f'.repeat(32) })], now: NOW }),
    );
    obey(draft, world({ commands: [command('one', { task: 'f'.repeat(32) })], now: NOW + 5 }));
    expect([...draft.commands.values()].map((row) => [row.command.key, row.outcome, row.obeyedAt])).toEqual([
      ['one', 'done', NOW],
      ['two', 'no-effect', NOW],
      ['three', 'no-effect', NOW],
    ]);
    expect(draft.tasks.get(who.task)?.stoppedReason).toBe('Task stopped by user');
  });

  it('is remembered in a bounded number, and for a day', () => {
    const draft = draftOf(rows);
    for (let number = 0; number <= COMMANDS_KEPT; number++) obey(draft, world({ commands: [command(`key${number}`)], now: NOW + number }));
    expect([...draft.commands.values()]).toHaveLength(COMMANDS_KEPT);
    expect(draft.commands.get('key0')).toBeUndefined();
    obey(draft, world({ commands: [command('later')], now: NOW + COMMANDS_KEPT_MS + COMMANDS_KEPT + 1 }));
    expect([...draft.commands.values()].map((row) => row.command.key)).toEqual(['later']);
  });

  it('stops the container in the same turn, starts another task, blames no deployment, and is told', () => {
    const before = world({
      desired: desired([app('web', { count: 1 })]),
      observed: observed([instance('local', [containerView(who)])]),
      ledger: rows,
      commands: [command('one', { reason: 'stuck' })],
    });
    const plan = reconcile(before);
    expect(plan.actions.map(({ kind }) => kind)).toContain('stop-container');
    expect(plan.ledger.services.get('default/web')?.deployments[0]?.failedTasks).toBe(0);
    expect(plan.ledger.commands.get('one')?.outcome).toBe('done');
    const told = eventsBetween(before.ledger, plan.ledger, NOW).map(({ message }) => message);
    expect(told).toContain(`(service web) has stopped 1 running tasks: (task ${who.task}). stuck`);
  });
});
