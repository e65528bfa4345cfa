// `npm test` and `npm run check`: every check of the project, one line each, in an order that fails early. Started by setup.mjs under Node 24.
// check: types, lint, format, and the unit project; under 30 s and without an engine. test: everything, in under 8 minutes on two cores.
// `npm test -- <words>` hands the words to vitest instead (a path, `--project sockets`), with an engine at hand.
// Deliberately absent: any decision about what a test needs; that stands in vitest.config.ts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { callEngine, engineStatus, ensureEngine, EngineUnavailable, stopEngine } from './engine.mjs';
import { ensureBuilt } from './build.mjs';
import { ROOT, say, toolEnvironment } from './checkout.mjs';

/** No step may hang a build: the longest takes some minutes. */
const STEP_LIMIT_MS = 1_200_000;
const FOLDERS = ['src', 'test', 'bench', 'scripts', 'bin'].filter((folder) => existsSync(join(ROOT, folder)));

/** Checks that only read: each uses one core, so they run side by side. */
const STATIC_STEPS = [
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'lint', command: ['oxlint', '--type-aware', ...FOLDERS] },
  { name: 'format', command: ['biome', 'format', ...FOLDERS, 'vitest.config.ts'] },
];
/**
 * One line: one after the other; within a line beside each other. Sockets and engine mostly wait, so together they take as long as the
 * longer alone, and what they leave of the processors is for the others: at low priority, since those have no deadlines.
 */
const PROJECTS = [['unit'], ['properties', 'simulation', 'sockets', 'engine']];
const PURE = ['properties', 'simulation'];
const LOW_PRIORITY = ['nice', '-n', '15'];

/** Ctrl-C ends what runs, starts nothing more, and still stops the engine that this run started. */
const running = new Set();
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    interrupted = true;
    for (const child of running) child.kill('SIGTERM');
  });

/** Runs a command; its output is kept and shown only when it fails, or at once when `live`. Resolves with whether it succeeded. */
function step({ name, command: [program, ...words], live = false, environment = {} }) {
  if (interrupted) return Promise.resolve({ name, ok: false });
  const begun = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      cwd: ROOT,
      env: { ...toolEnvironment(), ...environment },
      stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
    });
    running.add(child);
    const output = [];
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    const timer = setTimeout(() => {
      say(`${name} did not end within ${STEP_LIMIT_MS / 60_000} minutes and is killed`);
      child.kill('SIGKILL');
    }, STEP_LIMIT_MS);
    const finish = (ok, reason) => {
      clearTimeout(timer);
      running.delete(child);
      if (!ok) process.stderr.write(Buffer.concat(output));
      say(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(11)} ${((performance.now() - begun) / 1000).toFixed(1)} s${reason}`);
      resolve({ name, ok });
    };
    child.on('error', (error) => finish(false, ` (${error.message})`));
    child.on('close', (code, signal) => finish(code === 0, code === 0 ? '' : ` (${signal ?? `exit code ${code}`})`));
  });
}

function vitest(name, words, environment = {}, live = true) {
  const priority = PURE.includes(name) ? LOW_PRIORITY : [];
  return step({ name, command: [...priority, 'vitest', 'run', ...words], live, environment });
}

/** Runs `work` with the socket of a real engine; an engine that this run started is stopped afterwards, unless someone uses it meanwhile. */
async function withEngine(work) {
  const before = await engineStatus();
  if (before === null) say('no Docker engine answers: starting one');
  const { socketPath } = await ensureEngine();
  try {
    return await work({ LONGSHORE_DOCKER_SOCKET: socketPath });
  } finally {
    if (before === null) {
      const { body } = await callEngine(socketPath, '/containers/json');
      if (JSON.parse(body).length > 0) say(`the engine at ${socketPath} goes on: containers run on it`);
      else say(await stopEngine());
    }
  }
}

async function main([verb, ...words]) {
  if (verb === 'check') return [...(await Promise.all(STATIC_STEPS.map(step))), await vitest('unit', ['--project', 'unit'])];
  // Hundreds of commands are run by what follows.
  await ensureBuilt();
  // The engine first: without one there is no point in a minute of other tests before saying so.
  return withEngine(async (environment) => {
    if (words.length > 0) return [await vitest('vitest', words, environment)];
    const results = await Promise.all(STATIC_STEPS.map(step));
    for (const group of PROJECTS) {
      // Several that write at once can't be read: of these only what failed is shown, when it is over.
      const runs = group.map((project) => vitest(project, ['--project', project], environment, group.length === 1));
      results.push(...(await Promise.all(runs)));
    }
    return results;
  });
}

const begun = performance.now();
try {
  const results = await main(process.argv.slice(2));
  const failed = results.filter(({ ok }) => !ok).map(({ name }) => name);
  const seconds = Math.round((performance.now() - begun) / 1000);
  say(failed.length === 0 ? `all ${results.length} checks passed in ${seconds} s` : `failed after ${seconds} s: ${failed.join(', ')}`);
  process.exitCode = interrupted ? 130 : failed.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof EngineUnavailable)) throw error;
  say(`no Docker engine: ${error.message}`);
  process.exitCode = 3;
}
