// A world that went through JSON is the world it was, for the plan's sake: the seal is taken over it.
import { describe, expect, it } from 'vitest';
import { answer, containerView, desired, app, identity, instance, ledger, observed, proxy, serviceRow, task, world } from '../build.ts';
import { WORLD_FORMAT, decodeWorld, encodeWorld } from '../../src/api/world-json.ts';
import { swarmNode } from '../sim/swarm.ts';
import { shopWorld } from './fake-door.ts';
import type { World } from '../../src/model/turn/plan.ts';

const full: World = world({
  desired: desired([app('web', { listen: 8080, sidecars: [] }), app('worker', { cluster: 'other' })]),
  observed: {
    ...observed([instance('local', [containerView(identity())], { networks: new Set(['longshore-test-default']) })]),
    proxy: proxy('v7', [['a:main:8080', 'draining', null]]),
    answers: new Map([['image web:1', answer('image web:1', 'sha256:1')]]),
    swarms: new Map([['default', { nodes: [swarmNode('a', 'web1')], silence: null }]]),
  },
  outcomes: [{ key: 'pull', at: 5, error: { code: 'DiskFull', message: 'no space left' } }],
  ledger: {
    ...ledger({ services: [serviceRow()], tasks: [task()], revisions: [{ id: 'web:3', family: 'web', number: 3, hash: 'h', spec: null }] }),
    retries: new Map([['start x', { key: 'start x', tries: 2, retryAt: 9, error: { code: 'PortTaken', message: 'taken' } }]]),
  },
});

describe('a world through JSON', () => {
  it.each([
    ['a full one', full],
    ['an empty one', world()],
    ['one without a proxy', world({ observed: observed([instance('local')], { proxy: null }) })],
    ['the shop', shopWorld()],
  ])('comes back equal: %s', (_name, original) => {
    const back = decodeWorld(JSON.parse(JSON.stringify(encodeWorld(original))));
    expect(back).toStrictEqual(original);
    expect(back.ledger.tasks).toBeInstanceOf(Map);
    expect([...back.desired.services.keys()]).toEqual([...original.desired.services.keys()]);
  });

  it.each([
    ['null', null, /world document is an object/],
    ['another format', { format: 1, world: {} }, `format 1, this version reads ${WORLD_FORMAT}`],
    ['no ledger', { format: WORLD_FORMAT, world: { desired: {}, observed: {} } }, /world\.ledger is an object/],
    [
      'a map that is no list',
      { ...JSON.parse(JSON.stringify(encodeWorld(world()))), world: { ...(encodeWorld(world()).world as object), ledger: { tasks: {} } } },
      /is a list/,
    ],
  ])('refuses %s', (_name, value, message) => {
    expect(() => decodeWorld(value)).toThrow(message);
  });
});
