// SOPS files: every format and rule, and that nothing which was changed behind SOPS's back is ever given.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { faultOf, openOne } from '../../contract/secrets.ts';
import { openSecrets } from '../../../src/adapters/secrets/secrets.ts';
import { sopsFile } from './sops-encrypt.ts';
import { sourceFile } from '../../manifest/story.ts';
import type { Encryption } from './sops-encrypt.ts';

let folder: string;
let recipients: string[];
let stranger: string;
let modern: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sops-'));
  const [mine, hybrid] = [await generateX25519Identity(), await generateHybridIdentity()];
  recipients = [await identityToRecipient(mine)];
  modern = await identityToRecipient(hybrid);
  stranger = await identityToRecipient(await generateX25519Identity());
  writeFileSync(join(folder, 'key.txt'), `# created: 2026-11-27\n# public key: ${recipients[0]}\n${mine}\n\n${hybrid}\n`);
  writeFileSync(join(folder, 'empty.txt'), '# nothing\n');
  writeFileSync(join(folder, 'broken.txt'), 'AGE-SECRET-KEY-1QQQQ\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const secrets = (path?: string, key = 'key.txt') =>
  openSecrets({
    config: { providers: [{ name: 'git', kind: 'sops', ageKeyFile: join(folder, key), ...(path !== undefined && { path }) }] },
    key: Buffer.alloc(32),
    environment: {},
  });
const VALUES = {
  user: 'shop',
  password: 'hunter2',
  port: 5432,
  ratio: 0.25,
  tls: true,
  empty: '',
  nothing: null,
  hosts: ['a', 'b'],
  nested: { deep: { key: 'inner' } },
};

async function file(path: string, values: Parameters<typeof sopsFile>[1], more: Partial<Encryption> = {}) {
  return sourceFile(path, await sopsFile(path, values, { recipients, ...more }));
}

describe('SOPS files', () => {
  it.each(['secrets/shop/db.yaml', 'secrets/shop/db.yml', 'secrets/shop/db.json', 'secrets/shop/db.enc.yaml', 'secrets/shop/db.sops.json'])(
    '%s',
    async (path) => {
      const files = [await file(path, VALUES)];
      const text = async (from: string) => {
        const opened = await openOne(secrets(), from, files);
        return opened.kind === 'text' ? opened.text : opened;
      };
      expect(await text('arn:aws:secretsmanager:r:1:secret:shop/db-AbCdEf:password::')).toBe('hunter2');
      expect(await text('/shop/db/password')).toBe('hunter2');
      expect(await text('git:shop/db:port')).toBe('5432');
      expect(await text('git:shop/db/ratio')).toBe('0.25');
      expect(await text('git:shop/db:tls')).toBe('true');
      expect(await text('git:shop/db:empty')).toBe('');
      expect(await text('git:shop/db:hosts')).toBe('["a","b"]');
      expect(await text('/shop/db/nested/deep/key')).toBe('inner');
      expect(await text('git:shop/db/nested:deep')).toBe('{"key":"inner"}');
      const whole = await text('git:shop/db');
      expect(JSON.parse(typeof whole === 'string' ? whole : '')).toEqual(VALUES);
      expect((await faultOf(secrets(), 'git:shop/db:nothing', files)).code).toBe('absent');
    },
  );

  it('in the form NAME=value', async () => {
    const files = [await file('secrets/shop.env', { DB_PASSWORD: 'hunter2', PEM: 'one\ntwo', 'shop/slash': 'x' })];
    expect(await openOne(secrets(), 'git:shop:DB_PASSWORD', files)).toMatchObject({ text: 'hunter2' });
    expect(await openOne(secrets(), 'git:shop/PEM', files)).toMatchObject({ text: 'one\ntwo' });
  });

  it('one file may hold all, by whole names or by keys inside each other', async () => {
    const files = [await file('all.yaml', { SESSION_SECRET: 'a', 'shop/db/password': 'b', shop: { db: { user: 'c' } } })];
    for (const [name, text] of [
      ['SESSION_SECRET', 'a'],
      ['/shop/db/password', 'b'],
      ['/shop/db/user', 'c'],
    ] as const) {
      expect(await openOne(secrets('all.yaml'), name, files)).toMatchObject({ text });
    }
    const beside = [await file('secrets.yaml', { SESSION_SECRET: 'd' })];
    expect(await openOne(secrets(), 'SESSION_SECRET', beside)).toMatchObject({ text: 'd' });
  });

  it('the longest file that has the key counts', async () => {
    const files = [
      await file('secrets/shop.yaml', { db: { password: 'short', user: 'u' } }),
      await file('secrets/shop/db.yaml', { password: 'long' }),
    ];
    expect(await openOne(secrets(), '/shop/db/password', files)).toMatchObject({ text: 'long' });
    expect(await openOne(secrets(), '/shop/db/user', files)).toMatchObject({ text: 'u' });
    expect(await faultOf(secrets(), '/shop/db/nobody', files)).toMatchObject({
      code: 'absent',
      message: 'the secret /shop/db/nobody: the commit has no such key in secrets/shop/db.yaml, secrets/shop.yaml',
    });
  });

  it.each<[string, Encryption['rules']]>([
    ['unencrypted_suffix', { unencrypted_suffix: '_plain' }],
    ['encrypted_suffix', { encrypted_suffix: '_secret' }],
    ['encrypted_regex', { encrypted_regex: '^(?:data|pass.*_secret)$' }],
    ['unencrypted_regex', { unencrypted_regex: '_plain$' }],
    ['mac_only_encrypted', { encrypted_regex: '_secret$', mac_only_encrypted: true }],
  ])('encrypted by the rule %s', async (_, rules) => {
    const values = {
      name_plain: 'readable',
      big_plain: 1e21,
      small_plain: 0.000000125,
      yes_plain: true,
      list_plain: ['x', 2],
      pass_secret: 'hunter2',
      data: { pass_secret: 'inner' },
    };
    for (const path of ['secrets/db.yaml', 'secrets/db.json']) {
      const files = [await file(path, values, { ...(rules !== undefined && { rules }) })];
      expect(await openOne(secrets(), 'git:db:pass_secret', files)).toMatchObject({ text: 'hunter2' });
      expect(await openOne(secrets(), 'git:db:name_plain', files)).toMatchObject({ text: 'readable' });
      expect(await openOne(secrets(), '/db/data/pass_secret', files)).toMatchObject({ text: 'inner' });
    }
  });

  it('is opened by any of several keys, old and new, whatever else it is encrypted for', async () => {
    for (const known of [recipients[0] ?? '', modern]) {
      const files = [await file('secrets/db.yaml', { value: 'x' }, { recipients: [stranger, known], metadata: { pgp: [{ fp: 'F' }] } })];
      expect(await openOne(secrets(), 'db', files)).toMatchObject({ text: 'x' });
    }
  });
});

describe('a SOPS file that was changed behind its back', () => {
  const changes: readonly [string, (text: string) => string][] = [
    [
      'a value out of another place',
      (text) => text.replace(/user: (ENC\S+)/, (_, value: string) => `user: ${/password: (ENC\S+)/.exec(text)?.[1] ?? value}`),
    ],
    [
      'a letter of a value',
      (text) =>
        text.replace(/(password: ENC\[AES256_GCM,data:)(.)/, (_, start: string, letter: string) => start + (letter === 'A' ? 'B' : 'A')),
    ],
    ['a value that is no longer encrypted', (text) => text.replace(/password: ENC\S+/, 'password: hunter3')],
    ['a readable value', (text) => text.replace('readable', 'forged')],
    ['a value more', (text) => `extra_unencrypted: x\n${text}`],
    ['a value less', (text) => text.replace(/note_unencrypted: \S+\n/, '')],
    ['the order', (text) => text.replace(/(user: ENC\S+\n)(password: ENC\S+\n)/, '$2$1')],
    ['the time', (text) => text.replace('2026-11-27T20:00:00Z', '2026-11-27T20:00:01Z')],
    ['the MAC', (text) => text.replace(/mac: ENC\S+/, 'mac: none')],
    ['the rule', (text) => text.replace('unencrypted_suffix: _unencrypted', 'encrypted_regex: ^password$')],
  ];
  it.each(changes)('%s: gives nothing', async (_, change) => {
    const text = await sopsFile('secrets/db.yaml', { user: 'shop', password: 'hunter2', note_unencrypted: 'readable' }, { recipients });
    const good = sourceFile('secrets/db.yaml', text.replace(/\n +(?=AES256|\S*,iv)/g, ''));
    expect(await openOne(secrets(), 'git:db:password', [good])).toMatchObject({ text: 'hunter2' });
    const changed = sourceFile('secrets/db.yaml', change(Buffer.from(good.content).toString()));
    expect(Buffer.from(changed.content).toString()).not.toBe(Buffer.from(good.content).toString());
    const fault = await faultOf(secrets(), 'git:db:password', [changed]);
    expect(fault.code).toBe('unusable');
    expect(JSON.stringify(fault)).not.toMatch(/hunter|forged/);
  });
});

describe('a SOPS file that can not be opened', () => {
  it.each<[string, string, string, Partial<Encryption>]>([
    ['for others', 'key.txt', 'is encrypted for age1', { recipients: [] as string[] }],
    ['without a key file', 'none.txt', 'can not be read', {}],
    ['with an empty key file', 'empty.txt', 'there is no age key', {}],
    ['with a broken key', 'broken.txt', 'damaged', {}],
    ['by a rule of comments', 'key.txt', 'rule about comments', { metadata: { encrypted_comment_regex: 'secret' } }],
    ['by a pattern that looks around', 'key.txt', 'looks around', { rules: { encrypted_regex: '(?=a)b' } }],
    ['by several groups', 'key.txt', 'several groups', { metadata: { key_groups: [{ age: [] }, { age: [] }], shamir_threshold: 2 } }],
    ['by PGP alone', 'key.txt', 'is encrypted for PGP, and not for an age key', { metadata: { age: [], pgp: [{ fp: 'F' }] } }],
  ])('%s', async (what, key, words, more) => {
    const own = what === 'for others' ? { recipients: [stranger] } : more;
    const fault = await faultOf(secrets(undefined, key), 'git:db:password', [await file('secrets/db.yaml', { password: 'hunter2' }, own)]);
    expect(fault.message).toContain(words);
    expect(['refused', 'unusable']).toContain(fault.code);
    expect(JSON.stringify(fault)).not.toMatch(/hunter|AGE-SECRET-KEY-1QQQQ/);
  });

  it('a file that is readable in git is no secret', async () => {
    const fault = await faultOf(secrets(), 'git:db:password', [sourceFile('secrets/db.yaml', 'password: hunter2\n')]);
    expect(fault).toMatchObject({ code: 'unusable', message: expect.stringContaining('is not encrypted with SOPS') as string });
    expect((await faultOf(secrets(), 'git:db:password', [sourceFile('secrets/db.yaml', 'password: [\n')])).message).toContain(
      'can not be read as YAML',
    );
  });

  it('before a commit was read nobody is to blame', async () => {
    const found = await secrets().open([{ kind: 'secret', from: 'db' }], AbortSignal.timeout(5_000));
    expect(found.get('secret db')).toMatchObject({ kind: 'fault', fault: { code: 'away' } });
  });
});
