// Tables: what one action is predicted to bring about.
import type { ContainerMount } from '../../../src/model/task/container-mount.ts';
import { describe, expect, test } from 'vitest';
import {
  NOW,
  answer,
  app,
  containerView,
  definitionOf,
  identity,
  instance,
  ledger,
  observed,
  onNetwork,
  proxy,
  world,
} from '../../build.ts';
import { DEFAULT_TIMINGS, predict, predictedProxy } from '../../../src/core/plan/predict.ts';
import { assumedDigest } from '../../../src/model/service/deployment.ts';
import type { ContainerSpec, PlannedAction, World } from '../../../src/model/turn/plan.ts';
import type { ContainerView } from '../../../src/model/turn/observed.ts';
import type { RouteTable } from '../../../src/model/traffic/route.ts';
import { lookKey } from '../../../src/core/image/images.ts';
import { BRIDGE } from '../../../src/model/task/container-network.ts';

const declared = app('web', { listen: 80, image: 'demo:1', healthCheck: true }).taskDefinition;
const revisions = [{ id: 'web:1', family: 'web', number: 1, hash: definitionOf(declared).hash, spec: declared }];
const who = identity();
const base = { key: 'k', because: '', instance: 'local' };
const spec = { image: 'demo:1', mounts: [] as readonly ContainerMount[], network: onNetwork('n') } as ContainerSpec;

/** A world with the given containers on the instance `local`. */
const holding = (...views: readonly ContainerView[]): World =>
  world({ ledger: ledger({ revisions }), observed: observed([instance('local', views)]) });

const container = (start: World, action: PlannedAction): ContainerView | undefined =>
  predict(start, action, DEFAULT_TIMINGS).observed.instances.get('local')?.containers.values().next().value;

describe('containers', () => {
  const created = containerView(who, { state: 'created' });
  const running = containerView(who, { ports: [{ containerPort: 8080, protocol: 'tcp', hostPort: 32_768 }], health: 'healthy' });

  test('create: there, not started', () => {
    const view = container(holding(), { ...base, kind: 'create-container', name: 'longshore-web', identity: who, spec });
    expect(view).toMatchObject({ name: 'longshore-web', state: 'created', startedAt: null, ports: [], networks: ['n'] });
  });

  test('create: refused when a secret is known not to be there; a provider that is away is taken to answer', () => {
    const [main] = declared.containerDefinitions;
    if (main === undefined) throw new Error('the application has a container');
    const secret = { ...declared, containerDefinitions: [{ ...main, secrets: [{ name: 'PASSWORD', valueFrom: '/shop/db' }] }] };
    const outcome = (code: 'absent' | 'away' | null) => {
      const fault = code === null ? null : { code, message: 'the secret /shop/db: none', hint: 'Add it.' };
      const print = { fingerprint: code === null ? '1' : null, fault };
      const start = world({
        ledger: ledger({ revisions: [{ id: 'web:1', family: 'web', number: 1, hash: 'v1:secret', spec: secret }] }),
        observed: observed([instance('local')], { secrets: new Map([['secret /shop/db', print]]) }),
      });
      const action = { ...base, kind: 'create-container', name: 'longshore-web', identity: who, spec } as const;
      return [predict(start, action, DEFAULT_TIMINGS).outcomes[0]?.error, container(start, action)?.state];
    };
    expect(outcome('absent')).toEqual([{ code: 'ResourceInitializationError', message: 'the secret /shop/db: none. Add it.' }, undefined]);
    expect([outcome('away'), outcome(null)]).toEqual([
      [null, 'created'],
      [null, 'created'],
    ]);
  });

  test('start: running after startMs, published, its check begins', () => {
    const predicted = predict(
      holding(created),
      { ...base, kind: 'start-container', container: created.id, identity: who, further: [], files: [] },
      DEFAULT_TIMINGS,
    );
    expect(predicted.at).toBe(NOW + DEFAULT_TIMINGS.startMs);
    expect(predicted.outcomes).toEqual([{ key: 'k', at: predicted.at, error: null }]);
    expect([...(predicted.observed.instances.get('local')?.containers.values() ?? [])]).toMatchObject([
      {
        state: 'running',
        health: 'starting',
        startedAt: predicted.at,
        ports: [{ containerPort: 8080, hostPort: 32_768, protocol: 'tcp' }],
      },
    ]);
  });

  test('start: a port that another container of ours holds is not handed out again', () => {
    const other = { ...running, id: 'other' };
    const start = holding(other, created);
    const predicted = predict(
      start,
      { ...base, kind: 'start-container', container: created.id, identity: who, further: [], files: [] },
      DEFAULT_TIMINGS,
    );
    expect(predicted.observed.instances.get('local')?.containers.get(created.id)?.ports).toMatchObject([{ hostPort: 32_769 }]);
  });

  test('start of a revision that is to fail: exited with code 1', () => {
    const action: PlannedAction = { ...base, kind: 'start-container', container: created.id, identity: who, further: [], files: [] };
    const predicted = predict(holding(created), action, DEFAULT_TIMINGS, new Set([who.serviceHash]));
    expect([...(predicted.observed.instances.get('local')?.containers.values() ?? [])]).toMatchObject([{ state: 'exited', exitCode: 1 }]);
  });

  test('stop: exited by the signal, ports free', () => {
    const action: PlannedAction = { ...base, kind: 'stop-container', container: running.id, identity: who, timeoutSeconds: 30 };
    expect(container(holding(running), action)).toMatchObject({ state: 'exited', exitCode: 143, ports: [] });
  });

  test('remove: gone', () => {
    expect(container(holding(running), { ...base, kind: 'remove-container', container: running.id, identity: who })).toBeUndefined();
  });

  test('an instance that is not configured any more changes nothing', () => {
    const action: PlannedAction = { ...base, instance: 'gone', kind: 'remove-container', container: running.id, identity: who };
    const start = holding(running);
    expect(predict(start, action, DEFAULT_TIMINGS).observed).toBe(start.observed);
  });
});

