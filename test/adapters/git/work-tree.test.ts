// A commit into a person's own work tree: real git, in a folder of its own. What is refused, and that a refusal leaves everything as it was.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkTree, type WorkTree } from '../../../src/adapters/git/work-tree.ts';

let root: string;
let folder: string;
const git = (...words: string[]): string =>
  execFileSync('git', words, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1' },
  }).trim();
const open = async (where = folder): Promise<WorkTree> => openWorkTree(where, AbortSignal.timeout(20_000));
const write = (path: string, text: string): void => writeFileSync(join(folder, path), text);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'work-tree-'));
  folder = join(root, 'repository');
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', folder]);
  git('config', 'user.name', 'A');
  git('config', 'user.email', 'a@example.invalid');
  write('a.yaml', 'one\n');
  write('b.txt', 'one\n');
  git('add', '--all');
  git('commit', '--quiet', '--message=first');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a work tree', () => {
  it('commits one file under the name of the person, and takes no other one along', async () => {
    const tree = await open();
    write('b.txt', 'two\n');
    const commit = await tree.commitFile('new/c.yaml', 'c\n', 'Say it');
    expect([commit, git('log', '-1', '--format=%an: %s')]).toEqual([git('rev-parse', 'HEAD'), 'A: Say it']);
    expect(git('show', '--name-only', '--format=', 'HEAD')).toBe('new/c.yaml');
    expect(git('status', '--porcelain')).toBe('M b.txt');
    expect(await tree.hasRemote()).toBe(false);
  });

  it('says that a file is not as HEAD has it', async () => {
    const tree = await open();
    await expect(tree.checkUnchanged('a.yaml')).resolves.toBeUndefined();
    write('a.yaml', 'two\n');
    await expect(tree.checkUnchanged('a.yaml')).rejects.toThrow('a.yaml has changes that are not committed');
    write('new.yaml', 'new\n');
    await expect(tree.checkUnchanged('new.yaml')).rejects.toThrow('new.yaml has changes');
  });

  it('is not opened while something else is half done, or where there is none', async () => {
    write('b.txt', 'two\n');
    git('add', 'b.txt');
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining('b.txt is staged for another commit'), code: 'busy' });
    git('reset', '--quiet', '--hard');
    git('checkout', '--quiet', '--detach');
    await expect(open()).rejects.toMatchObject({ code: 'detached-head' });
    git('clone', '--quiet', '--bare', '.', '../bare');
    await expect(open(join(root, 'bare'))).rejects.toMatchObject({ hint: expect.stringContaining('Clone it') });
    await expect(open('https://user:secret@git.example.invalid/fleet')).rejects.toMatchObject({
      hint: 'Clone it, run this in the clone, and push: git clone https://git.example.invalid/fleet',
    });
    await expect(open(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'missing' });
    await expect(open(root)).rejects.toMatchObject({ code: 'missing' });
  });

  it("is as it was when git refuses: a hook of the person's own, nobody's name", async () => {
    const tree = await open();
    const head = git('rev-parse', 'HEAD');
    writeFileSync(join(folder, '.git/hooks/pre-commit'), '#!/bin/sh\necho "fatal: not on a Friday" >&2\nexit 1\n', { mode: 0o755 });
    await expect(tree.commitFile('a.yaml', 'two\n', 'x')).rejects.toThrow('the commit was not made');
    await expect(tree.commitFile('c.yaml', 'c\n', 'x')).rejects.toThrow('not on a Friday');
    rmSync(join(folder, '.git/hooks/pre-commit'));
    git('config', 'user.name', '');
    await expect(tree.commitFile('a.yaml', 'two\n', 'x')).rejects.toMatchObject({ hint: expect.stringContaining('git config user.name') });
    expect([git('rev-parse', 'HEAD'), git('status', '--porcelain'), existsSync(join(folder, 'c.yaml'))]).toEqual([head, '', false]);
    expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe('one\n');
  });
});
