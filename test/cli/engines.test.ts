// Engines as they are named become engines as they are reached.
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/cli/failure.ts';
import { parseEngine } from '../../src/cli/options.ts';
import { declaredEngine, reachedEngines } from '../../src/cli/engines.ts';
import type { DesiredInstance } from '../../src/model/cluster/container-instance.ts';
import type { OperatorConfig } from '../../src/model/operator-config.ts';

const files = { caFile: '/ca', certFile: '/cert', keyFile: '/key' };
const CONFIG: OperatorConfig = {
  engines: {
    credentials: [
      { name: 'lan', kind: 'tls', hosts: ['10.0.0.*'], ...files },
      { name: 'key', kind: 'ssh', keyFile: '/id' },
    ],
  },
};
const reached = (words: readonly string[], config = CONFIG) => reachedEngines(words.map(parseEngine), () => config);
const declared = (instance: Partial<DesiredInstance>) => declaredEngine({ name: 'web1', cluster: 'shop', ...instance }, CONFIG);

describe('engines', () => {
  it('of this machine need no configuration, and publish on loopback', () => {
    const engines = reachedEngines([parseEngine('unix:///a.sock')], () => {
      throw new Error('it was read');
    });
    expect(engines).toEqual([{ name: 'local', connection: { kind: 'unix', path: '/a.sock' }, address: '127.0.0.1', clusters: null }]);
  });

  it('of other machines take their credentials, and publish on their host', () => {
    const engines = reached(['tcp://10.0.0.5:2376', 'ssh://root@web1,credential=key,address=192.168.0.7', 'ssh://web2']);
    expect(engines).toMatchObject([
      { name: '10.0.0.5', address: '10.0.0.5', connection: { kind: 'tcp', tls: { name: 'lan' } } },
      { name: 'web1', address: '192.168.0.7', connection: { kind: 'ssh', user: 'root', credential: { name: 'key' } } },
      { name: 'web2', address: 'web2', connection: { kind: 'ssh', credential: null } },
    ]);
  });

  it('without a way are told all at once', () => {
    const refused = failureIn(() => reached(['tcp://web1:2376', 'unix:///a.sock', 'ssh://web2,credential=none']));
    expect(refused.message.split('\n')).toEqual([
      'the engine web1 (tcp://web1:2376) has no certificate for web1, and an engine of another machine is reached over mutual TLS only',
      'the engine web2 (ssh://web2) names the credential none, which is not configured',
    ]);
    expect(refused.hint).toContain('name one of lan, key');
  });

  it('of a context that is not there are told before anything starts, where their address is asked of it', () => {
    expect(failureIn(() => reached(['context:none-of-that-name'])).message).toContain('there is no Docker context none-of-that-name');
    expect(reached(['context:none-of-that-name,address=10.0.0.7'])).toMatchObject([
      { connection: { kind: 'context' }, address: '10.0.0.7' },
    ]);
  });
});

describe('the engine that a commit declares', () => {
  it('takes the credential that it names, and its own address', () => {
    expect(declared({ endpoint: 'ssh://root@10.0.0.5', credentials: 'key', address: '192.168.0.5' })).toMatchObject({
      ...{ name: 'web1', clusters: ['shop'], address: '192.168.0.5' },
      connection: { kind: 'ssh', credential: { name: 'key' } },
    });
    expect(declared({ endpoint: 'tcp://10.0.0.5:2376' })).toMatchObject({ address: '10.0.0.5', connection: { tls: { name: 'lan' } } });
    expect(declared({ endpoint: 'unix:///a.sock' })).toMatchObject({ address: '127.0.0.1', connection: { kind: 'unix', path: '/a.sock' } });
  });

  it.each([
    [{ endpoint: 'tcp://web9:2376' }, 'its endpoint has no certificate for web9'],
    [{ endpoint: 'ssh://web9', credentials: 'lan' }, 'its endpoint names the credential lan, which is of kind tls: name one of kind ssh'],
    [{ endpoint: 'context:none-of-that-name' }, 'there is no Docker context none-of-that-name'],
  ])('%o has no way to it, and says why', (instance, why) => {
    expect(declared(instance).connection).toMatchObject({ kind: 'none', why: expect.stringContaining(why) });
  });
});

function failureIn(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new Error('it did not fail');
}
