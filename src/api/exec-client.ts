// The client's half of a session: asks the door for an upgraded connection, and turns its frames into what a terminal needs.
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { DoorError, troubleOf } from './client.ts';
import { FRAME, type FrameKind, frameOf, framesOf, jsonOf } from './frames.ts';
import type { ExecStart, ExecStarted } from './exec.ts';

export type ExecEvent =
  | { readonly kind: 'started'; readonly place: ExecStarted }
  | { readonly kind: 'stdout' | 'stderr'; readonly bytes: Buffer }
  | { readonly kind: 'exit'; readonly exitCode: number };

export interface ExecChannel {
  /** What comes back; ends after `exit`. Rejects with a DoorError when the daemon refuses or the connection breaks. */
  readonly events: AsyncGenerator<ExecEvent, void, void>;
  /** Settles when more may be sent. */
  stdin(bytes: Uint8Array): Promise<void>;
  end(): void;
  resize(columns: number, rows: number): void;
  close(): void;
}

/** Opens a session with the daemon behind `socketPath`. Rejects with a DoorError. */
export async function openSession(socketPath: string, start: ExecStart, signal: AbortSignal): Promise<ExecChannel> {
  const socket = await upgraded(socketPath, signal);
  socket.on('error', () => undefined); // heard by whoever reads
  const send = (kind: FrameKind, body?: Uint8Array | object): boolean => !socket.writable || socket.write(frameOf(kind, body));
  send(FRAME.start, start);
  return {
    events: eventsOf(socket, signal),
    stdin: async (bytes) => {
      if (!send(FRAME.stdin, bytes)) await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]);
    },
    end: () => void send(FRAME.end),
    resize: (columns, rows) => void send(FRAME.resize, { columns, rows }),
    close: () => socket.destroy(),
  };
}

async function* eventsOf(socket: Duplex, signal: AbortSignal): AsyncGenerator<ExecEvent, void, void> {
  try {
    for await (const frame of framesOf(socket)) {
      if (frame.kind === FRAME.stdout) yield { kind: 'stdout', bytes: frame.body };
      if (frame.kind === FRAME.stderr) yield { kind: 'stderr', bytes: frame.body };
      if (frame.kind === FRAME.started) yield { kind: 'started', place: jsonOf(frame) as ExecStarted };
      if (frame.kind === FRAME.error) {
        const { error, hint } = jsonOf(frame) as { error: string; hint: string };
        throw new DoorError('refused', error, hint);
      }
      if (frame.kind !== FRAME.exit) continue;
      yield { kind: 'exit', exitCode: (jsonOf(frame) as { exitCode: number }).exitCode };
      return;
    }
  } catch (error) {
    if (error instanceof DoorError || signal.aborted) throw error;
    throw new DoorError('silent', `the session broke off: ${(error as Error).message}`);
  }
  if (!signal.aborted) throw new DoorError('silent', 'the daemon ended the session');
}

async function upgraded(socketPath: string, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'longshore-exec' };
    const asked = request({ socketPath, method: 'POST', path: '/v1/exec', headers, agent: false, signal });
    asked.once('upgrade', (_response: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (head.length > 0) socket.unshift(head);
      signal.addEventListener('abort', () => socket.destroy(), { once: true });
      resolve(socket);
    });
    asked.once('response', (response) => {
      response.resume();
      reject(new DoorError('refused', `the daemon answered ${response.statusCode}`));
    });
    asked.once('error', (error: NodeJS.ErrnoException) => reject(troubleOf(error, socketPath)));
    asked.end();
  });
}
