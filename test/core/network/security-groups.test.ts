// Tables: which networks follow from security groups, and what takes tasks onto them and off them.
import { describe, expect, test } from 'vitest';
import {
  NOW,
  app,
  containerView,
  definitionOf,
  desired,
  identity,
  instance,
  ledger,
  observed,
  serviceRow,
  taskSet,
  world,
} from '../../build.ts';
import { apartNetwork, identityOf, isOfGroups, labelsOf, networkName, sharedNetwork } from '../../../src/model/turn/identity.ts';
import { forecast } from '../../../src/core/plan/forecast.ts';
import { renderText } from '../../../src/core/plan/render.ts';
import { reconcile } from '../../../src/core/reconcile.ts';
import { sortedBy } from '../../../src/std/order.ts';
import { APART, SHARED } from '../../../src/model/task/container-network.ts';
import type { Action, World } from '../../../src/model/turn/plan.ts';
import type { DesiredSecurityGroup } from '../../../src/model/turn/desired.ts';
import type { Forecast } from '../../../src/core/plan/forecast.ts';

const group = (name: string, ...admits: readonly string[]): DesiredSecurityGroup => ({ name, admits });
const grouped = (name: string, ...securityGroups: readonly string[]) =>
  app(name, { count: 1, healthyAfter: 1, networkMode: 'awsvpc', securityGroups });
const short = (network: string): string => network.replace('longshore-test.', '').replace('longshore-test-', '');

/** The world in which everything that is declared runs. */
function settled(apps: Parameters<typeof desired>[0], groups: readonly DesiredSecurityGroup[]): World {
  const made = forecast(world({ desired: desired(apps, { groups }), observed: observed([instance('local')]) }));
  expect(made).toMatchObject({ complete: true, waits: [] });
  return made.end;
}

/** The networks of the tasks of each service. */
function networksIn({ observed: { instances } }: World): Record<string, readonly string[]> {
  const views = [...(instances.get('local')?.containers.values() ?? [])].filter(({ identity: { container } }) => container === '.pause');
  return Object.fromEntries(views.map(({ identity: { service }, networks }) => [service, networks.map(short)]));
}

const actionsOf = (made: Forecast): readonly Action[] => made.turns.flatMap((turn) => turn.actions);

describe('where tasks are', () => {
  test.each<[string, readonly DesiredSecurityGroup[], Record<string, readonly string[]>]>([
    ['no rule: each apart', [group('web'), group('db')], { web: ['apart'], db: ['apart'] }],
    ['db lets in web', [group('web'), group('db', 'web')], { web: ['apart', 'db.web'], db: ['apart', 'db.web'] }],
    [
      'each lets in the other: one network is enough',
      [group('web', 'db'), group('db', 'web')],
      { web: ['apart', 'db.web'], db: ['apart', 'db.web'] },
    ],
    ['db lets in itself', [group('web'), group('db', 'db')], { web: ['apart'], db: ['apart', 'db.db'] }],
    [
      'db lets in a group without tasks: none of them is alone there',
      [group('web'), group('lone'), group('db', 'lone')],
      { web: ['apart'], db: ['apart'] },
    ],
    [
      'web is not declared: its tasks stay on the network of the cluster',
      [group('db', 'db')],
      { web: ['default'], db: ['apart', 'db.db'] },
    ],
  ])('%s', (_, groups, networks) => {
    expect(networksIn(settled([grouped('web', 'web'), grouped('db', 'db')], groups))).toEqual(networks);
  });

  test('with two groups on the networks of both; a service that names none on that of its cluster', () => {
    const groups = [group('web'), group('db', 'web'), group('queue', 'web')];
    const end = settled(
      [grouped('web', 'web'), grouped('both', 'db', 'queue'), app('open', { count: 1, healthyAfter: 1, networkMode: 'awsvpc' })],
      groups,
    );
    expect(networksIn(end)).toEqual({ web: ['apart', 'db.web', 'queue.web'], both: ['apart', 'db.web', 'queue.web'], open: ['default'] });
  });

  test('names are found on networks that are shared, and not where tasks are apart; what is apart publishes, what is shared leads nowhere', () => {
    const made = forecast(
      world({
        desired: desired([grouped('web', 'web'), grouped('db', 'db')], { groups: [group('web'), group('db', 'web')] }),
        observed: observed(),
      }),
    );
    const actions = actionsOf(made);
    const created = actions.filter((action) => action.kind === 'create-network').map(({ network, options }) => [short(network), options]);
    expect(Object.fromEntries(created)).toEqual({ apart: APART, 'db.web': SHARED });
    const endpoints = actions.flatMap((action) =>
      action.kind === 'create-container' && action.spec.network.kind === 'networks' && action.identity.service === 'db'
        ? action.spec.network.endpoints
        : [],
    );
    expect(endpoints.map(({ network, aliases }) => [short(network), aliases])).toEqual([
      ['apart', []],
      ['db.web', ['db.default']],
    ]);
    const joins = actions.flatMap((action) =>
      action.kind === 'connect-network' ? [[action.identity.service, ...action.endpoint.aliases]] : [],
    );
    expect(sortedBy(joins, ([service = '']) => service)).toEqual([
      ['db', 'db.default'],
      ['web', 'web.default'],
    ]);
    // Nothing starts before it is on its networks.
    const kinds = actions
      .filter((action) => 'identity' in action && action.identity.container === '.pause' && action.identity.service === 'db')
      .map(({ kind }) => kind);
    expect(kinds).toEqual(['create-container', 'connect-network', 'start-container']);
  });
});

