// The three forms of a plan: what a reader relies on in each of them.
import { describe, expect, test } from 'vitest';
import { MAX_MARKDOWN, renderJson, renderMarkdown, renderText } from '../../../src/core/plan/render.ts';
import { app, container, desired, world } from '../../build.ts';
import { forecast } from '../../../src/core/plan/forecast.ts';
import { forecastFailure } from '../../../src/core/plan/failure.ts';
import { openPorts, routesOf } from '../../../src/core/traffic/reroute.ts';
import type { DeployableListener as Listener, DeployableLoadBalancer as LoadBalancer } from '../../../src/model/turn/desired.ts';
import type { World } from '../../../src/model/turn/plan.ts';

type Rule = NonNullable<Listener['rules']>[number];

const MARK = 's3cr3t';
const breaker = true;
const start: World = forecast(
  world({
    desired: desired([
      app('web', { image: 'demo:1', listen: 80, breaker, environment: [{ name: 'DB_PASSWORD', value: `${MARK}-1` }] }),
      app('old', { healthyAfter: 1 }),
    ]),
  }),
).end;
const next: World = {
  ...start,
  desired: desired(
    [
      app('web', { image: 'demo:2', listen: 80, breaker, count: 3, environment: [{ name: 'DB_PASSWORD', value: `${MARK}-2` }] }),
      app('worker', { healthyAfter: 1, environment: [{ name: 'API_TOKEN', value: `${MARK}-3` }] }),
    ],
    { commit: '4d5e6f0aaaa' },
  ),
};
const made = forecast(next);
const failure = forecastFailure(next);
const options = { failure, base: '1a2b3c4dddd' };

test('no form holds a secret', () => {
  for (const text of [renderText(made, options), renderMarkdown(made, options), renderJson(made, options)])
    expect(text).not.toContain(MARK);
});

test('no form depends on the moment', () => {
  const later = { ...next, now: next.now + 86_400_000 };
  const again = forecast(later);
  const lateOptions = { ...options, failure: forecastFailure(later) };
  expect(renderText(again, lateOptions)).toBe(renderText(made, options));
  expect(renderMarkdown(again, lateOptions)).toBe(renderMarkdown(made, options));
  expect(renderJson(again, lateOptions)).toBe(renderJson(made, options));
});

describe('text', () => {
  const lines = renderText(made, options).split('\n');

  test.each([
    'Plan for commit 1a2b3c4 -> 4d5e6f0, seal',
    '~ service default/web  web:1 -> web:2',
    '    2 -> 3 tasks, rolling 100/200 %, new before old, circuit breaker with rollback',
    '    image main: demo:1 -> demo:2',
    '    containerDefinitions[main].environment[DB_PASSWORD].value: (changed, not shown)',
    '    desiredCount: 2 -> 3',
    '+ service default/worker  worker:1',
    '- service default/old  old:1',
    'Plan: 1 to create, 1 to update, 1 to delete.',
    'Lowest capacity: default/web 2 of 2 healthy (100 %).',
    'If it fails: after 3 failed tasks',
    'Warning: default/old is deleted with 2 tasks.',
  ])('says %s', (line) => expect(lines.some((one) => one.startsWith(line))).toBe(true));

  test('is painted only by the caller', () => {
    expect(renderText(made, options)).not.toContain('\u001b');
    const painted = renderText(made, { ...options, paint: (style, text) => `<${style}>${text}</${style}>` });
    expect(painted).toContain('<create>+ service default/worker  worker:1</create>');
    expect(painted).toContain('<warning>Warning: default/old is deleted with 2 tasks.</warning>');
  });

  test('says in one line that nothing changes', () => {
    expect(renderText(forecast(made.end))).toBe('No changes. 2 services are as commit 4d5e6f0 declares.\n');
  });
});

