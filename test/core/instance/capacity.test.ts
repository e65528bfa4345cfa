// Capacity providers over whole turns: hooks that answer, minutes that pass, and tasks that are placed or wait. No engine does anything here: a
// task that has a place counts from then on.
import { describe, expect, test } from 'vitest';
import { NOW, app, desired, instance, ledger, observed, world } from '../../build.ts';
import { ledgerChanges } from '../../../src/core/journal.ts';
import { forecast } from '../../../src/core/plan/forecast.ts';
import { reconcile } from '../../../src/core/reconcile.ts';
import { eventsBetween } from '../../../src/core/events.ts';
import type { CapacityCall, CapacityLimits, ProvidedInstance } from '../../../src/model/cluster/capacity-hook.ts';
import type { CapacityProviderStrategyItem } from '../../../src/model/cluster/placement.ts';
import type { DesiredProvider, DesiredState } from '../../../src/model/turn/desired.ts';
import type { Ledger } from '../../../src/model/turn/ledger.ts';
import type { Outcome } from '../../../src/model/turn/outcome.ts';
import { MINUTE, SECOND } from '../../../src/std/time.ts';
import { provesPlacement } from '../../proves.ts';

const PINNED = `web@sha256:${'a'.repeat(64)}`;
const HOOK: CapacityLimits = { name: 'burst', maximum: 5 };
const ON_BURST = [{ capacityProvider: 'burst', weight: 1 }];

interface Options {
  readonly provider?: Partial<DesiredProvider>;
  readonly hook?: CapacityLimits | null;
  readonly strategy?: readonly CapacityProviderStrategyItem[];
  readonly declared?: readonly string[];
}

/** Tasks of 1,024 CPU units, two of which fit an instance. */
function commit(count: number, { provider = {}, strategy = ON_BURST, declared = [] }: Options): DesiredState {
  const web = app('web', { count, cpu: 1_024, image: PINNED });
  const service = { ...web.service, capacityProviderStrategy: [...strategy] };
  const instances = declared.map((name) => ({
    name,
    cluster: 'default',
    endpoint: `unix:///${name}`,
    capacityProvider: name.slice(0, -1),
  }));
  return {
    ...desired([{ ...web, service }], { instances }),
    capacityProviders: [{ name: 'burst', cluster: 'default', autoScalingGroupArn: 'group', ...provider }],
  };
}

/** A house with a clock: each turn sees what hooks have answered, and the engines of the rows. */
function house(options: Options = {}) {
  let rows: Ledger = ledger();
  let now = NOW;
  let state = commit(0, options);
  let outcomes: Outcome[] = [];
  let made = 0;
  const calls: CapacityCall[] = [];
  const open = new Map<string, CapacityCall>();
  let refuses = false;
  let hook = options.hook ?? HOOK;
  let silentSince: number | null = null;
  let prefix = 'vm';
  const messages: string[] = [];

  const turn = (): number | null => {
    const engines = [...rows.registrations.keys()].map((id) =>
      instance(id, [], {
        declared: true,
        clusters: ['default'],
        cpu: 2_048,
        ...(silentSince !== null && { connected: false, silentSince }),
      }),
    );
    const capacity = options.hook === null ? [] : [hook];
    const plan = reconcile(world({ desired: state, observed: observed(engines), ledger: rows, outcomes, capacity, now }));
    for (const event of eventsBetween(rows, plan.ledger, now)) messages.push(event.message);
    outcomes = [];
    const changed = ledgerChanges(rows, plan.ledger).length > 0;
    rows = plan.ledger;
    for (const call of plan.calls) {
      if (!open.has(call.key)) calls.push(call);
      open.set(call.key, call);
    }
    return changed ? now : plan.wakeAt;
  };
  const answer = (): void => {
    for (const call of open.values()) {
      const fresh =
        call.kind === 'scale-out'
          ? Array.from({ length: call.count }, (): ProvidedInstance => {
              made += 1;
              return { name: `${prefix}${made}`, endpoint: `unix:///vm${made}` };
            })
          : [];
      const error = refuses ? ({ code: 'Failed', message: 'no quota' } as const) : null;
      outcomes.push({ key: call.key, at: now, error, ...(error === null && call.kind === 'scale-out' && { instances: fresh }) });
    }
    open.clear();
  };
  /** Turns as a daemon makes them, for so long. */
  const pass = (ms: number): void => {
    const end = now + ms;
    for (let turns = 0; turns < 2_000; turns++) {
      const wakeAt = turn();
      answer();
      if (outcomes.length > 0) {
        now += 10;
        continue;
      }
      if (wakeAt === null || wakeAt > end) break;
      now = Math.max(now, wakeAt);
    }
    now = Math.max(now, end);
  };
  return {
    pass,
    turn,
    calls,
    messages,
    refuse: (whether: boolean) => void (refuses = whether),
    name: (words: string) => void (prefix = words),
    limit: (maximum: number) => void (hook = { ...HOOK, maximum }),
    scale: (count: number) => void (state = commit(count, options)),
    silence: () => void (silentSince = now),
    forget: () => void (state = desired()),
    rows: () => rows,
    instances: () => [...rows.registrations.values()].map(({ id, status }) => `${id} ${status}`),
    places: () =>
      [...rows.tasks.values()]
        .filter(({ desiredStatus }) => desiredStatus === 'RUNNING')
        .map((task) => task.instance)
        .sort(),
    message: () => rows.services.get('default/web')?.message ?? null,
  };
}

