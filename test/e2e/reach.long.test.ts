// Both ways to a target on a real engine of the daemon's own machine: changed under load, and where only one of them is there.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, makeHouse } from './house.ts';
import { get } from './get.ts';
import { startLoad } from './load.ts';
import { web } from './manifests.ts';

describe('a target on a real engine', () => {
  let house: House;
  beforeAll(async () => {
    house = await makeHouse();
  });
  afterAll(async () => {
    await house.dispose();
  });

  test('is reached another way without a failed request or another container', async () => {
    house.start();
    await house.settled(house.commit({ 'web.yaml': web({ version: '1', port: house.port, reach: 'publishedPort' }) }));
    const before = await house.containers();
    const load = startLoad(house.port, 200);
    for (const reach of ['containerAddress', 'publishedPort', 'containerAddress'] as const) {
      await house.settled(house.commit({ 'web.yaml': web({ version: '1', port: house.port, reach }) }));
      expect(await get(house.port)).toMatchObject({ status: 200, version: '1' });
    }
    expect((await load.stop()).failures).toEqual([]);
    expect(await house.containers()).toEqual(before);
  });

  test('on an internal network, which publishes nothing, is reached at its own address', async () => {
    const load = startLoad(house.port, 200);
    await house.settled(house.commit({ 'web.yaml': web({ version: '2', port: house.port, internal: true }) }));
    expect((await load.stop()).failures).toEqual([]);
    const { observed } = await house.world();
    const views = [...observed.instances.values()].flatMap(({ containers }) => [...containers.values()]);
    const running = views.filter(({ state }) => state === 'running');
    expect(running.map(({ ports }) => ports)).toEqual([[], []]);
    expect(running.map(({ addresses }) => addresses?.map(({ isHere }) => isHere))).toEqual([[true], [true]]);
    expect(await get(house.port)).toMatchObject({ status: 200, version: '2' });
  });
});
