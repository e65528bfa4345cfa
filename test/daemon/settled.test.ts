// Settled is what `watch --once`, scripts and tests wait for: not before the secrets of the commit in force were read, and not while a change
// waits for them. The real daemon over the simulated engine, proxy, store and repository.
import { expect, it } from 'vitest';
import { app, INSTALLATION, NOW } from '../build.ts';
import { beginLife } from '../sim/life.ts';
import { DEFAULT_LIMITS } from '../../src/daemon/config.ts';
import { DEFAULT_PULL_BEHAVIOR } from '../../src/model/cluster/cluster.ts';
import { emptyDisk, openMemoryStore } from '../sim/store.ts';
import { engineModel } from '../sim/engine-model.ts';
import { localImage } from '../sim/images.ts';
import { proxyModel } from '../sim/proxy-model.ts';
import { random } from '../sim/random.ts';
import { repositoryModel } from '../sim/repository.ts';
import { simEngine } from '../sim/engine.ts';
import { simProxy } from '../sim/proxy.ts';
import { startDaemon } from '../../src/daemon/loop.ts';
import type { SecretPrint } from '../../src/model/access/secret.ts';
import { vaultModel } from '../sim/vault-model.ts';
import { virtualClock, virtualTime } from '../sim/clock.ts';

/** A daemon over one engine that holds web:1, and a vault whose every answer takes so long. Every 30 s it reads the repository. */
function start(answerMs: number) {
  const [time, life, vault, chance] = [virtualTime(NOW), beginLife(), vaultModel(), random(1, 'settled')];
  const registry = { images: new Map(), away: false };
  const where = { id: 'local', address: '10.0.0.1', cpu: 4_096, memory: 8_192, pace: 1, installation: INSTALLATION };
  const engine = engineModel({ ...where, time, random: chance, registry, vault });
  engine.addImage(localImage('web:1'));
  const repository = repositoryModel(time, { chance: () => false });
  const daemon = startDaemon(
    {
      clock: virtualClock(time),
      engines: new Map([['local', simEngine(engine, life)]]),
      connect: () => {
        throw new Error('the commits of this test declare no instance');
      },
      swarm: () => {
        throw new Error('the commits of this test declare no swarm');
      },
      repository: repository.port(life),
      store: openMemoryStore(emptyDisk()),
      vault: {
        fingerprint: async (uses) =>
          new Promise<ReadonlyMap<string, SecretPrint>>((resolve) => void time.after(answerMs, () => resolve(vault.prints(uses)))),
      },
      proxy: simProxy(proxyModel(time, chance, new Map([['local', engine]])), time, life),
      log: { write: () => {} },
    },
    { installation: INSTALLATION, load: repository.load, limits: DEFAULT_LIMITS },
  );
  const pass = async (ms: number): Promise<void> => {
    const end = time.now() + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = time.next();
      if (next === null || next > end) break;
      time.step();
    }
    time.advanceTo(end);
  };
  const commit = (mode: string): void => {
    const container = { secrets: [{ name: 'PASSWORD', valueFrom: '/shop/db' }], environment: [{ name: 'MODE', value: mode }] };
    repository.commit({ apps: [app('web', { count: 1, healthyAfter: 1, container })], pull: DEFAULT_PULL_BEHAVIOR });
  };
  const now = () => ({
    settled: daemon.view().settled,
    revision: daemon.view().world?.ledger.services.get('default/web')?.deployments[0]?.target.taskDefinition,
  });
  return { pass, commit, vault, now };
}

it('waits for the secrets of a new commit, although what runs is steady', async () => {
  const { pass, commit, now } = start(5_000);
  commit('slow');
  await pass(20_000);
  expect(now()).toEqual({ settled: true, revision: 'web:1' });
  commit('fast');
  const seen: boolean[] = [];
  for (let second = 0; second < 4; second++) {
    await pass(1_000);
    seen.push(now().settled);
  }
  expect(seen).toEqual([false, false, false, false]);
  await pass(20_000);
  expect(now()).toEqual({ settled: true, revision: 'web:2' });
});

it('is not reached while a provider that is away holds a change back', async () => {
  const { pass, commit, vault, now } = start(10);
  commit('slow');
  await pass(20_000);
  vault.setAway(true);
  await pass(101_000);
  expect(now()).toEqual({ settled: true, revision: 'web:1' });
  commit('fast');
  await pass(101_000);
  expect(now()).toEqual({ settled: false, revision: 'web:1' });
  vault.setAway(false);
  await pass(20_000);
  expect(now()).toEqual({ settled: true, revision: 'web:2' });
});
