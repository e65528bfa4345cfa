// Repositories on this machine, each made by the real git: every form of one, every state of a head, every kind of file.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repositoryError } from '../../../src/adapters/git/errors.ts';
import { MAX_COMMIT_BYTES } from '../../../src/adapters/git/tree.ts';
import type { Repository } from '../../../src/daemon/ports.ts';
import { MAX_FILE_BYTES, MAX_FILES } from '../../../src/manifest/source.ts';
import { byText } from '../../../src/std/order.ts';
import { signal, workshop } from './fixture.ts';
import type { Workshop } from './fixture.ts';

let shop: Workshop;
beforeEach(() => {
  shop = workshop();
});
afterEach(() => shop.dispose());

/** Paths of the head's files, with the content as text. */
async function texts(repository: Repository, commit?: string): Promise<Record<string, string>> {
  const files = await repository.files(commit ?? (await repository.head(signal())) ?? '', signal());
  return Object.fromEntries(files.map((file) => [file.path, Buffer.from(file.content).toString('utf8')]));
}

describe('the head', () => {
  it('of a work tree, of a bare repository and of a worktree whose .git is a file', async () => {
    shop.workTree('fleet');
    const first = shop.commit('fleet', { 'web.yaml': 'one' });
    shop.git('.', 'clone', '--quiet', '--bare', 'fleet', 'bare.git');
    shop.git('fleet', 'worktree', 'add', '--quiet', '-b', 'side', '../side');
    const side = shop.commit('side', { 'web.yaml': 'two' });
    expect(await shop.open('fleet').head(signal())).toBe(first);
    expect(await shop.open('bare.git').head(signal())).toBe(first);
    expect(await shop.open('fleet/.git').head(signal())).toBe(first);
    expect(await shop.open('side').head(signal())).toBe(side);
    expect(await texts(shop.open('side'))).toEqual({ 'web.yaml': 'two' });
    expect(await shop.open('side', { branch: 'main' }).head(signal())).toBe(first);
  });

  it('is that of the named branch, whatever is checked out', async () => {
    shop.workTree('fleet');
    const first = shop.commit('fleet', { 'web.yaml': 'one' });
    shop.git('fleet', 'checkout', '--quiet', '-b', 'feature/x');
    const second = shop.commit('fleet', { 'web.yaml': 'two' });
    expect(await shop.open('fleet').head(signal())).toBe(second);
    expect(await shop.open('fleet', { branch: 'main' }).head(signal())).toBe(first);
    expect(await shop.open('fleet', { branch: 'feature/x' }).head(signal())).toBe(second);
    shop.git('fleet', 'checkout', '--quiet', '--detach', first);
    expect(await shop.open('fleet', { branch: 'main' }).head(signal())).toBe(first);
    shop.git('fleet', 'pack-refs', '--all');
    expect(await shop.open('fleet', { branch: 'feature/x' }).head(signal())).toBe(second);
  });

  it('is null in an empty repository and on a branch without commits', async () => {
    shop.workTree('fleet');
    expect(await shop.open('fleet').head(signal())).toBeNull();
    expect(await shop.open('fleet', { branch: 'main' }).head(signal())).toBeNull();
    expect(await shop.open('fleet', { branch: 'other' }).head(signal())).toBeNull();
    shop.commit('fleet', { 'web.yaml': 'one' });
    shop.git('fleet', 'checkout', '--quiet', '--orphan', 'fresh');
    const repository = shop.open('fleet');
    expect(await repository.head(signal())).toBeNull();
    expect(await repository.head(signal())).toBeNull();
    // The commonest cause is a bare repository whose HEAD says master while everybody pushes main: said once.
    expect(shop.lines).toMatchObject([
      { level: 'warn', message: 'the branch fresh has no commit yet, other branches have', fields: { branches: ['main'] } },
    ]);
  });

  it('of a branch that is missing is refused with the nearest name', async () => {
    shop.workTree('fleet');
    shop.commit('fleet', { 'web.yaml': 'one' });
    await expect(shop.open('fleet', { branch: 'mian' }).head(signal())).rejects.toMatchObject({
      code: 'branch-missing',
      message: `${join(shop.root, 'fleet')}: there is no branch "mian"`,
      hint: 'Did you mean "main"? Its branches: main',
    });
  });

  it('of no repository is refused, even when there is one around the folder', async () => {
    shop.workTree('fleet');
    shop.commit('fleet', { 'sub/web.yaml': 'one' });
    mkdirSync(join(shop.root, 'plain'));
    for (const path of ['nowhere', 'plain', 'fleet/sub']) {
      await expect(shop.open(path).head(signal())).rejects.toMatchObject({
        code: 'missing',
        hint: expect.stringContaining('top folder') as string,
      });
    }
  });

  it('whose commit is damaged is refused as such', async () => {
    shop.workTree('fleet');
    const commit = shop.commit('fleet', { 'web.yaml': 'one' });
    rmSync(join(shop.root, 'fleet/.git/objects', commit.slice(0, 2), commit.slice(2)));
    await expect(shop.open('fleet').head(signal())).rejects.toMatchObject({ code: 'corrupt' });
  });

  it("of another user's repository is refused with git's own way out", () => {
    shop.workTree('fleet');
    shop.commit('fleet', { 'web.yaml': 'one' });
    // git's own switch for its own test of this: only root could give the folder away.
    const env = { PATH: process.env['PATH'], HOME: shop.root, LC_ALL: 'C', GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' };
    const answer = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: join(shop.root, 'fleet'), env, encoding: 'utf8' });
    expect(repositoryError(new Error(answer.stderr), 'fleet')).toMatchObject({
      code: 'not-permitted',
      hint: expect.stringContaining('git config --global --add safe.directory') as string,
    });
  });

  it('is not asked for when the signal has aborted, and not waited for when it aborts', async () => {
    shop.workTree('fleet');
    shop.commit('fleet', { 'web.yaml': 'one' });
    const repository = shop.open('fleet');
    const reason = new Error('no time');
    await expect(repository.head(AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const asked = repository.head(controller.signal);
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });
});

describe('the files', () => {
  it('are the blobs of the commit, sorted by path: manifests with content, links and submodules without, nothing of the working tree', async () => {
    shop.workTree('fleet');
    shop.write('fleet/b/web.yaml', 'kind: Service\n');
    shop.write('fleet/B.yml', 'kind: Cluster\n');
    shop.write('fleet/README.md', 'not a manifest');
    shop.write('fleet/empty.yaml', '');
    symlinkSync('b/web.yaml', join(shop.root, 'fleet/link.yaml'));
    shop.git('fleet', 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor`);
    const commit = shop.commit('fleet', {});
    writeFileSync(join(shop.root, 'fleet/b/web.yaml'), 'edited, not committed');
    writeFileSync(join(shop.root, 'fleet/new.yaml'), 'not committed');
    const files = await shop.open('fleet').files(commit, signal());
    expect(files.map((file) => [file.path, file.kind, file.size, Buffer.from(file.content).toString()])).toEqual([
      ['B.yml', 'file', 14, 'kind: Cluster\n'],
      ['b/web.yaml', 'file', 14, 'kind: Service\n'],
      ['empty.yaml', 'file', 0, ''],
      ['link.yaml', 'symlink', 10, ''],
    ]);
    expect(files[1]?.id).toBe(shop.git('fleet', 'rev-parse', 'HEAD:b/web.yaml'));
  });

  it('of a submodule are listed as one entry', async () => {
    shop.workTree('fleet');
    shop.write('fleet/web.yaml', 'one');
    shop.git('fleet', 'add', '--all');
    shop.git('fleet', 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor`);
    shop.git('fleet', 'commit', '--quiet', '--message=submodule');
    const files = await shop.open('fleet').files(shop.git('fleet', 'rev-parse', 'HEAD'), signal());
    expect(files.map(({ path, kind, size }) => [path, kind, size])).toEqual([
      ['vendor', 'submodule', 0],
      ['web.yaml', 'file', 3],
    ]);
  });

  it('may hold any bytes, and one content under many names', async () => {
    shop.workTree('fleet');
    const binary = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 256);
    // What looks like the frame of the answer, inside of it.
    const frame = `${'a'.repeat(40)} blob 3\nabc\n${'b'.repeat(40)} missing\n`;
    const commit = shop.commit('fleet', {
      'a.yaml': binary,
      'b.yaml': frame,
      'c.yaml': '\n',
      'd.yaml': frame,
      'ü 😀.yaml': 'x',
      '-n.yaml': 'y',
    });
    const files = await shop.open('fleet').files(commit, signal());
    const contents = new Map(files.map((file) => [file.path, Buffer.from(file.content)]));
    expect([...contents.keys()]).toEqual(['-n.yaml', 'a.yaml', 'b.yaml', 'c.yaml', 'd.yaml', 'ü 😀.yaml']);
    expect(contents.get('a.yaml')?.equals(binary)).toBe(true);
    expect(contents.get('b.yaml')?.toString()).toBe(frame);
    expect(contents.get('c.yaml')?.toString()).toBe('\n');
    expect(contents.get('d.yaml')?.toString()).toBe(frame);
  });

  it('of more than 1 MiB are listed with their size and not read', async () => {
    shop.workTree('fleet');
    const commit = shop.commit('fleet', { 'fits.yaml': 'x'.repeat(MAX_FILE_BYTES), 'large.yaml': 'x'.repeat(MAX_FILE_BYTES + 1) });
    const files = await shop.open('fleet').files(commit, signal());
    expect(files.map((file) => [file.path, file.size, file.content.length])).toEqual([
      ['fits.yaml', MAX_FILE_BYTES, MAX_FILE_BYTES],
      ['large.yaml', MAX_FILE_BYTES + 1, 0],
    ]);
  });

  it('under a folder only, when one is named; a folder without manifests is an error, not an empty answer', async () => {
    shop.workTree('fleet');
    const commit = shop.commit('fleet', { 'prod/web.yaml': 'p', 'production.yaml': 'x', 'test/web.yaml': 't', 'test/*.yaml': 'star' });
    expect(await texts(shop.open('fleet', { path: './prod/' }), commit)).toEqual({ 'prod/web.yaml': 'p' });
    expect(await texts(shop.open('fleet', { path: '.' }), commit)).toMatchObject({ 'production.yaml': 'x', 'test/web.yaml': 't' });
    await expect(shop.open('fleet', { path: 'pro' }).files(commit, signal())).rejects.toMatchObject({ code: 'path-missing' });
    await expect(shop.open('fleet', { path: 'te*' }).files(commit, signal())).rejects.toMatchObject({ code: 'path-missing' });
    for (const path of ['../other', '/etc', 'a/../../b', 'a\nb'])
      expect(() => shop.open('fleet', { path })).toThrow(/no folder inside a repository/);
  });

  it('come from old commits too, and from a commit alone', async () => {
    shop.workTree('fleet');
    const first = shop.commit('fleet', { 'web.yaml': 'one' });
    shop.commit('fleet', { 'web.yaml': 'two' });
    expect(await texts(shop.open('fleet'), first)).toEqual({ 'web.yaml': 'one' });
    for (const bad of ['main', '--help', 'HEAD', first.slice(0, 12), `${first}^`]) {
      await expect(shop.open('fleet').files(bad, signal())).rejects.toMatchObject({ code: 'bad-option' });
    }
    await expect(shop.open('fleet').files('1'.repeat(40), signal())).rejects.toMatchObject({ code: 'commit-missing' });
  });

  it('are what the commit says, not what a replacement says', async () => {
    shop.workTree('fleet');
    const first = shop.commit('fleet', { 'web.yaml': 'one' });
    const second = shop.commit('fleet', { 'web.yaml': 'two' });
    shop.git('fleet', 'replace', second, first);
    expect(await texts(shop.open('fleet'), second)).toEqual({ 'web.yaml': 'two' });
  });

  it('are refused with the whole commit when a blob is damaged', async () => {
    shop.workTree('fleet');
    const commit = shop.commit('fleet', { 'web.yaml': 'one', 'worker.yaml': 'two' });
    const blob = shop.git('fleet', 'rev-parse', 'HEAD:web.yaml');
    const file = join(shop.root, 'fleet/.git/objects', blob.slice(0, 2), blob.slice(2));
    chmodSync(file, 0o644);
    writeFileSync(file, 'rotten');
    await expect(shop.open('fleet').files(commit, signal())).rejects.toMatchObject({
      code: 'corrupt',
      hint: expect.stringContaining('git fsck') as string,
    });
  });
});

