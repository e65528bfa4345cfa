// `npm start` and `npm run clean` as processes, in a checkout of their own: Ctrl-C at any moment, and things that can't be taken away.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join, sep } from 'node:path';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { demoEngine } from './demo-engine.ts';
import { nodePath, ROOT } from '../../scripts/checkout.mjs';
import type { ChildProcess } from 'node:child_process';
import type { DemoEngine } from './demo-engine.ts';

let checkout: string;
let engine: DemoEngine;
const running: Running[] = [];

beforeEach(async () => {
  checkout = realpathSync(mkdtempSync(join(tmpdir(), 'demo-')));
  // Copies, because a script finds its checkout by where it lies.
  for (const name of ['scripts', 'bin', 'manifests', 'package.json', 'package-lock.json'])
    cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
  for (const name of ['src', 'node_modules', 'schemas']) symlinkSync(join(ROOT, name), join(checkout, name));
  engine = await demoEngine(join(checkout, 'docker.sock'));
});
afterEach(async () => {
  for (const one of running.splice(0)) if (one.process.exitCode === null) signalGroup(one.process, 'SIGKILL');
  engine.silent = false;
  engine.onRemoval = () => {};
  for (const list of [engine.containers, engine.networks, engine.images]) list.splice(0);
  await run('clean').ended;
  await engine.close();
  rmSync(checkout, { recursive: true, force: true });
});

interface Running {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

/** A verb of package.json as a shell starts it: in a process group of its own, to which a terminal sends Ctrl-C. */
function run(verb: 'start' | 'clean'): Running {
  const child = spawn(nodePath(), [join(checkout, 'scripts/setup.mjs'), verb], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LONGSHORE_DOCKER_SOCKET: engine.socketPath },
  });
  const pieces: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => pieces.push(text));
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const one = { process: child, output: () => pieces.join(''), ended };
  running.push(one);
  return one;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal);
}

describe('Ctrl-C during npm start', () => {
  it('while images are made: ends at once, says what is left, and how to go on', async () => {
    engine.silent = true;
    const start = run('start');
    await engine.asked();
    signalGroup(start.process, 'SIGINT');
    expect(await start.ended).toBe(130);
    expect(start.output()).toBe(
      'longshore: interrupted while making the demo images; nothing was made. npm start goes on from here, npm run clean takes everything away\n',
    );
  });

  it('while the daemon starts the tasks: ends the daemon, without a word about the question that was under way', async () => {
    const start = run('start');
    await expect.poll(() => start.output(), { timeout: 20_000 }).toContain('the daemon starts the tasks');
    await expect.poll(() => daemonLog(), { timeout: 20_000 }).toContain('longshore watches');
    // The status is asked for again and again; a terminal's signal reaches that command as well.
    await expect
      .poll(() => commandLines(), { timeout: 10_000, interval: 5 })
      .toContainEqual(expect.stringContaining('longshore.mjs status'));
    signalGroup(start.process, 'SIGINT');
    expect(await start.ended).toBe(0);
    const [last] = start.output().trim().split('\n').slice(-1);
    expect(last).toBe(
      'longshore: the daemon has stopped. Tasks and proxy that were started go on: npm start takes them up again, npm run clean removes them',
    );
    expect(start.output()).not.toMatch(/Error|^ {4}at /m);
    expect(daemonLog()).toContain('longshore has stopped');
  });

  it('and npm run clean takes away what is left', async () => {
    const start = run('start');
    await expect.poll(() => start.output(), { timeout: 20_000 }).toContain('the daemon starts the tasks');
    signalGroup(start.process, 'SIGINT');
    await start.ended;
    const clean = run('clean');
    expect(await clean.ended).toBe(0);
    expect(clean.output()).toContain('nothing of the demo is left');
    expect(existsSync(join(checkout, '.longshore'))).toBe(false);
  });
});

describe('npm run clean says who is in its way, and how to go on', () => {
  const label = 'dev.longshore.installation';
  const own = (): Record<string, string> => ({
    [label]: `demo-${createHash('sha256')
      .update(checkout + sep)
      .digest('hex')
      .slice(0, 8)}`,
  });
  const container = (name: string, labels: Record<string, string> = {}, image = 'i'): DemoEngine['containers'][number] => ({
    Id: `id-of-${name}`,
    Names: [`/${name}`],
    ImageID: image,
    Labels: labels,
  });
  beforeEach(() => {
    mkdirSync(join(checkout, '.longshore/demo'), { recursive: true });
    const notes = { socketPath: engine.socketPath, engineStarted: false, engineFolder: null, forwarded: true };
    writeFileSync(join(checkout, '.longshore/demo/notes.json'), JSON.stringify(notes));
  });
  const refused = async (): Promise<string> => {
    const clean = run('clean');
    expect(await clean.ended).toBe(1);
    expect(existsSync(join(checkout, '.longshore/demo/notes.json'))).toBe(true);
    return clean.output();
  };

  it('a network that a stranger uses', async () => {
    engine.networks.push({ Id: 'n1', Name: 'longshore-demo-x', Labels: own(), users: ['shop', 'db'] });
    expect(await refused()).toContain(
      "1 network of the demo can't be removed: longshore-demo-x is in use by shop, db, which is not the demo's: " +
        'docker network disconnect longshore-demo-x shop. Then run npm run clean again\n',
    );
  });

  it('an image that a stranger uses; containers of our own go', async () => {
    engine.images.push({ Id: 'sha256:1', RepoTags: ['longshore-demo:1'] });
    engine.containers.push(container('ours', own()), container('shop', {}, 'sha256:1'));
    expect(await refused()).toContain("longshore-demo:1 is in use by shop, which is not the demo's: docker rm --force shop.");
    expect(engine.containers.map(({ Names }) => Names)).toEqual([['/shop']]);
  });

  it('a daemon that makes new containers as fast as they go', async () => {
    let made = 0;
    engine.containers.push(container('web-0', own()));
    engine.onRemoval = () => void engine.containers.push(container(`web-${++made}`, own()));
    expect(await refused()).toMatch(/web-1 is new, so a daemon works for the installation demo-[0-9a-f]{8}: end it/);
  });

  it("another demo's containers and the images that both use stay", async () => {
    engine.images.push({ Id: 'sha256:1', RepoTags: ['longshore-demo:1'] });
    engine.containers.push(container('other', { [label]: 'demo-00000000' }, 'sha256:1'));
    const clean = run('clean');
    expect(await clean.ended).toBe(0);
    expect(clean.output()).toContain('the demo images stay: another demo runs them on this engine');
    expect(engine.containers).toHaveLength(1);
    expect(engine.images).toHaveLength(1);
  });
});

/** Of the processes that run out of this checkout. */
function commandLines(): readonly string[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.map((id) => commandLine(id).replaceAll('\0', ' ')).filter((line) => line.includes(checkout));
}

function commandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}

function daemonLog(): string {
  const file = join(checkout, '.longshore/demo/daemon.log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
