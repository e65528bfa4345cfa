// A state folder belongs to one installation for good.
import { mkdtempSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { claimInstallation, readInstallation } from '../../../src/adapters/store/installation.ts';

describe('the installation of a state folder', () => {
  const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'state-')), 'folder');

  test('is a name of its own when none is given, and stays', () => {
    const folder = fresh();
    expect(readInstallation(folder, null)).toBeNull();
    const name = claimInstallation(folder, null);
    expect(name).toMatch(/^ls-[0-9a-f]{8}$/);
    expect(claimInstallation(folder, null)).toBe(name);
    expect(readInstallation(folder, name)).toBe(name);
    expect(claimInstallation(fresh(), null)).not.toBe(name);
    expect(statSync(join(folder, 'installation')).mode & 0o777).toBe(0o600);
  });

  test('is the given name, and another one is refused with the way out', () => {
    const folder = fresh();
    expect(claimInstallation(folder, 'prod')).toBe('prod');
    expect(() => claimInstallation(folder, 'default')).toThrow('belongs to installation prod, not to default');
    expect(() => readInstallation(folder, 'default')).toThrow('belongs to installation prod');
    expect(claimInstallation(folder, null)).toBe('prod');
  });
});
