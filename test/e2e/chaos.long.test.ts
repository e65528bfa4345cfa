// The short form of `npm run chaos`.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, makeHouse } from './house.ts';
import { killDaemon, killProxy, rollUnderLoad, seeded } from './chaos.ts';
import { web } from './manifests.ts';

describe('under a constant load', () => {
  let house: House;
  beforeAll(async () => {
    house = await makeHouse();
    const commit = house.commit({ 'web.yaml': web({ version: '1', port: house.port }) });
    house.start();
    await house.settled(commit);
  });
  afterAll(async () => {
    await house.dispose();
  });

  test('4 deployments in a row, one of them broken, fail no request', async () => {
    expect((await rollUnderLoad(house, 4, 3, 200)).faults).toEqual([]);
  });

  test('a daemon killed with -9 at random moments fails no request and leaves no orphan and no double', async () => {
    const seed = Math.floor(Math.random() * 1e9);
    const result = await killDaemon(house, 4, 200, seeded(seed));
    expect({ seed, faults: result.faults }).toEqual({ seed, faults: [] });
  });

  test('a proxy killed with -9 is back within a second with the right table', async () => {
    expect((await killProxy(house, 2)).faults).toEqual([]);
  });
});
