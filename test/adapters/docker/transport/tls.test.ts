// Mutual TLS: what is refused, in which words, and that files are read anew. The refusals of a dockerd are those of a real one, started for this.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { authority, type Issued } from '../../../support/certificates.ts';
import { engineClient } from '../../../../src/adapters/docker/client.ts';
import { engineForTests } from '../../../support/engine.ts';
import { files, QUICK, tlsFiles, tlsWay, type TcpConnection, type Way } from '../../../support/ways.ts';
import { startTlsEngine, type TlsEngine } from '../../../support/tls-engine.ts';
import { tlsRelay } from '../../../support/tls-relay.ts';

const socketPath = await engineForTests();
const PAST = Date.now() - 86_400_000;
const SECRET = 'correct-horse-battery-staple';

const ca = authority();
const other = authority('Other CA');
const client = ca.issue({ purpose: 'client' });
const folder = files();
afterAll(() => folder.close());

let count = 0;
/** A credential in files of its own. */
const credential = (issued: Issued, caPem = ca.cert): NonNullable<TcpConnection['tls']> => {
  count++;
  return tlsFiles((name, text) => folder.put(`${count}-${name}`, text), caPem, issued);
};
/** What the first call over a connection says: the API version, or why not. */
const said = async (port: number, tls: TcpConnection['tls']): Promise<string> => {
  const asked = engineClient({ kind: 'tcp', host: '127.0.0.1', port, tls }, QUICK);
  try {
    return (await asked.session(AbortSignal.timeout(20_000))).apiVersion;
  } catch (error) {
    expect(error).toMatchObject({ code: 'EUNREACHABLE' });
    return (error as Error).message;
  } finally {
    asked.close();
  }
};

describe('a dockerd with --tlsverify', () => {
  let engine: TlsEngine;
  beforeAll(async () => {
    engine = await startTlsEngine(ca);
  });
  afterAll(() => engine.close());

  it('answers who shows a certificate of its CA', async () => {
    expect(await said(engine.port, credential(client))).toMatch(/^1\.\d+$/);
  });

  it.each([
    ['of another CA', () => other.issue({ purpose: 'client' }), "does it come from the engine's --tlscacert"],
    ['that has expired', () => ca.issue({ purpose: 'client', notAfter: PAST }), 'it has expired on 20'],
    ['for servers', () => ca.issue({ purpose: 'server' }), 'is it for clients (extendedKeyUsage clientAuth)?'],
  ])('refuses a certificate %s', async (_, issue, doubt) => {
    const tls = credential(issue());
    const words = await said(engine.port, tls);
    expect(words).toContain(`tcp://127.0.0.1:${engine.port}: it refuses certFile ${tls.certFile} (bad certificate): `);
    expect(words).toContain(doubt);
  });

  it('is not taken for another one', async () => {
    const tls = credential(client, other.cert);
    expect(await said(engine.port, tls)).toContain(`its certificate does not come from caFile ${tls.caFile}`);
  });
});

describe('the certificate of an engine', () => {
  const relayed = async (issued: Issued, ask: (port: number) => Promise<string>): Promise<string> => {
    const relay = await tlsRelay(socketPath, issued, ca.cert);
    try {
      return await ask(relay.port);
    } finally {
      await relay.close();
    }
  };

  it('must not have expired, nor be for later', async () => {
    const expired = ca.issue({ purpose: 'server', names: ['127.0.0.1'], notAfter: PAST });
    expect(await relayed(expired, (port) => said(port, credential(client)))).toContain('its certificate has expired');
    const later = ca.issue({ purpose: 'server', names: ['127.0.0.1'], notBefore: Date.now() + 3_600_000 });
    expect(await relayed(later, (port) => said(port, credential(client)))).toContain('its certificate is not valid yet');
  });

  it('must be for its host, or for serverName', async () => {
    const named = ca.issue({ purpose: 'server', names: ['engine.test', '10.9.9.9'] });
    expect(await relayed(named, (port) => said(port, credential(client)))).toContain(
      'its certificate is not for 127.0.0.1, but for engine.test, 10.9.9.9: set serverName',
    );
    for (const serverName of ['engine.test', '10.9.9.9'])
      expect(await relayed(named, (port) => said(port, { ...credential(client), serverName }))).toMatch(/^1\.\d+$/);
  });
});

describe('the files of a credential', () => {
  let way: Way<TcpConnection>;
  beforeAll(async () => {
    way = await tlsWay(socketPath, ca);
  });
  afterAll(() => way.close());

  it.each([
    ['a file that is missing', { caFile: '/none/ca.pem' }, 'caFile /none/ca.pem does not exist'],
    ['a folder', { certFile: '/' }, 'certFile / is a folder'],
    ['no certificate', { certFile: folder.put('cert', SECRET) }, 'holds no certificate (PEM)'],
    [
      'no key',
      { keyFile: folder.put('key', `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`) },
      'holds no private key (PEM)',
    ],
    [
      'an encrypted key',
      { keyFile: folder.put('enc', `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${SECRET}\n`) },
      'is encrypted: write it without',
    ],
    [
      'the key of another certificate',
      { keyFile: folder.put('foreign', other.issue({ purpose: 'client' }).key) },
      'is not the key of certFile',
    ],
  ])('%s is said, and what is in it is not', async (_, changed, expected) => {
    const words = await said(way.faults.port, { ...credential(client), ...changed });
    expect(words).toContain(expected);
    expect(words).not.toContain(SECRET);
  });

  it('are read anew for each connection', async () => {
    const tls = credential(other.issue({ purpose: 'client' }));
    const asked = engineClient({ kind: 'tcp', host: '127.0.0.1', port: way.faults.port, tls }, QUICK);
    await expect(asked.ping(AbortSignal.timeout(20_000))).rejects.toThrow(`hangs up as soon as it has seen certFile ${tls.certFile}`);
    tlsFiles((name, text) => folder.put(`${count}-${name}`, text), ca.cert, client);
    await asked.ping(AbortSignal.timeout(20_000));
    asked.close();
  });
});

describe('a port without TLS', () => {
  it('is not spoken to', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    expect(await said((plain.address() as AddressInfo).port, credential(client))).toContain('it does not speak TLS');
    plain.close();
  });
});
