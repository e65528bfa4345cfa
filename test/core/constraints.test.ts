// Placement constraints of a service that change while its tasks run: those that stand stay, those that come obey.
import { expect, test } from 'vitest';
import { type AppOptions, app, desired, instance, observed, world } from '../build.ts';
import { type Forecast, forecast } from '../../src/core/plan/forecast.ts';
import { provesPlacement } from '../proves.ts';

const SOON: AppOptions = { healthyAfter: 1, count: 2 };

function places({ end }: Forecast): string[] {
  return [...end.ledger.tasks.values()].map((task) => task.instance).sort();
}

test('a constraint that changes moves nothing that runs, and is for the next tasks', () => {
  provesPlacement('constraint: changes');
  const on = (id: string, count: number) =>
    desired([app('web', { ...SOON, count, constraints: [{ type: 'memberOf', expression: `ec2InstanceId == ${id}` }] })]);
  const first = forecast(world({ desired: on('one', 2), observed: observed([instance('one'), instance('two')]) }));
  expect(places(first)).toEqual(['one', 'one']);
  const changed = forecast({ ...first.end, desired: on('two', 2) });
  expect(places(changed)).toEqual(['one', 'one']);
  expect(changed.turns.flatMap(({ actions }) => actions)).toEqual([]);
  const more = forecast({ ...changed.end, desired: on('two', 3) });
  expect(places(more)).toEqual(['one', 'one', 'two']);
});
