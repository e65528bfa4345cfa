// What a commit changes about its routes: one row is one change of a load balancer or a target group, and what is said of it.
import { describe, expect, test } from 'vitest';
import { NOTHING_SERVED, openPorts, routeChanges, routeEvents, routesOf } from '../../../src/core/traffic/reroute.ts';
import type { DeployableListener as Listener, DeployableLoadBalancer as LoadBalancer } from '../../../src/model/turn/desired.ts';
import type { TargetGroup } from '../../../src/model/traffic/target-group.ts';
import type { DesiredState } from '../../../src/model/turn/desired.ts';
import { NOW, desired } from '../../build.ts';
import type { RouteChange } from '../../../src/core/traffic/reroute.ts';

type Rule = NonNullable<Listener['rules']>[number];

const forward = (name: string): Listener['defaultActions'] => [{ type: 'forward', targetGroupArn: name }];
const pathRule = (priority: number, path: string, group = 'web'): Rule => ({
  priority,
  conditions: [{ field: 'path-pattern', values: [path] }],
  actions: forward(group),
});
const listener = (port: number, rules: readonly Rule[] = [], group = 'web'): Listener => ({
  port,
  defaultActions: forward(group),
  rules: [...rules],
});
const balancer = (name: string, ...listeners: readonly Listener[]): LoadBalancer => ({ name, listeners: [...listeners] });

function routes(balancers: readonly LoadBalancer[], groups: readonly TargetGroup[] = [{ name: 'web' }]): DesiredState {
  return {
    ...desired(),
    loadBalancers: new Map(balancers.map((one) => [one.name, one])),
    targetGroups: new Map(groups.map((one) => [one.name, one])),
  };
}

/** `~ listener edge:80; rule 10: before -> after`. */
function said(changes: readonly RouteChange[]): readonly string[] {
  const symbols = { create: '+', update: '~', delete: '-' };
  const side = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
  return changes.map((change) => {
    const fields = change.fields.map((field) => `${field.path}: ${side(field.before)} -> ${side(field.after)}`);
    return [`${symbols[change.kind]} ${change.subject} ${change.id}`, ...fields].join('; ');
  });
}

const between = (before: DesiredState, after: DesiredState): readonly string[] => said(routeChanges(routesOf(before), routesOf(after)));

describe('listeners', () => {
  const edge = routes([balancer('edge', listener(80, [pathRule(10, '/api/*')]))]);

  test.each<[string, LoadBalancer[], string[]]>([
    ['as they were', [balancer('edge', listener(80, [pathRule(10, '/api/*')]))], []],
    ['another default action', [balancer('edge', listener(80, [pathRule(10, '/api/*')], 'api'))], ['default action: web -> api']],
    [
      'another target group',
      [balancer('edge', listener(80, [pathRule(10, '/api/*', 'api')]))],
      ['rule 10: path /api/* to web -> path /api/* to api'],
    ],
    ['another condition', [balancer('edge', listener(80, [pathRule(10, '/v2/*')]))], ['rule 10: path /api/* to web -> path /v2/* to web']],
    ['a rule more', [balancer('edge', listener(80, [pathRule(10, '/api/*'), pathRule(5, '/x')]))], ['rule 5:  -> path /x to web']],
    [
      'another priority',
      [balancer('edge', listener(80, [pathRule(20, '/api/*')]))],
      ['rule 10: path /api/* to web -> ', 'rule 20:  -> path /api/* to web'],
    ],
    ['no rule', [balancer('edge', listener(80))], ['rule 10: path /api/* to web -> ']],
  ])('%s', (_, after, fields) => {
    expect(between(edge, routes(after))).toEqual(fields.length === 0 ? [] : [['~ listener edge:80', ...fields].join('; ')]);
  });

  test('conditions by host and path are said together, and the order in which rules are written changes nothing', () => {
    const both: Rule = {
      priority: 1,
      conditions: [
        { field: 'path-pattern', values: ['/a', '/b'] },
        { field: 'host-header', hostHeaderConfig: { values: ['*.example'] } },
      ],
      actions: forward('web'),
    };
    const one = routes([balancer('edge', listener(80, [both, pathRule(2, '/c')]))]);
    const other = routes([balancer('edge', listener(80, [pathRule(2, '/c'), both]))]);
    expect(between(one, other)).toEqual([]);
    expect(between(edge, one)[0]).toContain('rule 1:  -> host *.example and path /a, /b to web');
  });

  test('another port opens and closes one; ports of one load balancer are in their order', () => {
    const after = routes([balancer('edge', listener(9090), listener(18080)), balancer('admin', listener(1))]);
    expect(between(edge, after)).toEqual([
      '+ listener admin:1; default action:  -> web',
      '- listener edge:80; default action: web -> ; rule 10: path /api/* to web -> ',
      '+ listener edge:9090; default action:  -> web',
      '+ listener edge:18080; default action:  -> web',
    ]);
  });

  test('a port that goes over to another load balancer does not close', () => {
    const after = routes([balancer('front', listener(80, [pathRule(10, '/api/*')]))]);
    expect(between(edge, after)).toEqual(['~ listener front:80; load balancer: edge -> front']);
  });
});