test('networks come and go', () => {
  const withNetwork = predict(
    holding(),
    { ...base, kind: 'create-network', network: 'n', cluster: 'default', options: BRIDGE },
    DEFAULT_TIMINGS,
  ).observed;
  expect([...(withNetwork.instances.get('local')?.networks ?? [])]).toEqual(['n']);
  const without = predict(
    { ...holding(), observed: withNetwork },
    { ...base, kind: 'remove-network', network: 'n' },
    DEFAULT_TIMINGS,
  ).observed;
  expect([...(without.instances.get('local')?.networks ?? [])]).toEqual([]);
});

test('a container joins networks and leaves them, before its start, with it and while it runs', () => {
  const created = containerView(who, { state: 'created', networks: ['n'] });
  const of = { ...base, container: created.id, identity: who };
  const endpoint = (network: string) => ({ network, aliases: [], links: [] });
  const networks = (view: ContainerView | undefined): readonly string[] => view?.networks ?? [];
  expect(networks(container(holding(created), { ...of, kind: 'connect-network', endpoint: endpoint('a') }))).toEqual(['a', 'n']);
  expect(networks(container(holding(created), { ...of, kind: 'connect-network', endpoint: endpoint('n') }))).toEqual(['n']);
  expect(networks(container(holding(created), { ...of, kind: 'disconnect-network', network: 'n' }))).toEqual([]);
  const started = container(holding(created), { ...of, kind: 'start-container', further: [endpoint('b')], files: [] });
  expect(started).toMatchObject({ state: 'running', networks: ['b', 'n'] });
});

describe('images', () => {
  const key = lookKey('local', 'demo:1');
  const asked = (found: string | null): World => {
    const start = holding();
    return { ...start, observed: { ...start.observed, answers: new Map([[key, answer(key, found)]]) } };
  };
  const create: PlannedAction = { ...base, kind: 'create-container', name: 'c', identity: who, spec };
  const pull: PlannedAction = { ...base, kind: 'pull-image', reference: 'demo:1', service: 'default/web' };

  test('a container can not be created from an image that a look did not find', () => {
    const predicted = predict(asked(null), create, DEFAULT_TIMINGS);
    expect(predicted.outcomes[0]?.error?.code).toBe('ImageMissing');
    expect(predicted.observed.instances.get('local')?.containers.size).toBe(0);
  });

  test('it can when the look found it, or when nobody looked', () => {
    expect(predict(asked('sha256:1'), create, DEFAULT_TIMINGS).outcomes[0]?.error).toBeNull();
    expect(predict(holding(), create, DEFAULT_TIMINGS).outcomes[0]?.error).toBeNull();
  });

  test('a pull brings an image with a stand-in for the digest, and the next look finds it', () => {
    const predicted = predict(asked(null), pull, DEFAULT_TIMINGS);
    expect(predicted.outcomes[0]?.image?.digest).toBe(assumedDigest('demo:1'));
    expect(predicted.observed.answers.get(key)?.image).not.toBeNull();
  });
});

describe('the proxy serves a table', () => {
  const target = (id: string, state: 'serving' | 'draining', lastKnown: 'initial' | 'healthy' = 'initial') => ({
    id,
    host: 'h',
    port: 1,
    state,
    lastKnown,
  });
  const table = (...targets: readonly ReturnType<typeof target>[]): RouteTable => ({
    version: 'v2',
    listeners: [],
    targetGroups: [{ name: 'g', settings: {} as never, targets }],
  });

  test.each([
    ['a new target waits for its first check', proxy('v1', []), target('a', 'serving'), { state: 'initial', inFlight: 0 }],
    ['a target known to be healthy starts so', proxy('v1', []), target('a', 'serving', 'healthy'), { state: 'healthy' }],
    ['a known target keeps its state', proxy('v1', [['a', 'unhealthy']]), target('a', 'serving', 'healthy'), { state: 'unhealthy' }],
    [
      'a draining target has nothing under way',
      proxy('v1', [['a', 'healthy', 7]]),
      target('a', 'draining'),
      { state: 'draining', inFlight: 0 },
    ],
  ])('%s', (_, before, wanted, expected) => {
    const after = predictedProxy(before, table(wanted));
    expect(after.version).toBe('v2');
    expect(after.targets.get('a')).toMatchObject(expected);
  });

  test('a target that is no longer in the table is gone', () => {
    expect(predictedProxy(proxy('v1', [['a', 'healthy']]), table()).targets.size).toBe(0);
  });
});