describe('what changes', () => {
  const apps = [grouped('web', 'web'), grouped('db', 'db')];
  const closed = settled(apps, [group('web'), group('db')]);
  const open = settled(apps, [group('web'), group('db', 'web')]);
  const next = (from: World, ...args: Parameters<typeof desired>): Forecast =>
    forecast({ ...from, desired: desired(...args), outcomes: [] });

  test('a rule that comes: running tasks join, and nothing is deployed', () => {
    const made = next(closed, apps, { groups: [group('web'), group('db', 'web')] });
    expect(actionsOf(made).map(({ kind }) => kind)).toEqual(['create-network', 'connect-network', 'connect-network']);
    expect(networksIn(made.end)).toEqual(networksIn(open));
    expect(made.changes).toEqual([
      { subject: 'network', id: 'longshore-test.db.web', kind: 'create', joined: ['default/db', 'default/web'], left: [] },
    ]);
    expect(renderText(made)).toContain('+ network longshore-test.db.web  joined by default/db, default/web\n');
    expect(renderText(made)).toMatch(
      /join network longshore-test\.db\.web task [0-9a-f]{8} on local \(its security groups share it; 1 of 1 healthy\)|join network longshore-test\.db\.web/,
    );
  });

  test('a rule that goes: running tasks leave, and the network goes', () => {
    const made = next(open, apps, { groups: [group('web'), group('db')] });
    expect(actionsOf(made).map(({ kind }) => kind)).toEqual(['disconnect-network', 'disconnect-network', 'remove-network']);
    expect(networksIn(made.end)).toEqual(networksIn(closed));
    expect(renderText(made)).toContain('- network longshore-test.db.web  left by default/db, default/web\n');
  });

  test('other groups: the service is deployed, and its old tasks keep theirs until they stop', () => {
    const groups = [group('web'), group('db', 'web'), group('api')];
    const made = next(open, [grouped('web', 'api'), grouped('db', 'db')], { groups });
    expect(networksIn(made.end)).toEqual({ web: ['apart'], db: ['apart'] });
    const order = actionsOf(made).map(({ kind }) => kind);
    expect(order.indexOf('disconnect-network')).toBeGreaterThan(order.lastIndexOf('stop-container'));
    expect(made.changes[0]).toMatchObject({ id: 'default/web', kind: 'update', deploys: true, service: [{ path: 'securityGroups' }] });
  });

  test('the quiet world stays quiet', () => {
    for (const [one, groups] of [
      [open, [group('web'), group('db', 'web')]],
      [closed, [group('web'), group('db')]],
    ] as const)
      expect(next(one, apps, { groups }).changes).toEqual([]);
  });

  test('a task that is off its networks is taken back, and off what is not its, before anybody is told of a change', () => {
    const local = open.observed.instances.get('local');
    const pause = [...(local?.containers.values() ?? [])].find(({ identity: who }) => who.container === '.pause' && who.service === 'web');
    if (local === undefined || pause === undefined) throw new Error('web runs');
    const moved = { ...pause, networks: ['by-hand', sharedNetwork('test', 'a', 'b')] };
    const containers = new Map([...local.containers, [pause.id, moved]]);
    const { actions } = reconcile({ ...open, observed: { ...open.observed, instances: new Map([['local', { ...local, containers }]]) } });
    expect(actions.map(({ key }) => key.replace(pause.identity.task, 'web'))).toEqual([
      'connect/web/longshore-test.apart',
      'connect/web/longshore-test.db.web',
      'disconnect/web/longshore-test.a.b',
    ]);
  });
});

