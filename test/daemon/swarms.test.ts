// What the daemon knows of swarms: their nodes as they were listed last, why a manager is silent, and nothing of a swarm that git has dropped.
import { describe, expect, test } from 'vitest';
import { NOW, desired } from '../build.ts';
import { DEFAULT_LIMITS } from '../../src/daemon/config.ts';
import { followSwarms } from '../../src/daemon/swarms.ts';
import { simulatedSwarm, swarmNode } from '../sim/swarm.ts';
import { virtualTime } from '../sim/clock.ts';
import type { DesiredState } from '../../src/model/turn/desired.ts';
import type { SwarmSource } from '../../src/model/cluster/swarm.ts';

const SOURCE: SwarmSource = { endpoint: 'ssh://10.0.0.1', nodeEndpoint: 'ssh://{address}' };

const git = (swarm?: SwarmSource): DesiredState => ({
  ...desired(),
  clusters: new Map([['prod', { name: 'prod', imagePullBehavior: 'prefer-cached' as const, ...(swarm && { swarm }) }]]),
});

function stage() {
  const time = virtualTime(NOW);
  const swarm = simulatedSwarm();
  const told: string[] = [];
  let wakes = 0;
  const ports = {
    clock: { now: time.now, timer: time.at },
    swarm: ({ endpoint }: SwarmSource) => {
      told.push(`open ${endpoint}`);
      return { ...swarm, close: () => void told.push(`close ${endpoint}`) };
    },
    log: { write: (level: string, message: string) => void told.push(`${level} ${message}`) },
  };
  const stop = new AbortController();
  const swarms = followSwarms(ports, DEFAULT_LIMITS, stop.signal, () => (wakes += 1));
  const names = (): readonly string[] | null | undefined =>
    swarms
      .observed()
      .swarms?.get('prod')
      ?.nodes?.map(({ hostname }) => hostname);
  /** Lets answers arrive that are due by then. */
  const after = async (ms: number): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    time.advanceTo(time.now() + ms);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return { swarm, swarms, told, names, after, wakes: () => wakes };
}

describe('the swarms that a daemon follows', () => {
  test('are none where git names none', () => {
    const { swarms } = stage();
    swarms.follow(git());
    expect(swarms.observed()).toEqual({});
    expect(swarms.isAsked()).toBe(true);
  });

  test('are asked at once and every 5 s, and wake the loop only with news', async () => {
    const { swarm, swarms, names, after, wakes } = stage();
    swarm.put(swarmNode('b', 'web2'));
    swarm.put(swarmNode('a', 'web1'));
    swarms.follow(git(SOURCE));
    expect(swarms.isAsked()).toBe(false);
    await after(0);
    expect([names(), wakes()]).toEqual([['web1', 'web2'], 1]);
    const before = swarms.observed();
    await after(20_000);
    expect(swarms.observed()).toBe(before);
    expect(wakes()).toBe(1);
    swarm.remove('a');
    await after(4_999);
    expect(names()).toEqual(['web1', 'web2']);
    await after(1);
    expect([names(), wakes()]).toEqual([['web2'], 2]);
  });

  test('are settled once a turn has seen the answer', async () => {
    const { swarm, swarms, after } = stage();
    swarm.put(swarmNode('a', 'web1'));
    swarms.follow(git(SOURCE));
    swarms.observed();
    await after(0);
    expect(swarms.isAsked()).toBe(false);
    swarms.observed();
    expect(swarms.isAsked()).toBe(true);
  });

  test('keep their nodes while the manager is silent, and say why once', async () => {
    const { swarm, swarms, told, names, after } = stage();
    swarm.put(swarmNode('a', 'web1'));
    swarms.follow(git(SOURCE));
    await after(0);
    swarm.silence('the swarm has no leader');
    await after(5_000);
    await after(5_000);
    expect(names()).toEqual(['web1']);
    expect(swarms.observed().swarms?.get('prod')?.silence).toBe('the swarm has no leader');
    swarm.silence(null);
    await after(5_000);
    expect(told).toEqual([
      'open ssh://10.0.0.1',
      'warn the manager of a swarm does not answer, its nodes stay as they were',
      'info the manager of a swarm answers again',
    ]);
  });

  test('are let go with git, and opened again when they are elsewhere', async () => {
    const { swarms, told, after } = stage();
    swarms.follow(git(SOURCE));
    await after(0);
    swarms.follow(git({ ...SOURCE, endpoint: 'ssh://10.0.0.2' }));
    expect(swarms.observed().swarms?.get('prod')).toEqual({ nodes: null, silence: null });
    swarms.follow(git());
    expect(swarms.observed()).toEqual({});
    expect(told).toEqual(['open ssh://10.0.0.1', 'close ssh://10.0.0.1', 'open ssh://10.0.0.2', 'close ssh://10.0.0.2']);
  });
});
