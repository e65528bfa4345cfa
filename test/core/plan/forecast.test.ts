// The forecast as a whole: what it says about a commit, when it ends, what it rests on.
import { describe, expect, test } from 'vitest';
import { app, desired, instance, observed, world } from '../../build.ts';
import type { AppOptions, Declared } from '../../build.ts';
import { type Forecast, forecast } from '../../../src/core/plan/forecast.ts';
import { NOTHING_SERVED, type ServedRoutes, openPorts, routesOf } from '../../../src/core/traffic/reroute.ts';
import { EMPTY_LEDGER } from '../../../src/model/turn/ledger.ts';
import type { DesiredInstance } from '../../../src/model/cluster/container-instance.ts';
import { explainMoved } from '../../../src/core/plan/seal.ts';
import { forecastFailure } from '../../../src/core/plan/failure.ts';
import type { World } from '../../../src/model/turn/plan.ts';

const SOON: AppOptions = { healthyAfter: 1 };

/** The world in which these applications have been deployed and nothing moves any more. */
const deployed = (apps: readonly Declared[]): World => forecast(world({ desired: desired(apps) })).end;
const asking = (start: World, apps: readonly Declared[]): World => ({ ...start, desired: desired(apps) });
const kinds = (made: Forecast): string[] => made.changes.map((change) => `${change.kind} ${change.id}`);

describe('changes', () => {
  const two = deployed([app('web', { ...SOON, image: 'a:1' }), app('worker', SOON)]);

  test.each([
    ['nothing, when nothing has changed', asking(two, [app('web', { ...SOON, image: 'a:1' }), app('worker', SOON)]), []],
    ['another image', asking(two, [app('web', { ...SOON, image: 'a:2' }), app('worker', SOON)]), ['update default/web']],
    ['another count', asking(two, [app('web', { ...SOON, image: 'a:1', count: 3 }), app('worker', SOON)]), ['update default/web']],
    ['a new service', asking(two, [app('web', { ...SOON, image: 'a:1' }), app('worker', SOON), app('x', SOON)]), ['create default/x']],
    ['a service that is gone', asking(two, [app('web', { ...SOON, image: 'a:1' })]), ['delete default/worker']],
    [
      'percentages only: no deployment, nothing to do',
      asking(two, [app('web', { ...SOON, image: 'a:1', min: 50 }), app('worker', SOON)]),
      [],
    ],
  ])('%s', (_, start, expected) => {
    const made = forecast(start);
    expect(kinds(made)).toEqual(expected);
    expect(made.turns.length === 0).toBe(expected.length === 0);
    expect(made.complete).toBe(true);
  });

  test('a listener alone is a change, and its port that closes a warning', () => {
    const start = deployed([app('web', { ...SOON, listen: 80 })]);
    const moved = asking(start, [app('web', { ...SOON, listen: 81 })]);
    const made = forecast(moved, undefined, { served: routesOf(start.desired) });
    expect(kinds(made)).toEqual(['delete web-lb:80', 'create web-lb:81']);
    expect(made).toMatchObject({ turns: [], unchanged: 1, complete: true });
    expect(made.warnings).toEqual(['listener web-lb:80 goes and its port closes: clients that still use it are refused']);
  });

  test.each<[string, ServedRoutes | undefined, string[]]>([
    ['nothing is said of what is served', undefined, ['update web-lb:81', 'update web-tg']],
    ['only the open ports are known', openPorts([80]), ['delete :80', 'create web-lb:81', 'update web-tg']],
    ['no proxy runs', NOTHING_SERVED, ['create web-lb:81', 'create web-tg']],
  ])('a listener moves while %s', (_, served, expected) => {
    const start = deployed([app('web', { ...SOON, listen: 80 })]);
    const moved = asking(start, [app('web', { ...SOON, listen: 81 })]);
    expect(kinds(forecast(moved, undefined, served === undefined ? {} : { served }))).toEqual(expected);
  });

  test('what is not known to be another is no change while a service changes', () => {
    const start = deployed([app('web', { ...SOON, listen: 80 })]);
    const grown = asking(start, [app('web', { ...SOON, listen: 80, count: 3 })]);
    expect(kinds(forecast(grown, undefined, { served: openPorts([80]) }))).toEqual(['update default/web']);
  });

  test('a first plan names its listeners and target groups', () => {
    const made = forecast(world({ desired: desired([app('web', { ...SOON, listen: 80 })]) }));
    expect(kinds(made)).toEqual(['create default/web', 'create web-lb:80', 'create web-tg']);
  });

  test('a service that is in no ledger and not in git is deleted, and counted by its containers', () => {
    const lost = { ...deployed([app('web', SOON), app('old', SOON)]), ledger: EMPTY_LEDGER };
    const made = forecast(asking(lost, [app('web', SOON)]));
    expect(made.changes.find((change) => change.id === 'default/old')).toMatchObject({
      kind: 'delete',
      revision: { before: 'old:1', after: null },
      desiredCount: { before: 2, after: null },
    });
    expect(made.warnings).toContain('default/old is deleted with 2 tasks');
  });

  test('a health check that changes under targets is an assumption; another delay is none', () => {
    const start = deployed([app('web', { ...SOON, listen: 80 })]);
    const served = { served: routesOf(start.desired) };
    const checked = desired([app('web', { ...SOON, listen: 80 })]);
    const groups = new Map([...checked.targetGroups].map(([name, group]) => [name, { ...group, matcher: { httpCode: '201' } }]));
    const made = forecast({ ...start, desired: { ...checked, targetGroups: groups } }, undefined, served);
    expect(made.assumes).toEqual(['the targets of web-tg pass its changed health check, or else they are replaced again and again']);
    expect(forecast(asking(start, [app('web', { ...SOON, listen: 80, delay: 60 })]), undefined, served).assumes).toEqual([]);
  });

  test('a killed task is a repair, not an update', () => {
    const start = deployed([app('web', SOON)]);
    const [view] = start.observed.instances.get('local')?.containers.values() ?? [];
    if (view === undefined) throw new Error('a deployed service has a container');
    const containers = new Map(start.observed.instances.get('local')?.containers).set(view.id, { ...view, state: 'exited', exitCode: 1 });
    const hurt = { ...start, observed: observed([{ ...instance('local'), ...start.observed.instances.get('local'), containers }]) };
    const made = forecast({ ...hurt, observed: { ...hurt.observed, proxy: start.observed.proxy } });
    expect(kinds(made)).toEqual(['repair default/web']);
    expect(made.capacity).toMatchObject([{ lowest: 1, healthyBefore: 2 }]);
  });

  test('the plan of what a plan leads to is empty', () => {
    const made = forecast(asking(two, [app('web', { ...SOON, image: 'a:2', listen: 80 })]));
    expect(made.changes).toHaveLength(2);
    expect(forecast(made.end)).toMatchObject({ turns: [], changes: [], complete: true, notAsDeclared: [] });
  });
});

