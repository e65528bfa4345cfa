// `npm start`: the demo. A Docker engine, images made here, a git repository out of manifests/, and the daemon on it in the foreground.
// Ctrl-C ends the daemon only: tasks and proxy go on serving, as they do when a daemon is upgraded; before there is a daemon it ends at
// once and says what is left. `npm run clean` takes everything away. The daemon is a child in a session of its own, so that it hears one
// signal from us and not a second one from the terminal.
// Deliberately absent: any product code; this uses the command line as a user would.
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { execFile, spawn } from 'node:child_process';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoImages } from './images.mjs';
import { enginePaths, engineStatus, ensureEngine, EngineUnavailable } from './engine.mjs';
import { forwardsPackets } from './engine-traces.mjs';
import { ensureRepository } from './demo-repository.mjs';
import { INSTALLATION, PLACE, readNotes, writeNotes } from './demo-place.mjs';
import { ensureBuilt } from './build.mjs';
import { ROOT, say, SetupError } from './checkout.mjs';

const COMMAND = join(ROOT, 'bin/longshore.mjs');
/** A cold start pulls nothing; the worker alone needs 5 s to count as healthy. */
const READY_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 30_000;
/** The last events have been printed by then. */
const EVENTS_LIMIT_MS = 2_000;
const LOG_LINES_SHOWN = 15;
/** As a shell says it: 128 and the number of SIGINT. */
const INTERRUPTED = 130;
/** A signal that a child has died of is delivered to us as well, as soon as nothing blocks. */
const SIGNAL_ARRIVES_MS = 50;

const run = promisify(execFile);
const state = relative(ROOT, PLACE.state);
const repository = relative(ROOT, PLACE.repository);

/** What was asked for by a signal, and where it found us. Signals come twice: from the terminal, and from setup.mjs that passes its own on. */
const progress = {
  interrupted: false,
  /** What is being done, and what has been made so far, in words. */
  phase: 'looking for the demo',
  made: [],
  /** Set once there is a daemon: how to end it. Until then the process ends where it stands. */
  end: null,
};

function interrupt() {
  if (progress.interrupted) return;
  progress.interrupted = true;
  if (progress.end !== null) return progress.end();
  sayInterrupted();
  process.exit(INTERRUPTED);
}

function sayInterrupted() {
  const made = progress.made.length === 0 ? 'nothing was made' : `what is left: ${progress.made.join(', ')}`;
  say(`interrupted while ${progress.phase}; ${made}. npm start goes on from here, npm run clean takes everything away`);
}

/** The daemon's status, or null while none answers. */
async function status() {
  try {
    const { stdout } = await run(process.execPath, [COMMAND, 'status', '--state', PLACE.state, '--output', 'json'], { timeout: 10_000 });
    return JSON.parse(stdout);
  } catch (error) {
    // A number: the command's own verdict. A signal: it took too long, or Ctrl-C reached it before us.
    if (typeof error.code === 'number' || typeof error.signal === 'string') return null;
    throw error;
  }
}

/** An engine and the demo images on it. What is going to be started is noted first. */
async function prepareEngine() {
  const before = readNotes();
  progress.phase = 'looking for a Docker engine';
  const running = await engineStatus();
  if (running === null) {
    say('no Docker engine answers: starting one');
    progress.phase = 'starting a Docker engine';
    progress.made.push('the Docker engine, as far as it was started');
    const { socketPath } = enginePaths();
    const engineFolder = process.env.LONGSHORE_ENGINE_DIR ?? null;
    writeNotes({ socketPath, engineStarted: true, engineFolder, forwarded: before?.forwarded ?? forwardsPackets() });
  } else if (before?.socketPath !== running.socketPath) {
    writeNotes({ socketPath: running.socketPath, engineStarted: false, engineFolder: null, forwarded: true });
  }
  const { socketPath } = await ensureEngine();
  progress.phase = 'making the demo images';
  const built = await demoImages(socketPath);
  say(built.length > 0 ? `made ${built.join(', ')} on the engine at ${socketPath}` : `the demo images are on the engine at ${socketPath}`);
  progress.made.push('the demo images');
  return socketPath;
}

