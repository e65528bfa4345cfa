import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { faultOf, openOne } from '../../contract/secrets.ts';
import { openSecrets } from '../../../src/adapters/secrets/secrets.ts';

let place: string;
let folder: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'secrets-'));
  folder = join(place, 'kept');
  mkdirSync(join(folder, 'shop'), { recursive: true });
});
afterEach(() => rmSync(place, { recursive: true }));

const secrets = () =>
  openSecrets({ config: { providers: [{ name: 'kept', kind: 'directory', path: folder }] }, key: Buffer.alloc(32), environment: {} });

describe('a folder of secrets', () => {
  it.each([
    ['one line break at the end is none of the secret', 'hunter2\n', 'hunter2'],
    ['nor one of Windows', 'hunter2\r\n', 'hunter2'],
    ['a second one is', 'hunter2\n\n', 'hunter2\n'],
    ['an empty file is an empty secret', '', ''],
    ['a byte order mark is a part of it', '\u{feff}x', '\u{feff}x'],
  ])('%s', async (_, content, text) => {
    writeFileSync(join(folder, 'shop/db'), content);
    expect(await openOne(secrets(), '/shop/db', [])).toMatchObject({ text });
  });

  it('takes the name as it stands before the one without the six characters', async () => {
    writeFileSync(join(folder, 'smtp'), 'wrong');
    writeFileSync(join(folder, 'smtp-passwd'), 'right');
    expect(await openOne(secrets(), 'arn:aws:secretsmanager:r:1:secret:smtp-passwd', [])).toMatchObject({ text: 'right' });
  });

  it('follows a link inside the folder, as mounted secrets are, and none out of it', async () => {
    mkdirSync(join(folder, '..data'));
    writeFileSync(join(folder, '..data/db'), 'hunter2');
    symlinkSync('..data/db', join(folder, 'db'));
    expect(await openOne(secrets(), 'db', [])).toMatchObject({ text: 'hunter2' });
    writeFileSync(join(place, 'outside'), 'hunter2');
    symlinkSync(join(place, 'outside'), join(folder, 'out'));
    symlinkSync(place, join(folder, 'up'));
    for (const name of ['out', 'up/outside'])
      expect(await faultOf(secrets(), name, [])).toMatchObject({
        code: 'refused',
        message: expect.stringContaining('leads out of') as string,
      });
    symlinkSync('loop', join(folder, 'loop'));
    expect((await faultOf(secrets(), 'loop', [])).code).toBe('unusable');
  });

  it('gives no folder, no pipe that nobody writes into, and no bytes that are no text', async () => {
    expect(await faultOf(secrets(), 'shop', [])).toMatchObject({
      code: 'unusable',
      message: expect.stringContaining('is no file') as string,
    });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect((await faultOf(secrets(), 'pipe', [])).code).toBe('unusable');
    writeFileSync(join(folder, 'key'), Buffer.from([0xff, 0xfe, 1]));
    expect(await faultOf(secrets(), 'key', [])).toMatchObject({ code: 'unusable', message: expect.stringContaining('UTF-8') as string });
    writeFileSync(join(folder, 'nul'), 'a\0b');
    expect(await faultOf(secrets(), 'nul', [])).toMatchObject({ code: 'unusable', message: expect.stringContaining('NUL') as string });
  });

  it.each([
    ['[1]', 'no JSON object'],
    ['hunter2', 'not JSON'],
    ['{"password": hunter2}', 'not JSON'],
    ['{"password": null}', 'its key password is null'],
    ['{"password": 12345678901234567890}', 'too many digits'],
  ])('%s has no key that can be given', async (content, message) => {
    writeFileSync(join(folder, 'db'), content);
    const fault = await faultOf(secrets(), 'kept:db:password', []);
    expect(fault.message).toContain(message);
    expect(JSON.stringify(fault)).not.toContain('hunter2');
  });
});
