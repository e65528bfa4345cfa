// Runs the command line as people do: a process of its own, its words, its exit code. The environment holds nothing of the machine's own
// settings, so that a LONGSHORE_ variable of whoever runs the tests changes nothing.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mainFile } from '../../scripts/build.mjs';
import type { ChildProcess } from 'node:child_process';

export const MAIN = mainFile();
/** Inside node_modules, so that nothing of a test is left in the temporary folder. */
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/longshore-test-compile', import.meta.url));
/** A command that waits for nothing takes under a second, on a machine that does much else as well. */
const LIMIT_MS = 25_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What stdout has said so far. */
  stdout(): string;
}

/** Starts `longshore` with these words; `leads`: as the leader of a process group of its own, as a shell does, so that Ctrl-C can be sent to all of it. */
export function start(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  leads = false,
  folder: string = process.cwd(),
): Running {
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    // Compiled code is kept between the many short runs: 0.3 s less each.
    env: {
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      TZ: 'UTC',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: leads,
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { process: child, ended, stdout: () => stdout };
}

/** Runs `longshore` with these words to its end. */
export async function longshore(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return start(words, environment).ended;
}

/** Runs `longshore` in a folder, as somebody who has changed into it does. */
export async function longshoreIn(folder: string, words: readonly string[]): Promise<Ended> {
  return start(words, {}, false, folder).ended;
}
