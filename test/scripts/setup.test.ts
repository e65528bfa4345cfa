// The set-up: when packages are installed again, what the command says where it can't run, and the demo's repository on real git and sockets.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createServer } from 'node:net';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
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
    for (const folder of ['bin', 'scripts']) cpSync(join(ROOT, folder), join(checkout, folder), { recursive: true });
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

describe('an install that is interrupted', () => {
  /** A checkout with nothing but the scripts, an old list of packages, and an npm that hangs, deaf to SIGTERM, with a child of its own. */
  function checkout(): { readonly root: string; readonly npm: string } {
    const root = temporary();
    cpSync(join(ROOT, 'scripts'), join(root, 'scripts'), { recursive: true });
    mkdirSync(join(root, 'node_modules'));
    const list = JSON.stringify({ packages: { 'node_modules/yaml': { version: '2.9.1' } } });
    for (const file of ['package-lock.json', 'node_modules/.package-lock.json']) writeFileSync(join(root, file), list);
    const npm = join(root, 'npm.js');
    writeFileSync(
      npm,
      `process.on('SIGTERM', () => {});
      const { pid } = require('node:child_process').spawn('sleep', ['60']);
      require('node:fs').writeFileSync('pids', process.pid + ' ' + pid);
      setInterval(() => {}, 1000);`,
    );
    return { root, npm };
  }
  const runs = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
    } catch {
      return false;
    }
  };

  it.each(['SIGINT', 'SIGTERM'] as const)('%s: one line, 130, nothing goes on, and the next run installs again', async (signal) => {
    const { root, npm } = checkout();
    const environment = { ...process.env, npm_execpath: npm };
    const setup = spawn(nodePath(), ['scripts/setup.mjs', 'check'], { cwd: root, env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    setup.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = once(setup, 'close');
    const pids = join(root, 'pids');
    await expect.poll(() => existsSync(pids) && readFileSync(pids, 'utf8') !== '', { timeout: 10_000 }).toBe(true);
    setup.kill(signal);
    setup.kill(signal); // npm passes on what the terminal has sent already
    expect((await ended)[0]).toBe(130);
    expect(stderr).toBe(
      'longshore: installing packages, about 30 s (Node 24 is missing)\n' +
        'longshore: interrupted while installing packages; the next run installs them again\n',
    );
    for (const pid of readFileSync(pids, 'utf8').split(' ').map(Number)) await expect.poll(() => runs(pid)).toBe(false);
    expect(existsSync(join(root, 'node_modules/.package-lock.json'))).toBe(false);
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
