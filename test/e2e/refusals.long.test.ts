// What a machine refuses a task, on a real engine: an image that nobody has, a port that a stranger holds, a signal that the program ignores.
// Each time what runs serves on without a lost request, the reason is told, it is tried again, and when the obstacle goes, git's state is
// reached without another commit. The full disk and the engine that is gone are in scripts/proof.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { type House, makeHouse } from './house.ts';
import { engineJson, freePort } from '../support/engine.ts';
import { get } from './get.ts';
import { startLoad } from './load.ts';
import { web } from './manifests.ts';

describe('a task that the machine refuses', () => {
  let house: House;
  beforeAll(async () => {
    house = await makeHouse();
    const commit = house.commit({ 'web.yaml': web({ version: '1', port: house.port, environment: { IGNORE_TERM: '1' } }) });
    house.start();
    await house.settled(commit);
  });
  afterAll(async () => {
    await house.dispose();
  });

  /** Waits until the newest deployment tells of a failure that matches. */
  async function untilFailed(words: RegExp): Promise<void> {
    const told = async (): Promise<string> => (await house.status()).services[0]?.deployments[0]?.lastFailure ?? '';
    await expect.poll(told, { timeout: 30_000 }).toMatch(words);
  }

  /** Each task has its one running container, and nothing is left of those that failed. */
  async function expectWhole(version: string): Promise<void> {
    const status = await house.status();
    const containers = await house.containers();
    expect(status.services[0]).toMatchObject({ steady: true, current: true });
    expect(containers.map((container) => container.task).sort()).toEqual(status.tasks.map((task) => task.id).sort());
    expect(containers.every((container) => container.state === 'running')).toBe(true);
    expect((await get(house.port)).version).toBe(version);
  }

  test('a container that ignores SIGTERM is killed after its stopTimeout, and nobody notices', async () => {
    const before = (await house.containers()).map(({ id }) => id);
    const load = startLoad(house.port, 100);
    const commit = house.commit({ 'web.yaml': web({ version: '2', port: house.port }) });
    await house.settled(commit);
    expect((await load.stop()).failures).toEqual([]);
    await expectWhole('2');
    expect((await house.containers()).filter(({ id }) => before.includes(id))).toEqual([]);
    const { stdout } = await house.run('events', '--state', house.state, '--limit', '200');
    expect(stdout).toContain('Exit codes: app 137');
  });

  test('an image that is missing is told, tried again, and found when it comes', async () => {
    const late = `localhost:1/longshore-late:${house.installation}`;
    const load = startLoad(house.port, 100);
    try {
      const commit = house.commit({ 'web.yaml': web({ version: '1', port: house.port, image: late }) });
      await untilFailed(/CannotPullContainerError/);
      expect((await house.status()).services[0]).toMatchObject({ healthy: 2 });
      const [repo, tag] = [late.slice(0, late.lastIndexOf(':')), house.installation];
      await engineJson(house.engine, `/images/longshore-demo:1/tag?repo=${encodeURIComponent(repo)}&tag=${tag}`, 'POST');
      await house.settled(commit);
      await expectWhole('1');
    } finally {
      expect((await load.stop()).failures).toEqual([]);
      const next = house.commit({ 'web.yaml': web({ version: '1', port: house.port }) });
      await house.settled(next);
      await engineJson(house.engine, `/images/${encodeURIComponent(late)}`, 'DELETE');
    }
  });

  test('a host port that a stranger holds is told, tried again, and taken when he leaves', async () => {
    const hostPort = await freePort();
    const stranger: Server = createServer();
    stranger.listen(hostPort, '0.0.0.0');
    await once(stranger, 'listening');
    const load = startLoad(house.port, 100);
    try {
      // Two tasks of today may stay beside one new one; only one can have the port.
      const commit = house.commit({ 'web.yaml': web({ version: '2', port: house.port, hostPort, count: 1 }) });
      await untilFailed(/host port \d+ of container instance local is taken by something else/);
      expect((await house.status()).services[0]?.healthy).toBeGreaterThan(0);
      stranger.close();
      await house.settled(commit);
      await expectWhole('2');
    } finally {
      stranger.close();
      expect((await load.stop()).failures).toEqual([]);
    }
  });
});
