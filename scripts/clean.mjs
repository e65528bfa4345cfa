// `npm run clean`: takes away what `npm start` made, in the order that breaks no request needlessly: daemon, proxy (drained), tasks, networks,
// images, the engine if the demo started it, and .longshore/. It looks again after each step; what resists is said, and its notes are kept.
// Node 20, no packages but where the command line is needed. Deliberately absent: anything without the demo's label, name or folder.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnSync } from 'node:child_process';
import { callEngine, engineAnswers, enginePaths, stopEngine } from './engine.mjs';
import { removeTraces } from './engine-traces.mjs';
import { ensurePackages, ROOT, say, SetupError, toolEnvironment } from './checkout.mjs';
import { INSTALLATION, INSTALLATION_LABEL, PLACE, readNotes } from './demo-place.mjs';

const IMAGE_NAME = 'longshore-demo';
const CALL_LIMIT_MS = 30_000;
/** Draining waits for requests under way; the demo's deregistration delay is 10 s. */
const STOP_LIMIT_MS = 60_000;
const END_LIMIT_MS = 5_000;

/**
 * Removes everything that the demo made. Throws SetupError when something resists; a second run goes on from there.
 * @returns {Promise<number>} the exit code
 */
export async function clean() {
  const notes = readNotes();
  if (notes !== null) {
    await stopProcesses();
    await cleanEngine(notes);
  }
  rmSync(PLACE.root, { recursive: true, force: true });
  say(notes === null ? 'there is no demo to clean up' : 'nothing of the demo is left; node_modules stays');
  return 0;
}

/** Daemon and proxy, politely by the command line; one that is still there then is ended by its process id. */
async function stopProcesses() {
  if (demoProcesses().length === 0) return;
  ensurePackages();
  const words = [join(ROOT, 'bin/longshore.mjs'), 'stop', '--proxy', '--state', PLACE.state];
  const stop = spawnSync('node', words, { env: toolEnvironment(), encoding: 'utf8', timeout: STOP_LIMIT_MS });
  if (stop.status !== 0) say(`longshore stop --proxy: ${(stop.stderr || stop.stdout || String(stop.error)).trim().split('\n')[0]}`);
  for (const signal of ['SIGTERM', 'SIGKILL', null]) {
    const deadline = Date.now() + END_LIMIT_MS;
    while (demoProcesses().length > 0 && Date.now() < deadline) await sleep(100);
    for (const pid of demoProcesses()) {
      if (signal === null) throw new SetupError(`process ${pid} of the demo does not end, not even by SIGKILL`);
      say(`process ${pid} of the demo is still there: ${signal}`);
      process.kill(pid, signal);
    }
  }
  say('daemon and proxy have ended');
}

/** Processes whose command line names this checkout's program and the demo's state folder. */
function demoProcesses() {
  const programs = [join(ROOT, 'src/'), join(ROOT, 'bin/')];
  const ids = existsSync('/proc/self') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return ids.map(Number).filter((pid) => {
    const words = commandLine(pid);
    return words.some((word) => programs.some((program) => word.startsWith(program))) && words.some((word) => word.startsWith(PLACE.state));
  });
}

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(error.code)) return []; // it ended meanwhile, or belongs to someone else
    throw error;
  }
}

/** Containers and networks by label, images by name, then the engine itself when the demo started it and nobody else uses it. */
async function cleanEngine({ socketPath, engineStarted, engineFolder, forwarded }) {
  const environment = engineFolder === null ? process.env : { ...process.env, LONGSHORE_ENGINE_DIR: engineFolder };
  const answers = await engineAnswers(socketPath);
  if (answers === 'yes') await cleanObjects(socketPath);
  // An engine of ours that is gone took its containers with it; a stranger's will come back with them.
  else if (!engineStarted) throw new SetupError(`the engine at ${socketPath} does not answer: start it, then run npm run clean again`, 3);
  if (!engineStarted) return;
  if (answers === 'yes') {
    const others = await list(socketPath, '/containers/json?all=1');
    if (others.length > 0)
      return say(
        `the engine at ${socketPath} stays: ${others.length} containers that are not the demo's are on it (node scripts/engine.mjs stop ends it)`,
      );
  }
  say(await stopEngine(environment));
  const { directory, run } = enginePaths(environment);
  for (const folder of [directory, run]) rmSync(folder, { recursive: true, force: true });
  removeTraces(forwarded);
}

async function cleanObjects(socketPath) {
  const [labelName = ''] = INSTALLATION_LABEL.split('=');
  const filter = encodeURIComponent(JSON.stringify({ label: [INSTALLATION_LABEL] }));
  const named = encodeURIComponent(JSON.stringify({ reference: [IMAGE_NAME] }));
  const demos = await list(socketPath, `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify({ label: [labelName] }))}`);
  const shared = demos.some(({ Labels }) => Labels[labelName].startsWith('demo') && Labels[labelName] !== INSTALLATION);
  if (shared) say('the demo images stay: another demo runs them on this engine');
  const kinds = [
    { noun: 'containers', path: `/containers/json?all=1&filters=${filter}`, remove: ({ Id }) => [`/containers/${Id}?force=1&v=1`] },
    { noun: 'networks', path: `/networks?filters=${filter}`, remove: ({ Id }) => [`/networks/${Id}`] },
    { noun: 'images', path: `/images/json?filters=${named}`, remove: ({ RepoTags }) => RepoTags.map((tag) => `/images/${tag}`) },
  ];
  for (const { noun, path, remove } of shared ? kinds.slice(0, 2) : kinds) {
    const found = await list(socketPath, path);
    const calls = found.flatMap(remove).map((target) => callEngine(socketPath, target, { method: 'DELETE', limitMs: CALL_LIMIT_MS }));
    const refused = (await Promise.all(calls)).filter(({ status }) => status >= 300 && status !== 404 && status !== 409);
    const left = await list(socketPath, path);
    if (left.length > 0)
      throw new SetupError(`${left.length} ${noun} of the demo can't be removed: ${refused[0]?.body.trim() ?? 'in use'}`);
    if (found.length > 0) say(`removed ${found.length} ${noun}`);
  }
}

async function list(socketPath, path) {
  const { status, body } = await callEngine(socketPath, path, { limitMs: CALL_LIMIT_MS });
  if (status !== 200) throw new SetupError(`the engine answers ${status} to ${path.split('?')[0]}: ${body.trim()}`);
  return JSON.parse(body);
}
