// When `watch --once` ends and how: one row, one sentence.
import { describe, expect, it } from 'vitest';
import { app, deployment, desired, instance, ledger, observed, serviceRevision, serviceRow, world } from '../build.ts';
import { fakeDoor } from '../api/fake-door.ts';
import { onceVerdict, timeoutVerdict } from '../../src/cli/once.ts';
import type { DaemonView } from '../../src/daemon/view.ts';
import type { Deployment } from '../../src/model/service/deployment.ts';

const bad = { code: 'X', severity: 'error', file: 'web.yaml', line: 3, column: 1, message: 'no', hint: '' } as const;
const withDeployments = (...deployments: Deployment[]) => ({
  world: world({ ledger: ledger({ services: [serviceRow({ deployments, steady: true })] }) }),
});
const second = serviceRevision({ taskDefinition: 'web:2', hash: 'v1:two' });
const failed = deployment({ id: 'ecs-svc/2', target: second, rollout: 'FAILED', lastFailure: 'exit code 1' });
const away = {
  world: world({ observed: observed([instance('local', [], { connected: false, observedAt: null, silence: 'no socket' })]) }),
};
const unlooked = { world: world({ observed: observed([instance('far', [], { connected: false, observedAt: null })]) }) };
const oneAway = { world: world({ observed: observed([instance('far', [], { connected: false, observedAt: null }), instance('local')]) }) };

const ROWS: readonly (readonly [when: string, view: Partial<DaemonView>, elapsedMs: number, result: string | null])[] = [
  ['something is under way', { settled: false }, 900_000, null],
  ['all is settled and completed', { settled: true, ...withDeployments(deployment({ rollout: 'COMPLETED' })) }, 0, 'OK'],
  ['the newest deployment failed for good', { settled: true, ...withDeployments(failed) }, 0, 'FAILED'],
  [
    'the newest deployment undoes a failed one',
    {
      settled: true,
      ...withDeployments(deployment({ rollout: 'COMPLETED', rollbackOf: 'ecs-svc/2' }), { ...failed, rollout: 'ROLLED_BACK' }),
    },
    0,
    'ROLLED_BACK',
  ],
  ['a way back is still under way', { settled: false, ...withDeployments(deployment({ rollbackOf: 'ecs-svc/2' }), failed) }, 0, null],
  ['the only commit is refused', { settled: false, commit: null, refusedCommit: 'bad', problems: [bad] }, 0, 'INVALID'],
  ['the newest commit is refused, and the one before still moves', { settled: false, refusedCommit: 'bad', problems: [bad] }, 0, null],
  ['the newest commit is refused, and the one before is done', { settled: true, refusedCommit: 'bad', problems: [bad] }, 0, 'INVALID'],
  ['the repository is away for a moment', { settled: false, commit: null, repositoryError: 'gone' }, 2_999, null],
  ['the repository stays away', { settled: false, commit: null, repositoryError: 'gone' }, 3_000, 'ERROR'],
  ['the repository goes away with a commit in force', { settled: false, repositoryError: 'gone' }, 900_000, null],
  ['no engine has answered for a moment', { settled: false, ...away }, 4_999, null],
  ['no engine answers', { settled: false, ...away }, 5_000, 'NO_ENGINE'],
  ['the first look at an engine is still under way', { settled: false, ...unlooked }, 15_999, null],
  ['the first look at an engine never ends', { settled: false, ...unlooked }, 16_000, 'NO_ENGINE'],
  ['nothing is declared and no engine has answered for a moment', { settled: true, ...away }, 4_999, null],
  ['nothing is declared and no engine answers', { settled: true, ...away }, 5_000, 'NO_ENGINE'],
  ['nothing is declared and one of two engines answers', { settled: true, ...oneAway }, 0, 'OK'],
  ['one of two engines answers', { settled: false, ...oneAway }, 900_000, null],
];

describe('watch --once', () => {
  it.each(ROWS)('%s', (_when, view, elapsedMs, result) => {
    const verdict = onceVerdict(fakeDoor(view).view(), elapsedMs);
    expect(verdict?.result ?? null).toBe(result);
    expect(verdict === null || (verdict.hint === null) === (verdict.result === 'OK')).toBe(true);
  });

  it('says which services waited for their secrets when the time is up', () => {
    const container = { secrets: [{ name: 'PASSWORD', valueFrom: '/shop/db' }] };
    const rows = ledger({ services: [serviceRow({ steady: true })] });
    const view = fakeDoor({ settled: false, world: world({ desired: desired([app('web', { container })]), ledger: rows }) }).view();
    expect(timeoutVerdict(view, 30_000).what).toBe('not settled after 30 s: default/web: the secret /shop/db is being read');
  });

  it('says why no engine answers', () => {
    expect(onceVerdict(fakeDoor({ settled: false, ...away }).view(), 5_000)?.what).toBe('no engine answers: no socket');
  });

  it('says which revision failed, why, and what runs instead', () => {
    const view = fakeDoor({
      settled: true,
      ...withDeployments(deployment({ rollout: 'COMPLETED', rollbackOf: 'ecs-svc/2' }), { ...failed, rollout: 'ROLLED_BACK' }),
    }).view();
    expect(onceVerdict(view, 0)?.what).toBe('default/web: web:2 failed (exit code 1), web:1 runs again');
  });

  it('names a file without a line where the whole file is wrong', () => {
    const view = fakeDoor({
      settled: false,
      commit: null,
      refusedCommit: 'bad0bad0bad0bad0',
      problems: [{ ...bad, line: 0, column: 0 }],
    }).view();
    expect(onceVerdict(view, 0)?.what).toContain(`is refused: ${bad.file}: ${bad.message}`);
  });

  it('names the place of the first error of a refused commit', () => {
    const view = fakeDoor({ settled: false, commit: null, refusedCommit: 'bad0bad0bad0bad0', problems: [bad] }).view();
    expect(onceVerdict(view, 0)?.what).toBe('commit bad0bad0bad0 is refused: web.yaml:3: no');
  });

  it('says what was still under way when the time was up', () => {
    const rows = [serviceRow({ message: 'no instance has 512 MiB left' }), serviceRow({ id: 'default/done', name: 'done', steady: true })];
    const view = fakeDoor({ settled: false, world: world({ ledger: ledger({ services: rows }) }) }).view();
    expect(timeoutVerdict(view, 600_000)).toMatchObject({
      result: 'TIMED_OUT',
      what: 'not settled after 600 s: default/web: no instance has 512 MiB left',
    });
  });
});
