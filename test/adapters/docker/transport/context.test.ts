// Docker contexts by name: what they lead to, and what is wrong with those that lead nowhere.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authority } from '../../../support/certificates.ts';
import { connectionOfContext, hostOfContext } from '../../../../src/adapters/docker/transport/context.ts';
import { engineClient } from '../../../../src/adapters/docker/client.ts';
import { engineForTests } from '../../../support/engine.ts';
import { QUICK } from '../../../support/ways.ts';
import { tlsRelay } from '../../../support/tls-relay.ts';
import { writeContext } from '../../../support/contexts.ts';

const socketPath = await engineForTests();
const before = process.env['DOCKER_CONFIG'];
const KEY = { name: 'key', kind: 'ssh' as const, hosts: ['*.example'], keyFile: '/id' };

let config: string;
beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), 'docker-'));
  process.env['DOCKER_CONFIG'] = config;
});
afterEach(() => {
  if (before === undefined) delete process.env['DOCKER_CONFIG'];
  else process.env['DOCKER_CONFIG'] = before;
  rmSync(config, { recursive: true });
});

const tls = { ca: 'ca', cert: 'cert', key: 'key' };

describe('a Docker context', () => {
  it('over ssh takes the credential for its host', () => {
    writeContext(config, 'web1', { host: 'ssh://deploy@web1.example' });
    expect(connectionOfContext('web1', [KEY])).toMatchObject({ kind: 'ssh', user: 'deploy', host: 'web1.example', credential: KEY });
    expect(hostOfContext('web1')).toBe('web1.example');
  });

  it('over tcp takes its own certificates, else a credential for its host', () => {
    writeContext(config, 'web2', { host: 'tcp://10.0.0.5:2376', tls });
    const connection = connectionOfContext('web2', []);
    expect(connection).toMatchObject({ kind: 'tcp', host: '10.0.0.5', port: 2_376, tls: { kind: 'tls' } });
    expect(JSON.stringify(connection)).toContain(`${config}/contexts/tls/`);
    writeContext(config, 'bare', { host: 'tcp://10.0.0.6:2376' });
    expect(() => connectionOfContext('bare', [])).toThrow('the Docker context bare has no certificate for 10.0.0.6');
  });

  it('of this machine leads to no other host', () => {
    writeContext(config, 'here', { host: 'unix:///run/docker.sock' });
    expect(connectionOfContext('here', [])).toEqual({ kind: 'unix', path: '/run/docker.sock' });
    expect(hostOfContext('here')).toBeNull();
  });

  it.each([
    ['webb1', 'there is no Docker context webb1: did you mean web1?'],
    ['something', 'there is no Docker context something: there are empty, pipe, skips, web1'],
    ['empty', 'says nothing of a Docker engine'],
    ['skips', 'the Docker context skips skips the verification of certificates'],
    ['pipe', 'the Docker context pipe has a Host that begins with something else than unix, tcp, ssh or context'],
  ])('%s is refused', (name, words) => {
    writeContext(config, 'web1', { host: 'ssh://web1' });
    writeContext(config, 'empty', {});
    writeContext(config, 'skips', { host: 'tcp://10.0.0.5:2376', skipVerify: true, tls });
    writeContext(config, 'pipe', { host: 'npipe:////./pipe/docker_engine' });
    expect(() => connectionOfContext(name, [])).toThrow(words);
  });

  it('of a user who has none is told so', () =>
    expect(() => connectionOfContext('web1', [])).toThrow('holds none; name where the engine is'));

  it('is read anew: one that comes later, or leads elsewhere now, counts with the next call', async () => {
    const client = engineClient({ kind: 'context', name: 'web1', credentials: [] }, QUICK);
    const ping = (): Promise<void> => client.ping(AbortSignal.timeout(20_000));
    await expect(ping()).rejects.toThrow('there is no Docker context web1');
    writeContext(config, 'web1', { host: 'unix:///none/docker.sock' });
    await expect(ping()).rejects.toThrow('ENOENT');
    writeContext(config, 'web1', { host: `unix://${socketPath}` });
    await ping();
    client.close();
  });

  it('over mutual TLS is spoken to', async () => {
    const ca = authority();
    const relay = await tlsRelay(socketPath, ca.issue({ purpose: 'server', names: ['127.0.0.1'] }), ca.cert);
    writeContext(config, 'web1', { host: `tcp://127.0.0.1:${relay.port}`, tls: { ca: ca.cert, ...ca.issue({ purpose: 'client' }) } });
    const client = engineClient({ kind: 'context', name: 'web1', credentials: [] }, QUICK);
    expect((await client.session(AbortSignal.timeout(20_000))).apiVersion).toMatch(/^1\./);
    client.close();
    await relay.close();
  });
});
