// Which credential an engine is reached with, and which ways are refused.
import { describe, expect, it } from 'vitest';
import { connectionTo } from '../../../src/model/cluster/engine-endpoint.ts';
import { parseEngineEndpoint } from '../../../src/lang/engine-endpoint.ts';
import type { EngineCredential } from '../../../src/model/cluster/engine-credential.ts';

const files = { caFile: '/ca', certFile: '/cert', keyFile: '/key' };
const lan: EngineCredential = { name: 'lan', kind: 'tls', hosts: ['*.lan', '10.0.0.*'], ...files };
const other: EngineCredential = { name: 'other', kind: 'tls', hosts: ['*'], ...files };
const unnamed: EngineCredential = { name: 'unnamed', kind: 'tls', ...files };
const key: EngineCredential = { name: 'key', kind: 'ssh', hosts: ['*.LAN'], keyFile: '/id' };
const ALL = [unnamed, key, lan, other];

const to = (text: string, named: string | null = null, credentials: readonly EngineCredential[] = ALL) => {
  const { value } = parseEngineEndpoint(text);
  if (value === null) throw new Error(`${text} is no endpoint`);
  return connectionTo(value, named, credentials);
};

describe('the connection to an engine', () => {
  it.each([
    ['tcp://web1.lan:2376', null, 'lan'],
    ['tcp://WEB1.LAN:2376', null, 'lan'],
    ['tcp://10.0.0.5:2376', null, 'lan'],
    ['tcp://web1.example:2376', null, 'other'],
    ['tcp://web1.example:2376', 'unnamed', 'unnamed'],
  ])('%s with %s named takes %s', (text, named, name) => expect(to(text, named).value).toMatchObject({ kind: 'tcp', tls: { name } }));

  it.each([
    ['ssh://web1.lan', null, 'key'],
    ['ssh://web1.example', 'key', 'key'],
  ])('%s with %s named takes %s', (text, named, name) => expect(to(text, named).value).toMatchObject({ credential: { name } }));

  it("without one for its host, ssh takes the keys of the daemon's user", () =>
    expect(to('ssh://web1.example').value).toMatchObject({ kind: 'ssh', credential: null }));

  it.each(['127.0.0.1', 'localhost', '[::1]'])('without one, tcp is taken for %s alone', (host) =>
    expect(to(`tcp://${host}:2375`, null, []).value).toMatchObject({ kind: 'tcp', tls: null }),
  );

  it('a context is given what is configured, or what is named', () => {
    expect(to('context:web1').value).toMatchObject({ name: 'web1', credentials: ALL });
    expect(to('context:web1', 'key').value).toMatchObject({ credentials: [key] });
  });

  it.each([
    ['tcp://web1.example:2375', null, [key, lan], 'has no certificate for web1.example', 'hosts: ["web1.example"]'],
    ['tcp://web1.lan:2376', 'nobody', ALL, 'names the credential nobody, which is not configured', 'name one of unnamed, key, lan, other'],
    ['ssh://web1.lan', 'nobody', [], 'names the credential nobody, which is not configured', 'configure it under engines.credentials'],
    ['tcp://web1.lan:2376', 'key', ALL, 'names the credential key, which is of kind ssh', 'name one of kind tls'],
    ['ssh://web1.lan', 'lan', ALL, 'names the credential lan, which is of kind tls', 'name one of kind ssh'],
    ['unix:///a.sock', 'lan', ALL, 'names a credential, and a unix socket needs none', 'leave the credential out'],
  ] as const)('%s with %s named is refused', (text, named, credentials, message, hint) => {
    const { fault } = to(text, named, credentials);
    expect(fault?.message).toContain(message);
    expect(fault?.hint).toContain(hint);
  });
});
