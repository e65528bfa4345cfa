// Services of the strategy DAEMON, from instance to instance: where their tasks belong, and what comes of instances that come, drain and go.
import { describe, expect, test } from 'vitest';
import { type AppOptions, app, desired, instance, ledger, observed, world } from '../../build.ts';
import { type Forecast, forecast } from '../../../src/core/plan/forecast.ts';
import type { InstanceView } from '../../../src/model/turn/observed.ts';
import type { Registration } from '../../../src/model/turn/ledger.ts';
import type { World } from '../../../src/model/turn/plan.ts';
import { provesPlacement } from '../../proves.ts';

const SOON: AppOptions = { healthyAfter: 1, daemon: true };

/** `agent on: one two`, in order of the instances. */
function standing(made: Forecast, service: string): string[] {
  const tasks = [...made.end.ledger.tasks.values()].filter((task) => task.service === service && task.desiredStatus === 'RUNNING');
  return tasks.map((task) => task.instance).sort();
}

const deploy = (ids: readonly string[], options: AppOptions = SOON, ...others: ReturnType<typeof app>[]): Forecast =>
  forecast(world({ desired: desired([app('agent', options), ...others]), observed: observed(ids.map((id) => instance(id))) }));

/** The world that a forecast ends in, with other instances or other rows. */
function after(made: Forecast, change: { readonly views?: readonly InstanceView[]; readonly rows?: readonly Registration[] }): World {
  const { end } = made;
  const views = change.views ?? [];
  const instances = new Map([...end.observed.instances, ...views.map((view) => [view.id, view] as const)]);
  const registrations = change.rows === undefined ? end.ledger.registrations : ledger({ registrations: change.rows }).registrations;
  return { ...end, observed: { ...end.observed, instances }, ledger: { ...end.ledger, registrations } };
}

const drained = (id: string): Registration => ({ id, declared: null, status: 'DRAINING', drained: true, registeredAt: 0 });

describe('a DAEMON', () => {
  test('has one task on each instance, and says how many that are', () => {
    const made = deploy(['one', 'three', 'two']);
    expect(standing(made, 'agent')).toEqual(['one', 'three', 'two']);
    expect(made.changes).toMatchObject([{ id: 'default/agent', kind: 'create', desiredCount: { before: null, after: 3 } }]);
    expect(made.end.ledger.services.get('default/agent')).toMatchObject({ desiredCount: 3, steady: true, message: null });
    expect(forecast(made.end).changes).toEqual([]);
  });

  test('gets a task on an instance that comes', () => {
    const made = forecast(after(deploy(['one']), { views: [instance('two')] }));
    expect(standing(made, 'agent')).toEqual(['one', 'two']);
  });

  test('has tasks where its constraint holds, and nowhere else', () => {
    provesPlacement('constraint: changes of a daemon');
    const view = (id: string, label: string): InstanceView =>
      instance(id, [], {
        engine: {
          version: '28',
          osType: 'linux',
          architecture: 'x86_64',
          operatingSystem: '',
          labels: [label],
          logDrivers: [],
          runtimes: [],
        },
      });
    const options: AppOptions = { ...SOON, constraints: [{ type: 'memberOf', expression: 'attribute:disk == ssd' }] };
    const start = world({
      desired: desired([app('agent', options)]),
      observed: observed([view('one', 'disk=ssd'), view('two', 'disk=hdd')]),
    });
    const made = forecast(start);
    expect(standing(made, 'agent')).toEqual(['one']);
    // ECS asks again all the time: the attribute moves, and the task with it.
    const moved = forecast(
      after(made, {
        views: [
          { ...view('one', 'disk=hdd'), containers: made.end.observed.instances.get('one')?.containers ?? new Map() },
          view('two', 'disk=ssd'),
        ],
      }),
    );
    expect(standing(moved, 'agent')).toEqual(['two']);
  });

  test('leaves a draining instance last, once no other task is there', () => {
    provesPlacement('draining: {daemons,its end}');
    const made = deploy(['one', 'two'], SOON, app('web', { healthyAfter: 1, count: 2 }));
    const gone = forecast(after(made, { rows: [drained('two')] }));
    expect(standing(gone, 'agent')).toEqual(['one']);
    expect(standing(gone, 'web')).toEqual(['one', 'one']);
    const stops = gone.turns.flatMap(({ actions }) =>
      actions.flatMap((one) => (one.kind === 'stop-container' ? [one.identity.service] : [])),
    );
    expect(stops).toEqual(['web', 'agent']);
  });

  test('is replaced in place: never two on one instance', () => {
    const made = deploy(['one', 'two']);
    const next = desired([app('agent', { ...SOON, image: 'agent:2' })]);
    const rolled = forecast({ ...made.end, desired: next });
    expect(standing(rolled, 'agent')).toEqual(['one', 'two']);
    const crowded = rolled.turns.flatMap(({ events }) => events.filter(({ kind }) => kind === 'service-blocked'));
    expect(crowded).toEqual([]);
    expect(rolled.complete).toBe(true);
  });

  test('of a cluster without any instance waits for one, and is no failure', () => {
    const made = forecast(world({ desired: desired([app('agent', SOON)]), observed: observed([]) }));
    expect(standing(made, 'agent')).toEqual([]);
    expect(made.end.ledger.services.get('default/agent')?.desiredCount).toBe(0);
  });
});