describe('where it ends', () => {
  test('at percentages that allow nothing, with ECS words', () => {
    const start = deployed([app('web', SOON)]);
    const made = forecast(asking(start, [app('web', { ...SOON, image: 'a:2', min: 75, max: 100 })]));
    expect(made.complete).toBe(false);
    expect(made.waits.join()).toContain('was unable to stop or start tasks during a deployment');
  });

  test('at a cluster that is full', () => {
    const made = forecast(world({ desired: desired([app('web', { ...SOON, memory: 6_000 })]) }));
    expect(made.complete).toBe(false);
    expect(made.waits.join()).toContain('insufficient memory');
  });

  test('without any engine', () => {
    const made = forecast(world({ desired: desired([app('web', SOON)]), observed: observed([]) }));
    expect(made.waits.join()).toContain('No Container Instances were found in your cluster');
  });

  test('at an image that can not be pulled and no breaker to end it', () => {
    const start = world({ desired: desired([app('web', SOON)], { pull: 'always' }) });
    const local = { error: null, image: { id: 'sha256:1', digest: null } };
    const made = forecast(start, undefined, { answer: () => local });
    expect(made.waits.join()).toMatch(/^default\/web: web:1 fails and is tried again, without end: CannotPullContainerError: /);
    expect(made.assumes).toEqual([]);
  });

  test('after the turns it was given', () => {
    const made = forecast(world({ desired: desired([app('web', SOON)]) }), undefined, { maxTurns: 2 });
    expect(made.waits).toEqual(['more than 2 turns are needed']);
  });
});

