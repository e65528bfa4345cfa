// What is known of secrets follows the commit in force: which files they are read from, how often they are asked for, and when anybody is woken.
import { beforeEach, describe, expect, it } from 'vitest';
import { app, desired, NOW } from '../build.ts';
import { beginLife } from '../sim/life.ts';
import { DEFAULT_LIMITS } from '../../src/daemon/config.ts';
import type { DesiredState } from '../../src/model/turn/desired.ts';
import { followSecrets, type SecretPrints } from '../../src/daemon/secrets.ts';
import type { Ports } from '../../src/daemon/ports.ts';
import { repositoryModel, type RepositoryModel } from '../sim/repository.ts';
import { secretKey } from '../../src/model/access/secret.ts';
import { vaultModel, type VaultModel } from '../sim/vault-model.ts';
import { virtualClock, virtualTime } from '../sim/clock.ts';

let time: ReturnType<typeof virtualTime>;
let repository: RepositoryModel;
let vault: VaultModel;
/** The commits whose files were given along with each question; the simulated repository names each file by its commit. */
let given: string[];
let warned: string[];
let wakes: number;
let secrets: SecretPrints;

beforeEach(() => {
  [time, given, warned, wakes] = [virtualTime(NOW), [], [], 0];
  repository = repositoryModel(time, { chance: () => false });
  vault = vaultModel();
  const ports: Pick<Ports, 'clock' | 'log' | 'repository' | 'vault'> = {
    clock: virtualClock(time),
    log: { write: (_level, message, fields) => void warned.push(`${message} ${String(fields?.['reason'] ?? fields?.['hint'])}`) },
    repository: repository.port(beginLife()),
    vault: {
      fingerprint: async (uses, files) => {
        given.push(files.map(({ id }) => id).join());
        return Promise.resolve(vault.prints(uses));
      },
    },
  };
  const config = { installation: 'test', load: repository.load, limits: DEFAULT_LIMITS };
  secrets = followSecrets(ports as Ports, config, new AbortController().signal, () => void wakes++);
});

function commit(name: string, from: string | null = '/shop/db'): DesiredState {
  const container = from === null ? {} : { secrets: [{ name: 'PASSWORD', valueFrom: from }] };
  return desired([app('shop', { container })], { commit: name });
}

/** Lets so many milliseconds pass, and every promise go on that can. */
async function pass(ms: number): Promise<void> {
  const end = time.now() + ms;
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const next = time.next();
    if (next === null || next > end) break;
    time.step();
  }
  time.advanceTo(end);
}

const fingerprint = (): string | null | undefined => secrets.prints().get(secretKey({ kind: 'secret', from: '/shop/db' }))?.fingerprint;

describe('the secrets of a commit', () => {
  it('are asked for with the files of that commit, which are read once', async () => {
    secrets.follow(commit('first'));
    await pass(100);
    repository.setAway(true);
    await pass(60_000);
    expect(given).toEqual(['first', 'first']);
    expect(warned).toEqual([]);
  });

  it('are not read from the files of an older one, whose reading a newer one has overtaken', async () => {
    secrets.follow(commit('first'));
    await pass(1);
    secrets.follow(commit('second'));
    await pass(100);
    expect(given).toEqual(['first', 'second']);
    await pass(60_000);
    expect(given).toEqual(['first', 'second', 'second']);
  });

  it('are asked for again each minute, and only a change wakes anybody', async () => {
    secrets.follow(commit('first'));
    await pass(100);
    const before = fingerprint();
    expect([wakes, before]).toEqual([1, expect.any(String)]);
    await pass(60_000);
    expect(wakes).toBe(1);
    vault.rotate('/shop/db');
    await pass(60_000);
    expect(wakes).toBe(2);
    expect(fingerprint()).not.toBe(before);
  });

  it('are asked for every 5 s while one is missing, which is told once', async () => {
    vault.hide(true, '/shop/db');
    secrets.follow(commit('first'));
    await pass(10_100);
    expect(given).toHaveLength(3);
    expect(warned).toEqual(['the secret /shop/db: vault has no secret /shop/db Create it, or correct the name.']);
  });
});

describe('whether they were asked for', () => {
  it('is known with the answer, whatever it is, and anew with the next commit', async () => {
    vault.setAway(true);
    secrets.follow(commit('first'));
    expect(secrets.isAsked()).toBe(false);
    await pass(100);
    expect(secrets.isAsked()).toBe(true);
    secrets.follow(commit('second'));
    expect(secrets.isAsked()).toBe(false);
    const before = wakes;
    await pass(100);
    expect([secrets.isAsked(), wakes]).toEqual([true, before + 1]);
  });

  it('is so at once where there is none', () => {
    secrets.follow(commit('first', null));
    expect(secrets.isAsked()).toBe(true);
  });

  it('is not so while the files can not be read, which is tried again in 5 s', async () => {
    repository.setAway(true);
    secrets.follow(commit('first'));
    await pass(100);
    expect([secrets.isAsked(), warned]).toEqual([false, ['secrets could not be asked for the repository is away']]);
    repository.setAway(false);
    await pass(5_000);
    expect(secrets.isAsked()).toBe(true);
  });
});
