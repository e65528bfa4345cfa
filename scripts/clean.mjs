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
const LOOK_AGAIN_MS = 250;
/** So many of what can't be removed are explained. */
const SHOWN = 5;

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
  await ensurePackages();
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
  return processesWith(programs).filter((pid) => commandLine(pid).some((word) => word.startsWith(PLACE.state)));
}

/** Processes that have a word that begins with one of these. */
function processesWith(beginnings) {
  const ids = existsSync('/proc/self') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return ids.map(Number).filter((pid) => commandLine(pid).some((word) => beginnings.some((beginning) => word.startsWith(beginning))));
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
    {
      noun: 'container',
      path: `/containers/json?all=1&filters=${filter}`,
      remove: ({ Id }) => [`/containers/${Id}?force=1&v=1`],
      why: (left, found) => Promise.resolve(whyContainer(left, found)),
    },
    {
      noun: 'network',
      path: `/networks?filters=${filter}`,
      remove: ({ Id }) => [`/networks/${Id}`],
      why: (network) => whyNetwork(socketPath, network),
    },
    {
      noun: 'image',
      path: `/images/json?filters=${named}`,
      remove: ({ RepoTags }) => RepoTags.map((tag) => `/images/${tag}`),
      why: (image) => whyImage(socketPath, image),
    },
  ];
  for (const kind of shared ? kinds.slice(0, 2) : kinds) await removeAll(socketPath, kind);
}

/** Removes all of a kind; one that is on its way out is waited for. Throws SetupError with whoever holds what is left, and how to go on. */
async function removeAll(socketPath, { noun, path, remove, why }) {
  const found = await list(socketPath, path);
  const calls = found.flatMap(remove).map((target) => callEngine(socketPath, target, { method: 'DELETE', limitMs: CALL_LIMIT_MS }));
  const refused = (await Promise.all(calls)).filter(({ status }) => status >= 300 && status !== 404);
  let left = await list(socketPath, path);
  // Docker answers 409 for a container that somebody else is removing as well; it is gone a moment later.
  const deadline = Date.now() + (noun === 'container' ? END_LIMIT_MS : 0);
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(LOOK_AGAIN_MS);
    left = await list(socketPath, path);
  }
  if (left.length === 0) return found.length > 0 && say(`removed ${counted(found, noun)}`);
  const reasons = await Promise.all(left.slice(0, SHOWN).map((object) => why(object, found)));
  const known = reasons.filter((reason) => reason !== null);
  const said = known.length > 0 ? known : [refusal(refused)];
  throw new SetupError(`${counted(left, noun)} of the demo can't be removed: ${said.join('; ')}. Then run npm run clean again`);
}

function counted({ length }, noun) {
  return `${length} ${noun}${length === 1 ? '' : 's'}`;
}

/** The engine's own words, which name what is in its way. */
function refusal(refused) {
  const [first] = refused;
  if (first === undefined) return 'the engine gave no reason; look at them with docker ps -a';
  try {
    return JSON.parse(first.body).message;
  } catch {
    return first.body.trim(); // not every proxy in front of an engine answers in JSON
  }
}

/** One that was not there before was made meanwhile: somebody still works for this installation. */
function whyContainer({ Id, Names }, found) {
  if (found.some((before) => before.Id === Id)) return null;
  const daemons = processesWith([INSTALLATION]).filter((pid) => commandLine(pid).includes('watch'));
  const who = daemons.length === 0 ? 'a daemon' : `process ${daemons.join(', ')}`;
  return `${nameOf({ Id, Names })} is new, so ${who} works for the installation ${INSTALLATION}: end it (longshore stop, or kill)`;
}

async function whyNetwork(socketPath, { Id, Name }) {
  const { status, body } = await callEngine(socketPath, `/networks/${Id}`, { limitMs: CALL_LIMIT_MS });
  const users = status === 200 ? Object.values(JSON.parse(body).Containers ?? {}) : [];
  if (users.length === 0) return null;
  const [first] = users;
  const names = users.map((user) => user.Name).join(', ');
  return `${Name} is in use by ${names}, which is not the demo's: docker network disconnect ${Name} ${first.Name}`;
}

async function whyImage(socketPath, { Id, RepoTags }) {
  const users = (await list(socketPath, '/containers/json?all=1')).filter(({ ImageID }) => ImageID === Id);
  if (users.length === 0) return null;
  const names = users.map(nameOf);
  return `${RepoTags.join(', ')} is in use by ${names.join(', ')}, which is not the demo's: docker rm --force ${names.join(' ')}`;
}

function nameOf({ Id, Names }) {
  return Names?.[0]?.replace(/^\//, '') ?? Id.slice(0, 12);
}

async function list(socketPath, path) {
  const { status, body } = await callEngine(socketPath, path, { limitMs: CALL_LIMIT_MS });
  if (status !== 200) throw new SetupError(`the engine answers ${status} to ${path.split('?')[0]}: ${body.trim()}`);
  return JSON.parse(body);
}
