// `npm run build`: the program in few files instead of hundreds (dist/), so that a command starts in a third of the time. Nothing depends on it:
// bin/longshore.mjs takes dist/ only while it was made of exactly the sources that are there, and runs those otherwise.
// The proxy is a program of its own, whole in its folder: a change of it is noticed by the files there (src/adapters/proxy/process.ts).
// Deliberately absent: types and checks (npm run check), and the packages that find files of theirs beside them (EXTERNAL).
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './checkout.mjs';

const SOURCES = join(ROOT, 'src');
const BUILT = join(ROOT, 'dist');
const RECORD = 'sources.txt';
const EXTERNAL = ['dockerode', 'http-proxy', 'pino', 'prom-client', 'simple-git', 'ssh2'];
const ENTRIES = ['cli', 'proxy'];

/**
 * An import of node:http looks at everything that it exports, which loads Node's whole fetch and WebSocket: a sixth of what a short command takes.
 * Asked for as a builtin it is the same module, and only what is used is loaded.
 */
const LEAN_HTTP = {
  name: 'lean-http',
  resolveId: (name) => (name === 'node:http' ? '\0lean-http' : null),
  load: (id) => {
    if (id !== '\0lean-http') return null;
    const names = ['Agent', 'STATUS_CODES', 'createServer', 'get', 'request'];
    return `const http = process.getBuiltinModule('node:http');\nexport default http;\nexport const { ${names.join(', ')} } = http;`;
  },
};

/** The main file of the command line: of dist/ when it was made of the sources as they are now, else of src/. */
export function mainFile() {
  return isBuilt() ? join(BUILT, 'cli/main.js') : join(SOURCES, 'cli/main.ts');
}

/** Makes dist/ anew, unless it is made of the sources as they are now. Does nothing without rolldown (npm ci --omit=dev). */
export async function ensureBuilt() {
  if (isBuilt()) return;
  const bundler = await import('rolldown').catch((error) => {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  });
  if (bundler === null) return;
  const made = sourcesNow();
  // Made beside and put into place whole: a command that starts meanwhile finds the one before or the sources.
  const place = join(ROOT, `dist.${process.pid}`);
  mkdirSync(place);
  try {
    for (const entry of ENTRIES) await bundle(bundler, entry, join(place, entry));
    writeFileSync(join(place, RECORD), made);
    rmSync(BUILT, { recursive: true, force: true });
    renameSync(place, BUILT);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

async function bundle({ rolldown }, entry, dir) {
  const build = await rolldown({
    input: { main: join(SOURCES, entry, 'main.ts') },
    platform: 'node',
    external: (name) => EXTERNAL.some((each) => name === each || name.startsWith(`${each}/`)),
    logLevel: 'warn',
    plugins: [LEAN_HTTP],
  });
  // All of one folder: what looks for its neighbours by import.meta.url finds them as it does in src/.
  await build.write({ dir, format: 'esm', entryFileNames: 'main.js', chunkFileNames: '[name].js', sourcemap: false });
  await build.close();
}

function isBuilt() {
  const record = join(BUILT, RECORD);
  return existsSync(record) && readFileSync(record, 'utf8') === sourcesNow();
}

/** A text that differs when any source or package does: names, sizes and moments of change, which cost a fraction of reading them. */
function sourcesNow() {
  const hash = createHash('sha256');
  for (const name of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith('.ts')) continue;
    const { size, mtimeMs } = statSync(join(SOURCES, name));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  hash.update(readFileSync(join(ROOT, 'package-lock.json')));
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ensureBuilt();
