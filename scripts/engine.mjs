#!/usr/bin/env node
// A Docker engine for the tests and the demo: `ensure` prints the socket of one that answers, `stop` ends the one we started, `status` looks.
// An engine that already answers is reused: a second dockerd in the same network namespace flushes the first one's iptables chains.
// Plain JavaScript without packages, so that it runs on Node 20 before `npm ci`. Deliberately absent: remote engines (tcp, ssh) and rootless mode.
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  EngineUnavailable,
  isAlive,
  lastLines,
  prepareCgroups,
  requireTools,
  startedAtTicks,
  startProcess,
  storageArguments,
  unmountBelow,
} from './engine-host.mjs';

export { EngineUnavailable };

const DEFAULT_DIRECTORY = '/var/lib/longshore-engine';
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
/** Another `ensure` may be installing packages meanwhile. */
const LOCK_LIMIT_MS = 300_000;
/** Cuts /24 networks: Docker's own default pools end after about 29 networks. */
const ADDRESS_POOL = 'base=172.28.0.0/14,size=24';

/**
 * Where our own engine lives. The run directory is short because a unix socket's path is at most 107 bytes.
 * @param {NodeJS.ProcessEnv} environment
 */
export function enginePaths(environment = process.env) {
  const directory = environment.LONGSHORE_ENGINE_DIR || DEFAULT_DIRECTORY;
  const run =
    directory === DEFAULT_DIRECTORY
      ? '/run/longshore-engine'
      : `/run/longshore-${createHash('sha256').update(directory).digest('hex').slice(0, 8)}`;
  return {
    directory,
    run,
    socketPath: join(run, 'docker.sock'),
    processFile: join(run, 'engine.json'),
    lock: join(run, 'lock'),
    logFile: join(directory, 'dockerd.log'),
  };
}

/** One call over a unix socket: status code and body as text. Rejects when the engine does not answer within `limitMs`. */
export function callEngine(socketPath, path, { method = 'GET', limitMs = 3_000, body = undefined } = {}) {
  const sent = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    host: 'docker',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(sent),
  };
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, method, agent: false, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => (text += piece));
      response.on('end', () => settle(resolve, { status: response.statusCode ?? 0, body: text }));
      response.on('error', (error) => settle(reject, error));
    });
    const timer = setTimeout(() => call.destroy(new Error(`no answer within ${limitMs} ms`)), limitMs);
    const settle = (finish, value) => {
      clearTimeout(timer);
      finish(value);
    };
    call.on('error', (error) => settle(reject, error));
    call.end(sent);
  });
}

/** Whether an engine answers at a socket: 'yes', 'no', or 'forbidden' when this user may not open it. */
export async function engineAnswers(socketPath) {
  try {
    const answer = await callEngine(socketPath, '/_ping');
    return answer.status === 200 && answer.body.startsWith('OK') ? 'yes' : 'no';
  } catch (error) {
    return error.code === 'EACCES' || error.code === 'EPERM' ? 'forbidden' : 'no';
  }
}

/**
 * The socket of an engine that answers: LONGSHORE_DOCKER_SOCKET (then nothing else is tried), DOCKER_HOST=unix://, the usual places,
 * our own, and at last one that is started here. Throws EngineUnavailable with one clear line when none can be had.
 * @returns {Promise<{ socketPath: string, ours: boolean }>}
 */
export async function ensureEngine(environment = process.env) {
  const paths = enginePaths(environment);
  const running = await runningEngine(environment, paths);
  if (running) return running;
  requireTools();
  const release = await takeLock(paths);
  try {
    if ((await engineAnswers(paths.socketPath)) !== 'yes') await startEngine(paths);
    return { socketPath: paths.socketPath, ours: true };
  } finally {
    release();
  }
}

/** Ends the engine that we started, its containers first, and unmounts what it mounted. Returns what happened, in words. */
export async function stopEngine(environment = process.env) {
  const paths = enginePaths(environment);
  const pid = ownProcess(paths);
  if (pid === null) return 'no engine of ours is running';
  if ((await engineAnswers(paths.socketPath)) === 'yes') await killContainers(paths.socketPath);
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + STOP_LIMIT_MS;
  while (isAlive(pid) && Date.now() < deadline) await sleep(50);
  const forced = isAlive(pid);
  if (forced) process.kill(pid, 'SIGKILL');
  rmSync(paths.processFile, { force: true });
  rmSync(paths.socketPath, { force: true });
  unmountBelow([paths.directory, paths.run]);
  return forced ? `engine ${pid} did not end within ${STOP_LIMIT_MS / 1000} s and was killed` : `engine ${pid} stopped`;
}

/** The engine that `ensure` would print now without starting one, or null. */
export async function engineStatus(environment = process.env) {
  return runningEngine(environment, enginePaths(environment));
}

