// Which branch is followed when nobody names one: what HEAD names when it is first read, whatever HEAD does afterwards.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signal, workshop } from './fixture.ts';
import type { Workshop } from './fixture.ts';

let shop: Workshop;
beforeEach(() => {
  shop = workshop();
});
afterEach(() => shop.dispose());

describe('the head', () => {
  it('follows the branch that HEAD named at first: a checkout, a detached HEAD, a rebase and a bisect change nothing', async () => {
    shop.workTree('fleet');
    const first = shop.commit('fleet', { 'web.yaml': 'one' });
    const second = shop.commit('fleet', { 'web.yaml': 'two' });
    const repository = shop.open('fleet');
    expect(await repository.head(signal())).toBe(second);
    shop.git('fleet', 'checkout', '--quiet', '-b', 'feature/x');
    shop.commit('fleet', { 'web.yaml': 'not yet' });
    expect(await repository.head(signal())).toBe(second);
    shop.git('fleet', 'checkout', '--quiet', '--detach', first);
    shop.commit('fleet', { 'web.yaml': 'nobody’s' });
    expect(await repository.head(signal())).toBe(second);
    shop.git('fleet', 'checkout', '--quiet', 'main');
    shop.git('fleet', 'bisect', 'start', 'HEAD', first);
    shop.git('fleet', 'bisect', 'reset');
    // A rebase that stops at a conflict: HEAD is somewhere between, the branch has not moved.
    shop.git('fleet', 'checkout', '--quiet', '-b', 'topic', first);
    shop.commit('fleet', { 'web.yaml': 'another two' });
    shop.git('fleet', 'checkout', '--quiet', 'main');
    expect(() => shop.git('fleet', 'rebase', '--quiet', 'topic')).toThrow();
    expect(await repository.head(signal())).toBe(second);
    shop.git('fleet', 'rebase', '--abort');
    const third = shop.commit('fleet', { 'web.yaml': 'three' });
    expect(await repository.head(signal())).toBe(third);
    expect(shop.lines).toEqual([
      {
        level: 'info',
        message: 'HEAD names the branch that is followed from now on',
        fields: { repository: join(shop.root, 'fleet'), branch: 'main' },
      },
    ]);
  });

  it('is refused while HEAD is detached and no branch is named, until one is checked out', async () => {
    shop.workTree('fleet');
    const commit = shop.commit('fleet', { 'web.yaml': 'one' });
    shop.git('fleet', 'checkout', '--quiet', '--detach');
    const repository = shop.open('fleet');
    await expect(repository.head(signal())).rejects.toMatchObject({
      code: 'detached-head',
      message: `${join(shop.root, 'fleet')}: HEAD is detached, so it names no branch to follow`,
      hint: expect.stringContaining('--branch') as string,
    });
    // The last good commit is still read meanwhile.
    expect(await repository.files(commit, signal())).toMatchObject([{ path: 'web.yaml', size: 3 }]);
    shop.git('fleet', 'checkout', '--quiet', 'main');
    expect(await repository.head(signal())).toBe(commit);
  });

  it('that is read once is what HEAD is, detached or not', async () => {
    shop.workTree('fleet');
    const first = shop.commit('fleet', { 'web.yaml': 'one' });
    const second = shop.commit('fleet', { 'web.yaml': 'two' });
    const reader = shop.open('fleet', { once: true });
    expect(await reader.head(signal())).toBe(second);
    shop.git('fleet', 'checkout', '--quiet', '--detach', first);
    expect(await reader.head(signal())).toBe(first);
    expect([reader.name, shop.lines]).toEqual([join(shop.root, 'fleet'), []]);
  });

  it('of a followed branch that goes is refused, not taken from another branch', async () => {
    shop.workTree('fleet');
    shop.commit('fleet', { 'web.yaml': 'one' });
    const repository = shop.open('fleet');
    await repository.head(signal());
    shop.git('fleet', 'branch', '--move', 'mainline');
    await expect(repository.head(signal())).rejects.toMatchObject({
      code: 'branch-missing',
      hint: expect.stringContaining('mainline') as string,
    });
  });

  it('of an empty repository settles on no branch before there is a commit', async () => {
    shop.workTree('fleet');
    const repository = shop.open('fleet');
    shop.git('fleet', 'symbolic-ref', 'HEAD', 'refs/heads/master');
    expect(await repository.head(signal())).toBeNull();
    shop.git('fleet', 'symbolic-ref', 'HEAD', 'refs/heads/main');
    const commit = shop.commit('fleet', { 'web.yaml': 'one' });
    expect(await repository.head(signal())).toBe(commit);
    expect(repository.name).toBe(`${join(shop.root, 'fleet')}#main`);
  });
});

describe('the name', () => {
  it('learns the branch that HEAD names; the key of what is kept does not', async () => {
    shop.workTree('fleet');
    shop.commit('fleet', { 'prod/web.yaml': 'one' });
    for (const [options, before, after] of [
      [{}, '', '#main'],
      [{ path: 'prod' }, '#:prod', '#main:prod'],
      [{ branch: 'main' }, '#main', '#main'],
    ] as const) {
      const repository = shop.open('fleet', options);
      expect([repository.name, repository.key]).toEqual([shop.root + '/fleet' + before, shop.root + '/fleet' + before]);
      await repository.head(signal());
      expect([repository.name, repository.key]).toEqual([shop.root + '/fleet' + after, shop.root + '/fleet' + before]);
    }
  });
});
