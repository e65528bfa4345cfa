// Who is asked for the image of a container, on a real engine with a registry beside it: by what its definition says, and for which platform.
// The images of the registry hold no program, so their tasks can't start: what the registry was asked, and what the engine has, is judged.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callEngine } from '../../scripts/engine.mjs';
import { type House, makeHouse } from './house.ts';
import { type Json, container, service, taskDefinition } from './definitions.ts';
import { type TestRegistry, testRegistry } from '../support/registry.ts';
import { IMAGE } from '../support/images.ts';
import { containerOf } from './inside.ts';
import { engineJson } from '../support/engine.ts';
import { proves } from '../proves.ts';

const LIMIT = { timeout: 60_000, interval: 100 };
const STAY = 'setInterval(() => {}, 1e6);';
let house: House;
let registry: TestRegistry;

beforeAll(async () => {
  registry = await testRegistry();
  for (const tag of ['cached', 'absent']) registry.add('team/app', tag);
  registry.addList('team/many', '1', ['amd64', 'arm64', 's390x']);
  house = await makeHouse();
  await engineJson(house.engine, `/images/create?fromImage=${encodeURIComponent(`${registry.address}/team/app`)}&tag=cached`, 'POST').catch(
    () => undefined,
  );
  house.start();
}, 60_000);
afterAll(async () => {
  await house.dispose();
  const images = await engineJson<{ Id: string; RepoTags: string[] | null; RepoDigests: string[] | null }[]>(house.engine, '/images/json');
  for (const { Id, RepoTags, RepoDigests } of images)
    if ([...(RepoTags ?? []), ...(RepoDigests ?? [])].some((name) => name.startsWith(registry.address)))
      await callEngine(house.engine, `/images/${Id}?force=1`, { method: 'DELETE' });
  await registry.close();
});

/** Manifests asked for of a repository since the last question. */
function asked(repository: string): number {
  return registry.requests.filter(({ line }) => line.includes(`/v2/${repository}/manifests/`)).length;
}

/** Commits one service, and waits for what its deployment comes to: a digest or an id, or why not. */
async function deploy(name: string, more: Json): Promise<string> {
  const definition = taskDefinition(name, {}, [container('app', STAY, more)]);
  const documents = [{ kind: 'Cluster', clusterName: 'e2e' }, definition, service(name)];
  house.commit({ 'all.yaml': documents.map((document) => JSON.stringify(document)).join('\n---\n') });
  let said = '';
  const look = async (): Promise<string> => {
    const status = await house.status().catch(() => null);
    const own = status?.services.find((one) => one.id === `e2e/${name}`)?.deployments[0];
    said = own?.images.length === 1 ? JSON.stringify(own.images) : (own?.lastFailure ?? '');
    return said;
  };
  await expect.poll(look, LIMIT).not.toBe('');
  return said;
}

test('the registry is asked always, or when no instance has the image, or never', { timeout: 240_000 }, async () => {
  proves(
    'containerDefinitions[].x-longshore.pullPolicy: always',
    'containerDefinitions[].x-longshore.pullPolicy: missing',
    'containerDefinitions[].x-longshore.pullPolicy: never',
  );
  const cached = `${registry.address}/team/app:cached`;
  const absent = `${registry.address}/team/app:absent`;
  const before = asked('team/app');
  expect(before).toBeGreaterThan(0);
  expect(await deploy('there', { image: cached, 'x-longshore': { pullPolicy: 'missing' } })).toContain('sha256:');
  expect(asked('team/app')).toBe(before);
  expect(await deploy('again', { image: cached, 'x-longshore': { pullPolicy: 'always' } })).toContain('sha256:');
  const after = asked('team/app');
  expect(after).toBeGreaterThan(before);
  expect(await deploy('nowhere', { image: absent, 'x-longshore': { pullPolicy: 'never' } })).toContain(
    `no instance has ${absent}, and the pullPolicy of container app is never`,
  );
  expect(asked('team/app')).toBe(after);
  expect(await deploy('fetched', { image: absent, 'x-longshore': { pullPolicy: 'missing' } })).toContain('sha256:');
  expect(asked('team/app')).toBeGreaterThan(after);
  await deploy('here', { image: IMAGE, 'x-longshore': { pullPolicy: 'never' } });
  await expect.poll(async () => (await containerOf(house, 'here', 'app'))?.id ?? '', LIMIT).not.toBe('');
  const made = (await containerOf(house, 'here', 'app'))?.id ?? '';
  const { Image } = await engineJson<{ Image: string }>(house.engine, `/containers/${made}/json`);
  expect(Image).toBe((await engineJson<{ Id: string }>(house.engine, `/images/${IMAGE}/json`)).Id);
});

test('the image is that of the platform which its container names', { timeout: 90_000 }, async () => {
  proves('containerDefinitions[].x-longshore.platform');
  await deploy('other', { image: `${registry.address}/team/many:1`, 'x-longshore': { platform: 'linux/s390x' } });
  await expect.poll(async () => (await containerOf(house, 'other', 'app'))?.id ?? '', LIMIT).not.toBe('');
  const made = (await containerOf(house, 'other', 'app'))?.id ?? '';
  const { Image } = await engineJson<{ Image: string }>(house.engine, `/containers/${made}/json`);
  expect((await engineJson<{ Architecture: string }>(house.engine, `/images/${Image}/json`)).Architecture).toBe('s390x');
});