describe('a service whose tasks do not fit', () => {
  test('waits, gets its instances, and runs on them', () => {
    provesPlacement('process: with a capacity provider');
    const here = house();
    here.scale(3);
    here.turn();
    expect(here.message()).toBe('(service web) is waiting for capacity: a task needs another instance of the capacity provider burst.');
    expect(here.calls).toMatchObject([
      { kind: 'scale-out', key: 'scale-out/burst/1', count: 2, hook: 'burst', because: 'burst needs 2 more instances' },
    ]);
    here.pass(10 * SECOND);
    expect(here.instances()).toEqual(['vm1 ACTIVE', 'vm2 ACTIVE']);
    expect(here.places()).toEqual(['vm1', 'vm1', 'vm2']);
    expect(here.message()).toBeNull();
  });

  test('gets more after the warm-up, and no more than the provider may have', () => {
    const here = house();
    here.scale(20);
    here.pass(4 * MINUTE);
    expect(here.instances()).toHaveLength(2);
    here.pass(2 * MINUTE);
    expect(here.instances()).toHaveLength(5);
    here.pass(30 * MINUTE);
    expect(here.instances()).toHaveLength(5);
    expect(here.places()).toHaveLength(10);
  });

  test('that no instance of the provider can hold asks for none', () => {
    const here = house({ hook: { ...HOOK, instance: { cpu: 512, memory: 8_000 } } });
    here.scale(3);
    here.pass(10 * MINUTE);
    expect(here.calls).toEqual([]);
  });

  test('and that an empty instance refuses asks for no second one', () => {
    const here = house({ provider: { managedScaling: { instanceWarmupPeriod: 0 } } });
    here.scale(1);
    here.pass(MINUTE);
    here.scale(0);
    here.pass(MINUTE);
    const before = here.calls.length;
    // The two that came have room for a task, so one more is no use for what they refuse.
    expect(here.instances()).toHaveLength(2);
    here.pass(5 * MINUTE);
    expect(here.calls).toHaveLength(before);
  });

  test('repeats a refused request under its key, and says why', () => {
    const here = house();
    here.refuse(true);
    here.scale(1);
    here.pass(5 * SECOND);
    expect(new Set(here.calls.map(({ key }) => key))).toEqual(new Set(['scale-out/burst/1']));
    expect(here.calls.length).toBeGreaterThan(1);
    expect(here.calls.length).toBeLessThan(10);
    expect(here.rows().providers.get('burst')?.message).toBe('no quota');
    here.refuse(false);
    here.pass(MINUTE);
    expect(here.places()).toHaveLength(1);
    expect(here.rows().providers.get('burst')?.message).toBeNull();
  });

  test('a refused request that nobody needs any more is dropped', () => {
    const here = house();
    here.refuse(true);
    here.scale(1);
    here.pass(5 * SECOND);
    here.scale(0);
    here.pass(MINUTE);
    expect(here.rows().providers.get('burst')?.request).toBeNull();
    const asked = here.calls.length;
    here.pass(10 * MINUTE);
    expect(here.calls).toHaveLength(asked);
  });
});

