// The demo's git repository: the files of manifests/, committed, in a folder that `npm run clean` removes.
// Nothing of the user's git settings is changed or needed: identity and signing are set in this repository only.
// Deliberately absent: the decision what to show; the manifests are the demo.
import { createServer } from 'node:net';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './checkout.mjs';

const MANIFESTS = join(ROOT, 'manifests');
/** The listener of manifests/web.yaml: the one line `  - port: 8080` of the whole folder. */
const LISTENER = /^( *- port: )(\d+)$/m;
const PORTS_TRIED = 20;

/**
 * Makes the repository when it is missing. When the listener's port is taken, the next free one is written instead.
 * @param {string} folder
 * @returns {Promise<{ made: boolean, port: number, wantedPort: number }>} the port its listener has
 */
export async function ensureRepository(folder) {
  const wantedPort = portOf(MANIFESTS);
  const existing = tryPortOf(folder);
  if (existing !== null) return { made: false, port: existing, wantedPort };
  const port = await freePort(wantedPort);
  const half = `${folder}.new`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  for (const name of manifestNames(MANIFESTS)) {
    const text = readFileSync(join(MANIFESTS, name), 'utf8');
    // The editor's schema comment names a path relative to the file.
    const moved = text.replace('$schema=../schemas/', '$schema=../../../schemas/');
    writeFileSync(join(half, name), moved.replace(LISTENER, `$1${port}`));
  }
  git(half, 'init', '--quiet', '--template=', '--initial-branch=main');
  for (const [name, value] of [
    ['user.name', 'Longshore demo'],
    ['user.email', 'demo@longshore.invalid'],
    ['commit.gpgSign', 'false'],
    ['core.hooksPath', '/dev/null'],
  ])
    git(half, 'config', name, value);
  git(half, 'add', '--all');
  git(half, 'commit', '--quiet', '--message', 'One web service and one worker');
  rmSync(folder, { recursive: true, force: true });
  renameSync(half, folder); // whole or not at all
  return { made: true, port, wantedPort };
}

/** The first port from `wanted` on that can be listened on; one that the system chooses when twenty are taken. */
export async function freePort(wanted) {
  for (let port = wanted; port < wanted + PORTS_TRIED; port++) if ((await listenOnce(port)) !== null) return port;
  return (await listenOnce(0)) ?? wanted;
}

/** Listens on a port of every address for a moment; the port, or null when it is taken. */
function listenOnce(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error) => (error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(null) : reject(error)));
    server.listen(port, () => {
      const chosen = server.address().port;
      server.close(() => resolve(chosen));
    });
  });
}

function portOf(folder) {
  for (const name of manifestNames(folder)) {
    const found = LISTENER.exec(readFileSync(join(folder, name), 'utf8'));
    if (found) return Number(found[2]);
  }
  throw new Error(`no manifest in ${folder} has a listener ("- port: <number>")`);
}

function tryPortOf(folder) {
  try {
    return portOf(folder);
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function manifestNames(folder) {
  return readdirSync(folder).filter((name) => name.endsWith('.yaml'));
}

function git(folder, ...words) {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  execFileSync('git', words, { cwd: folder, env: environment, stdio: ['ignore', 'ignore', 'pipe'], timeout: 30_000 });
}
