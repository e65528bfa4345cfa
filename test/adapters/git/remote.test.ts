// Remotes over file:// and over git's smart HTTP protocol: the mirror follows them, survives what happens to it, and keeps secrets.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/adapters/git/address.ts';
import { repositoryError, withoutCredentials } from '../../../src/adapters/git/errors.ts';
import type { Repository } from '../../../src/daemon/ports.ts';
import { counter, signal, smartServer, until, workshop } from './fixture.ts';
import type { Workshop } from './fixture.ts';

let shop: Workshop;
beforeEach(() => {
  shop = workshop();
  shop.workTree('fleet');
});
afterEach(() => shop.dispose());

const url = (): string => `file://${join(shop.root, 'fleet')}`;
const mirrors = (): string[] => readdirSync(join(shop.root, 'state/git'));
const mirror = (): string => join(shop.root, 'state/git', mirrors()[0] ?? '');

async function texts(repository: Repository, commit: string): Promise<Record<string, string>> {
  const files = await repository.files(commit, signal());
  return Object.fromEntries(files.map((file) => [file.path, Buffer.from(file.content).toString('utf8')]));
}

describe('a remote', () => {
  it('is mirrored on the first question and followed after that, a force-push included', async () => {
    const first = shop.commit('fleet', { 'web.yaml': 'one' });
    const repository = shop.open(url());
    expect(await repository.head(signal())).toBe(first);
    expect(await texts(repository, first)).toEqual({ 'web.yaml': 'one' });
    const second = shop.commit('fleet', { 'web.yaml': 'two' });
    expect(await repository.head(signal())).toBe(second);
    shop.git('fleet', 'reset', '--quiet', '--hard', first);
    const third = shop.commit('fleet', { 'web.yaml': 'three' });
    expect(await repository.head(signal())).toBe(third);
    expect(await texts(repository, third)).toEqual({ 'web.yaml': 'three' });
    // What was pushed away is still there: it may be the last good commit.
    expect(await texts(repository, second)).toEqual({ 'web.yaml': 'two' });
    expect(statSync(mirror()).mode & 0o777).toBe(0o700);
  });

  it('is read at the named branch, and a mirror belongs to one branch', async () => {
    const first = shop.commit('fleet', { 'web.yaml': 'one' });
    shop.git('fleet', 'checkout', '--quiet', '-b', 'feature/x');
    const second = shop.commit('fleet', { 'web.yaml': 'two' });
    expect(await shop.open(url()).head(signal())).toBe(second);
    expect(await shop.open(url(), { branch: 'main' }).head(signal())).toBe(first);
    expect(mirrors()).toHaveLength(2);
    await expect(shop.open(url(), { branch: 'mian' }).head(signal())).rejects.toMatchObject({
      code: 'branch-missing',
      hint: expect.stringContaining('Did you mean "main"?') as string,
    });
  });

  it('without commits has no head, named or not; a detached one is refused, unless it is only read once', async () => {
    expect(await shop.open(url()).head(signal())).toBeNull();
    expect(await shop.open(url(), { branch: 'main' }).head(signal())).toBeNull();
    const first = shop.commit('fleet', { 'web.yaml': 'one' });
    shop.git('fleet', 'checkout', '--quiet', '--detach');
    await expect(shop.open(url()).head(signal())).rejects.toMatchObject({
      code: 'detached-head',
      message: `${url()}: HEAD is detached, so it names no branch to follow`,
    });
    expect(await shop.open(url(), { once: true }).head(signal())).toBe(first);
    expect(await shop.open(url(), { branch: 'main' }).head(signal())).toBe(first);
  });

  it('is followed at the branch that its HEAD named at first, wherever that moves', async () => {
    const first = shop.commit('fleet', { 'web.yaml': 'one' });
    const repository = shop.open(url());
    expect(repository.name).toBe(url());
    expect(await repository.head(signal())).toBe(first);
    expect([repository.name, repository.key]).toEqual([`${url()}#main`, url()]);
    shop.git('fleet', 'checkout', '--quiet', '-b', 'feature/x');
    shop.commit('fleet', { 'web.yaml': 'not yet' });
    expect(await repository.head(signal())).toBe(first);
    shop.git('fleet', 'checkout', '--quiet', '--detach');
    expect(await repository.head(signal())).toBe(first);
    shop.git('fleet', 'checkout', '--quiet', 'main');
    const second = shop.commit('fleet', { 'web.yaml': 'two' });
    expect(await repository.head(signal())).toBe(second);
    expect(mirrors()).toHaveLength(1);
    expect(shop.lines).toMatchObject([{ level: 'info', fields: { repository: url(), branch: 'main' } }]);
  });

  it('that is away is refused, while the commits of the mirror are still read', async () => {
    const commit = shop.commit('fleet', { 'web.yaml': 'one' });
    await shop.open(url()).head(signal());
    renameSync(join(shop.root, 'fleet'), join(shop.root, 'elsewhere'));
    const restarted = shop.open(url());
    await expect(restarted.head(signal())).rejects.toMatchObject({ code: 'missing' });
    expect(await texts(restarted, commit)).toEqual({ 'web.yaml': 'one' });
    renameSync(join(shop.root, 'elsewhere'), join(shop.root, 'fleet'));
    expect(await restarted.head(signal())).toBe(commit);
  });

  it('is asked once for many questions at a time', async () => {
    const commit = shop.commit('fleet', { 'web.yaml': 'one' });
    const repository = shop.open(url());
    expect(await Promise.all(Array.from({ length: 8 }, () => repository.head(signal())))).toEqual(Array.from({ length: 8 }, () => commit));
  });
});

