// What the relay's program (scripts/relay/relay.c) says over its standard output and hears over its input: the connections of containers on its
// host, each as a stream. Both sides send at most WINDOW bytes of a connection before they are allowed more, so what a container does not read,
// or sends without end, is held back at the container.
// Deliberately absent: the container that it runs in (relay.ts), and what is asked (HTTP is whoever takes the streams).
import { Duplex } from 'node:stream';
import type { ExecSession } from '../../daemon/ports.ts';

/** Frames as relay.c has them: kind, zero, length, number of a connection, then so many bytes. */
const HEADER = 8;
const PAYLOAD = 4_096;
const WINDOW = 8_192;
/** The program ends after 30 s without a frame. */
const PING_MS = 10_000;
/** A connection on which nothing has moved for so long has lost its container, or never meant to ask. */
const IDLE_MS = 20_000;
/** What an engine says of a program that it can't run is a line. */
const MAX_SAID = 2_000;
/** relay.c takes no more at once: whoever tells of more is not relay.c. */
const MOST_CONNECTIONS = 128;

const KIND = { hello: 'H', failed: 'F', open: 'O', data: 'D', end: 'E', credit: 'C', ping: 'P' } as const;

export interface RelaySession {
  /** Resolves with the reason when it is over; every stream has ended then. */
  readonly ended: Promise<string>;
  close(): void;
}

/** Whether the program could not have its address because somebody has it. */
export class AddressTaken extends Error {}

interface Frame {
  readonly kind: string;
  readonly connection: number;
  readonly body: Buffer;
}

interface Carried {
  readonly stream: Duplex;
  /** What came from the container. */
  receive(bytes: Buffer): void;
  /** The container will send no more. */
  ended(): void;
  /** The container may be sent so many bytes more. */
  allow(bytes: number): void;
  /** Whether something has moved since `at`. */
  isIdleSince(at: number): boolean;
}

/**
 * Takes over a program that was just started, and resolves when it listens; `serve` is given each connection. Rejects, in words for the
 * operator, when it can't listen.
 */