describe('what it takes for granted', () => {
  test('an image that nobody looked for, and that the tasks become healthy', () => {
    const made = forecast(world({ desired: desired([app('web', { image: 'a:1', listen: 80 })]) }));
    expect(made.guessed).toMatchObject([{ reference: 'a:1', instance: 'local' }]);
    expect(made.assumes).toEqual(['image a:1 is on local', 'web:1 healthy within 2 s of its start']);
  });

  test('an answered look is no assumption; an absent image must be pulled', () => {
    const start = world({ desired: desired([app('web', { ...SOON, image: 'a:1' })]) });
    const found = forecast(start, undefined, { answer: () => ({ error: null, image: { id: 'sha256:1', digest: null } }) });
    expect(found.guessed).toEqual([]);
    expect(found.assumes).toEqual(['web:1 keeps running for 1 s']);
    const absent = forecast(start, undefined, { answer: () => ({ error: null, image: null }) });
    expect(absent.assumes).toContain('image a:1 can be pulled within 3 s');
    expect(absent.complete).toBe(true);
  });

  test('with two engines of which one lacks the image, it is pulled there too', () => {
    const start = world({
      desired: desired([app('web', { ...SOON, image: 'a:1' })]),
      observed: observed([instance('one'), instance('two')]),
    });
    const digest = `sha256:${'1'.repeat(64)}`;
    const made = forecast(start, undefined, {
      answer: (look) => ({ error: null, image: look.instance === 'one' ? { id: 'sha256:1', digest } : null }),
    });
    const pulls = made.turns.flatMap((turn) => turn.actions.filter((action) => action.kind === 'pull-image'));
    expect(pulls).toMatchObject([{ instance: 'two', reference: `a@${digest}` }]);
    expect(made.complete).toBe(true);
  });
});

describe('a container instance that a commit adds', () => {
  const adding = (more: Partial<DesiredInstance>) => {
    const web2: DesiredInstance = { name: 'web2', cluster: 'default', endpoint: 'ssh://10.0.0.6', ...more };
    const full = instance('web1', [], { cpu: 1_024 });
    return forecast(world({ desired: desired([app('web', { ...SOON, cpu: 1_024 })], { instances: [web2] }), observed: observed([full]) }));
  };

  test('is assumed to offer what is declared, because a plan contacts nothing that is not in force', () => {
    const made = adding({ cpu: 2_048, memory: 1_024 });
    expect(made.complete).toBe(true);
    expect(made.assumes).toContain('container instance web2 answers and offers 2048 CPU units and 1024 MiB');
    expect([...made.end.ledger.tasks.values()].map((task) => task.instance).sort()).toEqual(['web1', 'web2']);
  });

  test('gets no task in a plan when nobody says what it offers', () => {
    const made = adding({});
    expect(made.complete).toBe(false);
    expect(made.assumes.filter((line) => line.includes('web2'))).toEqual([
      'nothing is placed on container instance web2 yet: how much it offers shows when it is registered (or declare cpu and memory)',
    ]);
  });
});

describe('capacity', () => {
  test.each([
    ['new before old', { min: 100, max: 200 }, 2, []],
    ['one at a time', { min: 50, max: 100 }, 1, []],
    ['stop first, all at once', { min: 0, max: 100 }, 0, ['default/web has no healthy task for about']],
  ])('%s', (_, percentages, lowest, warnings) => {
    const start = deployed([app('web', { ...SOON, ...percentages })]);
    const made = forecast(asking(start, [app('web', { ...SOON, ...percentages, image: 'a:2' })]));
    expect(made.capacity).toMatchObject([{ lowest, desiredAfter: 2 }]);
    expect(made.warnings).toHaveLength(warnings.length);
    for (const [index, warning] of warnings.entries()) expect(made.warnings[index]).toContain(warning);
  });
});

describe('placement that is no promise', () => {
  const options: AppOptions = { healthyAfter: 0, listen: 80, min: 0, max: 150 };
  const machines = (names: readonly string[]) => ({ observed: observed(names.map((name) => instance(name))) });
  const moved = (names: readonly string[]): Forecast => {
    const start = forecast(world({ desired: desired([app('web', { ...options, count: 3, image: 'a:1' })]), ...machines(names) })).end;
    return forecast(asking(start, [app('web', { ...options, count: 2, image: 'a:2' })]));
  };

  test('is named when it depends on how long draining takes', () => {
    expect(moved(['i1', 'i2', 'i3', 'i4']).placedByTime).toEqual(['default/web']);
  });

  test('one instance leaves no choice', () => {
    expect(moved(['i1']).placedByTime).toEqual([]);
  });

  test('neither does a first deployment onto empty instances', () => {
    const start = world({ desired: desired([app('web', { ...options, count: 3 })]), ...machines(['i1', 'i2']) });
    expect(forecast(start).placedByTime).toEqual([]);
  });
});

