// The set-up: when packages are installed again, what the command says where it can't run, and the demo's repository on real git and sockets.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createServer } from 'node:net';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { ensureRepository, freePort } from '../../scripts/demo-repository.mjs';
import { nodePath, ROOT, staleReason } from '../../scripts/checkout.mjs';

const folders: string[] = [];
function temporary(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'longshore-setup-')));
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A port that is held on every address until `release`. */
async function takenPort(): Promise<{ readonly port: number; readonly release: () => void }> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, release: () => void server.close() };
}

describe('packages are installed again', () => {
  const wanted = {
    packages: { '': {}, 'node_modules/yaml': { version: '2.9.1' }, 'node_modules/oxlint-darwin': { version: '1.0.0', optional: true } },
  };
  it.for([
    ['never installed, or the install was cut short', null, 'node_modules is missing or was not finished'],
    ['a package is missing', { packages: {} }, 'yaml is missing'],
    ['another version', { packages: { 'node_modules/yaml': { version: '2.8.0' } } }, 'yaml is 2.8.0, package-lock.json says 2.9.1'],
    ["all there, but for another platform's binary", { packages: { 'node_modules/yaml': { version: '2.9.1' } } }, null],
  ] as const)('%s', ([, installed, reason]) => {
    expect(staleReason(wanted, installed)).toBe(reason);
  });
});

describe('the command', () => {
  it('says what to do when the packages are not installed', () => {
    const checkout = temporary();
    cpSync(join(ROOT, 'bin'), join(checkout, 'bin'), { recursive: true });
    const run = spawnSync(nodePath(), [join(checkout, 'bin/longshore.mjs'), 'status'], { encoding: 'utf8' });
    expect(run.stderr).toContain('hint: run npm ci');
    expect(run.status).toBe(1);
  });

  it('set-up refuses a verb that it does not know', () => {
    const run = spawnSync(nodePath(), [join(ROOT, 'scripts/setup.mjs'), 'strat'], { encoding: 'utf8' });
    expect(run.stderr).toContain('usage: setup.mjs start | test | check | clean');
    expect(run.status).toBe(2);
  });
});

describe('the demo repository', () => {
  const git = (folder: string, ...words: string[]): string => execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8' }).trim();

  it('holds the manifests in one commit, whatever git is set to for this user', async () => {
    const home = temporary();
    writeFileSync(join(home, '.gitconfig'), '[commit]\n gpgSign = true\n[gpg]\n program = false\n[user]\n name = Somebody\n');
    vi.stubEnv('HOME', home);
    vi.stubEnv('GIT_DIR', join(home, 'elsewhere'));
    const folder = join(temporary(), 'repo');
    const { made, port } = await ensureRepository(folder);
    vi.unstubAllEnvs();
    expect(made).toBe(true);
    expect(git(folder, 'log', '--format=%an %s')).toBe('Longshore demo One web service and one worker');
    expect(git(folder, 'ls-files').split('\n')).toEqual(['cluster.yaml', 'web.yaml', 'worker.yaml']);
    expect(readFileSync(join(folder, 'web.yaml'), 'utf8')).toContain(`- port: ${port}\n`);
    expect(git(folder, 'status', '--porcelain')).toBe('');
  });

  it('is kept as the user left it', async () => {
    const folder = join(temporary(), 'repo');
    const { port } = await ensureRepository(folder);
    const before = git(folder, 'rev-parse', 'HEAD');
    expect(await ensureRepository(folder)).toMatchObject({ made: false, port });
    expect(git(folder, 'rev-parse', 'HEAD')).toBe(before);
  });

  it('a folder that an interrupted start left half made is made anew', async () => {
    const folder = join(temporary(), 'repo');
    mkdirSync(`${folder}.new/left`, { recursive: true });
    await ensureRepository(folder);
    expect(git(folder, 'ls-files').split('\n')).toEqual(['cluster.yaml', 'web.yaml', 'worker.yaml']);
  });

  it('a taken port is not chosen', async () => {
    const { port, release } = await takenPort();
    const chosen = await freePort(port);
    release();
    expect(chosen).not.toBe(port);
    expect(await freePort(port)).toBe(port);
  });
});
