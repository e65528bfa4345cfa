// Pulls by a real engine from a real registry: logins of every kind arrive, what is refused says what to do, and no secret is seen anywhere.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSecrets } from '../../../src/adapters/secrets/secrets.ts';
import { dockerLogins } from '../../../src/adapters/registry/logins.ts';
import type { ActResult, Engine, Log, PullProgress } from '../../../src/daemon/ports.ts';
import { callEngine } from '../../../scripts/engine.mjs';
import { engineAt } from '../../support/docker-harness.ts';
import { engineForTests, engineJson, newInstallation, removeContainer } from '../../support/engine.ts';
import { type RegistryOptions, type TestRegistry, testRegistry } from '../../support/registry.ts';

const socketPath = await engineForTests();
/** A pull without news for this long is given up. */
const STILL_MS = 4_000;
const SECRET = 'correct-horse-battery-staple';
const IDENTITY_TOKEN = 'identity-of-alice';
const BASIC = { kind: 'basic', username: 'alice', password: SECRET } as const;
const TOKEN = { ...BASIC, kind: 'token', identityToken: IDENTITY_TOKEN } as const;
/** What a container definition may name as repositoryCredentials. */
const secrets = openSecrets({
  config: { providers: [{ name: 'env', kind: 'environment', allow: ['GOOD', 'BAD', 'NONE'] }] },
  key: new Uint8Array(32),
  environment: {
    GOOD: JSON.stringify({ username: 'alice', password: SECRET }),
    BAD: JSON.stringify({ username: 'mallory', password: `${SECRET}!` }),
    NONE: SECRET,
  },
});
const PATH = process.env['PATH'] ?? '';

let folder: string;
let engine: Engine;
let logged: string;
const registries: TestRegistry[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pull-'));
  logged = '';
  const log: Log = { write: (...words) => (logged += JSON.stringify(words)) };
  engine = engineAt(socketPath, newInstallation(), log, dockerLogins(folder), secrets);
});
afterEach(async () => {
  process.env['PATH'] = PATH;
  engine.close();
  const images = await engineJson<{ RepoTags: string[] | null; RepoDigests: string[] | null }[]>(socketPath, '/images/json');
  for (const name of images.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])])) {
    if (registries.some(({ address }) => name.startsWith(`${address}/`)))
      await callEngine(socketPath, `/images/${name}`, { method: 'DELETE', limitMs: 20_000 });
  }
  for (const registry of registries.splice(0)) await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (options: RegistryOptions = {}): Promise<TestRegistry> => {
  const registry = await testRegistry(options);
  registries.push(registry);
  registry.add('team/app', '1');
  return registry;
};
const configure = (config: unknown): void => writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
const pull = (
  reference: string,
  report?: (progress: PullProgress) => void,
  credentials?: string,
  platform?: string,
): Promise<ActResult> => {
  const action = {
    ...{ kind: 'pull-image' as const, key: 'pull', because: 'a test asks for it', instance: 'contract', service: 'web', reference },
    ...(credentials !== undefined && { credentials }),
    ...(platform !== undefined && { platform }),
  };
  return engine.act(action, AbortSignal.timeout(50_000), report);
};
const refusal = async (reference: string, credentials?: string): Promise<string> => {
  const result = await pull(reference, undefined, credentials);
  expect(result.error?.code).toBe('CannotPullContainerError');
  expect(`${logged}${JSON.stringify(result)}`).not.toContain(SECRET);
  return result.error?.message ?? '';
};

it('a pull tells how far it is', async () => {
  const registry = await open();
  const bytes = 2_000_000;
  registry.add('team/large', '1', bytes);
  registry.slow(10);
  const seen: PullProgress[] = [];
  expect((await pull(`${registry.address}/team/large:1`, (progress) => seen.push(progress))).error).toBeNull();
  const last = seen.at(-1);
  expect(last).toMatchObject({ layers: 1, layersDone: 1 });
  expect(last?.bytes).toBe(last?.totalBytes);
  expect(last?.totalBytes).toBeGreaterThan(bytes * 0.9);
  expect(seen.some((progress) => progress.bytes > 0 && progress.bytes < progress.totalBytes)).toBe(true);
});

