// What the secrets of a service mean for its deployments: one row, one sentence.
import { describe, expect, test } from 'vitest';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/turn/ledger.ts';
import { app, desired, observed, world } from '../build.ts';
import { assumingSecrets, rotated, rotation, usesOf, withSecrets } from '../../src/core/secrets.ts';
import type { DesiredService } from '../../src/model/turn/desired.ts';
import { newServiceRow } from '../../src/core/deployment/next.ts';
import type { SecretFaultCode, SecretPrint } from '../../src/model/access/secret.ts';

const KEY = 'secret shop';
const STATE = desired([app('web', { container: { secrets: [{ name: 'PASSWORD', valueFrom: 'shop' }] } }), app('plain')]);
const HASH = STATE.services.get('default/web')?.hash ?? '';

function print(fingerprint: string): SecretPrint {
  return { fingerprint, fault: null };
}

function fault(code: SecretFaultCode): SecretPrint {
  return { fingerprint: null, fault: { code, message: 'the secret shop: nothing there', hint: 'Add it.' } };
}

function asked(requested: string): Ledger {
  return { ...EMPTY_LEDGER, services: new Map([['default/web', { ...newServiceRow('default/web', 'default', 'web'), requested }]]) };
}

function web(known: SecretPrint | null, ledger: Ledger = EMPTY_LEDGER): { hash: string; held?: string; secretFault?: string } | undefined {
  return withSecrets(STATE, known === null ? new Map() : new Map([[KEY, known]]), ledger).services.get('default/web');
}

