// Files of a container that are secrets: one that can't be read is the answer, in ECS's words, and the engine is not asked at all.
import { beforeAll, afterAll, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../../src/adapters/docker/client.ts';
import { openSecrets } from '../../../src/adapters/secrets/secrets.ts';
import type { OutcomeError } from '../../../src/model/turn/outcome.ts';
import { putFiles } from '../../../src/adapters/docker/files.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longshore-files-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function answer(path: string): Promise<OutcomeError | null> {
  const config = { providers: [{ name: 'files', kind: 'directory' as const, path }] };
  const secrets = openSecrets({ config, key: new Uint8Array(32), environment: {} });
  const client = {
    call: async () => Promise.reject(new Error('the engine was asked')),
  };
  const file = { containerPath: '/run/secrets/db', content: null, valueFrom: 'shop/db', uid: '0', gid: '0', mode: 0o444 };
  return putFiles(client as unknown as Client, secrets, 'container', [file], AbortSignal.timeout(5_000));
}

it('a secret that is not there is final', async () => {
  expect(await answer(folder)).toEqual({
    code: 'ResourceInitializationError',
    message: `the secret shop/db: there is no file shop/db in ${folder}. Create the file, or correct the name.`,
  });
});

it('a provider that is away is asked again', async () => {
  expect(await answer(join(folder, 'unmounted'))).toMatchObject({ code: 'ProviderAway' });
});
