// The three forms of a plan: what a reader relies on in each of them.
import { describe, expect, test } from 'vitest';
import { MAX_MARKDOWN, renderJson, renderMarkdown, renderText } from '../../../src/core/plan/render.ts';
import { app, container, desired, world } from '../../build.ts';
import { forecast } from '../../../src/core/plan/forecast.ts';
import { forecastFailure } from '../../../src/core/plan/failure.ts';
import type { World } from '../../../src/model/plan.ts';

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
