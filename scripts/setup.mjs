#!/usr/bin/env node
// The one door behind `npm start`, `npm test`, `npm run check` and `npm run clean`: makes the machine ready, then runs the wanted script.
// Ready means: git, the packages of package-lock.json, and Node 24 out of node_modules first on PATH. Runs on Node 20 without packages.
// Nothing imports this file; what the scripts share stands in checkout.mjs.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureGit, ensurePackages, nodePath, ROOT, say, SetupError, toolEnvironment } from './checkout.mjs';
import { clean } from './clean.mjs';

const OLDEST_NODE = 20;

/** What the verbs of package.json run once the packages are there, and whether they need git. `clean` needs neither. */
const VERBS = {
  start: { script: 'scripts/start.mjs', git: true },
  test: { script: 'scripts/test.mjs', words: ['test'], git: true },
  check: { script: 'scripts/test.mjs', words: ['check'], git: false },
};

/**
 * Runs a script under Node 24 in this terminal and resolves with its exit code. Signals sent to us alone are passed on;
 * Ctrl-C reaches the whole process group anyway, so the script must bear to hear it twice.
 * @returns {Promise<number>}
 */
function runUnderNode24(words) {
  return new Promise((resolve, reject) => {
    const child = spawn(nodePath(), words, { cwd: ROOT, stdio: 'inherit', env: toolEnvironment() });
    const pass = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass);
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 9)));
  });
}

async function main([verb = '', ...rest]) {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE) throw new SetupError(`Node ${OLDEST_NODE} or later is needed, this is ${process.versions.node}`);
  // Cleaning up must not begin with half a gigabyte of packages; clean.mjs asks for them if there is something that needs them.
  if (verb === 'clean') return clean();
  const task = verb === 'run' ? { script: rest.shift(), git: true } : VERBS[verb];
  if (!task?.script) throw new SetupError(`usage: setup.mjs ${Object.keys(VERBS).join(' | ')} | clean | run <script> [words...]`, 2);
  if (task.git) ensureGit();
  await ensurePackages();
  return runUnderNode24([join(ROOT, task.script), ...(task.words ?? []), ...rest]);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = error.exitCode;
}
