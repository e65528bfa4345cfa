// What a config.json says about a registry, as a table: which entry, which program, and what is sent.
import { describe, expect, it } from 'vitest';
import { authHeader, loginOfProgram, loginPlace, type RegistryLogin } from '../../../src/adapters/registry/docker-config.ts';

const auth = (text: string): string => Buffer.from(text).toString('base64');
const login = (username: string, password: string, more: Partial<RegistryLogin> = {}): RegistryLogin => ({
  ...{ username, password, identityToken: null, registryToken: null },
  ...more,
});
const entry = (found: RegistryLogin) => ({ kind: 'entry', login: found });
const program = (name: string, server: string) => ({ kind: 'program', name, server });
const NONE = { kind: 'none' };
const ALICE = { auth: auth('alice:pw') };

describe('the login for a registry', () => {
  it.each<[string, unknown, string, unknown]>([
    ['is its entry', { auths: { 'r.example': ALICE } }, 'r.example', entry(login('alice', 'pw'))],
    ['is not the entry of another port', { auths: { 'r.example:5000': ALICE } }, 'r.example', NONE],
    ['is found behind an address with a path', { auths: { 'https://r.example/v2/': ALICE } }, 'r.example', entry(login('alice', 'pw'))],
    ['of Docker Hub has a key of its own', { auths: { 'https://index.docker.io/v1/': ALICE } }, 'docker.io', entry(login('alice', 'pw'))],
    ['of Docker Hub is found under its host, too', { auths: { 'docker.io': ALICE } }, 'docker.io', entry(login('alice', 'pw'))],
    ['is absent where nobody logged in', { auths: {} }, 'r.example', NONE],
    ['is absent in a file of other settings', { proxies: {} }, 'r.example', NONE],
    ['may have a colon in its password', { auths: { r: { auth: auth('alice:a:b') } } }, 'r', entry(login('alice', 'a:b'))],
    ['loses the zero bytes at its end', { auths: { r: { auth: auth('alice:pw\0') } } }, 'r', entry(login('alice', 'pw'))],
    ['may be in plain words', { auths: { r: { username: 'alice', password: 'pw' } } }, 'r', entry(login('alice', 'pw'))],
    [
      'may be an identity token',
      { auths: { r: { auth: auth('alice:'), identitytoken: 'idt' } } },
      'r',
      entry(login('alice', '', { identityToken: 'idt' })),
    ],
    ['may be a registry token', { auths: { r: { registrytoken: 'rt' } } }, 'r', entry(login('', '', { registryToken: 'rt' }))],
    ['that is empty is none', { auths: { r: {} } }, 'r', NONE],
    ['that can not be read is broken', { auths: { r: { auth: 'bm90aGluZw==' } } }, 'r', { kind: 'broken', why: expect.any(String) }],
    ['is with the program for all registries', { credsStore: 'pass', auths: { r: {} } }, 'r', program('pass', 'r')],
    ['is with the program for this one before', { credsStore: 'pass', credHelpers: { r: 'ecr-login' } }, 'r', program('ecr-login', 'r')],
    ['is with the program for all when another has its own', { credsStore: 'pass', credHelpers: { x: 'ecr' } }, 'r', program('pass', 'r')],
    ['of Docker Hub is asked for by its key', { credsStore: 'pass' }, 'docker.io', program('pass', 'https://index.docker.io/v1/')],
    [
      'is an entry where an empty program says so',
      { credsStore: 'pass', credHelpers: { r: '' }, auths: { r: ALICE } },
      'r',
      entry(login('alice', 'pw')),
    ],
    ['is with no program outside of the PATH', { credsStore: '../../evil' }, 'r', { kind: 'broken', why: expect.any(String) }],
  ])('%s', (_, config, domain, place) => {
    expect(loginPlace(JSON.stringify(config), domain)).toEqual(place);
  });

  it.each(['', '{', '[]', 'null', '"x"'])('is broken where the file holds %j', (text) => {
    expect(loginPlace(text, 'r')).toEqual({ kind: 'broken', why: 'is no JSON object' });
  });
});

describe('what a program prints', () => {
  it.each([
    ['{"ServerURL":"r","Username":"alice","Secret":"pw"}\n', login('alice', 'pw')],
    ['{"Username":"<token>","Secret":"idt"}', login('', '', { identityToken: 'idt' })],
    ['{"Username":"alice"}', null],
    ['{"Username":"alice","Secret":""}', null],
    ['alice:pw', null],
  ])('%s', (output, found) => {
    expect(loginOfProgram(output)).toEqual(found);
  });
});

describe('X-Registry-Auth', () => {
  it.each([
    [login('alice', 'pw'), 'r.example', { username: 'alice', password: 'pw', serveraddress: 'r.example' }],
    [login('', '', { identityToken: 'idt' }), 'r.example', { identitytoken: 'idt', serveraddress: 'r.example' }],
    [login('', '', { registryToken: 'rt' }), 'r.example', { registrytoken: 'rt', serveraddress: 'r.example' }],
    [login('alice', 'pw'), 'docker.io', { username: 'alice', password: 'pw', serveraddress: 'https://index.docker.io/v1/' }],
  ])('%j for %s', (found, domain, fields) => {
    expect(JSON.parse(Buffer.from(authHeader(found, domain), 'base64url').toString())).toEqual(fields);
  });

  it('has the alphabet of URLs and its padding: engines in Go take nothing else', () => {
    const headers = ['?', '>>', '???', '~~~~'].map((password) => authHeader(login('u', password), 'r'));
    for (const header of headers) {
      expect(header).toMatch(/^[A-Za-z0-9_-]+=*$/);
      expect(header.length % 4).toBe(0);
    }
  });
});
