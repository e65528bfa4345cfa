// From a commit to a healthy service behind the proxy, on a real engine: what the forecast says is what is done, a deployment drops no
// request, a broken version comes back by itself, a lost ledger kills nobody, and what git no longer declares goes away.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type House, makeHouse } from './house.ts';
import { actionsByTask, loggedActionsByTask } from './actions.ts';
import { createLoader } from '../../src/manifest/load.ts';
import { forecast } from '../../src/core/plan/forecast.ts';
import { get } from './get.ts';
import { startLoad } from './load.ts';
import { web } from './manifests.ts';
import { proves } from '../proves.ts';

describe('a service on a real engine', () => {
  let house: House;
  beforeAll(async () => {
    house = await makeHouse();
  });
  afterAll(async () => {
    await house.dispose();
  });

  test('is healthy behind the proxy after the first commit', async () => {
    const commit = house.commit({ 'web.yaml': web({ version: '1', port: house.port }) });
    house.start();
    const status = await house.settled(commit);
    expect(status.services).toMatchObject([{ id: 'e2e/web', running: 2, healthy: 2, steady: true, current: true }]);
    expect(await get(house.port)).toMatchObject({ status: 200, version: '1' });
  });

  test('rolls to a new version under load without a failed request, exactly as the forecast says', async () => {
    proves('containerDefinitions[].image');
    const load = startLoad(house.port, 200);
    const content = web({ version: '2', port: house.port, environment: { NOTE: 'second' } });
    const bytes = new TextEncoder().encode(content);
    const { desired } = createLoader()([{ path: 'web.yaml', id: 'next', kind: 'file', size: bytes.length, content: bytes }], 'next');
    const foretold = forecast({ ...(await house.world()), desired: desired ?? expect.unreachable('the manifest is good') });
    const before = house.log().length;
    const commit = house.commit({ 'web.yaml': content });
    await house.settled(commit);
    const result = await load.stop();
    expect(result.failures).toEqual([]);
    expect(load.versions()).toEqual(new Set(['1', '2']));
    expect(loggedActionsByTask(house.log().slice(before))).toEqual(actionsByTask(foretold));
  });

  test('rolls back from a broken version under load without a failed request', async () => {
    const load = startLoad(house.port, 200);
    const commit = house.commit({ 'web.yaml': web({ version: 'broken', port: house.port }) });
    const status = await house.settled(commit);
    const result = await load.stop();
    expect(result.failures).toEqual([]);
    expect(status.services[0]?.deployments.map((deployment) => deployment.rollout).slice(0, 2)).toEqual(['COMPLETED', 'ROLLED_BACK']);
    expect(status.services[0]?.deployments[1]?.lastFailure).toContain('exit code 1');
    expect(await get(house.port)).toMatchObject({ status: 200, version: '2' });
  });

  test('keeps its containers when the ledger is lost', async () => {
    const commit = house.commit({ 'web.yaml': web({ version: '2', port: house.port, environment: { NOTE: 'second' } }) });
    await house.settled(commit);
    const before = await house.containers();
    const load = startLoad(house.port, 100);
    await house.kill();
    for (const end of ['', '-wal', '-shm']) rmSync(join(house.state, `ledger.sqlite${end}`), { force: true });
    house.start();
    await house.settled(commit);
    expect((await load.stop()).failures).toEqual([]);
    expect(await house.containers()).toEqual(before);
  });

  test('is renamed under load without a failed request: the old tasks serve until the new ones do', async () => {
    const load = startLoad(house.port, 100);
    const commit = house.commit({ 'web.yaml': web({ version: '2', port: house.port, name: 'site' }) });
    const status = await house.settled(commit);
    expect((await load.stop()).failures).toEqual([]);
    expect(status.services).toMatchObject([{ id: 'e2e/site', running: 2, healthy: 2, steady: true }]);
  });

  test('replaces a task whose container was killed', async () => {
    const [victim] = await house.containers();
    const { callEngine } = await import('../../scripts/engine.mjs');
    await callEngine(house.engine, `/containers/${victim?.id}/kill`, { method: 'POST' });
    await expect
      .poll(async () => (await house.containers()).some((container) => container.id === victim?.id), { timeout: 20_000 })
      .toBe(false);
    const status = await house.settled(house.git('rev-parse', 'HEAD'));
    expect(status.services[0]).toMatchObject({ healthy: 2, running: 2 });
  });

  test('a bad commit changes nothing and says where it is wrong', async () => {
    const before = await house.containers();
    const commit = house.commit({ 'web.yaml': web({ version: '1', port: house.port }).replace('desiredCount', 'desiredCuont') });
    await expect.poll(async () => (await house.status()).refusedCommit, { timeout: 10_000 }).toBe(commit);
    const status = await house.status();
    expect(status.problems[0]).toMatchObject({ severity: 'error', file: 'web.yaml' });
    expect(status.problems[0]?.hint).toContain('desiredCount');
    expect(await house.containers()).toEqual(before);
  });

  test('an empty commit deletes nothing', async () => {
    const before = await house.containers();
    const commit = house.commit({ 'web.yaml': null });
    await expect.poll(async () => (await house.status()).refusedCommit, { timeout: 10_000 }).toBe(commit);
    expect(await house.containers()).toEqual(before);
  });

  test('what git no longer declares is drained and removed, with its network left for its cluster', async () => {
    const commit = house.commit({ 'web.yaml': JSON.stringify({ kind: 'Cluster', clusterName: 'e2e' }) });
    const status = await house.settled(commit);
    expect(status.services).toEqual([]);
    expect(await house.containers()).toEqual([]);
  });
});
