import { describe, expect, it } from 'vitest';
import { endpointText, isThisMachine, parseEngineEndpoint } from '../../src/lang/engine-endpoint.ts';

const ssh = { kind: 'ssh', user: null, host: 'web1.example', port: 22, path: '/var/run/docker.sock' };

describe('where an engine is reached', () => {
  it.each([
    ['unix:///var/run/docker.sock', { kind: 'unix', path: '/var/run/docker.sock' }],
    ['unix:///a b/ü.sock', { kind: 'unix', path: '/a b/ü.sock' }],
    [`unix:///${'x'.repeat(106)}`, { kind: 'unix', path: `/${'x'.repeat(106)}` }],
    ['tcp://10.0.0.5:2376', { kind: 'tcp', host: '10.0.0.5', port: 2_376 }],
    ['tcp://Web1.Example:2376', { kind: 'tcp', host: 'web1.example', port: 2_376 }],
    ['tcp://[2001:db8::5]:2376', { kind: 'tcp', host: '2001:db8::5', port: 2_376 }],
    ['ssh://web1.example', ssh],
    ['ssh://deploy@web1.example', { ...ssh, user: 'deploy' }],
    [
      'ssh://deploy@web1.example:2222/run/user/1000/docker.sock',
      { ...ssh, user: 'deploy', port: 2_222, path: '/run/user/1000/docker.sock' },
    ],
    ['ssh://root@[fe80::1]:22', { ...ssh, user: 'root', host: 'fe80::1' }],
    ['context:web1', { kind: 'context', name: 'web1' }],
  ])('%s', (text, value) => {
    const parsed = parseEngineEndpoint(text);
    expect(parsed).toEqual({ value, fault: null });
    expect(parseEngineEndpoint(endpointText(parsed.value ?? { kind: 'unix', path: '' }))).toEqual(parsed);
  });

  it.each([
    ['tcp://host:2376/', 'tcp://host:2376'],
    ['ssh://host/', 'ssh://host'],
    ['ssh://host:22/var/run/docker.sock', 'ssh://host'],
    ['context://web1', 'context:web1'],
  ])('%s is %s', (text, plain) => expect(parseEngineEndpoint(text)).toEqual(parseEngineEndpoint(plain)));

  it.each([
    ['', 0, 'is empty', 'unix:///var/run/docker.sock'],
    ['/var/run/docker.sock', 0, 'is a path alone', 'write unix:///var/run/docker.sock'],
    ['web1', 0, 'does not say how the engine is reached', 'ssh://USER@HOST'],
    ['https://web1:2376', 0, 'begins with something else than unix, tcp, ssh or context', 'tcp://HOST:PORT'],
    ['npipe:////./pipe/docker_engine', 0, 'begins with something else than unix, tcp, ssh or context', 'Windows'],
    ['tcp:web1:2376', 4, 'has no // behind tcp:', 'tcp://HOST:PORT'],
    ['unix://run/docker.sock', 7, 'has no path that begins at the root', 'unix:///'],
    ['unix:///run/', 11, 'names a folder', 'unix:///'],
    ['unix:///a\nb', 9, 'has a control character in its path', 'unix:///'],
    [`unix:///${'x'.repeat(107)}`, 7, 'has a path of 108 bytes, and that of a socket has at most 107', 'symbolic link'],
    [`unix:///${'ü'.repeat(54)}`, 7, 'has a path of 109 bytes, and that of a socket has at most 107', 'symbolic link'],
    ['tcp://web1', 10, 'has no port', ':2376'],
    ['tcp://:2376', 6, 'has no host', ':2376'],
    ['tcp://web1:', 11, 'has no port from 1 to 65535', ':2376'],
    ['tcp://web1:0', 11, 'has no port from 1 to 65535', ':2376'],
    ['tcp://web1:70000', 11, 'has no port from 1 to 65535', ':2376'],
    ['tcp://web1:2376/x', 15, 'has a path behind the port', ':2376'],
    ['tcp://me:hunter2@web1:2376', 6, 'must hold no user name and no password', ':2376'],
    ['tcp://2001:db8::5', 6, 'has an IPv6 address without brackets', 'in brackets'],
    ['tcp://[2001:db8::5:2376', 6, 'has a bracket that is not closed', 'in brackets'],
    ['tcp://[web1]:2376', 7, 'has a host that is none', 'in brackets'],
    ['tcp://10.0.0.500:2376', 6, 'has a host that is none', ':2376'],
    ['tcp://we b1:2376', 6, 'has a host that is none', ':2376'],
    ['tcp://[::1]x:2376', 11, 'has no port from 1 to 65535', ':2376'],
    ['ssh://', 6, 'has no host', 'ssh://USER@HOST'],
    ['ssh://@web1', 6, 'has no user before @', 'ssh://USER@HOST'],
    ['ssh://de ploy@web1', 6, 'has a user that is none', 'ssh://USER@HOST'],
    ['ssh://root:hunter2@web1', 6, 'must hold no password: ssh is asked with a key', 'ssh://USER@HOST'],
    ['ssh://root@web1:ssh', 16, 'has no port from 1 to 65535', 'ssh://USER@HOST'],
    ['ssh://root@web1/run/', 19, 'names a folder', 'docker.sock'],
    ['ssh://root@web1/run/$(id)', 20, 'has a path with something else than letters, digits and ._/@:+=~-', 'docker.sock'],
    ["ssh://root@web1/a'b", 17, 'has a path with something else than letters, digits and ._/@:+=~-', 'docker.sock'],
    ['ssh://web1?x=1', 6, 'has a host that is none', 'ssh://USER@HOST'],
    ['context:', 8, 'names no context', 'docker context ls'],
    ['context:a/../b', 8, 'names a context that can not be', 'docker context ls'],
    ['context:default', 8, 'names the context default, which is whatever DOCKER_HOST says', 'unix:///'],
  ])('%j is none', (text, at, message, hint) => {
    const { fault } = parseEngineEndpoint(text);
    expect(fault).toMatchObject({ at, message });
    expect(fault?.hint).toContain(hint);
    expect(JSON.stringify(fault)).not.toContain('hunter2');
  });

  it.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['::1', true],
    ['127.0.0.1.example', false],
    ['10.0.0.5', false],
    ['localhost.example', false],
  ])('%s is this machine: %s', (host, is) => expect(isThisMachine(host)).toBe(is));
});