it('an image for several processors is known by the digest of all of them, in every store', async () => {
  const registry = await open();
  const digest = registry.addList('team/several', '1', ['amd64', 'arm64']);
  const { error, image } = await pull(`${registry.address}/team/several:1`);
  expect(error).toBeNull();
  expect(image?.digest).toBe(digest);
  const pinned = `${registry.address}/team/several@${digest}`;
  const look = { kind: 'image', key: 'look', instance: 'contract', reference: pinned } as const;
  expect((await engine.look(look, AbortSignal.timeout(50_000))).image).toEqual(image);
  const { Id } = await engineJson<{ Id: string }>(socketPath, '/containers/create', 'POST', { Image: pinned });
  try {
    // What a container says that it runs is what its image is called.
    expect((await engineJson<{ Image: string }>(socketPath, `/containers/${Id}/json`)).Image).toBe(image?.id);
  } finally {
    await removeContainer(socketPath, Id);
  }
});

it('a pull that stands still is given up, and succeeds when it is asked for again, while the first connection still hangs', async () => {
  engine.close();
  engine = engineAt(socketPath, newInstallation(), undefined, dockerLogins(folder), secrets, undefined, STILL_MS);
  const registry = await open();
  registry.add('team/large', '1', 2_000_000);
  registry.stand(true);
  const { error } = await pull(`${registry.address}/team/large:1`);
  expect(error?.code).toBe('Failed');
  expect(error?.message).toMatch(
    /the pull of .*\/team\/large:1 stood still for 4 s, at 0 of 1 layers, .* MiB: look whether its registry answers/,
  );
  registry.stand(false);
  expect(await pull(`${registry.address}/team/large:1`)).toMatchObject({ error: null, brought: true });
});

it('a pull may take as long as it likes while something comes', async () => {
  engine.close();
  engine = engineAt(socketPath, newInstallation(), undefined, dockerLogins(folder), secrets, undefined, STILL_MS);
  const registry = await open();
  registry.add('team/large', '1', 4_000_000);
  // 61 pieces. The containerd store tells of each whole MiB only.
  registry.slow(100);
  const began = performance.now();
  expect((await pull(`${registry.address}/team/large:1`)).error).toBeNull();
  expect(performance.now() - began).toBeGreaterThan(STILL_MS);
});

it('a pull brings the image for the platform that is asked for, under the digest of all of them', async () => {
  const registry = await open();
  const digest = registry.addList('team/many', '1', ['amd64', 'arm64', 's390x']);
  const reference = `${registry.address}/team/many`;
  const architecture = async (platform?: string): Promise<unknown> => {
    expect(await pull(`${reference}@${digest}`, undefined, undefined, platform)).toMatchObject({ error: null, image: { digest } });
    const { Architecture } = await engineJson<{ Architecture: string }>(socketPath, `/images/${reference}@${digest}/json`);
    await engineJson(socketPath, `/images/${reference}@${digest}`, 'DELETE');
    return Architecture;
  };
  expect(await architecture('linux/s390x')).toBe('s390x');
  expect(await architecture('linux/arm64')).toBe('arm64');
  expect(await architecture()).toBe(process.arch === 'arm64' ? 'arm64' : 'amd64');
});

