// `longshore instance bootstrap`: what it prints is a cloud-config, holds nothing secret, and its script is a shell's.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cloudInit } from '../../src/cli/instance/cloud-init.ts';
import { longshore } from './spawn.ts';

const KEY = `ssh-ed25519 ${'A'.repeat(68)} longshore: "daemon" #1`;
const CA = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}\n-----END CERTIFICATE-----\n`;

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'bootstrap-'));
  writeFileSync(join(place, 'id.pub'), `# ours\n${KEY}\n`);
  writeFileSync(join(place, 'id'), '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n');
  writeFileSync(join(place, 'ca.pem'), CA);
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const verb = async (...words: string[]) => longshore(['instance', 'bootstrap', ...words]);

/** What cloud-init's schema (schema-cloud-config-v1.json) asks of the keys that are used here. */
const KEYS: Readonly<Record<string, (value: unknown) => boolean>> = {
  hostname: (value) => typeof value === 'string',
  users: (value) => Array.isArray(value) && value[0] === 'default',
  write_files: (value) =>
    Array.isArray(value) &&
    value.every((file: Record<string, unknown>) => ['path', 'permissions', 'content'].every((key) => typeof file[key] === 'string')),
  package_update: (value) => value === true,
  packages: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  runcmd: (value) =>
    Array.isArray(value) && value.every((each: unknown) => Array.isArray(each) && each.every((word) => typeof word === 'string')),
};

function read(text: string): Record<string, unknown> {
  expect(text.startsWith('#cloud-config\n')).toBe(true);
  const config = parse(text, { version: '1.1' }) as Record<string, unknown>;
  for (const [key, value] of Object.entries(config)) expect([key, KEYS[key]?.(value)]).toEqual([key, true]);
  return config;
}

describe('bootstrap', () => {
  it('over ssh: a user in the group docker whose key forwards and does nothing else', () => {
    expect(read(cloudInit('web2', { kind: 'ssh', user: 'longshore', keys: [KEY] }))).toEqual({
      hostname: 'web2',
      users: [
        'default',
        {
          name: 'longshore',
          gecos: 'Longshore',
          groups: ['docker'],
          shell: '/bin/sh',
          lock_passwd: true,
          ssh_authorized_keys: [`restrict,port-forwarding ${KEY}`],
        },
      ],
      package_update: true,
      packages: ['docker.io'],
      runcmd: [['systemctl', 'enable', '--now', 'docker.service']],
    });
  });

  it('over TLS: the CA, and a script that makes the key on the host', () => {
    const config = read(cloudInit(null, { kind: 'tls', ca: CA, names: ['web2', '10.0.0.6', 'fd00::6'] }));
    const [ca, script] = config['write_files'] as { path: string; content: string }[];
    expect(ca).toEqual({ path: '/etc/docker/longshore/ca.pem', permissions: '0644', content: CA });
    expect(script?.content).toContain("subjectAltName=DNS:web2,IP:10.0.0.6,IP:fd00::6'");
    execFileSync('sh', ['-n'], { input: script?.content ?? '', stdio: ['pipe', 'ignore', 'pipe'] });
    expect(config['runcmd']).toContainEqual(['sh', '/usr/local/sbin/longshore-engine-tls', 'request']);
  });

  it("the script's request is one for these names, and its key stays on the host", () => {
    const [, script] = read(cloudInit(null, { kind: 'tls', ca: CA, names: ['web2', '10.0.0.6'] }))['write_files'] as { content: string }[];
    const here = (script?.content ?? '').replaceAll('/etc/docker/longshore', place);
    execFileSync('sh', ['-s', 'request'], { input: here, stdio: ['pipe', 'ignore', 'ignore'] });
    const told = execFileSync('openssl', ['req', '-in', join(place, 'request.pem'), '-noout', '-text', '-verify'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(told).toMatch(/CN ?= ?web2/);
    expect(told).toContain('DNS:web2, IP Address:10.0.0.6');
    expect(told).toContain('TLS Web Server Authentication');
  });

  it('prints it, and says what comes next; 0', async () => {
    const { code, stdout, stderr } = await verb('--name', 'web2', '--ssh-key', join(place, 'id.pub'));
    expect([code, stdout]).toEqual([0, cloudInit('web2', { kind: 'ssh', user: 'longshore', keys: [KEY] })]);
    expect(stderr).toContain('longshore instance register web2 --endpoint ssh://longshore@<address>');
  });

  it('refuses a private key, and nothing of it is shown; 1', async () => {
    const { code, stdout, stderr } = await verb('--ssh-key', join(place, 'id'));
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining('id holds a private key')]);
    expect(stderr).not.toContain('c2VjcmV0');
  });
});