test('of many services that are alike the first are told, those with the least capacity before the others', () => {
  const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
  const apps = (image: string) =>
    names.map((name) => app(name, { image, healthyAfter: 1, ...(name === 's17' ? { min: 0, max: 100 } : {}) }));
  const before = forecast(world({ desired: desired(apps('a:1')) })).end;
  const many = { ...before, desired: desired(apps('a:2')) };
  const text = renderText(forecast(many), { failure: forecastFailure(many) }).split('\n');
  expect(text.filter((line) => line.startsWith('If it fails: '))).toHaveLength(11);
  expect(text).toContain('If it fails: 10 more like these.');
  expect(text.find((line) => line.startsWith('Lowest capacity: '))).toMatch(/^Lowest capacity: default\/s17 .+; 10 more like these\.$/);
  expect(text.find((line) => line.startsWith('Assumes: '))).toMatch(/; \d+ more like these\.$/);
});

describe('routes', () => {
  const edge = (port: number, rule: Partial<Rule> = {}): LoadBalancer => ({
    name: 'edge',
    listeners: [
      { port: 80, defaultActions: forward, rules: [{ priority: 10, conditions: path('/a'), actions: forward, ...rule }] },
      { port, defaultActions: forward },
    ],
  });
  const forward: Rule['actions'] = [{ type: 'forward', targetGroupArn: 'web-tg' }];
  const path = (pattern: string): Rule['conditions'] => [{ field: 'path-pattern', values: [pattern] }];
  const declared = (balancer: LoadBalancer, delay: number): World['desired'] => ({
    ...desired([app('web', { listen: 80, delay })], { commit: '4d5e6f0aaaa' }),
    loadBalancers: new Map([[balancer.name, balancer]]),
  });
  const before = declared(edge(81), 10);
  const settled = forecast(world({ desired: before })).end;
  const after = declared(edge(82, { conditions: path('/hook?token=s3cr3t\u001b[2J') }), 20);
  const served = { served: routesOf(before) };
  const moved = forecast({ ...settled, desired: after }, undefined, served);

  test('are told in text: what opens, what closes, rule by rule, setting by setting', () => {
    const lines = renderText(moved).split('\n');
    expect(lines.slice(2, lines.indexOf('Plan: 1 to create, 2 to update, 1 to delete.') - 1)).toEqual([
      '~ listener edge:80',
      '    rule 10: path /a to web-tg -> path /hook?token=(not shown) to web-tg',
      '',
      '- listener edge:81  the port closes',
      '    - default action: web-tg',
      '',
      '+ listener edge:82',
      '    + default action: web-tg',
      '',
      '~ target group web-tg',
      '    deregistration_delay.timeout_seconds: 10 -> 20',
    ]);
    expect(lines).toContain('Duration: at once.');
    expect(lines).toContain('Warning: listener edge:81 goes and its port closes: clients that still use it are refused.');
  });

  test('are told in Markdown, as rows and as diffs', () => {
    const markdown = renderMarkdown(moved);
    expect(markdown).toContain('| listener edge:81 | delete the port closes |');
    expect(markdown).toContain('<summary>target group web-tg: 1 field</summary>');
    expect(markdown).toContain('- rule 10: path /a to web-tg\n+ rule 10: path /hook?token=(not shown) to web-tg\n');
    expect(markdown).not.toContain('s3cr3t');
  });

  test('are told in JSON, with null where a side does not exist', () => {
    const plan: unknown = JSON.parse(renderJson(moved));
    expect(plan).toMatchObject({
      counts: { create: 1, update: 2, delete: 1 },
      changes: [
        { subject: 'listener', id: 'edge:80', kind: 'update', port: 80, fields: [{ path: 'rule 10', before: 'path /a to web-tg' }] },
        { id: 'edge:81', kind: 'delete', fields: [{ path: 'default action', before: 'web-tg', after: null }] },
        { id: 'edge:82', kind: 'create', isBeforeKnown: true, fields: [{ before: null, after: 'web-tg' }] },
        { subject: 'target-group', id: 'web-tg', port: null, fields: [{ before: '10', after: '20' }] },
      ],
    });
    expect(JSON.stringify(plan)).not.toContain('s3cr3t');
  });

  test('of an unknown past are told as they will be, without a sign that says new', () => {
    const text = renderText(forecast({ ...settled, desired: after }, undefined, { served: openPorts([80]) }));
    expect(text).toContain('~ listener edge:80\n    what is served now is not known; this is what will be\n    default action: web-tg\n');
    expect(text).toContain('+ listener edge:82\n    + default action: web-tg\n');
    expect(text).toContain('~ target group web-tg\n    what is served now is not known; this is what will be\n    healthCheckPath: /\n');
  });
});

