// Level 3 of the simulation: a socket between the daemon and the real engine cuts, freezes and delays calls, or loses the answer after the
// effect. After it heals the declared state is reached, no request was lost, and nothing of ours is left over or there twice.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultSocket, faultSocket } from '../support/fault-socket.ts';
import { type House, makeHouse } from './house.ts';
import { callEngine } from '../../scripts/engine.mjs';
import { get } from './get.ts';
import type { StoredEvent } from '../../src/daemon/ports.ts';
import { startLoad } from './load.ts';
import { web } from './manifests.ts';

describe('a socket that misbehaves', () => {
  let house: House;
  let fault: FaultSocket;
  let round = 0;
  beforeAll(async () => {
    house = await makeHouse(async (engine) => {
      fault = await faultSocket(engine);
      return fault.path;
    });
    const commit = house.commit({ 'web.yaml': web({ version: '1', port: house.port }) });
    house.start();
    await house.settled(commit);
  });
  afterAll(async () => {
    await house.dispose();
    await fault.close();
  });

  async function eventsAfter(sequence: number): Promise<readonly StoredEvent[]> {
    const { stdout } = await house.run('events', '--state', house.state, '--since', String(sequence), '--output', 'json');
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as StoredEvent);
  }

  async function until(condition: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 40_000; !(await condition()); await sleep(100)) expect(Date.now()).toBeLessThan(end);
  }

  /** A deployment with the fault on its way, then the account of it. */
  async function deployWith(misbehave: () => Promise<void> | void, limitMs = 60_000): Promise<void> {
    round += 1;
    const version = round % 2 === 0 ? '1' : '2';
    const load = startLoad(house.port, 100);
    const commit = house.commit({ 'web.yaml': web({ version, port: house.port, environment: { ROUND: String(round) } }) });
    await misbehave();
    const status = await house.settled(commit, limitMs);
    const { failures } = await load.stop();
    const containers = await house.containers();
    expect(failures).toEqual([]);
    expect(status.services[0]).toMatchObject({ running: 2, healthy: 2, steady: true, current: true });
    expect(containers.map((container) => container.task).sort()).toEqual(status.tasks.map((task) => task.id).sort());
    expect(containers.every((container) => container.state === 'running')).toBe(true);
    expect((await get(house.port)).version).toBe(version);
  }

  // First: an absence within a minute of another one, as the tests below bring about, is not told again.
  test('freezes on a quiet day: it shows within 15 s, is told once each way, and what ended meanwhile finds its place at once', async () => {
    const before = await eventsAfter(0);
    fault.freeze();
    const from = Date.now();
    await until(async () => (await house.status()).instances[0]?.connected === false);
    expect(Date.now() - from).toBeLessThan(15_500);
    const [victim] = await house.containers();
    await callEngine(house.engine, `/containers/${victim?.id ?? ''}/kill`, { method: 'POST' });
    fault.heal();
    const last = before.at(-1)?.sequence ?? 0;
    await until(async () => (await eventsAfter(last)).some((event) => event.kind === 'task-stopped'));
    await until(async () => (await house.status()).services[0]?.healthy === 2 && (await house.status()).settled);
    const told = await eventsAfter(last);
    expect(told.filter((event) => event.kind.startsWith('instance-')).map((event) => [event.kind, event.instance])).toEqual([
      ['instance-disconnected', 'local'],
      ['instance-connected', 'local'],
    ]);
    expect(told.filter((event) => event.kind === 'service-blocked')).toEqual([]);
    expect(told.filter((event) => event.kind === 'task-stopped')).toHaveLength(1);
  });

  test.each([
    ['create', /^POST .*\/containers\/create/],
    ['start', /^POST .*\/start/],
    ['stop', /^POST .*\/stop/],
    ['remove', /^DELETE .*\/containers\//],
  ])('loses the answer to a %s after its effect', async (_, pattern) => {
    await deployWith(() => fault.loseReply(pattern, 'cut'));
  });

  test('never answers a create that took effect', async () => {
    await deployWith(() => fault.loseReply(/^POST .*\/containers\/create/, 'silence'));
  });

  test('cuts everything in the middle of a deployment', async () => {
    await deployWith(async () => {
      for (let cuts = 0; cuts < 8; cuts++) {
        await sleep(150);
        fault.cut();
      }
    });
  });

  test('refuses the engine for two seconds', async () => {
    await deployWith(async () => {
      await sleep(300);
      fault.refuse();
      await sleep(2_000);
      fault.heal();
    });
  });

  test('freezes for two seconds', async () => {
    await deployWith(async () => {
      await sleep(300);
      fault.freeze();
      await sleep(2_000);
      fault.heal();
    });
  });

  test('delays each piece by 100 ms', async () => {
    fault.delay(100);
    await deployWith(() => undefined);
    fault.heal();
  });

  test('is silent while a task stops and the daemon is killed', async () => {
    await deployWith(async () => {
      fault.loseReply(/^POST .*\/stop/, 'silence');
      await sleep(1_000);
      await house.kill();
      house.start();
    });
  });
});
