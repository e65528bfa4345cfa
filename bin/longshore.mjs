#!/usr/bin/env node
// The command `longshore`: runs dist/cli/main.js, or src/cli/main.ts where that is not built of it (scripts/build.mjs). It needs Node 24 (type stripping, node:sqlite). An older Node hands over to the one in
// node_modules and passes signals on. Plain JavaScript on Node 20; nothing is decided here.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { mainFile } from '../scripts/build.mjs';

const PINNED = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
/** node:sqlite prints no warning and types are stripped without a flag from here on. */
const [MAJOR, MINOR] = [24, 15];
/** Compiled code is kept for the next start, which takes half as long then. Whoever may write beside the packages is trusted already. */
const COMPILED = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));

process.env.NODE_COMPILE_CACHE ??= COMPILED; // the proxy and an older Node's child start faster, too
if (!existsSync(new URL('../node_modules/.package-lock.json', import.meta.url))) {
  process.stderr.write('error: the packages are not installed\nhint: run npm ci in the folder of Longshore\n');
  process.exitCode = 1;
} else if (isNewEnough(process.versions.node)) {
  modules.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import(pathToFileURL(mainFile()).href);
} else if (existsSync(PINNED)) {
  handOver();
} else {
  process.stderr.write(
    `error: Node ${MAJOR}.${MINOR} or later is needed, this is ${process.versions.node}\nhint: run npm ci, which brings one along\n`,
  );
  process.exitCode = 1;
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MAJOR || (major === MAJOR && minor >= MINOR);
}

function handOver() {
  const child = spawn(PINNED, [mainFile(), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both of us; whoever signals this process alone means the other one.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  child.on('error', (error) => {
    process.stderr.write(`error: ${PINNED} can't be started: ${error.message}\nhint: run npm ci again\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => (process.exitCode = code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 9)));
}
