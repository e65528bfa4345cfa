// How a Vault that is not well is told, what of its versions and paths is asked for, and what it is never told. Over a real socket.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { faultOf, openOne } from '../../contract/secrets.ts';
import { openSecrets } from '../../../src/adapters/secrets/secrets.ts';
import { startFakeVault } from './fake-vault.ts';
import { vaultGet } from '../../../src/adapters/secrets/vault-client.ts';
import type { FakeVault, Trouble } from './fake-vault.ts';
import type { SecretProvider } from '../../../src/model/operator-config.ts';
import type { Secrets } from '../../../src/adapters/secrets/secrets.ts';

let vault: FakeVault;
let folder: string;
let tokenFile: string;
beforeEach(async () => {
  vault = await startFakeVault();
  folder = mkdtempSync(join(tmpdir(), 'vault-'));
  tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'root\n');
});
afterEach(async () => {
  await vault.close();
  rmSync(folder, { recursive: true });
});

async function write(path: string, data: unknown, namespace = ''): Promise<void> {
  const headers = { 'X-Vault-Token': 'root', ...(namespace !== '' && { 'X-Vault-Namespace': namespace }) };
  const answer = await fetch(`${vault.address}/v1/secret/data/${path}`, { method: 'POST', headers, body: JSON.stringify({ data }) });
  await answer.arrayBuffer();
}

function secrets(more: Partial<Extract<SecretProvider, { kind: 'vault' }>> = {}): Secrets {
  const provider = { name: 'vault', kind: 'vault', address: vault.address, tokenFile, ...more } as const;
  return openSecrets({ config: { providers: [provider] }, key: Buffer.alloc(32), environment: {} });
}

