// Level 3 of the simulation: a socket between the daemon and the real engine cuts, freezes and delays calls, or loses the answer after the
// effect. After it heals the declared state is reached, no request was lost, and nothing of ours is left over or there twice.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultSocket, faultSocket } from '../support/fault-socket.ts';
import { type House, makeHouse } from './house.ts';
import { get } from './get.ts';
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
