// One run of the operator's program: a request on its input, what it writes up to a limit, and its end. It is a process group of its own, so
// that what it has started (gpg, a shell's commands) ends with it. It has the daemon's environment, as what runs under the operator's name anyway.
// Deliberately absent: what an answer means, and which of its words may be shown; hooks and credential programs say that.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface Ended {
  /** Exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves when the program has ended; rejects when it can't be started, says more than `limit` characters, or the signal aborts. */
export async function runProgram(command: readonly string[], input: string, limit: number, signal: AbortSignal): Promise<Ended> {
  signal.throwIfAborted();
  const [program = '', ...words] = command;
  const child = spawn(program, words, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const over = Promise.withResolvers<never>();
  const onAbort = (): void => over.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const ended = new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, killed) => resolve(code ?? `signal ${killed}`));
  });
  // It may end before it has read its input; its exit says why.
  child.stdin.on('error', () => undefined).end(input);
  try {
    const whole = Promise.all([ended, textOf(child.stdout, limit), textOf(child.stderr, limit)]);
    const [code, stdout, stderr] = await Promise.race([whole, over.promise]);
    return { code, stdout, stderr };
  } catch (error) {
    endGroup(child);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function textOf(stream: Readable, limit: number): Promise<string> {
  let text = '';
  for await (const piece of stream.setEncoding('utf8')) {
    text += piece as string;
    if (text.length > limit) throw new Error(`it printed more than ${limit} characters`);
  }
  return text;
}

/** Ends a program that is not wanted any more, and its own programs. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
}