describe('paths that lead elsewhere', () => {
  /** A commit whose tree was written by hand: git's own commands refuse such names. */
  const commitOf = (name: Buffer, mode = '100644'): string => {
    const blob = shop.gitWith('x', 'fleet', 'hash-object', '-w', '--stdin');
    const record = Buffer.concat([Buffer.from(`${mode} `), name, Buffer.from([0]), Buffer.from(blob, 'hex')]);
    const tree = shop.gitWith(record, 'fleet', 'hash-object', '-w', '-t', 'tree', '--literally', '--stdin');
    return shop.git('fleet', 'commit-tree', tree, '-m', 'by hand');
  };

  it.each<[string, Buffer, string]>([
    ['upwards', Buffer.from('../up.yaml'), 'it may lead out of the repository'],
    ['upwards in the middle', Buffer.from('a/../../up.yaml'), 'it may lead out of the repository'],
    ['absolute', Buffer.from('/etc/up.yaml'), 'it is absolute'],
    ['a line end', Buffer.from('a\nb.yaml'), 'it holds a control character'],
    ['an escape sequence', Buffer.from('a\u001b[2Jb.yaml'), 'it holds a control character'],
    ['not UTF-8', Buffer.from([0xff, 0xfe, ...Buffer.from('.yaml')]), 'it is not UTF-8'],
    ['too long', Buffer.from(`${'x'.repeat(5_000)}.yaml`), 'it is too long'],
  ])('%s: the commit is refused', async (_, name, why) => {
    shop.workTree('fleet');
    const commit = commitOf(name);
    const refused = shop.open('fleet').files(commit, signal());
    await expect(refused).rejects.toMatchObject({ code: 'unsafe-path', message: expect.stringContaining(why) as string });
    // oxlint-disable-next-line no-control-regex -- a message goes to a terminal
    await expect(refused).rejects.toMatchObject({ message: expect.not.stringMatching(/[\u0000-\u001f]/) as string });
  });

  it('do not matter when they are no manifests', async () => {
    shop.workTree('fleet');
    expect(await shop.open('fleet').files(commitOf(Buffer.from('a\nb.txt')), signal())).toEqual([]);
  });
});