describe('instances that no task needs', () => {
  test('go fifteen minutes later, one half a minute, and are given back', () => {
    const here = house();
    here.scale(3);
    here.pass(MINUTE);
    here.scale(0);
    here.pass(13 * MINUTE);
    expect(here.instances()).toEqual(['vm1 ACTIVE', 'vm2 ACTIVE']);
    here.pass(2 * MINUTE);
    expect(here.instances()).toHaveLength(1);
    here.pass(2 * MINUTE);
    expect(here.instances()).toEqual([]);
    expect(here.calls.filter(({ kind }) => kind === 'scale-in').map((call) => call.kind === 'scale-in' && call.instance)).toEqual([
      { name: 'vm1', endpoint: 'unix:///vm1' },
      { name: 'vm2', endpoint: 'unix:///vm2' },
    ]);
    expect(here.messages.filter((message) => message.includes('vm1'))).toEqual([
      '(container-instance vm1) registered into cluster default.',
      '(container-instance vm1) is DRAINING, as its capacity provider takes it away: nothing new is placed on it, and the tasks of services leave it.',
      '(container-instance vm1) deregistered from cluster default.',
    ]);
  });

  test('go one after the other, each fifteen minutes after it has become empty', () => {
    const here = house();
    here.scale(1);
    here.pass(20 * MINUTE);
    expect(here.instances()).toEqual([expect.stringContaining('ACTIVE')]);
    here.scale(0);
    here.pass(13 * MINUTE);
    expect(here.instances()).toEqual([expect.stringContaining('ACTIVE')]);
    here.pass(3 * MINUTE);
    expect(here.instances()).toEqual([]);
  });

  test('stay while the others are just enough', () => {
    const here = house();
    here.scale(4);
    here.pass(60 * MINUTE);
    expect(here.instances()).toHaveLength(2);
  });

  test('stay as far as the provider must have some', () => {
    const here = house({ hook: { ...HOOK, minimum: 1 } });
    here.pass(60 * MINUTE);
    expect(here.instances()).toEqual(['vm1 ACTIVE']);
  });

  test('go when the provider is no longer declared', () => {
    const here = house();
    here.scale(1);
    here.pass(MINUTE);
    here.forget();
    here.pass(MINUTE);
    expect(here.instances()).toEqual([]);
    expect(here.rows().providers.size).toBe(0);
  });
});

describe('a machine under a name that is taken', () => {
  test('by an instance of git is given back, and told', () => {
    const here = house({ declared: ['other1'] });
    here.name('other');
    here.scale(1);
    here.pass(10 * SECOND);
    expect(here.instances()).toEqual(['other1 ACTIVE', 'other2 ACTIVE']);
    expect(here.calls.filter(({ kind }) => kind === 'scale-in')).toMatchObject([
      { instance: { name: 'other1', endpoint: 'unix:///vm1' }, because: 'the name other1 is taken by another instance' },
    ]);
    expect(here.messages).toContain(
      '(container-instance other1) is what the capacity provider burst called the machine at unix:///vm1, and the name is taken: it is given back. Its hook must name each machine as no other instance is named.',
    );
    expect(here.rows().providers.get('burst')?.unwanted).toBeUndefined();
    here.pass(MINUTE);
    expect(here.calls.filter(({ kind }) => kind === 'scale-in')).toHaveLength(1);
  });

  test('is asked for again until the hook has taken it, also when its provider is no longer declared', () => {
    const unwanted = [{ instance: { name: 'other1', endpoint: 'unix:///vm1' }, at: NOW }];
    const row = { id: 'burst', cluster: 'default', points: [], request: null, nextRequest: 2, scaledOutAt: null, scaledInAt: null };
    const rows = ledger({ providers: [{ ...row, message: null, unwanted }] });
    const first = reconcile(world({ desired: desired(), ledger: rows, capacity: [HOOK] }));
    const key = `scale-in/burst/other1/unwanted/${NOW}`;
    expect(first.calls.map((call) => call.key)).toEqual([key]);
    const refused = [{ key, at: NOW, error: { code: 'Failed', message: 'busy' } as const }];
    const second = reconcile(world({ desired: desired(), ledger: first.ledger, capacity: [HOOK], outcomes: refused }));
    expect(second.ledger.providers.get('burst')?.unwanted).toEqual(unwanted);
    const done = [{ key, at: NOW, error: null }];
    const third = reconcile(world({ desired: desired(), ledger: second.ledger, capacity: [HOOK], outcomes: done }));
    expect([third.ledger.providers.size, third.calls]).toEqual([0, []]);
  });

  test('that the same hook made is not: nobody could say which of the two it would take away', () => {
    const here = house();
    here.name('same');
    const instances = [
      { name: 'same', endpoint: 'unix:///vm1' },
      { name: 'same', endpoint: 'unix:///vm2' },
    ];
    const row = { id: 'burst', cluster: 'default', points: [], nextRequest: 2, scaledOutAt: null, scaledInAt: null, message: null };
    const rows = ledger({ providers: [{ ...row, request: { number: 1, count: 2, since: NOW } }] });
    const outcomes = [{ key: 'scale-out/burst/1', at: NOW, error: null, instances }];
    const plan = reconcile(world({ desired: commit(1, {}), ledger: rows, outcomes, capacity: [HOOK] }));
    expect([...plan.ledger.registrations.keys()]).toEqual(['same']);
    expect(plan.calls.filter(({ kind }) => kind === 'scale-in')).toEqual([]);
  });
});