function startDaemon(socketPath) {
  mkdirSync(PLACE.state, { recursive: true, mode: 0o700 });
  const log = openSync(PLACE.log, 'w');
  const words = ['watch', '--repo', PLACE.repository, '--state', PLACE.state, '--engine', `unix://${socketPath}`];
  const daemon = spawn(process.execPath, [COMMAND, ...words, '--installation', INSTALLATION], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = new Promise((resolve, reject) => {
    daemon.on('error', reject);
    daemon.on('exit', (code, signal) => resolve(signal ?? code));
  });
  return { daemon, ended };
}

/** Waits until everything that the repository declares runs, the daemon has ended or is being ended, or the limit is over. Returns the last status. */
async function untilSettled(daemon) {
  const deadline = Date.now() + READY_LIMIT_MS;
  let last = null;
  while (isRunning(daemon) && !progress.interrupted && Date.now() < deadline) {
    last = (await status()) ?? last;
    if (last?.ready && last.settled) break;
    await sleep(300);
  }
  return last;
}

function isRunning(child) {
  return child.exitCode === null && child.signalCode === null;
}

function showNextSteps(port, last, socketPath) {
  const url = `http://localhost:${port}/`;
  const command = `bin/longshore.mjs`;
  const healthy = last?.services.every(({ desired, healthy: count }) => count >= desired);
  const lines = [
    '',
    healthy ? `  The service answers at  ${url}     (curl ${url})` : `  Not everything is healthy yet; the service will answer at  ${url}`,
    '',
    '  What to try next, in another terminal in this folder:',
    `    ${command} status --state ${state}`,
    '  Roll out version 2: new tasks first, no request fails',
    `    sed -i 's/longshore-demo:[a-z0-9]*/longshore-demo:2/' ${repository}/web.yaml`,
    `    ${command} plan --state ${state} --engine unix://${socketPath} --dir ${repository}`,
    `    git -C ${repository} commit -qam 'version 2'`,
    '  Commit an image that breaks, and watch it roll back',
    `    sed -i 's/longshore-demo:[a-z0-9]*/longshore-demo:broken/' ${repository}/web.yaml`,
    `    git -C ${repository} commit -qam 'a broken version'`,
    `  The daemon's log: ${relative(ROOT, PLACE.log)}. Ctrl-C stops the daemon; npm run clean removes everything.`,
    '',
    '  What happens, as it happens:',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints events until the daemon ends; in a session of its own, so that Ctrl-C reaches it as the end of the daemon. */
function followEvents(ended) {
  const events = spawn(process.execPath, [COMMAND, 'events', '--follow', '--state', PLACE.state], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  void ended.finally(() => setTimeout(() => events.kill('SIGKILL'), EVENTS_LIMIT_MS).unref());
}

function lastLogLines() {
  return readFileSync(PLACE.log, 'utf8').trim().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
}

async function main() {
  if (readNotes() !== null && (await status()) !== null)
    throw new SetupError(`the demo runs already (${relative(ROOT, PLACE.state)}); end it with Ctrl-C there, or npm run clean`);
  await ensureBuilt();
  const socketPath = await prepareEngine();
  progress.phase = 'making the repository';
  const { made, port, wantedPort } = await ensureRepository(PLACE.repository);
  if (made) say(`made the repository ${repository} out of manifests/`);
  if (port !== wantedPort) say(`port ${wantedPort} is taken: the demo's load balancer listens on ${port} instead`);
  const { daemon, ended } = startDaemon(socketPath);
  progress.end = () => {
    daemon.kill('SIGTERM');
    setTimeout(() => daemon.kill('SIGKILL'), STOP_LIMIT_MS).unref();
  };
  say('the daemon starts the tasks; this takes a few seconds');
  const last = await untilSettled(daemon);
  if (isRunning(daemon) && !progress.interrupted) {
    showNextSteps(port, last, socketPath);
    followEvents(ended);
  }
  const end = await ended;
  if (progress.interrupted) {
    const settled = last?.ready && last.settled;
    const left = settled ? `go on serving at http://localhost:${port}/` : 'that were started go on';
    say(`the daemon has stopped. Tasks and proxy ${left}: npm start takes them up again, npm run clean removes them`);
    return 0;
  }
  if (end === 0) {
    say('the daemon was stopped by someone else (longshore stop, npm run clean)');
    return 0;
  }
  process.stderr.write(`${lastLogLines()}\n`);
  throw new SetupError(`the daemon ended by itself (${end}); its log is ${relative(ROOT, PLACE.log)}`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
try {
  process.exitCode = await main();
} catch (error) {
  // A command that Ctrl-C ended fails before we hear of the signal ourselves: git, apt-get. What it says about that is no news.
  await sleep(SIGNAL_ARRIVES_MS);
  const known = error instanceof SetupError || error instanceof EngineUnavailable;
  if (!known) throw error;
  say(error instanceof EngineUnavailable ? `no Docker engine: ${error.message}` : error.message);
  process.exitCode = error instanceof EngineUnavailable ? 3 : error.exitCode;
}
