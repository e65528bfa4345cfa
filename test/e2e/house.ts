// The whole house for end-to-end tests: a real git repository, the real command line as a process of its own, a real Docker engine.
// Nothing here knows how Longshore works inside; what it decides is read through its door, its log and the containers themselves.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { callEngine } from '../../scripts/engine.mjs';
import { mainFile } from '../../scripts/build.mjs';
import { engineForTests, newInstallation, removeInstallation } from '../support/engine.ts';
import { freePort } from './ports.ts';
import type { Status } from '../../src/api/status.ts';
import type { World } from '../../src/model/turn/plan.ts';
import { decodeWorld } from '../../src/api/world-json.ts';

const MAIN = mainFile();

export interface House {
  readonly installation: string;
  readonly engine: string;
  readonly repository: string;
  readonly state: string;
  /** The port of the load balancer in the manifests of these tests. */
  readonly port: number;
  /** Writes files (null removes one) and commits them; returns the commit. */
  commit(files: Readonly<Record<string, string | null>>): string;
  git(...words: string[]): string;
  start(): void;
  /** kill -9 of the daemon; tasks and proxy go on. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  status(): Promise<Status>;
  world(): Promise<World>;
  /** Waits until the daemon has read `commit` and has nothing left to do. */
  settled(commit: string, limitMs?: number): Promise<Status>;
  /** Lines of the daemons' logs so far. */
  log(): readonly Record<string, unknown>[];
  /** Process id of the running proxy. */
  proxyPid(): Promise<number>;
  /** Our containers, running or not: name, id and state. */
  containers(): Promise<readonly { readonly name: string; readonly id: string; readonly state: string; readonly task: string }[]>;
  /** Runs a verb of the command line; resolves with its exit code and output. */
  run(...words: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  dispose(): Promise<void>;
}

/** Where a house stands when it is not the usual place: an engine of its own, and a state folder that somebody else makes and removes. */
export interface Site {
  /** Socket of the engine; it has the test images. */
  readonly engine: string;
  /** Address at which its published ports are reached. */
  readonly address: string;
  /** Name of its container instance; absent: local. */
  readonly name?: string;
  readonly state?: string;
}

/** A house with an empty repository; nothing runs yet. `between` may put a socket between the daemon and the engine. */
export async function makeHouse(
  between: (engine: string) => Promise<string> = async (engine) => engine,
  site: Site | null = null,
): Promise<House> {
  const engine = site?.engine ?? (await engineForTests());
  const socket = await between(engine);
  const folder = mkdtempSync(join(tmpdir(), 'ls-'));
  const installation = newInstallation();
  const repository = join(folder, 'repo');
  const state = site?.state ?? join(folder, 'state');
  const logFile = join(folder, 'daemon.log');
  const port = await freePort();
  mkdirSync(repository);
  let daemon: ChildProcess | null = null;
  const git = (...words: string[]): string =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.test', ...words], {
      cwd: repository,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  git('init', '-q', '-b', 'main');

  const house: House = {
    installation,
    engine,
    repository,
    state,
    port,
    git,
    commit: (files) => {
      for (const [path, text] of Object.entries(files)) {
        const file = join(repository, path);
        mkdirSync(dirname(file), { recursive: true });
        if (text === null) rmSync(file, { force: true });
        else writeFileSync(file, text);
      }
      git('add', '-A');
      git('commit', '-q', '--allow-empty', '-m', 'change');
      return git('rev-parse', 'HEAD');
    },
    start: () => {
      const log = openSync(logFile, 'a');
      const words = [
        'watch',
        '--repo',
        repository,
        '--state',
        state,
        '--engine',
        `unix://${socket}${site === null ? '' : `,name=${site.name ?? 'local'},address=${site.address}`}`,
        '--installation',
        installation,
        '--log-level',
        'debug',
      ];
      // A session of its own: kill -9 of the daemon's group must not reach the proxy by accident, nor spare it by accident.
      daemon = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', log, log], detached: true });
    },
    kill: async () => ended(daemon, 'SIGKILL'),
    stop: async () => ended(daemon, 'SIGTERM'),
    status: async () => JSON.parse(await door(state, '/v1/status')) as Status,
    world: async () => decodeWorld(JSON.parse(await door(state, '/v1/world'))),
    settled: async (commit, limitMs = 60_000) => untilSettled(house, commit, limitMs),
    log: () => readLog(logFile),
    proxyPid: async () => (JSON.parse(await door(state, '/state', 'proxy.sock')) as { pid: number }).pid,
    containers: async () => ourContainers(engine, installation),
    run: async (...words) => runVerb(words),
    dispose: async () => {
      await ended(daemon, 'SIGTERM');
      await runVerb(['stop', '--proxy', '--state', state]);
      await removeInstallation(engine, installation);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return house;
}

async function ended(daemon: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (daemon === null || daemon.exitCode !== null || daemon.signalCode !== null) return;
  const gone = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill(signal);
  await gone;
}

/** GET over a unix socket in the state folder. */
async function door(state: string, path: string, socket = 'longshore.sock'): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: join(state, socket), path, timeout: 5_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () =>
        response.statusCode === 200 ? resolve(body) : reject(new Error(`${path}: ${response.statusCode} ${body}`)),
      );
    });
    call.on('timeout', () => call.destroy(new Error(`${path}: no answer in 5 s`)));
    call.on('error', reject);
    call.end();
  });
}

async function untilSettled(house: House, commit: string, limitMs: number): Promise<Status> {
  const deadline = Date.now() + limitMs;
  let last = 'no daemon answered';
  while (Date.now() < deadline) {
    try {
      const status = await house.status();
      if ((status.commit === commit || status.refusedCommit === commit) && status.settled) return status;
      last = JSON.stringify({ commit: status.commit, settled: status.settled, services: status.services, tasks: status.tasks });
    } catch (error) {
      last = String(error);
    }
    await sleep(60);
  }
  throw new Error(
    `not settled within ${limitMs} ms: ${last}\n${house
      .log()
      .slice(-20)
      .map((line) => JSON.stringify(line))
      .join('\n')}`,
  );
}

function readLog(file: string): readonly Record<string, unknown>[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function ourContainers(
  engine: string,
  installation: string,
): Promise<readonly { name: string; id: string; state: string; task: string }[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`dev.longshore.installation=${installation}`] }));
  const { body } = await callEngine(engine, `/containers/json?all=1&filters=${filters}`);
  const listed = JSON.parse(body) as { Id: string; Names: string[]; State: string; Labels: Record<string, string> }[];
  return listed.map((each) => ({
    id: each.Id,
    name: each.Names[0]?.slice(1) ?? '',
    state: each.State,
    task: each.Labels['dev.longshore.task'] ?? '',
  }));
}

async function runVerb(words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
