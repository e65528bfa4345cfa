// The exposition is OpenMetrics: parsed here line by line, so that a metric that a strict reader would refuse fails.
import { describe, expect, it } from 'vitest';
import { deployment, ledger, serviceRow, world } from '../build.ts';
import { fakeDoor, shopWorld } from './fake-door.ts';
import { measure } from '../../src/api/metrics.ts';

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.e+-]+|\+Inf|NaN)$/;

/** Samples by `name{labels}`; throws on whatever OpenMetrics does not allow. */
function parse(text: string): Map<string, number> {
  expect(text.endsWith('\n# EOF\n')).toBe(true);
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').filter(Boolean)) {
    if (line.startsWith('# HELP ')) continue;
    if (line.startsWith('# TYPE ')) {
      const [, , name = '', type = ''] = line.split(' ');
      expect(types.has(name)).toBe(false);
      types.set(name, type);
      continue;
    }
    const match = SAMPLE.exec(line);
    if (!match) throw new Error(`not a sample: ${line}`);
    const [, name = '', labels = '', value] = match;
    const family = name.replace(/_(total|bucket|sum|count)$/, '');
    expect(types.has(name) || types.has(family), `${name} has a type`).toBe(true);
    if (types.get(family) === 'counter') expect(name).toMatch(/_total$/);
    const key = labels === '' ? name : `${name}{${labels}}`;
    expect(samples.has(key), `${key} once`).toBe(false);
    samples.set(key, Number(value));
  }
  return samples;
}

describe('the metrics', () => {
  it('tell the levels of the view', async () => {
    const metrics = measure(fakeDoor({ refusedCommit: 'b'.repeat(40), actionsInFlight: 3 }), '0.1.0');
    expect(metrics.contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const samples = parse(await metrics.text());
    expect(Object.fromEntries(samples)).toMatchObject({
      longshore_turns_total: 1,
      longshore_actions_total: 12,
      longshore_action_errors_total: 2,
      longshore_actions_in_flight: 3,
      longshore_commit_refused: 1,
      longshore_repository_readable: 1,
      longshore_ledger_writable: 1,
      longshore_instances_connected: 1,
      'longshore_instance_connected{instance="far"}': 0,
      'longshore_tasks{cluster="default",service="web",status="RUNNING"}': 2,
      'longshore_tasks{cluster="default",service="web",status="STOPPED"}': 1,
      'longshore_tasks{cluster="default",service="web",status="PENDING"}': 0,
      'longshore_tasks_desired{cluster="default",service="web"}': 2,
      'longshore_tasks_healthy{cluster="default",service="web"}': 1,
      'longshore_deployments_in_progress{cluster="default",service="web"}': 1,
      'longshore_targets{state="initial"}': 1,
      'longshore_build_info{version="0.1.0"}': 1,
    });
    metrics.close();
  });

  it('stay the same text shape when asked again: totals are set, not added', async () => {
    const metrics = measure(fakeDoor(), '0.1.0');
    await metrics.text();
    expect(parse(await metrics.text()).get('longshore_actions_total')).toBe(12);
    metrics.close();
  });

  it('count turns and the deployments that end, each once, and none that ended before', async () => {
    const door = fakeDoor();
    const metrics = measure(door, '0.1.0');
    const after = (rollout: 'ROLLED_BACK' | 'COMPLETED', reason: string) => {
      const row = shopWorld().ledger.services.get('default/web') ?? serviceRow();
      const [first = deployment(), ...rest] = row.deployments;
      return world({ ledger: ledger({ services: [{ ...row, deployments: [{ ...first, rollout, reason }, ...rest] }] }) });
    };
    door.turn({ world: after('ROLLED_BACK', 'a'), lastTurnMs: 30 });
    door.turn({ world: after('ROLLED_BACK', 'b'), lastTurnMs: 30 });
    const samples = parse(await metrics.text());
    expect(samples.get('longshore_deployments_finished_total{cluster="default",service="web",result="ROLLED_BACK"}')).toBe(1);
    expect([...samples.keys()].filter((key) => key.includes('result="COMPLETED"'))).toEqual([]);
    expect(samples.get('longshore_turn_duration_seconds_count')).toBe(2);
    expect(samples.get('longshore_turn_duration_seconds_sum')).toBeCloseTo(0.06);
    metrics.close();
    expect(door.listeners.size).toBe(0);
  });
});
