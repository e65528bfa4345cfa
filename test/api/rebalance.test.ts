// What `longshore rebalance --plan` shows: the moves that the daemon itself would make, one after the other, and within a budget.
import { describe, expect, it } from 'vitest';
import { NOW, app, deployment, desired, instance, ledger, observed, serviceRow, task, world } from '../build.ts';
import { balanceLines } from '../../src/cli/rebalance.ts';
import { balancesOf } from '../../src/api/rebalance.ts';
import type { DesiredInstance } from '../../src/model/cluster/container-instance.ts';

const hosts = (
  [
    ['a1', 'a'],
    ['a2', 'a'],
    ['b1', 'b'],
    ['c1', 'c'],
  ] as const
).map(
  ([name, zone]): DesiredInstance => ({
    ...{ name, cluster: 'default', endpoint: `unix:///run/${name}.sock` },
    attributes: [{ name: 'ecs.availability-zone', value: zone }],
  }),
);
const shown = desired([app('web', { count: 5 }), app('still', { count: 1 })], { instances: hosts });
const row = { deployments: [deployment({ rollout: 'COMPLETED' })], desiredCount: 5, steady: true } as const;
const given = world({
  desired: shown,
  observed: observed(hosts.map(({ name }) => instance(name, [], { declared: true }))),
  ledger: ledger({
    services: [serviceRow(row)],
    tasks: ['a1', 'a1', 'a2', 'a2', 'b1'].map((on, slot) => task({ slot, id: `${slot}`.repeat(12), instance: on, health: 'HEALTHY' })),
    revisions: [{ id: 'web:1', family: 'web', number: 1, hash: 'v1:x', spec: shown.taskDefinitions.get('web')?.spec ?? null }],
    registrations: hosts.map((one) => ({ id: one.name, declared: one, status: 'ACTIVE', drained: false, registeredAt: NOW })),
  }),
});

describe('a plan of moves', () => {
  it('evens out the zones, the fullest one first, until they differ by one', () => {
    const [web] = balancesOf(given, 'web', 100);
    expect(web).toMatchObject({ service: 'default/web', leftAlone: null, moving: null });
    expect(web?.zones).toEqual([
      { zone: 'a', tasks: 4 },
      { zone: 'b', tasks: 1 },
    ]);
    expect(web?.moves.map(({ fromZone, toZone }) => `${fromZone} to ${toZone}`)).toEqual(['a to c', 'a to b']);
  });

  it('keeps to its budget, and tells of services that nothing is to be done for only when they are named', () => {
    expect(balancesOf(given, null, 1).map(({ moves }) => moves.length)).toEqual([0, 1]);
    expect(balancesOf(given, null, 0).map(({ moves }) => moves.length)).toEqual([0, 0]);
    expect(balanceLines(balancesOf(given, 'still', 9), true, 200)[1]).toMatch(/^default\/still +in no zone +nothing to move$/);
    expect(balanceLines(balancesOf(given, null, 0), false, 200)).toEqual(['2 services: nothing to move']);
    expect(() => balancesOf(given, '000000000000', 9)).toThrow('is a task, not a service');
  });

  it('is laid out: zones, then moves in their order', () => {
    expect(balanceLines(balancesOf(given, null, 100), false, 200)).toEqual([
      'SERVICE      ZONES       PLAN',
      'default/web  a: 4, b: 1  2 moves',
      '',
      'SERVICE      TASK      FROM    TO',
      expect.stringMatching(/^default\/web {2}\d{8} {2}a. \(a\) {2}c1 \(c\)$/),
      expect.stringMatching(/^default\/web {2}\d{8} {2}a. \(a\) {2}b1 \(b\)$/),
    ]);
  });
});
