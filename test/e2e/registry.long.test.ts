// A private registry, end to end: without a login the service says which one is missing, a login that is made while the daemon runs counts at
// the next try, and the password is in no log, no event and no status. The image holds no program, so its task can't start: the pull is judged.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callEngine } from '../../scripts/engine.mjs';
import { type TestRegistry, testRegistry } from '../support/registry.ts';
import { type House, makeHouse } from './house.ts';
import { web } from './manifests.ts';
import { proves } from '../proves.ts';

const PASSWORD = 'correct-horse-battery-staple';
const before = process.env['DOCKER_CONFIG'];
let house: House;
let registry: TestRegistry;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docker-'));
  process.env['DOCKER_CONFIG'] = folder;
  registry = await testRegistry({ login: { kind: 'token', username: 'alice', password: PASSWORD } });
  for (const tag of ['1', '2']) registry.add('team/app', tag);
  house = await makeHouse();
  mkdirSync(join(folder, 'secrets'));
  mkdirSync(house.state, { recursive: true, mode: 0o700 });
  const config = { secrets: { providers: [{ name: 'files', kind: 'directory', path: join(folder, 'secrets') }] } };
  writeFileSync(join(house.state, 'config.yaml'), JSON.stringify(config));
});
afterAll(async () => {
  if (before === undefined) delete process.env['DOCKER_CONFIG'];
  else process.env['DOCKER_CONFIG'] = before;
  await house.dispose();
  for (const tag of ['1', '2']) await callEngine(house.engine, `/images/${registry.address}/team/app:${tag}`, { method: 'DELETE' });
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

async function untilFailed(words: RegExp): Promise<void> {
  const told = async (): Promise<string> => {
    try {
      return (await house.status()).services[0]?.deployments.map(({ lastFailure }) => lastFailure).join('\n') ?? '';
    } catch {
      return 'no daemon answers yet';
    }
  };
  await expect.poll(told, { timeout: 40_000, interval: 100 }).toMatch(words);
}

/** Nothing that lasts or is shown holds any of the secrets. */
async function expectUnsaid(...secrets: readonly string[]): Promise<void> {
  const said = [
    JSON.stringify(house.log()),
    JSON.stringify(await house.status()),
    (await house.run('events', '--state', house.state, '--output', 'json')).stdout,
    readFileSync(join(house.state, 'ledger.sqlite')).toString('latin1'),
  ].join('\n');
  for (const secret of secrets) expect(said).not.toContain(secret);
}

test('an image of a private registry is pulled as soon as the user of the daemon has logged in', async () => {
  house.commit({ 'web.yaml': web({ version: '1', port: house.port, count: 1, image: `${registry.address}/team/app:1` }) });
  house.start();
  await untilFailed(new RegExp(`CannotPullContainerError: .*\`docker login ${registry.address}\` as the user of the daemon`));
  const entry = { auth: Buffer.from(`alice:${PASSWORD}`).toString('base64') };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [registry.address]: entry } }));
  await untilFailed(/CannotStartContainerError/);
  await expectUnsaid(PASSWORD, entry.auth);
});

test('an image is pulled with the login in the secret that its definition names, as soon as that is there', async () => {
  proves('containerDefinitions[].repositoryCredentials.credentialsParameter');
  writeFileSync(join(folder, 'config.json'), '{}');
  const image = `${registry.address}/team/app:2`;
  house.commit({ 'web.yaml': web({ version: '1', port: house.port, count: 1, image, credentials: 'files:registry' }) });
  await untilFailed(/CannotPullContainerError: repositoryCredentials: the secret files:registry: /);
  const login = JSON.stringify({ username: 'alice', password: PASSWORD });
  writeFileSync(join(folder, 'secrets', 'registry'), login);
  await expect.poll(async () => (await house.status()).services[0]?.deployments[0]?.images ?? [], { timeout: 40_000 }).toHaveLength(1);
  expect((await house.status()).services[0]?.deployments[0]?.images[0]?.reference).toBe(image);
  await expectUnsaid(PASSWORD, login);
});
