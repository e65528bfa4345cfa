// A local repository is watched through real file events: what tells of a new head, what does not, and repositories that come and go.
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { counter, signal, until, workshop } from './fixture.ts';
import type { Workshop } from './fixture.ts';

let shop: Workshop;
beforeEach(() => {
  shop = workshop();
});
afterEach(() => shop.dispose());

describe('watching', () => {
  const watched = async (
    path: string,
    options: Parameters<Workshop['open']>[1] = {},
  ): Promise<ReturnType<typeof counter> & { stop: () => void }> => {
    const calls = counter();
    // One hour: what these tests see, they see through file events.
    const stop = shop.open(path, { safetyPollMs: 3_600_000, ...options }).watch(calls.call);
    await until(() => calls.count() > 0);
    return { ...calls, stop };
  };

  it('tells of a commit, a commit while another branch is checked out, and one after the branches were packed', async () => {
    shop.workTree('fleet');
    shop.commit('fleet', { 'web.yaml': '1' });
    shop.git('fleet', 'checkout', '--quiet', '-b', 'feature/deep/x');
    const calls = await watched('fleet');
    const changes = [
      () => shop.commit('fleet', { 'web.yaml': '2' }),
      () => shop.git('fleet', 'checkout', '--quiet', 'main'),
      () => shop.git('fleet', 'push', '--quiet', '.', 'main~0:refs/heads/feature/deep/x', '--force'),
      () => shop.git('fleet', 'pack-refs', '--all', '--prune'),
      () => shop.git('fleet', 'checkout', '--quiet', 'feature/deep/x'),
      () => shop.commit('fleet', { 'web.yaml': '4' }),
      () => shop.git('fleet', 'reset', '--quiet', '--hard', 'HEAD~1'),
    ];
    for (const change of changes) {
      const next = calls.next();
      change();
      await next;
      // The watcher moves to other files after a checkout; the next change comes once it is quiet.
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    calls.stop();
  });

  it('tells of a push into a bare repository, and of a commit in a worktree', async () => {
    shop.workTree('fleet');
    shop.commit('fleet', { 'web.yaml': '1' });
    shop.git('.', 'clone', '--quiet', '--bare', 'fleet', 'bare.git');
    shop.git('fleet', 'worktree', 'add', '--quiet', '-b', 'side', '../side');
    const [bare, side] = [await watched('bare.git'), await watched('side')];
    const told = Promise.all([bare.next(), side.next()]);
    shop.commit('fleet', { 'web.yaml': '2' });
    shop.git('fleet', 'push', '--quiet', '../bare.git', 'main');
    shop.commit('side', { 'web.yaml': '3' });
    await told;
    bare.stop();
    side.stop();
  });

  it('is not woken by commits of another branch once the one that HEAD named is followed', async () => {
    shop.workTree('fleet');
    shop.commit('fleet', { 'web.yaml': '1' });
    const calls = await watched('fleet');
    const moved = calls.next();
    shop.git('fleet', 'checkout', '--quiet', '-b', 'feature/x');
    await moved;
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = calls.count();
    shop.commit('fleet', { 'web.yaml': '2' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(calls.count()).toBe(before);
    calls.stop();
  });

  it('is not woken by other branches or by work in the tree', async () => {
    shop.workTree('fleet');
    shop.commit('fleet', { 'web.yaml': '1' });
    const calls = await watched('fleet', { branch: 'main' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = calls.count();
    shop.git('fleet', 'branch', 'other');
    shop.git('fleet', 'tag', 'v1');
    shop.write('fleet/web.yaml', 'edited');
    shop.git('fleet', 'add', '--all');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(calls.count()).toBe(before);
    calls.stop();
  });

  it('goes on when the repository disappears and another one comes in its place', async () => {
    shop.workTree('fleet');
    shop.commit('fleet', { 'web.yaml': '1' });
    const repository = shop.open('fleet', { safetyPollMs: 100 });
    const calls = counter();
    const stop = repository.watch(calls.call);
    await until(() => calls.count() > 0);
    const gone = calls.next();
    rmSync(join(shop.root, 'fleet'), { recursive: true });
    await gone;
    await expect(repository.head(signal())).rejects.toMatchObject({ code: 'missing' });

    shop.workTree('elsewhere');
    const second = shop.commit('elsewhere', { 'web.yaml': '2' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const back = calls.next();
    renameSync(join(shop.root, 'elsewhere'), join(shop.root, 'fleet'));
    await back;
    expect(await repository.head(signal())).toBe(second);
    // The events are those of the new one.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const next = calls.next();
    const third = shop.commit('fleet', { 'web.yaml': '3' });
    await next;
    expect(await repository.head(signal())).toBe(third);
    stop();
  });

  it('begins before there is a repository', async () => {
    const repository = shop.open('fleet', { safetyPollMs: 50 });
    const calls = counter();
    const stop = repository.watch(calls.call);
    shop.workTree('fleet');
    const commit = shop.commit('fleet', { 'web.yaml': '1' });
    await until(async () => calls.count() > 0 && (await repository.head(signal())) === commit);
    stop();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = calls.count();
    shop.commit('fleet', { 'web.yaml': '2' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(calls.count()).toBe(before);
  });
});
