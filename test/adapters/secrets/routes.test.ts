import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { faultOf, openOne } from '../../contract/secrets.ts';
import { matchesStars } from '../../../src/std/text.ts';
import { openSecrets } from '../../../src/adapters/secrets/secrets.ts';
import { sopsFile } from './sops-encrypt.ts';
import { sourceFile } from '../../manifest/story.ts';
import type { SecretsConfig } from '../../../src/model/operator-config.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'secrets-'));
  for (const name of ['a', 'b']) mkdirSync(join(place, name));
});
afterEach(() => rmSync(place, { recursive: true }));

const opened = (config: SecretsConfig | null) =>
  openSecrets({ config, key: Buffer.alloc(32), environment: { SESSION: 'from the environment' } });

function config(routes?: SecretsConfig['routes']): SecretsConfig {
  return {
    providers: [
      { name: 'a', kind: 'directory', path: join(place, 'a') },
      { name: 'b', kind: 'directory', path: join(place, 'b') },
      { name: 'env', kind: 'environment', allow: ['SESSION'] },
    ],
    ...(routes !== undefined && { routes }),
  };
}

describe('routes', () => {
  it.each([
    ['db', 'db', true],
    ['db', 'db2', false],
    ['*', '', true],
    ['prod/*', 'prod/db', true],
    ['prod/*', 'preprod/db', false],
    ['*/db', 'prod/db', true],
    ['arn:aws:ssm:*', 'arn:aws:ssm:eu:1:parameter/x', true],
    ['arn:*:secret:prod/*', 'arn:aws:secretsmanager:eu:1:secret:prod/x', true],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['a**a', 'aa', true],
    ['a.c', 'abc', false],
  ])('%s takes %s: %s', (match, from, takes) => expect(matchesStars(match, from)).toBe(takes));

  it('the first that matches counts; a manifest may name a provider, and nothing else', async () => {
    writeFileSync(join(place, 'a/db'), 'in a');
    writeFileSync(join(place, 'b/db'), 'in b');
    const secrets = opened(
      config([
        { match: 'SESSION', provider: 'env' },
        { match: '/*', provider: 'b' },
        { match: '*', provider: 'a' },
      ]),
    );
    expect(await openOne(secrets, 'SESSION', [])).toMatchObject({ text: 'from the environment' });
    expect(await openOne(secrets, '/db', [])).toMatchObject({ text: 'in b' });
    expect(await openOne(secrets, 'db', [])).toMatchObject({ text: 'in a' });
    expect(await openOne(secrets, 'b:db', [])).toMatchObject({ text: 'in b' });
    expect(await faultOf(secrets, 'evn:db', [])).toMatchObject({ code: 'refused', hint: 'Did you mean env?' });
    expect((await faultOf(secrets, 'https://evil.example/db', [])).message).toContain('no provider is called https');
    expect((await faultOf(secrets, 'env:PATH', [])).message).toContain('none of the variables that env may read');
  });

  it('without any provider, or without a route, nothing is read', async () => {
    expect((await faultOf(opened(null), 'db', [])).message).toBe('the secret db: no secret provider is configured');
    expect((await faultOf(opened(config([{ match: 'x', provider: 'a' }])), 'db', [])).message).toContain(
      'no route of the configuration matches it',
    );
  });
});

describe('files of variables', () => {
  const use = { kind: 'environment-file', from: 'arn:aws:s3:::bucket/env/prod.env' } as const;
  const variables = async (secrets: ReturnType<typeof opened>, files: Parameters<typeof openOne>[2]) => {
    const prints = await secrets.fingerprint([use], files, AbortSignal.timeout(5_000));
    const found = [...(await secrets.open([use], AbortSignal.timeout(5_000))).values()][0];
    if (found?.kind === 'variables') expect([...prints.values()][0]?.fingerprint).toBe(found.fingerprint);
    return found?.kind === 'variables'
      ? Object.fromEntries(found.variables.map(({ name, value }) => [name, value]))
      : found?.kind === 'fault'
        ? found.fault
        : found;
  };

  it('lie in the commit, under bucket and key or the key alone', async () => {
    const files = [sourceFile('bucket/env/prod.env', 'A=1\n'), sourceFile('env/prod.env', 'A=2\n')];
    expect(await variables(opened(null), files)).toEqual({ A: '1' });
    expect(await variables(opened(null), files.slice(1))).toEqual({ A: '2' });
  });

  it('a plain path is one of the commit alone: no role is asked for it, so it opens nothing that a provider keeps', async () => {
    mkdirSync(join(place, 'b/env'), { recursive: true });
    writeFileSync(join(place, 'b/env/plain.env'), 'A=4\n');
    const plain = { kind: 'environment-file', from: 'env/plain.env' } as const;
    for (const secrets of [
      opened({ providers: [{ name: 'b', kind: 'directory', path: join(place, 'b') }] }),
      opened(config([{ match: '*', provider: 'b' }])),
    ]) {
      await secrets.fingerprint([plain], [], AbortSignal.timeout(5_000));
      const [found] = [...(await secrets.open([plain], AbortSignal.timeout(5_000))).values()];
      expect(found).toMatchObject({ kind: 'fault', fault: { code: 'absent', hint: expect.stringContaining('Commit the file') } });
    }
  });

  it('else where a route leads to files, and never where it leads to something else', async () => {
    mkdirSync(join(place, 'b/bucket/env'), { recursive: true });
    writeFileSync(join(place, 'b/bucket/env/prod.env'), '# x\nA="3"\n');
    expect(
      await variables(
        opened(
          config([
            { match: 'arn:aws:s3:::*', provider: 'b' },
            { match: '*', provider: 'env' },
          ]),
        ),
        [],
      ),
    ).toEqual({ A: '"3"' });
    expect(await variables(opened(config([{ match: '*', provider: 'env' }])), [])).toMatchObject({
      code: 'absent',
      message: `the environment file ${use.from}: the commit has no file bucket/env/prod.env or env/prod.env`,
    });
  });

  it('may be encrypted with SOPS', async () => {
    const identity = await generateX25519Identity();
    writeFileSync(join(place, 'key'), identity);
    const text = await sopsFile(
      'env/prod.env',
      { A: 'hunter2', B_unencrypted: 'x' },
      { recipients: [await identityToRecipient(identity)] },
    );
    const files = [sourceFile('env/prod.env', text)];
    const git: SecretsConfig = { providers: [{ name: 'git', kind: 'sops', ageKeyFile: join(place, 'key') }] };
    expect(await variables(opened(git), files)).toEqual({ A: 'hunter2', B_unencrypted: 'x' });
    expect(await variables(opened(config()), files)).toMatchObject({
      code: 'refused',
      hint: expect.stringContaining('kind sops') as string,
    });
  });

  it('with what no environment can hold are told without a value', async () => {
    expect(await variables(opened(null), [sourceFile('env/prod.env', 'A=hunter2\0')])).toMatchObject({
      code: 'unusable',
      message: expect.not.stringContaining('hunter2') as string,
    });
  });
});
