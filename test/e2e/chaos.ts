// Faults under load on a real engine, in a short form for `npm test` and in full for `npm run chaos`: many deployments in a row, the
// daemon killed at random moments, the proxy killed. What is asked of each: no request fails, the declared state is reached, nothing of
// ours is left over or there twice.
import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from './house.ts';
import { get } from './get.ts';
import { type Load, type LoadResult, startLoad } from './load.ts';
import { web } from './manifests.ts';

/** What a run found; `faults` is empty when all is well. */
export interface ChaosResult {
  readonly faults: readonly string[];
  readonly requests: number;
  readonly slowestMs: number;
  /** How long each step took, in ms. */
  readonly steps: readonly number[];
}

interface Run {
  readonly faults: string[];
  readonly steps: number[];
}

/** A small random source with a seed that is told, so that a run can be made again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `count` deployments in a row, every `brokenEvery`-th of a broken version that rolls back, under `perSecond` requests. */
export async function rollUnderLoad(house: House, count: number, brokenEvery: number, perSecond: number): Promise<ChaosResult> {
  return underLoad(house, perSecond, async (run) => {
    let version: '1' | '2' = '1';
    for (let index = 1; index <= count; index++) {
      const broken = index % brokenEvery === 0;
      if (!broken) version = version === '1' ? '2' : '1';
      const began = performance.now();
      const commit = house.commit({
        'web.yaml': web({ version: broken ? 'broken' : version, port: house.port, environment: { ROUND: String(index) } }),
      });
      const status = await house.settled(commit);
      run.steps.push(Math.round(performance.now() - began));
      const rollouts = status.services[0]?.deployments.map((deployment) => deployment.rollout) ?? [];
      if (broken && rollouts[1] !== 'ROLLED_BACK')
        run.faults.push(`deployment ${index} of a broken version ended as ${rollouts.join(', ')}`);
      if (!broken && rollouts[0] !== 'COMPLETED') run.faults.push(`deployment ${index} ended as ${rollouts.join(', ')}`);
      const served = (await get(house.port)).version;
      if (served !== version) run.faults.push(`after deployment ${index} version ${served} answers and not ${version}`);
    }
  });
}

/** The daemon killed with -9 `count` times, each at a random moment of a deployment, and started again. */
export async function killDaemon(house: House, count: number, perSecond: number, random: () => number): Promise<ChaosResult> {
  return underLoad(house, perSecond, async (run) => {
    for (let index = 1; index <= count; index++) {
      const version = index % 2 === 0 ? '1' : '2';
      const began = performance.now();
      const commit = house.commit({ 'web.yaml': web({ version, port: house.port, environment: { KILL: String(index) } }) });
      // A deployment of two tasks takes about 1.5 s: most moments fall into it, some before and some after.
      await sleep(random() * 1_500);
      await house.kill();
      house.start();
      await house.settled(commit);
      run.steps.push(Math.round(performance.now() - began));
      await check(house, run, `kill ${index}`);
    }
  });
}

/** The proxy killed with -9: back within a second, and it serves the same table. Its own connections are lost, so there is no load. */
export async function killProxy(house: House, count: number): Promise<ChaosResult> {
  const run: Run = { faults: [], steps: [] };
  for (let index = 1; index <= count; index++) {
    const before = (await get(house.port)).version;
    process.kill(await house.proxyPid(), 'SIGKILL');
    const began = performance.now();
    const after = await untilAnswered(house.port);
    const ms = Math.round(performance.now() - began);
    run.steps.push(ms);
    if (ms > 1_000) run.faults.push(`the proxy was away for ${ms} ms`);
    if (after !== before) run.faults.push(`after the proxy came back version ${after} answers and not ${before}`);
    await house.settled(house.git('rev-parse', 'HEAD'));
    await check(house, run, `proxy kill ${index}`);
  }
  return { ...run, requests: 0, slowestMs: 0 };
}

/** Exactly the tasks that the daemon knows run, each with one container. */
async function check(house: House, run: Run, moment: string): Promise<void> {
  const status = await house.status();
  const containers = await house.containers();
  const known = status.tasks.map((task) => task.id).sort();
  const seen = containers.map((container) => container.task).sort();
  if (JSON.stringify(known) !== JSON.stringify(seen))
    run.faults.push(`${moment}: tasks ${known.join(' ')}, containers of ${seen.join(' ')}`);
  for (const container of containers)
    if (container.state !== 'running') run.faults.push(`${moment}: ${container.name} is ${container.state}`);
}

async function underLoad(house: House, perSecond: number, work: (run: Run) => Promise<void>): Promise<ChaosResult> {
  const load: Load = startLoad(house.port, perSecond);
  const run: Run = { faults: [], steps: [] };
  let result: LoadResult;
  try {
    await work(run);
  } finally {
    result = await load.stop();
  }
  const failed =
    result.failures.length > 0
      ? [`${result.failures.length} of ${result.sent} requests failed: ${result.failures.slice(0, 5).join('; ')}`]
      : [];
  return { faults: [...run.faults, ...failed], requests: result.sent, slowestMs: result.slowestMs, steps: run.steps };
}

async function untilAnswered(port: number): Promise<string> {
  for (let tries = 0; tries < 2_000; tries++) {
    try {
      const answer = await get(port);
      if (answer.status === 200) return answer.version;
    } catch {
      // Refused: the proxy is not back yet.
    }
    await sleep(5);
  }
  throw new Error('the proxy did not come back in 10 s');
}
