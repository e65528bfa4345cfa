// `--config` as a process finds it: a file, the default file, none, and one with faults.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { configOf } from '../../src/cli/config.ts';
import { longshore } from './spawn.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const GOOD = `secrets:
  providers: [{ name: files, kind: directory, path: secrets }]
`;

describe('the configuration of a daemon', () => {
  it('is nothing where there is none', () => expect(configOf({}, folder)).toEqual({}));

  it('is config.yaml in the state folder, with its paths relative to it', () => {
    writeFileSync(join(folder, 'config.yaml'), GOOD);
    expect(configOf({}, folder)).toEqual({
      secrets: { providers: [{ name: 'files', kind: 'directory', path: join(folder, 'secrets') }] },
    });
  });

  it('has files of credentials beside it, too', () => {
    writeFileSync(
      join(folder, 'config.yaml'),
      'metadata: { port: 81, credentials: [{ role: web, file: web.json }, { role: job, url: "https://a.example" }] }',
    );
    const credentials = [
      { role: 'web', file: join(folder, 'web.json') },
      { role: 'job', url: 'https://a.example' },
    ];
    expect(configOf({}, folder)).toEqual({ metadata: { port: 81, credentials } });
  });

  it('has keys of engines beside it, too', () => {
    writeFileSync(
      join(folder, 'config.yaml'),
      `engines:
  credentials:
    - { name: lan, kind: tls, caFile: ca.pem, certFile: /etc/cert.pem, keyFile: key.pem }
    - { name: hosts, kind: ssh, keyFile: id, knownHostsFile: known_hosts }
    - { name: mine, kind: ssh, agent: true }
`,
    );
    const at = (name: string): string => join(folder, name);
    expect(configOf({}, folder).engines?.credentials).toEqual([
      { name: 'lan', kind: 'tls', caFile: at('ca.pem'), certFile: '/etc/cert.pem', keyFile: at('key.pem') },
      { name: 'hosts', kind: 'ssh', keyFile: at('id'), knownHostsFile: at('known_hosts') },
      { name: 'mine', kind: 'ssh', agent: true },
    ]);
  });

  it('that is named must be there', () => {
    expect(() => configOf({ config: join(folder, 'none.yaml') }, folder)).toThrow('none.yaml does not exist');
  });

  it('keeps the daemon from starting when anything is wrong with it, and says all of it', async () => {
    const file = join(folder, 'own.yaml');
    writeFileSync(file, 'secrets:\n  providers: [{ name: v, kind: vault, address: "https://u:hunter2@v" }]\nlogs: x\n');
    const { code, stderr } = await longshore(['watch', '--state', folder, '--config', file]);
    expect(code).toBe(1);
    expect(stderr).toContain('error: the configuration has 2 faults');
    expect(stderr).toContain(`${file}:2:`);
    expect(stderr).toContain(`${file}:3:1: error[unknown-key]`);
    expect(stderr).not.toContain('hunter2');
  });
});