export async function openSession(program: ExecSession, serve: (stream: Duplex) => void, where: string): Promise<RelaySession> {
  const listening = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  const carried = new Map<number, Carried>();
  let heard = performance.now();
  let said = '';
  let isProgram: boolean | null = null;
  let sending = Promise.resolve();
  const send = (kind: string, connection: number, body: Buffer = Buffer.alloc(0)): void => {
    const bytes = frameOf(kind, connection, body);
    // One after the other; what can't be sent any more is told by the end of what is read.
    sending = sending.then(() => program.write(bytes)).catch(() => undefined);
  };
  const hear = ({ kind, connection, body }: Frame): void => {
    heard = performance.now();
    if (kind === KIND.hello) listening.resolve();
    if (kind === KIND.failed) listening.reject(failureOf(body, where));
    if (kind === KIND.open && carried.size < MOST_CONNECTIONS) {
      const one = carry(connection, send, () => carried.delete(connection));
      carried.set(connection, one);
      serve(one.stream);
    }
    if (kind === KIND.data) carried.get(connection)?.receive(body);
    if (kind === KIND.end) carried.get(connection)?.ended();
    if (kind === KIND.credit && body.length === 4) carried.get(connection)?.allow(body.readUInt32BE());
  };
  const look = setInterval(() => {
    const now = performance.now();
    if (now - heard > 2 * PING_MS) program.close();
    send(KIND.ping, 0);
    for (const one of carried.values()) if (one.isIdleSince(now - IDLE_MS)) one.stream.destroy();
  }, PING_MS);
  const follow = async (): Promise<string> => {
    const take = frameReader(hear);
    try {
      for await (const { bytes } of program.output) {
        // What does not begin as the program does comes from the engine, which says so why it can't be run.
        isProgram ??= /[HF]/.test(String.fromCodePoint(bytes[0] ?? 0));
        if (isProgram) take(bytes);
        else said = `${said}${Buffer.from(bytes).toString('utf8')}`.slice(0, MAX_SAID);
      }
      return said.trim() === '' ? 'its program ended' : `its program ended: ${said.trim()}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  void follow().then((reason) => {
    clearInterval(look);
    program.close();
    for (const { stream } of [...carried.values()]) stream.destroy();
    listening.reject(new Error(reason));
    ended.resolve(reason);
  });
  await listening.promise;
  return { ended: ended.promise, close: program.close };
}

function frameOf(kind: string, connection: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.write(kind, 0, 'latin1');
  header.writeUInt16BE(body.length, 2);
  header.writeUInt32BE(connection, 4);
  return Buffer.concat([header, body]);
}

/** Takes bytes as they come and tells whole frames. */
function frameReader(hear: (frame: Frame) => void): (bytes: Uint8Array) => void {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= HEADER) {
      const size = HEADER + rest.readUInt16BE(2);
      if (rest.length < size) return;
      hear({ kind: rest.toString('latin1', 0, 1), connection: rest.readUInt32BE(4), body: Buffer.from(rest.subarray(HEADER, size)) });
      rest = rest.subarray(size);
    }
  };
}

/** One connection of a container. */
function carry(number: number, send: (kind: string, connection: number, body?: Buffer) => void, gone: () => void): Carried {
  let moved = performance.now();
  let unread = 0;
  let allowed = WINDOW;
  let waiting: { rest: Buffer; readonly done: () => void } | null = null;
  let isEnded = false;
  let isOver = false;
  const end = (): void => {
    if (!isEnded) send(KIND.end, number);
    isEnded = true;
  };
  const pump = (): void => {
    while (waiting !== null && (allowed > 0 || waiting.rest.length === 0)) {
      const part = waiting.rest.subarray(0, Math.min(allowed, PAYLOAD));
      if (part.length > 0) send(KIND.data, number, part);
      allowed -= part.length;
      waiting.rest = waiting.rest.subarray(part.length);
      if (waiting.rest.length > 0) continue;
      const { done } = waiting;
      waiting = null;
      done();
    }
  };
  const stream = new Duplex({
    // An answer may follow a question whose sender has said that it will ask no more.
    allowHalfOpen: true,
    read: () => {
      if (unread === 0) return;
      const body = Buffer.alloc(4);
      body.writeUInt32BE(unread);
      unread = 0;
      send(KIND.credit, number, body);
    },
    write: (chunk: Buffer, _encoding, done) => {
      waiting = { rest: chunk, done };
      pump();
    },
    final: (done) => {
      end();
      done();
    },
    destroy: (error, done) => {
      end();
      gone();
      done(error);
    },
  });
  // Whoever serves it hears of its end; an error that comes later has nobody to hear it.
  stream.on('error', () => undefined);
  return {
    stream,
    receive: (bytes) => {
      moved = performance.now();
      unread += bytes.length;
      if (unread > WINDOW || isOver) stream.destroy();
      else if (!stream.destroyed) stream.push(bytes);
    },
    ended: () => {
      isOver = true;
      if (!stream.destroyed) stream.push(null);
    },
    allow: (bytes) => {
      moved = performance.now();
      allowed += bytes;
      pump();
    },
    isIdleSince: (at) => moved < at,
  };
}

/** Linux: the numbers of errors that listening can have. */
const ERRORS: Readonly<Record<number, string>> = {
  1: 'it may not (EPERM)',
  13: 'it may not (EACCES)',
  98: 'another program has it (EADDRINUSE)',
  99: 'the host has no such address, and it could not be added to lo (EADDRNOTAVAIL)',
};

function failureOf(body: Buffer, where: string): Error {
  const error = body[1] ?? 0;
  const message = `the relay can not listen at ${where} of the host: ${ERRORS[error] ?? `error ${error}`}`;
  return error === 98 ? new AddressTaken(message) : new Error(message);
}