describe('limits', () => {
  /** A commit of `count` names of one blob of `bytes` bytes, without a work tree. */
  const commitOf = (count: number, bytes: number): string => {
    const blob = shop.gitWith('x'.repeat(bytes), 'fleet', 'hash-object', '-w', '--stdin');
    const lines = Array.from({ length: count }, (_, index) => `100644 blob ${blob}\t${index}.yaml\n`);
    const tree = shop.gitWith(lines.join(''), 'fleet', 'mktree');
    return shop.git('fleet', 'commit-tree', tree, '-m', 'many');
  };

  it('10,000 manifests are read, one more is refused', async () => {
    shop.workTree('fleet');
    expect(await shop.open('fleet').files(commitOf(MAX_FILES, 0), signal())).toHaveLength(MAX_FILES);
    await expect(shop.open('fleet').files(commitOf(MAX_FILES + 1, 0), signal())).rejects.toMatchObject({ code: 'too-large' });
  });

  it('64 MiB of manifests are read, more are refused', async () => {
    shop.workTree('fleet');
    const most = MAX_COMMIT_BYTES / MAX_FILE_BYTES;
    expect(await shop.open('fleet').files(commitOf(most, MAX_FILE_BYTES), signal())).toHaveLength(most);
    await expect(shop.open('fleet').files(commitOf(most + 1, MAX_FILE_BYTES), signal())).rejects.toMatchObject({ code: 'too-large' });
  });
});

