// The times of health checks on a real engine: how long a check may take, how many must fail, and from when on they count, as the engine has
// noted it of each check. All containers run at the same time: the slowest decides how long this takes.
import { afterAll, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { RUN_LIMIT_MS, definitionRunner } from '../../support/definition-runner.ts';
import { engineJson } from '../../support/engine.ts';
import { proves } from '../../proves.ts';

const runner = await definitionRunner();
afterAll(() => runner.dispose());

const STAYS = ['/usr/bin/node', '-e', 'setInterval(() => {}, 1e6)'];
const FAILS = ['CMD', '/no/such/check'];
const HANGS = ['CMD', '/usr/bin/node', '-e', 'setTimeout(() => {}, 60e3)'];
const POLL_MS = 50;

interface State {
  readonly StartedAt: string;
  readonly Health: {
    readonly Status: string;
    readonly FailingStreak: number;
    readonly Log: readonly { readonly Start: string; readonly Output: string }[];
  };
}

/** The state of a container with this check in the moment in which it is seen to be unhealthy. */
async function unhealthy(healthCheck: object): Promise<State> {
  const made = runner.specOf({ entryPoint: STAYS, command: [], healthCheck });
  const id = (await runner.create(made)).container?.id ?? '';
  expect((await runner.start(made, id)).error).toBeNull();
  for (const end = Date.now() + RUN_LIMIT_MS; Date.now() < end; await sleep(POLL_MS)) {
    const { State } = await engineJson<{ State: State }>(runner.socketPath, `/containers/${id}/json`);
    if (State.Health.Status === 'unhealthy') return State;
  }
  throw new Error('the container has not become unhealthy');
}

/** Milliseconds after the start of the container at which its checks began, those that did not count and those that did. */
function begins({ StartedAt, Health }: State): { readonly spared: readonly number[]; readonly counted: readonly number[] } {
  const all = Health.Log.map(({ Start }) => Date.parse(Start) - Date.parse(StartedAt));
  return { spared: all.slice(0, -Health.FailingStreak), counted: all.slice(-Health.FailingStreak) };
}

it('timeout, retries and start period of a check are those of its definition, within the limits of ECS and beyond', {
  timeout: RUN_LIMIT_MS * 2,
}, async () => {
  proves(
    'containerDefinitions[].healthCheck.{timeout,retries,startPeriod}',
    'containerDefinitions[].healthCheck.x-longshore.{interval,timeout,retries,startPeriod}',
  );
  const [slow, counted, quick, finely] = await Promise.all([
    unhealthy({ command: HANGS, timeout: 2, retries: 1, 'x-longshore': { interval: 0.3 } }),
    unhealthy({ command: FAILS, retries: 2, startPeriod: 2, 'x-longshore': { interval: 0.8 } }),
    unhealthy({ command: HANGS, timeout: 60, retries: 1, 'x-longshore': { interval: 0.5, timeout: 0.7 } }),
    unhealthy({ command: FAILS, retries: 10, startPeriod: 300, 'x-longshore': { interval: 0.5, retries: 3, startPeriod: 0.7 } }),
  ]);
  expect(slow.Health.Log[0]?.Output).toContain('exceeded timeout (2s)');
  expect(quick.Health.Log[0]?.Output).toContain('exceeded timeout (700ms)');
  expect(begins(quick).counted[0]).toBeLessThan(5_000);
  for (const [state, retries, startPeriodMs] of [
    [counted, 2, 2_000],
    [finely, 3, 700],
  ] as const) {
    const { spared, counted: failures } = begins(state);
    expect(failures.length).toBeGreaterThanOrEqual(retries);
    expect(Math.min(...failures)).toBeGreaterThanOrEqual(startPeriodMs);
    expect(spared.length).toBeGreaterThan(0);
    expect(Math.max(...spared)).toBeLessThan(startPeriodMs);
  }
});
