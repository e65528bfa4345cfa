// Where tasks are placed, on a real engine: what an instance has decides, and when it changes in git the task that waited finds its place.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineJson } from '../support/engine.ts';
import { type House, makeHouse } from './house.ts';
import { type Json, container, service, taskDefinition } from './definitions.ts';
import { containerOf } from './inside.ts';
import { proves, provesPlacement } from '../proves.ts';

const WAITS = `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6);`;
const CLOSEST = 'no container instance met all of its requirements. The closest matching (container-instance local)';

describe('the place of a task', { timeout: 120_000 }, () => {
  let house: House;
  beforeAll(async () => {
    house = await makeHouse();
    house.commit({ 'cluster.yaml': cluster('hdd') });
    house.start();
  });
  afterAll(async () => {
    await house.dispose();
  });

  /** The cluster, with a disk of its one instance. */
  function cluster(disk: string): string {
    return JSON.stringify({
      kind: 'Cluster',
      clusterName: 'e2e',
      'x-longshore': { instances: [{ name: 'local', attributes: [{ name: 'disk', value: disk }] }] },
    });
  }

  function application(name: string, definition: Json, more: Json = {}): Readonly<Record<string, string>> {
    const documents = [taskDefinition(name, definition, [container(name, WAITS)]), service(name, more)];
    return { [`${name}.yaml`]: documents.map((document) => JSON.stringify(document)).join('\n---\n') };
  }

  /** Waits until a service says why it has no place. */
  async function untilRefused(name: string, words: string): Promise<void> {
    const told = async (): Promise<string> => (await house.status()).services.find(({ id }) => id === `e2e/${name}`)?.message ?? '';
    await expect.poll(told, { timeout: 30_000 }).toContain(words);
    expect(await containerOf(house, name, name)).toBeNull();
  }

  test('is where its definition allows it: none until an instance has the attribute, then there', async () => {
    proves('placementConstraints[].{type,expression}');
    provesPlacement('process: a service without a place');
    provesPlacement('constraint: memberOf');
    provesPlacement('attribute: of the machine', 'attribute:disk == ssd and agentConnected == true');
    const placementConstraints = [{ type: 'memberOf', expression: 'attribute:disk == ssd and agentConnected == true' }];
    house.commit(application('picky', { placementConstraints }));
    await untilRefused(
      'picky',
      `${CLOSEST} encountered error "MemberOf placement constraint unsatisfied.": attribute:disk == ssd (it is hdd).`,
    );
    const commit = house.commit({ 'cluster.yaml': cluster('ssd') });
    await house.settled(commit);
    expect(await containerOf(house, 'picky', 'picky')).not.toBeNull();
    house.commit({ 'picky.yaml': null });
  });

  test('is on the processor that its images are made for, and on no other', async () => {
    proves('runtimePlatform.cpuArchitecture: X86_64', 'runtimePlatform.cpuArchitecture: ARM64');
    provesPlacement('attribute: architecture');
    const { Architecture } = await engineJson<{ Architecture: string }>(house.engine, '/info');
    const own = Architecture === 'aarch64' ? 'ARM64' : 'X86_64';
    for (const cpuArchitecture of ['X86_64', 'ARM64']) {
      const name = cpuArchitecture === own ? 'own' : 'other';
      house.commit(application(name, { runtimePlatform: { cpuArchitecture } }));
      if (name === 'own') await expect.poll(async () => containerOf(house, 'own', 'own'), { timeout: 30_000 }).not.toBeNull();
      else await untilRefused('other', `not ${cpuArchitecture.toLowerCase()}.`);
    }
    house.commit({ 'own.yaml': null, 'other.yaml': null });
  });

  test('is its own with distinctInstance: the second task waits for a second instance', async () => {
    provesPlacement('constraint: distinctInstance');
    house.commit(application('alone', {}, { desiredCount: 2, placementConstraints: [{ type: 'distinctInstance' }] }));
    const told = async (): Promise<string> => (await house.status()).services.find(({ id }) => id === 'e2e/alone')?.message ?? '';
    await expect
      .poll(told, { timeout: 30_000 })
      .toContain('DistinctInstance placement constraint unsatisfied.": it has a task of service:alone.');
    await expect.poll(async () => (await house.containers()).filter(({ name }) => name.includes('alone')).length).toBe(1);
    const commit = house.commit(application('alone', {}, { desiredCount: 2 }));
    await house.settled(commit);
    expect((await house.containers()).filter(({ name }) => name.includes('alone'))).toHaveLength(2);
  });
});
