// A socket between a client and an engine, or a host on the way to it, that misbehaves on request: cuts, freezes, delays, or loses a reply whose request took effect.
// It forwards bytes and half-closed connections, and reads only the first line of each HTTP request. Faults act at once and on purpose; nothing here is left to chance.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FaultSocket {
  /** Where the client connects, over a unix socket. */
  readonly path: string;
  /** Where the client connects, on 127.0.0.1, over tcp; else 0. */
  readonly port: number;
  /** Request lines seen so far, such as `GET /v1.41/events?filters=...`. */
  readonly requests: readonly string[];
  /** Breaks the connections whose last request line matches (all without a pattern); new ones work. Returns how many there were. */
  cut(pattern?: RegExp): number;
  /** Breaks every connection and refuses new ones, until `heal`. */
  refuse(): void;
  /** Accepts, but passes nothing on in either direction, until `heal`: a stopped engine. */
  freeze(): void;
  /** Each piece of a reply comes this much later, until `heal`. */
  delay(delayMs: number): void;
  /** The next request that matches is passed on; its reply is lost. */
  loseReply(pattern: RegExp, fate: Fate): void;
  /** Ends every fault that lasts. Connections that were silenced are cut. */
  heal(): void;
  close(): Promise<void>;
}

/** What becomes of the reply: the connection breaks before it, stays silent, or breaks one byte after the reply's head. */
export type Fate = 'cut' | 'silence' | 'cut-after-head';

interface Line {
  readonly client: Socket;
  readonly engine: Socket;
  request: string;
  lost: 'no' | Fate;
}

/** Listens on a socket of its own and forwards to `target`: the path of a unix socket, or a port of 127.0.0.1. `overTcp`: on a port, too. */
export async function faultSocket(target: string | number, { overTcp = typeof target === 'number' } = {}): Promise<FaultSocket> {
  const folder = mkdtempSync(join(tmpdir(), 'fault-'));
  const path = join(folder, 's');
  const lines = new Set<Line>();
  const requests: string[] = [];
  const losses: { readonly pattern: RegExp; readonly fate: Fate }[] = [];
  let mode: 'forward' | 'refuse' | 'freeze' = 'forward';
  let delayMs = 0;

  const cutLine = (line: Line): void => {
    lines.delete(line);
    line.client.destroy();
    line.engine.destroy();
  };
  const read = (line: Line, chunk: Buffer): void => {
    const request = /^(?:GET|POST|DELETE|HEAD|PUT) \S+/.exec(chunk.toString('latin1'))?.[0];
    if (request === undefined) return;
    line.request = request;
    requests.push(request);
    const index = losses.findIndex(({ pattern }) => pattern.test(request));
    line.lost = losses.splice(index, index < 0 ? 0 : 1)[0]?.fate ?? 'no';
  };
  /** The engine answers after the effect: the first byte of the reply proves it. */
  const reply = (line: Line, chunk: Buffer): void => {
    if (mode === 'freeze' || line.lost === 'silence') return;
    if (line.lost === 'cut') return cutLine(line);
    if (line.lost === 'cut-after-head') {
      line.client.end(chunk.subarray(0, chunk.indexOf('\r\n\r\n') + 5));
      line.engine.destroy();
    } else if (delayMs > 0) setTimeout(() => line.client.write(chunk), delayMs);
    else line.client.write(chunk);
  };
  const isSilent = (line: Line): boolean => mode === 'freeze' || line.lost === 'silence' || line.lost === 'cut-after-head';
  const engineEnded = (line: Line): void => {
    if (!isSilent(line)) setTimeout(() => line.client.end(), delayMs);
  };
  const engineLeft = (line: Line): void => {
    if (isSilent(line)) return;
    setTimeout(() => cutLine(line), delayMs); // not before the pieces that are still on their way
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (mode === 'refuse') return void client.destroy();
    const where = typeof target === 'number' ? { port: target, host: '127.0.0.1' } : { path: target };
    const line: Line = { client, engine: connect({ ...where, allowHalfOpen: true }), request: '', lost: 'no' };
    lines.add(line);
    client.on('data', (chunk: Buffer) => {
      read(line, chunk);
      if (mode !== 'freeze') line.engine.write(chunk);
    });
    client.on('end', () => {
      if (mode !== 'freeze') line.engine.end();
    });
    line.engine.on('data', (chunk: Buffer) => reply(line, chunk));
    line.engine.on('end', () => engineEnded(line));
    client.on('error', () => cutLine(line));
    client.on('close', () => cutLine(line));
    line.engine.on('error', () => engineLeft(line));
    line.engine.on('close', () => engineLeft(line));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (overTcp) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  const address = server.address();
  return {
    path,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    requests,
    cut: (pattern) => {
      const matching = [...lines].filter((line) => pattern?.test(line.request) ?? true);
      matching.forEach(cutLine);
      return matching.length;
    },
    refuse: () => {
      mode = 'refuse';
      lines.forEach(cutLine);
    },
    freeze: () => {
      mode = 'freeze';
    },
    delay: (ms) => {
      delayMs = ms;
    },
    loseReply: (pattern, fate) => void losses.push({ pattern, fate }),
    heal: () => {
      // What was swallowed while frozen is gone for good: such connections can't go on.
      for (const line of lines) if (mode === 'freeze' || line.lost === 'silence') cutLine(line);
      mode = 'forward';
      delayMs = 0;
    },
    close: async () => {
      lines.forEach(cutLine);
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
