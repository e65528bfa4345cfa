// Credentials of roles out of real files and from a real socket: every form that AWS's tools write, and what is wrong, without a word of them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { credentialsIn, roleCredentials } from '../../src/adapters/role-credentials.ts';

const NOW = Date.UTC(2026, 0, 1);
const KEYS = { AccessKeyId: 'AKIA1', SecretAccessKey: 'hush' };
const LATER = '2026-01-01T01:00:00Z';
const FOUND = { accessKeyId: 'AKIA1', secretAccessKey: 'hush', token: 'token', expiration: Date.parse(LATER) };
const signal = (): AbortSignal => AbortSignal.timeout(5_000);

describe('a text of credentials', () => {
  it.each<readonly [string, object, object]>([
    ['of the container endpoint', { RoleArn: 'r', ...KEYS, Token: 'token', Expiration: LATER }, FOUND],
    ['of a credential process', { Version: 1, ...KEYS, SessionToken: 'token', Expiration: LATER }, FOUND],
    ['of AssumeRole', { Credentials: { ...KEYS, SessionToken: 'token', Expiration: LATER }, AssumedRoleUser: {} }, FOUND],
    ['that does not end', KEYS, { ...FOUND, token: '', expiration: NOW + 3_600_000 }],
  ])('%s is read', (_, value, found) => expect(credentialsIn(JSON.stringify(value), 'web.json', NOW)).toEqual(found));

  it.each([
    ['{"AccessKeyId": "AKIA1", hush', 'web.json is no JSON'],
    ['["hush"]', 'web.json is no JSON object'],
    [JSON.stringify({ AccessKeyId: 'AKIA1' }), 'web.json has no AccessKeyId and SecretAccessKey'],
    [JSON.stringify({ ...KEYS, SecretAccessKey: 7 }), 'web.json has no AccessKeyId and SecretAccessKey'],
    [JSON.stringify({ ...KEYS, Expiration: 'soon' }), 'the Expiration in web.json is no time'],
    [JSON.stringify({ ...KEYS, Expiration: '2025-12-31T23:59:59Z' }), 'the credentials in web.json have expired'],
  ])('%s is refused in words of ours', (text, message) => expect(() => credentialsIn(text, 'web.json', NOW)).toThrow(new Error(message)));
});

describe('the credentials of roles', () => {
  let folder: string;
  let server: Server;
  let url: string;
  let answer: { status: number; body: string; location?: string };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'roles-'));
    server = createServer((_, response) => {
      response.writeHead(answer.status, answer.location === undefined ? {} : { Location: answer.location }).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/web`;
    answer = { status: 200, body: JSON.stringify({ ...KEYS, Token: 'token', Expiration: LATER }) };
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it('are read out of a file anew each time, and the role is told as an ARN', async () => {
    const file = join(folder, 'web.json');
    const roles = roleCredentials([{ role: 'web', file }], () => NOW);
    const role = 'arn:aws:iam::123456789012:role/web';
    expect([roles.has(role), roles.has('job')]).toEqual([true, false]);
    await expect(roles.read(role, signal())).rejects.toThrow('ENOENT');
    writeFileSync(file, JSON.stringify({ ...KEYS, Token: 'token', Expiration: LATER }));
    expect(await roles.read(role, signal())).toEqual({ roleArn: role, ...FOUND });
    writeFileSync(file, JSON.stringify({ ...KEYS, AccessKeyId: 'AKIA2' }));
    expect(await roles.read(role, signal())).toMatchObject({ accessKeyId: 'AKIA2' });
    expect(await roles.read('job', signal())).toBeNull();
    writeFileSync(file, 'x'.repeat(65_537));
    await expect(roles.read(role, signal())).rejects.toThrow('has more than 65536 bytes');
  });

  it('are asked for at an address, which may not send us elsewhere', async () => {
    const roles = roleCredentials([{ role: 'web', url }], () => NOW);
    expect(await roles.read('web', signal())).toEqual({ roleArn: 'web', ...FOUND });
    answer = { status: 500, body: 'hush' };
    await expect(roles.read('web', signal())).rejects.toThrow(new Error('its address answers 500'));
    answer = { status: 302, body: '', location: 'http://127.0.0.1:1/' };
    await expect(roles.read('web', signal())).rejects.toThrow();
    answer = { status: 200, body: ' '.repeat(65_537) };
    await expect(roles.read('web', signal())).rejects.toThrow('its address answers more than 65536 bytes');
    await expect(roles.read('web', AbortSignal.abort(new Error('the time is up')))).rejects.toThrow('the time is up');
  });
});