test('a network that is refused again and again fails the task in ECS words', () => {
  const spec = grouped('web', 'web');
  const definition = { id: 'web:1', family: 'web', number: 1, hash: definitionOf(spec.taskDefinition).hash, spec: spec.taskDefinition };
  const declared = desired([spec], { groups: [group('web')] });
  const begun = reconcile(
    world({ desired: declared, observed: observed([instance('local')]), ledger: ledger({ revisions: [definition] }) }),
  );
  expect(begun.looks).toHaveLength(1);
  const key = `network/local/${apartNetwork('test')}`;
  const error = { code: 'NetworkFailed', message: 'all predefined address pools have been fully subnetted' } as const;
  let here = settled([spec], [group('web')]);
  const [task] = here.ledger.tasks.values();
  if (task === undefined) throw new Error('web runs');
  here = {
    ...here,
    observed: observed([instance('local')]),
    ledger: { ...here.ledger, tasks: new Map([[task.id, { ...task, lastStatus: 'PENDING', startedAt: null, health: 'UNKNOWN' }]]) },
  };
  for (let tries = 0; tries < 8; tries++) {
    const { ledger: after } = reconcile({ ...here, outcomes: [{ key, at: here.now, error }] });
    here = { ...here, ledger: after, now: here.now + 60_000 };
  }
  expect(here.ledger.tasks.get(task.id)).toMatchObject({
    stopCode: 'TaskFailedToStart',
    stoppedReason: 'CannotCreateContainerError: all predefined address pools have been fully subnetted',
  });
});

describe('names of networks', () => {
  test('say the groups; what can not stand in one is told apart by a hash', () => {
    expect(sharedNetwork('lab', 'db', 'web')).toBe('longshore-lab.db.web');
    const strange = [
      sharedNetwork('lab', 'a b', 'c'),
      sharedNetwork('lab', 'a/b', 'c'),
      sharedNetwork('lab', 'a.b', 'c'),
      sharedNetwork('lab', 'a-b', 'c'),
    ];
    expect(new Set(strange).size).toBe(4);
    for (const name of strange) expect(name).toMatch(/^longshore-lab\.a-b\.c(?:\.[0-9a-f]{12})?$/);
    expect(sharedNetwork('lab', 'x'.repeat(255), 'y'.repeat(255)).length).toBeLessThan(128);
  });

  test('are those of no cluster, and of no other installation', () => {
    expect(isOfGroups('lab', sharedNetwork('lab', 'a', 'b'))).toBe(true);
    expect(isOfGroups('lab', apartNetwork('lab'))).toBe(true);
    expect(isOfGroups('lab', networkName('lab', 'apart'))).toBe(false);
    expect(isOfGroups('lab', apartNetwork('lab2'))).toBe(false);
  });
});

describe('the label of a container', () => {
  const of = (securityGroups: readonly string[] | undefined) => {
    const who = identity(securityGroups === undefined ? {} : { securityGroups });
    return { labels: labelsOf(who), back: identityOf(labelsOf(who), 'test') };
  };

  test('tells its groups, whatever is in their names', () => {
    const names = ['a,b', 'c "d" \\e', '{;}!$*'];
    expect(of(names).back).toEqual(identity({ securityGroups: names }));
  });

  test('is not there without groups: a container of an earlier version has none', () => {
    expect(of(undefined).labels).not.toHaveProperty('dev.longshore.security-groups');
    expect(of(undefined).back).toEqual(identity());
  });

  test.each(['', '[]', 'web', '["web"', '[1]', '["web",]', '{"a":1}', '[["web"]]'])('names no group when it is malformed: %s', (label) => {
    const labels = { ...labelsOf(identity()), 'dev.longshore.security-groups': label };
    expect(identityOf(labels, 'test')).toEqual(identity());
  });

  test('brings a task back to its groups when the ledger is lost', () => {
    const apps = [grouped('web', 'web')];
    const end = settled(apps, [group('web')]);
    const { ledger: found } = reconcile({ ...end, ledger: ledger(), now: NOW + 1 });
    expect([...found.services.values()][0]?.taskSets[0]?.target.securityGroups).toEqual(['web']);
  });
});

test('rows of an earlier version name no groups, and their tasks stay on the network of the cluster', () => {
  const row = serviceRow({ taskSets: [taskSet()] });
  expect(row.taskSets[0]?.target.securityGroups).toBeUndefined();
  expect(containerView(identity()).networks).toEqual([]);
});