describe('a service that has secrets', () => {
  test('is asked for with their fingerprints, and another one is another service', () => {
    expect(web(print('a'))?.hash).toMatch(new RegExp(`^${HASH}\\.[0-9a-f]{16}$`));
    expect(web(print('b'))?.hash).not.toBe(web(print('a'))?.hash);
  });

  test.each<[string, SecretPrint | null]>([
    ['nobody was asked yet', null],
    ['its provider is away', fault('away')],
    ['it is gone', fault('absent')],
    ['it is refused', fault('refused')],
  ])('stays as it was asked for last when git did not change it and %s', (_, known) => {
    const ledger = asked(`${HASH}.0123456789abcdef`);
    expect(web(known, ledger)).toMatchObject({ hash: `${HASH}.0123456789abcdef` });
    expect(web(known, ledger)?.held).toBeUndefined();
  });

  test.each<[string, SecretPrint | null]>([
    ['nobody was asked yet', null],
    ['its provider is away', fault('away')],
  ])('is held back when git changed it and %s', (_, known) => {
    expect(web(known, asked('v1:other'))).toMatchObject({ hash: 'v1:other', held: expect.stringContaining('the secret shop') });
  });

  test.each<SecretFaultCode>(['absent', 'refused', 'unusable'])(
    'is a deployment that fails as such when git changed it and it is %s',
    (code) => {
      expect(web(fault(code), asked('v1:other'))).toMatchObject({
        hash: `${HASH}.?`,
        secretFault: 'ResourceInitializationError: the secret shop: nothing there. Add it.',
      });
    },
  );

  test('leaves others alone, and is the same reference for the same facts', () => {
    const prints = new Map([[KEY, print('a')]]);
    const joined = withSecrets(STATE, prints, EMPTY_LEDGER);
    expect(joined.services.get('default/plain')).toBe(STATE.services.get('default/plain'));
    expect(withSecrets(STATE, prints, EMPTY_LEDGER)).toBe(joined);
    expect(usesOf(STATE)).toEqual([{ kind: 'secret', from: 'shop' }]);
  });

  test('a login for a registry is asked for, and another one changes no service', () => {
    const guarded = desired([app('web', { container: { repositoryCredentials: { credentialsParameter: 'registry' } } })]);
    expect(usesOf(guarded)).toEqual([{ kind: 'secret', from: 'registry' }]);
    expect(withSecrets(guarded, new Map([['secret registry', print('a')]]), EMPTY_LEDGER)).toBe(guarded);
  });

  test('is planned without asking: unchanged stays, changed is taken to be there', () => {
    const ledger = asked(`${HASH}.0123456789abcdef`);
    const planned = assumingSecrets(world({ desired: STATE, observed: observed(), ledger }));
    expect(withSecrets(STATE, planned.observed.secrets, ledger).services.get('default/web')?.hash).toBe(`${HASH}.0123456789abcdef`);
    expect(withSecrets(STATE, planned.observed.secrets, asked('v1:other')).services.get('default/web')).toMatchObject({
      hash: expect.stringMatching(new RegExp(`^${HASH}\\.[0-9a-f]{16}$`)),
    });
  });

  describe('tells which secret has changed', () => {
    const secrets = (...names: string[]) => names.map((name) => ({ name: name.toUpperCase(), valueFrom: name }));
    const state = desired([
      app('web', {
        container: {
          secrets: secrets('a', 'b'),
          logConfiguration: { logDriver: 'syslog', secretOptions: [{ name: 'key', valueFrom: 'a' }] },
          'x-longshore': { files: [{ containerPath: '/etc/c', valueFrom: 'c' }] },
        },
      }),
    ]);
    const definition = state.taskDefinitions.get('web')?.spec;
    const asks = (values: Readonly<Record<string, string>>): DesiredService => {
      const prints = new Map(Object.entries(values).map(([name, value]) => [`secret ${name}`, print(value)] as const));
      const service = withSecrets(state, prints, EMPTY_LEDGER).services.get('default/web');
      if (service === undefined) throw new Error('there is a service');
      return service;
    };
    const first = asks({ a: '1', b: '1', c: '1' });
    const since = (service: DesiredService, marks = first.secretMarks): string | null =>
      definition === undefined
        ? null
        : rotation(service, definition, { requested: first.hash, ...(marks !== undefined && { secretMarks: marks }) });

    test.each([
      [{ a: '1', b: '2', c: '1' }, 'a secret has changed: variable B of container main'],
      [{ a: '1', b: '1', c: '2' }, 'a secret has changed: file /etc/c of container main'],
      [{ a: '2', b: '1', c: '1' }, 'secrets have changed: variable A of container main, log option key of container main'],
    ])('%j: %s', (values, words) => expect(since(asks(values))).toBe(words));

    test('not where nothing changed, where git did, or where it could not be read before', () => {
      expect(since(first)).toBeNull();
      expect(since({ ...asks({ a: '2', b: '1', c: '1' }), hash: 'v1:other.2' })).toBeNull();
      const service = asks({ a: '2', b: '1', c: '1' });
      expect(definition && rotation(service, definition, { requested: `${service.hash.split('.')[0]}.?` })).toBeNull();
    });

    test('only that one has, where an older version wrote down no more', () => {
      expect(definition && rotation(asks({ a: '2', b: '1', c: '1' }), definition, { requested: first.hash })).toBe('a secret has changed');
      const one = STATE.taskDefinitions.get('web')?.spec;
      const [before, after] = [print('a'), print('b')].map((known) =>
        withSecrets(STATE, new Map([[KEY, known]]), EMPTY_LEDGER).services.get('default/web'),
      );
      expect(one && after && before && rotation(after, one, { requested: before.hash })).toBe(
        'a secret has changed: variable PASSWORD of container main',
      );
    });

    test('and none of its fingerprints', () => {
      const { secretMarks = {} } = asks({ a: 'fingerprint', b: '1', c: '1' });
      expect(JSON.stringify(secretMarks)).not.toContain('fingerprint');
      expect(Object.values(secretMarks)).toHaveLength(3);
    });
  });

  test('has rotated when only its fingerprints are others', () => {
    expect(rotated('v1:a.1', 'v1:a.2')).toBe(true);
    expect(rotated('v1:a.1', 'v1:b.2')).toBe(false);
    expect(rotated('v1:a', 'v1:a')).toBe(false);
  });
});
