// A command inside a running container, over a hijacked connection. Docker has no call that ends it: whoever hangs up closes its input, and a
// terminal is sent what Ctrl-C and Ctrl-D send. The exit code is asked for when the output has ended.
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecSession } from '../../daemon/ports.ts';
import type { ExecOutput, ExecRequest } from '../../model/task/exec.ts';
import type { Client } from './client.ts';
import { EngineRefusal } from './errors.ts';
import { frames } from './logs.ts';

/** The output ends a moment before the engine notes the exit. */
const EXIT_TRIES = 100;
const EXIT_RETRY_MS = 50;
/** What a terminal sends when somebody leaves it: interrupt what runs, then end the shell. */
const HANG_UP = Buffer.from('\u0003\u0004');

/** Starts a command; see Engine.exec. */
export async function openExec(client: Client, container: string, request: ExecRequest, signal: AbortSignal): Promise<ExecSession> {
  const { command, stdin, tty } = request;
  const path = `/containers/${encodeURIComponent(container)}/exec`;
  const body = { AttachStdin: stdin, AttachStdout: true, AttachStderr: true, Tty: tty, Cmd: command };
  const { Id } = await client.call<{ Id: string }>({ method: 'POST', path, body }, signal);
  const socket = await client.hijack(`/exec/${Id}/start`, { Detach: false, Tty: tty }, signal);
  // Whoever reads it hears of the error; one that comes later has nobody to hear it.
  socket.on('error', () => undefined);
  const resize = async (columns: number, rows: number): Promise<void> => {
    try {
      await client.call({ method: 'POST', path: `/exec/${Id}/resize`, query: { w: columns, h: rows } }, signal);
    } catch (error) {
      // It has ended, or has not quite begun: the next change of size comes with the next resize.
      if (!(error instanceof EngineRefusal)) throw error;
    }
  };
  if (tty) await resize(request.columns, request.rows);
  const hangUp = (): void => {
    signal.removeEventListener('abort', hangUp);
    if (socket.destroyed) return;
    if (tty && socket.writable) socket.write(HANG_UP);
    socket.end(() => socket.destroy());
  };
  signal.addEventListener('abort', hangUp, { once: true });
  return {
    output: tty ? raw(socket) : framed(socket),
    write: async (bytes) => {
      if (socket.writable && !socket.write(bytes)) await drained(socket, signal);
    },
    end: () => void socket.end(),
    resize,
    exitCode: () => exitCodeOf(client, Id, signal),
    close: hangUp,
  };
}

/** Waits until more can be written, or nothing any more. Leaves no listener behind: a large input waits thousands of times. */
async function drained(socket: Duplex, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const waits = ['drain', 'close'].map((event) => once(socket, event, { signal: either }));
  try {
    await Promise.race(waits);
  } finally {
    over.abort();
    await Promise.allSettled(waits);
  }
}

async function* raw(socket: Duplex): AsyncGenerator<ExecOutput, void, void> {
  for await (const bytes of socket as AsyncIterable<Buffer>) yield { stream: 'stdout', bytes };
}

async function* framed(socket: Duplex): AsyncGenerator<ExecOutput, void, void> {
  for await (const { kind, body } of frames(socket)) yield { stream: kind === 2 ? 'stderr' : 'stdout', bytes: body };
}

async function exitCodeOf(client: Client, id: string, signal: AbortSignal): Promise<number> {
  for (let tries = 0; tries < EXIT_TRIES; tries++) {
    const { Running, ExitCode } = await client.call<{ Running: boolean; ExitCode: number | null }>(
      { method: 'GET', path: `/exec/${id}/json` },
      signal,
    );
    if (!Running && ExitCode !== null) return ExitCode;
    await sleep(EXIT_RETRY_MS, undefined, { signal });
  }
  throw new Error('the command closed its output and goes on');
}
