// Endpoints with a place for what differs from node to node: what is read, what is refused and where, and what becomes of one.
import { describe, expect, test } from 'vitest';
import { nodeEndpoint, parseNodeEndpoint } from '../../src/lang/node-endpoint.ts';
import { parseEngineEndpoint } from '../../src/lang/engine-endpoint.ts';

describe('a template', () => {
  test.each([
    'ssh://deploy@{address}',
    'tcp://{address}:2376',
    'tcp://{hostname}.example:2376',
    'unix:///run/{hostname}/docker.sock',
    'context:{hostname}',
  ])('%s is read', (text) => {
    expect(parseNodeEndpoint(text)).toEqual({ value: text, fault: null });
  });

  test.each([
    ['ssh://deploy@10.0.0.5', 0, 'leads to the same engine for each node'],
    ['tcp://{address}', 15, 'has no port'],
    ['ssh://{adress}', 0, 'leads to the same engine for each node'],
    ['http://{address}', 0, 'begins with something else than unix, tcp, ssh or context'],
  ])('%s is refused', (text, at, message) => {
    expect(parseNodeEndpoint(text).fault).toMatchObject({ at, message });
  });
});

describe('the endpoint of a node', () => {
  const node = { address: '10.0.0.7', hostname: 'web7' };
  test.each([
    ['ssh://deploy@{address}', node, 'ssh://deploy@10.0.0.7'],
    ['tcp://{address}:2376', { ...node, address: 'fd00::7' }, 'tcp://[fd00::7]:2376'],
    ['unix:///run/{hostname}/{address}.sock', node, 'unix:///run/web7/10.0.0.7.sock'],
    ['context:{hostname}', { ...node, hostname: '$&' }, 'context:$&'],
  ])('%s', (template, which, endpoint) => {
    expect(nodeEndpoint(template, which)).toBe(endpoint);
  });

  test('that nobody can read is refused by whoever connects, and not taken for another one', () => {
    expect(parseEngineEndpoint(nodeEndpoint('ssh://{hostname}', { ...node, hostname: 'a b' })).fault).not.toBeNull();
  });
});