describe('the path where the release fails', () => {
  const breaker = { enable: true, rollback: true };
  const start = deployed([app('web', { ...SOON, breaker })]);

  test.each([
    ['rolls back', { breaker }, 'ROLLED_BACK', 'after 4 failed tasks'],
    ['fails and keeps the old one', { breaker: { enable: true, rollback: false } }, 'FAILED', 'web:1 keeps running'],
    ['goes on for ever', { breaker: false }, 'IN_PROGRESS', 'no circuit breaker'],
    [
      'counts as the threshold says',
      { breaker: { ...breaker, thresholdConfiguration: { type: 'COUNT' as const, value: 6 } } },
      'ROLLED_BACK',
      'after 6 failed tasks',
    ],
  ])('%s', (_, options, ends, words) => {
    const [path] = forecastFailure(asking(start, [app('web', { ...SOON, ...options, image: 'a:2' })]));
    expect(path).toMatchObject({ service: 'default/web', ends, lowest: 2 });
    expect(path?.message).toContain(words);
  });

  test('a first deployment has nothing to go back to', () => {
    const [path] = forecastFailure(world({ desired: desired([app('web', { ...SOON, breaker })]) }));
    expect(path).toMatchObject({ ends: 'FAILED', lowest: 0 });
    expect(path?.message).toContain('nothing ran before it');
  });

  test('no release, no path', () => {
    expect(forecastFailure(start)).toEqual([]);
    expect(forecastFailure(asking(start, [app('web', { ...SOON, breaker, count: 5 })]))).toEqual([]);
  });
});

describe('the seal', () => {
  const start = deployed([app('web', { ...SOON, image: 'a:1' }), app('worker', SOON)]);
  const wanted = asking(start, [app('web', { ...SOON, image: 'a:2' }), app('worker', SOON)]);
  const before = forecast(wanted).seal;

  test.each([
    ['the commit', { ...wanted, desired: { ...wanted.desired, commit: 'f'.repeat(40) } }],
    ['the moment', { ...wanted, now: wanted.now + 3_600_000 }],
    [
      'counters of failures',
      withRow(wanted, (row) => ({ ...row, deployments: row.deployments.map((each) => ({ ...each, failedTasks: 9 })) })),
    ],
    ['the health of tasks of other services', withTasks(wanted, 'worker', (task) => ({ ...task, everHealthy: false }))],
  ])('%s is not in it', (_, moved) => {
    expect(forecast(moved).seal.id).toBe(before.id);
  });

  test.each([
    [
      'git',
      asking(start, [app('web', { ...SOON, image: 'a:3' }), app('worker', SOON)]),
      ['git: service default/web has changed', 'git: task definition web has changed'],
    ],
    [
      'another service in git',
      asking(start, [app('web', { ...SOON, image: 'a:2' }), app('worker', { ...SOON, count: 3 })]),
      ['git: service default/worker has changed'],
    ],
    [
      'the state of the service',
      forecast(asking(start, [app('web', { ...SOON, image: 'a:1', count: 3 }), app('worker', SOON)])).end,
      ['state of service default/web has changed'],
    ],
    ['an instance', { ...wanted, observed: bigger(wanted) }, ['instance local has changed']],
  ])('%s moves it, and is named', (_, moved, expected) => {
    const again = forecast(expected[0]?.startsWith('git') ? moved : { ...moved, desired: wanted.desired }).seal;
    expect(again.id).not.toBe(before.id);
    expect(explainMoved(before, again)).toEqual(expect.arrayContaining(expected));
  });

  test('equal seals moved nothing', () => {
    expect(explainMoved(before, forecast(wanted).seal)).toEqual([]);
  });

  test('the image that a look finds is an input', () => {
    const found = forecast(wanted, undefined, { answer: () => ({ error: null, image: null }) }).seal;
    expect(found.id).not.toBe(before.id);
  });
});

function withRow(start: World, change: (row: NonNullable<ReturnType<World['ledger']['services']['get']>>) => typeof row): World {
  const row = start.ledger.services.get('default/web');
  if (row === undefined) throw new Error('web is deployed');
  return { ...start, ledger: { ...start.ledger, services: new Map([...start.ledger.services, ['default/web', change(row)]]) } };
}

function withTasks(
  start: World,
  service: string,
  change: (task: NonNullable<ReturnType<World['ledger']['tasks']['get']>>) => typeof task,
): World {
  const tasks = new Map([...start.ledger.tasks].map(([id, task]) => [id, task.service === service ? change(task) : task]));
  return { ...start, ledger: { ...start.ledger, tasks } };
}

function bigger(start: World): World['observed'] {
  const local = start.observed.instances.get('local');
  if (local === undefined) throw new Error('there is one instance');
  return { ...start.observed, instances: new Map([['local', { ...local, memory: 65_536 }]]) };
}