async function runningEngine(environment, paths) {
  const asked = environment.LONGSHORE_DOCKER_SOCKET;
  if (asked) {
    if ((await engineAnswers(asked)) === 'yes') return { socketPath: asked, ours: asked === paths.socketPath };
    throw new EngineUnavailable(`LONGSHORE_DOCKER_SOCKET is ${asked}, but no engine answers there`);
  }
  const host = environment.DOCKER_HOST ?? '';
  if (host !== '' && !host.startsWith('unix://'))
    throw new EngineUnavailable('DOCKER_HOST names a remote engine; unset it, or set it to unix:///path/to/docker.sock');
  const places = [
    host.slice('unix://'.length),
    '/var/run/docker.sock',
    environment.XDG_RUNTIME_DIR ? join(environment.XDG_RUNTIME_DIR, 'docker.sock') : '',
    join(homedir(), '.docker/run/docker.sock'),
    paths.socketPath,
  ];
  for (const socketPath of places) {
    if (socketPath === '') continue;
    const answer = await engineAnswers(socketPath);
    if (answer === 'yes') return { socketPath, ours: socketPath === paths.socketPath };
    if (answer === 'forbidden')
      throw new EngineUnavailable(`${socketPath} exists, but this user may not open it (join its group, usually docker, or run as root)`);
  }
  return null;
}

async function startEngine(paths) {
  prepareCgroups();
  mkdirSync(paths.directory, { recursive: true });
  const left = ownProcess(paths);
  if (left !== null)
    throw new EngineUnavailable(`our engine (process ${left}) runs but does not answer; see ${paths.logFile}, then run stop`);
  rmSync(join(paths.run, 'dockerd.pid'), { force: true });
  rmSync(paths.socketPath, { force: true });
  // A dead containerd that nobody reaped stays a zombie; dockerd then waits 15 s for it and gives up. Its pid file is the only trace.
  const containerd = join(paths.run, 'exec/containerd/containerd.pid');
  if (!isAlive(Number(readOr(containerd, '0')))) rmSync(containerd, { force: true });
  const log = openSync(paths.logFile, 'w');
  const words = ['--host', `unix://${paths.socketPath}`, '--default-address-pool', ADDRESS_POOL];
  words.push('--data-root', join(paths.directory, 'data'), '--exec-root', join(paths.run, 'exec'));
  words.push('--pidfile', join(paths.run, 'dockerd.pid'), ...storageArguments(paths.directory));
  const pid = startProcess('dockerd', words, log);
  closeSync(log);
  writeFileSync(paths.processFile, JSON.stringify({ pid, ticks: startedAtTicks(pid) }));
  const deadline = Date.now() + START_LIMIT_MS;
  while ((await engineAnswers(paths.socketPath)) !== 'yes') {
    if (!isAlive(pid)) throw new EngineUnavailable(`dockerd ended at once: ${lastLines(paths.logFile)}`);
    if (Date.now() > deadline)
      throw new EngineUnavailable(`dockerd did not answer within ${START_LIMIT_MS / 1000} s: ${lastLines(paths.logFile)}`);
    await sleep(50);
  }
}

/** The process id of the engine that we started, or null. The start time tells it from a later process with the same number. */
function ownProcess(paths) {
  const text = readOr(paths.processFile, '');
  if (text === '') return null;
  const { pid, ticks } = JSON.parse(text);
  return isAlive(pid) && startedAtTicks(pid) === ticks ? pid : null;
}

/** dockerd gives each container that ignores SIGTERM ten seconds when it ends; these are test containers. */
async function killContainers(socketPath) {
  const { body } = await callEngine(socketPath, '/containers/json');
  const kills = JSON.parse(body).map(({ Id }) => callEngine(socketPath, `/containers/${Id}/kill`, { method: 'POST', limitMs: 10_000 }));
  await Promise.allSettled(kills); // one that ended meanwhile answers 409; the engine's own stop takes what is left
}

/** One starter at a time: the lock holds the process id, and a dead holder's lock is taken over. */
async function takeLock(paths) {
  mkdirSync(paths.run, { recursive: true });
  const deadline = Date.now() + LOCK_LIMIT_MS;
  for (;;) {
    try {
      writeFileSync(paths.lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(paths.lock, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(readOr(paths.lock, '0'));
    if (holder > 0 && !isAlive(holder)) rmSync(paths.lock, { force: true });
    if (Date.now() > deadline) throw new EngineUnavailable(`another start (process ${holder}) holds ${paths.lock}`);
    await sleep(100);
  }
}

function readOr(file, otherwise) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error.code === 'ENOENT') return otherwise;
    throw error;
  }
}

async function main(verb) {
  if (verb === 'ensure') return console.log((await ensureEngine()).socketPath);
  if (verb === 'stop') return console.log(await stopEngine());
  if (verb === 'status') {
    const engine = await engineStatus();
    console.log(engine ? `${engine.socketPath}${engine.ours ? ' (ours)' : ''}` : 'no engine answers');
    process.exitCode = engine ? 0 : 1;
    return;
  }
  console.error('usage: engine.mjs ensure | stop | status');
  process.exitCode = 2;
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href)
  await main(process.argv[2]).catch((error) => {
    if (!(error instanceof EngineUnavailable)) throw error;
    console.error(`no Docker engine: ${error.message}`);
    process.exitCode = 3;
  });