describe('a Vault', () => {
  it('is asked once for the keys of one secret', async () => {
    await write('shop/db', { user: 'shop', password: 'hunter2' });
    vault.requests.length = 0;
    const uses = ['user', 'password', 'user'].map((key) => ({ kind: 'secret', from: `vault:shop/db:${key}` }) as const);
    const found = await secrets().open(uses, AbortSignal.timeout(10_000));
    expect([...found.values()].map((opened) => (opened.kind === 'text' ? opened.text : opened))).toEqual(['shop', 'hunter2']);
    expect(vault.requests).toEqual(['GET /v1/secret/data/shop/db']);
  });

  it('gives earlier versions by their number and by AWSPREVIOUS, and says when one is deleted', async () => {
    for (const password of ['one', 'two', 'three']) await write('db', { password });
    const open = async (from: string) => openOne(secrets(), from, []);
    expect(await open('vault:db:password')).toMatchObject({ text: 'three' });
    expect(await open('arn:aws:secretsmanager:r:1:secret:db-AbCdEf:password:AWSPREVIOUS:')).toMatchObject({ text: 'two' });
    expect(await open('vault:db:password::1')).toMatchObject({ text: 'one' });
    const answer = await fetch(`${vault.address}/v1/secret/data/db`, { method: 'DELETE', headers: { 'X-Vault-Token': 'root' } });
    expect(answer.ok).toBe(true);
    expect(await faultOf(secrets(), 'vault:db:password', [])).toMatchObject({
      code: 'absent',
      message: expect.stringContaining('is deleted') as string,
    });
    expect(await open('vault:db:password::2')).toMatchObject({ text: 'two' });
  });

  it('is asked in its namespace, below its path, with every letter of a name encoded', async () => {
    await write('apps/my%20db%3Fx', { value: 'hunter2' }, 'team-a');
    expect(await openOne(secrets({ namespace: 'team-a', path: 'apps' }), 'vault:my db?x', [])).toMatchObject({ text: 'hunter2' });
    expect((await faultOf(secrets({ path: 'apps' }), 'vault:my db?x', [])).code).toBe('absent');
  });

  it('a token is read again each time', async () => {
    await write('db', { value: 'hunter2' });
    const kept = secrets();
    writeFileSync(tokenFile, 'revoked');
    expect(await faultOf(kept, 'db', [])).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('takes the token for none of its own') as string,
    });
    writeFileSync(tokenFile, 'root');
    expect(await openOne(kept, 'db', [])).toMatchObject({ text: 'hunter2' });
    for (const [content, words] of [
      ['', 'there is no token'],
      ['two words', 'is none'],
      ['a\r\nX-Evil: b', 'is none'],
    ] as const) {
      writeFileSync(tokenFile, content);
      expect((await faultOf(kept, 'db', [])).message).toContain(words);
    }
    rmSync(tokenFile);
    expect((await faultOf(kept, 'db', [])).message).toContain('can not be read');
  });

  it('may let a token read one path and not another', async () => {
    await write('mine', { value: 'x' });
    await write('theirs', { value: 'x' });
    vault.tokens.set('narrow', ['mine']);
    writeFileSync(tokenFile, 'narrow');
    expect(await openOne(secrets(), 'mine', [])).toMatchObject({ text: 'x' });
    expect(await faultOf(secrets(), 'theirs', [])).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('does not let the token read') as string,
    });
  });

  it.each<[Trouble, string, string, number]>([
    ['sealed', 'away', 'is sealed', 3],
    ['busy', 'away', 'too many requests', 3],
    ['failing', 'away', 'answered 500', 3],
    ['cut', 'away', 'can not be reached', 3],
    ['redirecting', 'refused', 'sends us elsewhere', 1],
    ['talking', 'away', 'what answers at', 3],
    ['huge', 'unusable', 'larger than a secret may be', 1],
  ])('that is %s: %s', async (trouble, code, words, tries) => {
    await write('db', { value: 'x' });
    vault.requests.length = 0;
    vault.trouble = trouble;
    const found = await secrets().fingerprint([{ kind: 'secret', from: 'db' }], [], AbortSignal.timeout(10_000));
    expect(found.get('secret db')?.fault).toMatchObject({ code, message: expect.stringContaining(words) as string });
    expect(JSON.stringify([...found])).not.toMatch(/root|hunter2/);
    expect(vault.requests.length).toBe(tries);
  });

  it('that fails for a moment is asked again', async () => {
    await write('db', { value: 'x' });
    vault.trouble = 'failing';
    vault.troubleFor = 2;
    expect(
      await secrets()
        .open([{ kind: 'secret', from: 'db' }], AbortSignal.timeout(10_000))
        .then((found) => found.get('secret db')),
    ).toMatchObject({ text: 'x' });
  });

  it('that is silent has a deadline for each try, and none outlives the signal', async () => {
    vault.trouble = 'silent';
    const options = {
      provider: 'vault',
      address: vault.address,
      namespace: null,
      token: { file: tokenFile },
      caFile: null,
      environment: {},
    };
    await expect(vaultGet({ ...options, tryMs: 50 }, 'secret/data/db', new AbortController().signal)).rejects.toMatchObject({
      code: 'away',
      message: expect.stringContaining('no answer in time') as string,
    });
    expect(vault.requests.length).toBe(3);
    const began = performance.now();
    expect((await faultOf(secrets(), 'db', [], AbortSignal.timeout(200))).code).toBe('away');
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('is recognised by its certificate, and gets no token before that', async () => {
    const tls = (name: string): string => fileURLToPath(new URL(`tls/${name}`, import.meta.url));
    const encrypted = await startFakeVault({
      key: readFileSync(tls('server-key.pem'), 'utf8'),
      cert: readFileSync(tls('server.pem'), 'utf8'),
    });
    try {
      const unknown = await faultOf(secrets({ address: encrypted.address }), 'db', []);
      expect(unknown).toMatchObject({ code: 'refused', hint: expect.stringContaining('caFile') as string });
      expect(encrypted.requests).toEqual([]);
      const known = secrets({ address: encrypted.address, caFile: tls('server.pem') });
      expect((await faultOf(known, 'db', [])).code).toBe('absent');
      expect(encrypted.requests.length).toBeGreaterThan(0);
      expect((await faultOf(secrets({ address: encrypted.address, caFile: tls('none.pem') }), 'db', [])).message).toContain(
        'can not be read',
      );
    } finally {
      await encrypted.close();
    }
  });
});