describe('Markdown', () => {
  const text = renderMarkdown(made, options);

  test('is found again by its hidden first line', () => {
    expect(text.split('\n')[0]).toBe('<!-- longshore:plan cluster=default -->');
    expect(renderMarkdown(forecast(made.end)).split('\n')[0]).toBe('<!-- longshore:plan cluster=default -->');
  });

  test('has counts, commits, a table and foldable diffs', () => {
    expect(text).toMatch(
      /^### plan default · 1 to create · 1 to update · 1 to delete · seal [0-9a-f]{12} \(base 1a2b3c4 → head 4d5e6f0\)$/m,
    );
    expect(text).toMatch(/^\| default\/web \| update web:1 -&gt; web:2<br>main: demo:1 -&gt; demo:2 \|/m);
    expect(text).toContain('<details><summary>default/web: 3 fields</summary>\n\n```diff\n- image main: demo:1\n+ image main: demo:2\n');
  });

  test('has for each service the time until it is done, not until all are', () => {
    const two = forecast(world({ desired: desired([app('slow', { healthyAfter: 60 }), app('web', { healthyAfter: 1 })]) }));
    const rows = renderMarkdown(two).split('\n');
    expect(rows.find((row) => row.startsWith('| default/slow'))).toContain('| about 1m00s |');
    expect(rows.find((row) => row.startsWith('| default/web'))).toContain('| about 1 s |');
  });

  test('stays below the limit of a comment, and says what it leaves out', () => {
    const many = Array.from({ length: 400 }, (_, index) => app(`service-${index}`, { healthyAfter: 1, count: 1 }));
    const huge = renderMarkdown(forecast(world({ desired: desired(many) })));
    expect(huge.length).toBeLessThan(MAX_MARKDOWN);
    expect(huge).toMatch(/… and \d+ more lines/);
    expect(huge.split('<details>').length).toBe(huge.split('</details>').length);
    expect((huge.match(/^```/gm) ?? []).length % 2).toBe(0);
  });

  test('a value can neither end a block nor call a person nor open a tag', () => {
    const nasty = '```\n</details><script>@everyone | x';
    const changed = forecast({
      ...start,
      desired: desired([
        app('web', { image: 'demo:1', listen: 80, breaker, container: { command: [nasty] } }),
        app('old', { healthyAfter: 1 }),
      ]),
    });
    const markdown = renderMarkdown(changed);
    expect(markdown).toContain('````diff');
    expect(markdown.split('````').at(-1)).not.toContain('<script>');
  });
});

describe('JSON', () => {
  const plan: Record<string, unknown> = JSON.parse(renderJson(made, options));

  test('has the fields that scripts read', () => {
    expect(plan).toMatchObject({
      format: 1,
      commit: '4d5e6f0aaaa',
      base: '1a2b3c4dddd',
      seal: made.seal.id,
      counts: { create: 1, update: 1, delete: 1, repair: 0 },
      unchanged: 0,
      complete: true,
      changes: [
        { id: 'default/old', kind: 'delete' },
        { id: 'default/web', kind: 'update' },
        { id: 'default/worker', kind: 'create' },
      ],
      failure: [
        { service: 'default/web', ends: 'ROLLED_BACK' },
        { service: 'default/worker', ends: 'IN_PROGRESS' },
      ],
    });
  });

  test('has every step, at times that count from the beginning', () => {
    const steps = plan['steps'] as readonly { readonly afterMs: number }[];
    expect(steps).toHaveLength(made.steps.length);
    expect(steps[0]?.afterMs).toBe(0);
    expect(steps.at(-1)?.afterMs).toBe(made.endedAt - made.startedAt);
  });
});

test('a second container of a task is named in the plan', () => {
  const with2 = desired([app('web', { image: 'demo:1', healthyAfter: 1, sidecars: [container('log', 'logger:3')] })]);
  expect(renderText(forecast(world({ desired: with2 })))).toContain('    image log: logger:3\n');
});