describe('target groups', () => {
  const plain: TargetGroup = { name: 'web' };
  const of = (group: TargetGroup): DesiredState => routes([], [group]);

  test.each<[string, TargetGroup, string[]]>([
    ['a default that is written down', { ...plain, healthCheckPath: '/', healthCheckIntervalSeconds: 30 }, []],
    ['another path', { ...plain, healthCheckPath: '/health' }, ['healthCheckPath: / -> /health']],
    [
      'interval, matcher and delay',
      {
        ...plain,
        healthCheckIntervalSeconds: 5,
        matcher: { httpCode: '200-299' },
        targetGroupAttributes: [{ key: 'deregistration_delay.timeout_seconds', value: '10' }],
      },
      ['healthCheckIntervalSeconds: 30 -> 5', 'matcher.httpCode: 200 -> 200-299', 'deregistration_delay.timeout_seconds: 300 -> 10'],
    ],
  ])('%s', (_, after, fields) => {
    expect(between(of(plain), of(after))).toEqual(fields.length === 0 ? [] : [['~ target-group web', ...fields].join('; ')]);
  });

  test('one that comes and one that goes', () => {
    expect(between(of(plain), routes([], [{ name: 'api' }]))).toEqual([
      expect.stringMatching(/^\+ target-group api; healthCheckPath: {2}-> \/; .+deregistration_delay/),
      '- target-group web',
    ]);
  });
});

test('of a proxy that only told its ports, what opens and closes is certain, the rest is not', () => {
  const changes = routeChanges(openPorts([80, 81]), routesOf(routes([balancer('edge', listener(80), listener(82))])));
  expect(changes.map(({ kind, id, isBeforeKnown }) => [kind, id, isBeforeKnown])).toEqual([
    ['delete', ':81', true],
    ['update', 'edge:80', false],
    ['create', 'edge:82', true],
    ['update', 'web', false],
  ]);
});

describe('events', () => {
  test('name what changed, and no value of it', () => {
    const before = routes([balancer('edge', listener(80, [pathRule(10, '/a')]), listener(81))]);
    const after = routes(
      [balancer('edge', listener(80, [pathRule(10, '/secret-path')]), listener(82))],
      [{ name: 'web', healthCheckPath: '/h' }],
    );
    expect(routeEvents(before, after, NOW).map((event) => [event.kind, event.message])).toEqual([
      ['listener-modified', '(listener edge:80) was modified: rule 10.'],
      ['listener-deleted', '(listener edge:81) was deleted: port 81 closes.'],
      ['listener-created', '(listener edge:82) was created.'],
      ['target-group-modified', '(target-group web) was modified: healthCheckPath.'],
    ]);
    expect(routeEvents(after, after, NOW)).toEqual([]);
  });

  test('of a first commit tell of everything, and a hundred rules in one short line', () => {
    const many = Array.from({ length: 100 }, (_, index) => pathRule(index + 1, `/${index}`));
    const first = routes([balancer('edge', listener(80))]);
    expect(routeEvents(null, first, NOW)).toMatchObject([
      { at: NOW, kind: 'listener-created', service: '', task: null },
      { kind: 'target-group-created', message: '(target-group web) was created.' },
    ]);
    const [event] = routeEvents(first, routes([balancer('edge', listener(80, many))]), NOW);
    expect(event?.message.length).toBeLessThan(300);
  });

  test('the routes of nothing are what is served without a proxy', () => expect(routesOf(routes([], []))).toEqual(NOTHING_SERVED));
});