describe('a mirror that is', () => {
  let commit: string;
  let repository: Repository;
  beforeEach(async () => {
    commit = shop.commit('fleet', { 'web.yaml': 'one' });
    repository = shop.open(url());
    await repository.head(signal());
  });

  it.each<[string, () => void]>([
    ['removed', () => rmSync(mirror(), { recursive: true })],
    ['emptied of objects', () => rmSync(join(mirror(), 'objects'), { recursive: true })],
    [
      'without a blob',
      () => {
        const blob = shop.git('fleet', 'rev-parse', 'HEAD:web.yaml');
        rmSync(join(mirror(), 'objects', blob.slice(0, 2)), { recursive: true });
      },
    ],
    [
      'holding a rotten blob',
      () => {
        const blob = shop.git('fleet', 'rev-parse', 'HEAD:web.yaml');
        const file = join(mirror(), 'objects', blob.slice(0, 2), blob.slice(2));
        rmSync(file);
        writeFileSync(file, 'rotten');
      },
    ],
    ['no repository any more', () => rmSync(join(mirror(), 'refs'), { recursive: true })],
    ['half configured', () => writeFileSync(join(mirror(), 'config'), '[core\n')],
  ])('%s is made anew when its files are read', async (_, damage) => {
    damage();
    expect(await texts(repository, commit)).toEqual({ 'web.yaml': 'one' });
    expect(await repository.head(signal())).toBe(commit);
  });

  it.each<[string, () => void]>([
    ['without the commit', () => rmSync(join(mirror(), 'objects', commit.slice(0, 2)), { recursive: true })],
    ['holding a rotten reference', () => writeFileSync(join(mirror(), 'refs/longshore/head'), 'rotten')],
    ['no repository any more', () => rmSync(join(mirror(), 'objects'), { recursive: true })],
  ])('%s is made anew when the head is asked for', async (_, damage) => {
    damage();
    const next = shop.commit('fleet', { 'web.yaml': 'two' });
    expect(await repository.head(signal())).toBe(next);
    expect(await texts(repository, next)).toEqual({ 'web.yaml': 'two' });
  });

  it('locked by a process that was killed is freed after a minute, not before', async () => {
    const lock = join(mirror(), 'refs/longshore/head.lock');
    writeFileSync(lock, '');
    const next = shop.commit('fleet', { 'web.yaml': 'two' });
    // It may be held by a plan that runs beside the daemon: no reason to throw the mirror away under it.
    await expect(repository.head(signal())).rejects.toMatchObject({ code: 'busy' });
    const minutesAgo = Date.now() / 1_000 - 120;
    utimesSync(lock, minutesAgo, minutesAgo);
    expect(await repository.head(signal())).toBe(next);
    expect(shop.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('missing a commit that a force-push removed gets it by its id', async () => {
    const second = shop.commit('fleet', { 'web.yaml': 'two' });
    shop.git('fleet', 'reset', '--quiet', '--hard', commit);
    shop.git('fleet', 'config', 'uploadpack.allowAnySHA1InWant', 'true');
    expect(await texts(repository, second)).toEqual({ 'web.yaml': 'two' });
    await expect(repository.files('1'.repeat(40), signal())).rejects.toMatchObject({ code: 'commit-missing' });
    // No damage, so nothing was thrown away.
    expect(shop.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });
});

describe('watching a remote', () => {
  it('tells of a push, of a remote that goes, and of one that comes back', async () => {
    shop.commit('fleet', { 'web.yaml': 'one' });
    const repository = shop.open(url(), { pollMs: 50 });
    const calls = counter();
    const stop = repository.watch(calls.call);
    await until(() => calls.count() > 0);
    const pushed = calls.next();
    const second = shop.commit('fleet', { 'web.yaml': 'two' });
    await pushed;
    expect(await repository.head(signal())).toBe(second);
    const gone = calls.next();
    renameSync(join(shop.root, 'fleet'), join(shop.root, 'elsewhere'));
    await gone;
    await expect(repository.head(signal())).rejects.toMatchObject({ code: 'missing' });
    const back = calls.next();
    renameSync(join(shop.root, 'elsewhere'), join(shop.root, 'fleet'));
    await back;
    expect(await repository.head(signal())).toBe(second);
    stop();
  });

  it('that does not move is told of once', async () => {
    shop.commit('fleet', { 'web.yaml': 'one' });
    const calls = counter();
    const stop = shop.open(url(), { pollMs: 20 }).watch(calls.call);
    await until(() => calls.count() > 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(calls.count()).toBe(1);
    stop();
  });
});

describe('credentials', () => {
  it('open a remote over HTTP, and are found nowhere afterwards', async () => {
    const commit = shop.commit('fleet', { 'web.yaml': 'one' });
    const server = await smartServer(shop.root, 'me:s3cr3t/@');
    const withPassword = server.url.replace('//', '//me:s3cr3t%2F%40@');
    const repository = shop.open(`${withPassword}/fleet/.git`, { branch: 'main' });
    expect(repository.name).toBe(`${server.url}/fleet/.git#main`);
    expect(await repository.head(signal())).toBe(commit);
    expect(await texts(repository, commit)).toEqual({ 'web.yaml': 'one' });
    // Not even a first try without them.
    expect(server.counts).toEqual({ admitted: expect.any(Number) as number, refused: 0 });
    for (const entry of readdirSync(join(shop.root, 'state'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) expect(readFileSync(join(entry.parentPath, entry.name), 'latin1')).not.toMatch(/s3cr3t|Basic/);
    }
    await server.close();
  });

  it('that are wrong or absent are said to be, without being said', async () => {
    shop.commit('fleet', { 'web.yaml': 'one' });
    const server = await smartServer(shop.root, 'me:right');
    for (const userInfo of ['me:s3cr3t@', 's3cr3t@', '']) {
      const refused = shop.open(`${server.url.replace('//', `//${userInfo}`)}/fleet/.git`).head(signal());
      const error: unknown = await refused.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'unauthorized' });
      expect(JSON.stringify(error) + String(error)).not.toContain('s3cr3t');
    }
    await server.close();
  });

  it('are cut out of whatever git says', () => {
    expect(withoutCredentials("fatal: unable to access 'https://me:s3cr3t@host/x.git/?token=s3cr3t': no")).toBe(
      "fatal: unable to access 'https://host/x.git/': no",
    );
    const error = repositoryError(new Error('hint: x\nfatal: https://s3cr3t@host gone\u001b[31m\nremote: ssh://a:s3cr3t@b/c'), 'fleet');
    expect(error.message).toBe('fleet: fatal: https://host gone [31m; remote: ssh://b/c');
  });
});

describe('a remote that can not be reached', () => {
  it('is said to be unreachable', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(shop.open(`http://127.0.0.1:${port}/x.git`).head(signal())).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('because it never answers: the question ends with its signal', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const startedAt = performance.now();
    await expect(shop.open(`http://127.0.0.1:${port}/x.git`).head(signal(300))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    server.close();
  });
});

describe('an address', () => {
  it.each([
    ['https://me:pass@host:8443/a.git', 'https://host:8443/a.git'],
    ['ssh://git@host/a.git', 'ssh://host/a.git'],
    ['ssh://git:pass@host/a.git', 'ssh://host/a.git'],
    ['git@host:a/b.git', 'git@host:a/b.git'],
    ['https://host/a.git?token=x', 'https://host/a.git'],
    ['file:///srv/fleet', 'file:///srv/fleet'],
  ])('%s is shown as %s', (text, shown) => {
    expect(parseAddress(text)).toMatchObject({ kind: 'remote', shown });
  });

  it.each(['ext::sh -c id', 'ftp://host/x', '--upload-pack=id', '', 'https://', 'fd::17', 'https://a:%zz@host/x'])(
    '%s is refused',
    (text) => {
      expect(() => parseAddress(text)).toThrow(/names no repository/);
    },
  );

  it('is a path when there is no host in it', () => {
    expect(parseAddress('/srv/fleet')).toEqual({ kind: 'local', path: '/srv/fleet' });
    expect(parseAddress('./a:b')).toEqual({ kind: 'local', path: join(process.cwd(), 'a:b') });
    expect(existsSync('./a:b')).toBe(false);
  });
});
