// Starting the proxy's process so that it outlives the daemon: a session of its own, output to a file, and an environment without anything
// of the daemon's, which may hold credentials. And the name of the software that it runs, so that an upgrade is noticed.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { hashOf } from '../../std/hash.ts';
import { readState } from './control-client.ts';
import type { ProxyState } from '../../model/traffic/proxy.ts';

/** What the environment of the proxy consists of. */
const KEPT_ENVIRONMENT = ['PATH', 'TZ', 'LANG'];
/** A full log is set aside once (`proxy.log.1`): at most twice this is kept. */
const MAX_LOG_BYTES = 10_485_760;
const START_MS = 5_000;
const FIRST_LOOK_MS = 10;

export interface ProxyProgram {
  readonly nodePath: string;
  /** The proxy's main file. */
  readonly entry: string;
  readonly socketPath: string;
  readonly software: string;
}

/** The command line of a proxy; `inherit`: as the successor of a running one. */
export function proxyArguments(program: ProxyProgram, inherit: boolean): readonly string[] {
  const words = [program.nodePath, program.entry, '--socket', program.socketPath, '--software', program.software];
  return inherit ? [...words, '--inherit'] : words;
}

/**
 * Names the software behind `entry`: Longshore's version and a hash over the code next to it and the Node version, as
 * `0.1.0+3fa9c1d2e4b5`. Equal code gives an equal name, so a release that leaves the proxy as it was replaces no process.
 */
export function softwareOf(entry: string): string {
  const folder = path.dirname(entry);
  const files = fs
    .readdirSync(folder)
    .filter((name) => /\.(ts|js|mjs)$/.test(name))
    .sort();
  const code = files.map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]);
  return `${versionAbove(folder)}+${hashOf([process.version, code], 12)}`;
}

/** Starts a proxy and waits until it answers. Rejects with the end of its log when it doesn't. */
export async function startProxy(program: ProxyProgram): Promise<ProxyState> {
  const [command = '', ...words] = proxyArguments(program, false);
  const logPath = path.join(path.dirname(program.socketPath), 'proxy.log');
  const log = openLog(logPath);
  const ended: string[] = [];
  try {
    const child = spawn(command, words, { detached: true, stdio: ['ignore', log, log], env: environment(program), cwd: '/' });
    child.once('error', (error) => ended.push(error.message));
    child.once('exit', (code, signal) => ended.push(signal ?? `exit ${code}`));
    child.unref();
    const deadline = performance.now() + START_MS;
    for (let wait = FIRST_LOOK_MS; performance.now() < deadline && ended.length === 0; wait = Math.min(50, wait * 1.5)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      const state = await readState(program.socketPath);
      if (state !== null) return state;
    }
  } finally {
    fs.closeSync(log);
  }
  throw new Error(
    `the proxy did not start (${ended[0] ?? `no answer within ${START_MS} ms`}); the end of ${logPath}: ${lastLine(logPath)}`,
  );
}

/** With a compile cache a proxy starts in 0.12 s instead of 0.32 s of processor time: that is what a killed one is missed for. */
function environment(program: ProxyProgram): NodeJS.ProcessEnv {
  const kept = KEPT_ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: path.join(path.dirname(program.socketPath), 'compile-cache') };
}

function openLog(logPath: string): number {
  const size = fs.statSync(logPath, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) fs.renameSync(logPath, `${logPath}.1`);
  return fs.openSync(logPath, 'a', 0o600);
}

function lastLine(logPath: string): string {
  return fs.readFileSync(logPath, 'utf8').trimEnd().split('\n').at(-1)?.slice(0, 500) ?? '';
}

/** The version in the nearest package.json at or above `folder`. */
function versionAbove(folder: string): string {
  for (let at = folder; ; at = path.dirname(at)) {
    const file = path.join(at, 'package.json');
    if (fs.existsSync(file)) return (JSON.parse(fs.readFileSync(file, 'utf8')) as { version?: string }).version ?? '0';
    if (at === path.dirname(at)) return '0';
  }
}