describe('a pull with a login', () => {
  it.each([
    ['a password, basic', BASIC, { username: 'alice', password: SECRET }],
    ['a password, for a token', TOKEN, { username: 'alice', password: SECRET }],
    ['an identity token', TOKEN, { auth: Buffer.from('alice:').toString('base64'), identitytoken: IDENTITY_TOKEN }],
  ])('succeeds with %s', async (_, login, entry) => {
    const registry = await open({ login });
    configure({ auths: { [registry.address]: entry } });
    const digest = registry.add('team/app', '2');
    expect(await pull(`${registry.address}/team/app:2`)).toEqual({
      error: null,
      image: { id: expect.any(String) as string, digest },
      brought: true,
    });
  });

  it('succeeds with what a credential program says', async () => {
    const registry = await open({ login: BASIC });
    configure({ credsStore: 'test' });
    const file = join(folder, 'docker-credential-test');
    writeFileSync(file, `#!/bin/sh\necho '${JSON.stringify({ Username: 'alice', Secret: SECRET })}'\n`);
    chmodSync(file, 0o755);
    process.env['PATH'] = `${folder}:${PATH}`;
    expect((await pull(`${registry.address}/team/app:1`)).error).toBeNull();
  });

  it('goes on without one when the program is not there, and says so when it is refused', async () => {
    configure({ credsStore: 'absent' });
    const everybody = await open();
    expect((await pull(`${everybody.address}/team/app:1`)).error).toBeNull();
    const closed = await open({ login: BASIC });
    expect(await refusal(`${closed.address}/team/app:1`)).toContain('docker-credential-absent is not on the PATH of the daemon');
  });

  it('that does not hold says where it came from', async () => {
    const registry = await open({ login: TOKEN });
    configure({ auths: { [registry.address]: { username: 'mallory', password: SECRET } } });
    const told = await refusal(`${registry.address}/team/app:1`);
    expect(told).toContain(`with the login of ${join(folder, 'config.json')}`);
  });

  it('that the registry puts into its refusal is cut out', async () => {
    const registry = await open();
    configure({ auths: { [registry.address]: { username: 'alice', password: SECRET } } });
    registry.refuse({ status: 401, code: 'UNAUTHORIZED', message: `alice:${SECRET} is nobody` });
    await refusal(`${registry.address}/team/app:1`);
  });
});

describe('a pull with the login of a secret', () => {
  it('counts instead of config.json', async () => {
    const registry = await open({ login: BASIC });
    configure({ auths: { [registry.address]: { username: 'mallory', password: 'x' } } });
    expect((await pull(`${registry.address}/team/app:1`, undefined, 'env:GOOD')).error).toBeNull();
  });

  it('says which secret does not hold', async () => {
    const registry = await open({ login: BASIC });
    expect(await refusal(`${registry.address}/team/app:1`, 'env:BAD')).toContain('with the login of the secret env:BAD');
  });

  it('is not tried without one: its author says that it is needed', async () => {
    const registry = await open();
    expect(await refusal(`${registry.address}/team/app:1`, 'env:NONE')).toContain('the secret env:NONE is no login. Make it {"username"');
    expect(await refusal(`${registry.address}/team/app:1`, 'env:ABSENT')).toMatch(/^repositoryCredentials: the secret env:ABSENT: /);
    expect(registry.requests).toEqual([]);
  });
});

describe('a refused pull says what to do', () => {
  it('without a login', async () => {
    const registry = await open({ login: BASIC });
    expect(await refusal(`${registry.address}/team/app:1`)).toContain(`\`docker login ${registry.address}\` as the user of the daemon`);
  });

  it('for an image that is not there', async () => {
    const registry = await open();
    const advice = /has no image .*: check the name and the tag, and that it was pushed\. The engine says: /;
    expect(await refusal(`${registry.address}/team/app:9`)).toMatch(advice);
    expect(await refusal(`${registry.address}/team/absent:1`)).toMatch(advice);
  });

  it.each([
    [403, 'DENIED', /does not let us pull/],
    [429, 'TOOMANYREQUESTS', /allows no more pulls for now/],
    [503, 'UNAVAILABLE', /has trouble of its own/],
  ])('when the registry answers %d', async (status, code, advice) => {
    const registry = await open();
    registry.refuse({ status, code, message: 'requested access to the resource is denied' });
    expect(await refusal(`${registry.address}/team/app:1`)).toMatch(advice);
  });

  it('when nothing listens', async () => {
    expect(await refusal('127.0.0.1:1/team/app:1')).toMatch(/^127\.0\.0\.1:1 does not answer: /);
  });

  it('when the name does not resolve', async () => {
    expect(await refusal('registry.invalid/team/app:1')).toMatch(/^the name registry\.invalid does not resolve on the engine's host: /);
  });

  it('when the registry speaks plain HTTP', async () => {
    // Every engine's host has one: the engine's own bridge.
    const outside = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    const registry = await open({ host: outside.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '' });
    expect(await refusal(`${registry.address}/team/app:1`)).toMatch(/ speaks plain HTTP: /);
  });
});