describe('the name', () => {
  it('is the place with its branch and folder', () => {
    expect(shop.open('fleet').name).toBe(join(shop.root, 'fleet'));
    expect(shop.open('fleet', { branch: 'main' }).name).toBe(`${join(shop.root, 'fleet')}#main`);
    expect(shop.open('fleet', { path: 'prod/' }).name).toBe(`${join(shop.root, 'fleet')}#:prod`);
    expect(shop.open('fleet', { branch: 'main', path: 'prod' }).name).toBe(`${join(shop.root, 'fleet')}#main:prod`);
  });

  it('of a branch that git would refuse is refused', () => {
    for (const branch of ['', '-x', 'a..b', 'a b', 'a~1', 'a:b', 'x.lock', '/a', 'a/', '@', 'a//b', 'a\nb']) {
      expect(() => shop.open('fleet', { branch }), branch).toThrow(/is no name of a branch/);
    }
  });

  it('leaves nothing of ours in the repository', async () => {
    shop.workTree('fleet');
    const commit = shop.commit('fleet', { 'web.yaml': '1' });
    const before = readdirSync(join(shop.root, 'fleet/.git'), { recursive: true }).map(String).toSorted(byText);
    await shop.open('fleet').head(signal());
    await shop.open('fleet').files(commit, signal());
    expect(readdirSync(join(shop.root, 'fleet/.git'), { recursive: true }).map(String).toSorted(byText)).toEqual(before);
    expect(readdirSync(shop.root)).toEqual(['fleet']);
  });
});
