// Relays of instances: opened where tasks are, waited for a few tries long, opened again when lost, and removed with the last task.
import { describe, expect, it } from 'vitest';
import { NOW, app, desired, instance, ledger, observed, task, world } from '../../build.ts';
import type { Action, World } from '../../../src/model/turn/plan.ts';
import type { InstanceView } from '../../../src/model/turn/observed.ts';
import type { Ledger } from '../../../src/model/turn/ledger.ts';
import type { RelayState } from '../../../src/model/cluster/relay.ts';
import { eventsBetween } from '../../../src/core/events.ts';
import { forecast } from '../../../src/core/plan/forecast.ts';
import { reconcile } from '../../../src/core/reconcile.ts';

const NETWORK = 'longshore-test-default';
const far = (state: RelayState, more: Partial<InstanceView> = {}): InstanceView =>
  instance('far', [], { networks: new Set([NETWORK]), relay: { wanted: true, state }, ...more });
const IMAGE = { key: 'image/far/web:1', at: NOW, error: null, image: { id: 'sha256:1', digest: null } };
const DESIRED = desired([app('web')]);

/** The keys of what is asked for, a word each of what is done to containers and relays. */
const asked = (actions: readonly Action[]): readonly string[] => actions.map(({ kind }) => kind);

/** Turns one after the other with answers to `relay/far` that fail, from the first turn on in which its task waits. */
function turns(state: RelayState, failures: number): { kinds: readonly string[]; told: readonly string[] } {
  let rows: Ledger = ledger();
  const told: string[] = [];
  let kinds: readonly string[] = [];
  for (let turn = 0; turn < failures + 4; turn++) {
    const now = NOW + turn * 60_000;
    const error = { code: 'Failed', message: 'another program has it' } as const;
    const outcomes = turn >= 3 && turn < failures + 3 ? [{ key: 'relay/far', at: now, error }] : [];
    const answers = new Map([[IMAGE.key, { ...IMAGE, at: now }]]);
    const plan = reconcile(world({ desired: DESIRED, observed: observed([far(state)], { answers }), ledger: rows, now, outcomes }));
    told.push(...eventsBetween(rows, plan.ledger, now).flatMap(({ kind, message }) => (kind === 'instance-relay-failed' ? [message] : [])));
    kinds = [...new Set(asked(plan.actions))];
    rows = plan.ledger;
  }
  return { kinds, told };
}

const running = (view: InstanceView): World =>
  world({ observed: observed([view]), ledger: ledger({ tasks: [task({ instance: 'far' })] }) });
const RELAYS = (actions: readonly Action[]): readonly string[] => asked(actions).filter((kind) => kind.endsWith('-relay'));

describe('a relay', () => {
  it('is opened before the first container is created', () => {
    expect(turns('absent', 0).kinds).toEqual(['open-relay']);
    expect(turns('down', 2).kinds).not.toContain('create-container');
    expect(turns('up', 0).kinds).toEqual(['create-container']);
  });

  it('that failed three times is told of once, and tasks do without', () => {
    const { kinds, told } = turns('absent', 5);
    expect(kinds).toContain('create-container');
    expect(told).toEqual([
      '(container-instance far) metadata relay failed: another program has it. Tasks start on it without metadata and credentials until it can be had.',
    ]);
    expect(turns('absent', 2).told).toEqual([]);
  });

  it('is no part of a plan', () => {
    const answers = new Map([[IMAGE.key, IMAGE]]);
    const { steps } = forecast(world({ desired: DESIRED, observed: observed([far('absent')], { answers }) }));
    expect(steps.map(({ verb }) => verb)).toEqual(expect.arrayContaining(['create', 'start']));
  });

  it.each<[string, InstanceView, readonly string[]]>([
    ['lost is opened again', far('down', { containers: new Map() }), ['open-relay']],
    ['up is left alone', far('up'), []],
    ['of an engine that is silent is left alone', far('down', { connected: false }), []],
    ['that nobody wants any more is removed', far('down', { relay: { wanted: false, state: 'down' } }), ['remove-relay']],
    ['that nobody wants and nobody has is no matter', instance('far'), []],
  ])('%s, where tasks are', (_, view, kinds) => expect(RELAYS(reconcile(running(view)).actions)).toEqual(kinds));

  it('goes with the last task', () => {
    expect(RELAYS(reconcile(world({ observed: observed([far('up')]) })).actions)).toEqual(['remove-relay']);
    expect(RELAYS(reconcile(world({ observed: observed([far('absent')]) })).actions)).toEqual([]);
  });

  it('keeps its instance from being forgotten, for three tries of removing it', () => {
    const declared = { name: 'far', cluster: 'default', endpoint: 'ssh://10.0.0.5' };
    const registrations = [{ id: 'far', declared, status: 'ACTIVE', drained: false, registeredAt: NOW } as const];
    const left = instance('far', [], { declared: true, relay: { wanted: true, state: 'down' } });
    const after = (tries: number): Ledger => {
      const error = { code: 'Failed', message: 'no' } as const;
      const retries = tries === 0 ? [] : [{ key: 'remove-relay/far', tries, retryAt: NOW + 1, error }];
      return reconcile(world({ observed: observed([left]), ledger: ledger({ registrations, retries }) })).ledger;
    };
    expect(after(0).registrations.get('far')?.status).toBe('DEREGISTERING');
    expect(after(2).registrations.get('far')?.status).toBe('DEREGISTERING');
    expect(after(3).registrations.has('far')).toBe(false);
  });
});
