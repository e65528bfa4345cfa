// This checkout: where it is, whether its packages and git are there, and the one voice in which its scripts speak.
// Plain JavaScript on Node 20, because it runs before there are packages; setup.mjs is its door.
// Deliberately absent: the Docker engine (engine.mjs), which only the scripts that need one ask for.
import { spawn, spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
/** A cold `npm ci` takes 20 to 40 s; a slow line must not hang a build for ever. */
const INSTALL_LIMIT_MS = 600_000;
/** npm that is told to end may take 5 s to undo what the next run does anew anyway. */
const END_LIMIT_MS = 1_000;
/** npm's last words. */
const STDERR_KEPT = 8_192;
/** As a shell says it: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/** A set-up step that can't be done, in one line for people; `exitCode` is what the process ends with. */
export class SetupError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** One progress line, on stderr: what a script prints for other programs stays alone on stdout. */
export function say(line) {
  process.stderr.write(`longshore: ${line}\n`);
}

/**
 * Why node_modules does not hold what package-lock.json asks for, in words; null when it does.
 * npm writes node_modules/.package-lock.json last, so an interrupted install shows as missing.
 * @param {{ packages: Record<string, { version?: string, optional?: boolean }> }} wanted
 * @param {{ packages: Record<string, { version?: string }> } | null} installed
 * @returns {string | null}
 */
export function staleReason(wanted, installed) {
  if (installed === null) return 'node_modules is missing or was not finished';
  for (const [path, { version, optional }] of Object.entries(wanted.packages)) {
    if (path === '') continue;
    const here = installed.packages[path]?.version;
    // An optional package of another platform is never installed.
    if (here === version || (here === undefined && optional)) continue;
    const name = path.slice('node_modules/'.length);
    return here === undefined ? `${name} is missing` : `${name} is ${here}, package-lock.json says ${version}`;
  }
  return null;
}

/**
 * Installs the packages of package-lock.json when node_modules does not hold them. Rejects with SetupError: npm's own words, or that it
 * was interrupted; the next run installs them again.
 * @returns {Promise<void>}
 */
export async function ensurePackages() {
  const wanted = readJson(join(ROOT, 'package-lock.json'));
  if (wanted === null) throw new SetupError('package-lock.json is missing: this is not a complete checkout');
  const reason =
    staleReason(wanted, readJson(join(MODULES, '.package-lock.json'))) ?? (existsSync(nodePath()) ? null : 'Node 24 is missing');
  if (reason === null) return;
  say(`installing packages, about 30 s (${reason})`);
  // npm tells where it is itself; started without npm, it is looked for on PATH.
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const words = [...npm.slice(1), 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm takes the old packages away in any order, this list among them: cut short, it might leave the list and not what is on it.
  rmSync(join(MODULES, '.package-lock.json'), { force: true });
  const install = await runToEnd(npm[0], words);
  if (install.interrupted) throw new SetupError('interrupted while installing packages; the next run installs them again', INTERRUPTED);
  if (install.failure !== null) throw new SetupError(`npm ci failed: ${install.failure}`);
  if (!existsSync(nodePath()))
    throw new SetupError('npm ci ran, but Node 24 is not there: the package "node" needs its install script (is ignore-scripts set?)');
}

/** Makes sure that git answers; installs Debian's package when root and missing. Throws SetupError. */
export function ensureGit() {
  if (spawnSync('git', ['--version'], { stdio: 'ignore' }).status === 0) return;
  if (process.getuid?.() !== 0) throw new SetupError('git is not installed (apt-get install git, or run as root)');
  say('installing git');
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const words of [['update'], ['install', '-y', '--no-install-recommends', 'git', 'ca-certificates']]) {
    const run = spawnSync('apt-get', ['-qq', ...words], { env: environment, encoding: 'utf8', timeout: INSTALL_LIMIT_MS });
    if (run.status !== 0) throw new SetupError(`git is not installed, and apt-get ${words[0]} failed: ${lastLine(run.stderr ?? '')}`);
  }
}

/** The Node that package.json pins. */
export function nodePath() {
  return join(MODULES, '.bin/node');
}

/** The environment in which node, vitest, tsc and the rest are those of node_modules, and start from code that is compiled already. */
export function toolEnvironment(environment = process.env) {
  const compiled = { NODE_COMPILE_CACHE: join(MODULES, '.cache/compiled') };
  return { ...environment, ...compiled, PATH: `${join(MODULES, '.bin')}${delimiter}${environment.PATH ?? ''}` };
}

/**
 * Runs a program in a process group of its own, so that Ctrl-C reaches us alone and we end it with all that it has started. Resolves once
 * it has ended, with what is to be said of a failure.
 * @returns {Promise<{ interrupted: boolean, failure: string | null }>}
 */
function runToEnd(program, words) {
  return new Promise((resolve) => {
    const child = spawn(program, words, { cwd: ROOT, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    let interrupted = false;
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr = (stderr + text).slice(-STDERR_KEPT)));
    const end = () => {
      signalGroup(child.pid, 'SIGTERM');
      setTimeout(() => signalGroup(child.pid, 'SIGKILL'), END_LIMIT_MS).unref();
    };
    const interrupt = () => {
      if (!interrupted) end(); // npm start passes on what the terminal has sent already
      interrupted = true;
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, interrupt);
    const limit = setTimeout(() => {
      stderr = `it did not end within ${INSTALL_LIMIT_MS / 60_000} minutes`;
      end();
    }, INSTALL_LIMIT_MS);
    const settle = (failure) => {
      clearTimeout(limit);
      // After an interruption they stay: a second signal must not take away the line that says so.
      if (!interrupted) for (const signal of signals) process.off(signal, interrupt);
      resolve({ interrupted, failure });
    };
    child.on('error', (error) => settle(error.message));
    child.on('exit', (code, signal) => {
      signalGroup(child.pid, 'SIGKILL'); // what it left behind would go on writing into node_modules
      settle(code === 0 ? null : lastLine(stderr) || (signal ?? `exit code ${code}`));
    });
  });
}

/** A group that has ended, or never began, takes no signal. */
function signalGroup(leader, signal) {
  try {
    if (leader !== undefined) process.kill(-leader, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? '';
}