describe('an instance with tasks that must go', () => {
  const leaving = (managedDraining: 'ENABLED' | 'DISABLED') => {
    const here = house({ provider: { managedDraining } });
    here.scale(4);
    here.pass(MINUTE);
    here.limit(1);
    here.turn();
    return here;
  };

  test('drains first', () => {
    const here = leaving('ENABLED');
    expect(here.instances()).toEqual(['vm1 DRAINING', 'vm2 ACTIVE']);
    expect(here.calls.filter(({ kind }) => kind === 'scale-in')).toEqual([]);
  });

  test('goes with its tasks where managedDraining is DISABLED, and they are replaced', () => {
    const here = leaving('DISABLED');
    expect(here.calls.filter(({ kind }) => kind === 'scale-in')).toMatchObject([{ instance: { name: 'vm1' } }]);
    here.pass(10 * SECOND);
    expect(here.instances()).toEqual(['vm2 ACTIVE']);
    expect(here.places()).toEqual(['vm2', 'vm2']);
  });
});

test('an instance that fell silent while it leaves is given back after its grace', () => {
  const here = house();
  here.scale(1);
  here.pass(MINUTE);
  here.silence();
  here.forget();
  here.pass(4 * MINUTE);
  expect(here.instances().filter((each) => each.startsWith('vm1'))).toEqual(['vm1 DRAINING']);
  here.pass(2 * MINUTE);
  expect(here.instances()).toEqual([]);
});

describe('a strategy', () => {
  const shares = [
    { capacityProvider: 'base', base: 1, weight: 0 },
    { capacityProvider: 'burst', weight: 1 },
  ];

  test('places tasks on the instances of its providers alone', () => {
    const here = house({ hook: null, strategy: shares, declared: ['base1', 'burst1', 'other1'] });
    here.scale(3);
    here.pass(SECOND);
    expect(here.places()).toEqual(['base1', 'burst1', 'burst1']);
    here.scale(4);
    here.pass(SECOND);
    expect(here.message()).toContain('was unable to place a task because no container instance met all of its requirements.');
  });

  test('of which nothing is known here leaves the choice to the cluster', () => {
    const here = house({ hook: null, declared: ['other1'] });
    here.scale(2);
    here.pass(SECOND);
    expect(here.places()).toEqual(['other1', 'other1']);
  });
});

test('a plan says how many instances are needed, and asks nobody', () => {
  const plan = forecast(world({ desired: commit(3, {}), observed: observed([]), capacity: [HOOK] }));
  expect(plan.complete).toBe(false);
  expect(plan.waits).toEqual([
    'default/web: is waiting for capacity: a task needs another instance of the capacity provider burst.',
    'needs 2 more instances from the capacity provider burst',
  ]);
});
