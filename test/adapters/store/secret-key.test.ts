import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { claimSecretKey, readSecretKey } from '../../../src/adapters/store/secret-key.ts';

describe('the key for fingerprints', () => {
  const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'state-')), 'folder');

  test('is made once, for its owner alone, and stays', () => {
    const folder = fresh();
    expect(readSecretKey(folder)).toBeNull();
    const key = claimSecretKey(folder);
    expect(key.length).toBe(32);
    expect(claimSecretKey(folder)).toEqual(key);
    expect(readSecretKey(folder)).toEqual(key);
    expect(claimSecretKey(fresh())).not.toEqual(key);
    expect(statSync(join(folder, 'secrets.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['secrets.key']);
  });

  test('that is damaged is refused with the way out, and is in no message', () => {
    const folder = fresh();
    claimSecretKey(folder);
    writeFileSync(join(folder, 'secrets.key'), 'short');
    expect(() => claimSecretKey(folder)).toThrow('has 5 bytes and not 32');
  });

  test('a folder that can not be written is told as the store tells it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'state-')), 'file');
    writeFileSync(file, '');
    expect(() => claimSecretKey(file)).toThrow(/secrets\.key/);
  });
});
