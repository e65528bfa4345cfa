// The relay's program as it is in its image, run here without any container: what clients send at its address comes over its output, and goes
// back over its input, whole, whatever is slow. With LONGSHORE_RELAY="arm64 qemu-aarch64-static" it is that of another architecture.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { relayProgram } from '../../scripts/relay/image.mjs';
import { AddressTaken, openSession, type RelaySession } from '../../src/adapters/docker/relay-session.ts';
import type { ExecSession } from '../../src/daemon/ports.ts';
import { freePort } from '../support/engine.ts';

const [ARCHITECTURE = '', ...EMULATOR] = (process.env['LONGSHORE_RELAY'] ?? (process.arch === 'arm64' ? 'arm64' : 'amd64')).split(' ');
const LARGE = 'x'.repeat(100_000);

let folder: string;
let program: string;
let port: number;
let children: ChildProcess[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'relay-'));
  program = join(folder, 'relay');
  writeFileSync(program, relayProgram(ARCHITECTURE), { mode: 0o755 });
  port = await freePort();
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** The program as the engine gives it to the adapter. */
function started(): ExecSession & { readonly child: ChildProcess } {
  const child = spawn('env', [...EMULATOR, program, '127.0.0.1', String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  child.stdin.on('error', () => undefined);
  async function* output(): ExecSession['output'] {
    for await (const bytes of child.stdout as AsyncIterable<Buffer>) yield { stream: 'stdout', bytes };
  }
  return {
    child,
    output: output(),
    write: (bytes) => new Promise((resolve) => child.stdin.write(bytes, () => resolve())),
    end: () => child.stdin.end(),
    resize: () => Promise.resolve(),
    exitCode: () => Promise.resolve(0),
    close: () => void child.stdin.destroy(),
  };
}

async function opened(serve: (stream: Duplex) => void): Promise<RelaySession> {
  return openSession(started(), serve, `127.0.0.1:${port}`);
}

const client = (): Socket => connect({ port, host: '127.0.0.1', allowHalfOpen: true });
const echo = (stream: Duplex): void => void stream.pipe(stream);

async function echoed(what: string): Promise<string> {
  const socket = client();
  socket.end(what);
  return text(socket);
}

it('carries what clients send and are sent, 100 KB each way, many at once', async () => {
  await opened(echo);
  expect(await echoed('one')).toBe('one');
  const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => echoed(`${index}${LARGE}`)));
  expect(answers.map((answer, index) => answer === `${index}${LARGE}`)).not.toContain(false);
});

it('lets more than 128 clients wait for a place', async () => {
  const held: Duplex[] = [];
  await opened((stream) => void (held.length < 128 ? held.push(stream) : echo(stream)));
  const first = Array.from({ length: 128 }, () => client());
  await expect.poll(() => held.length).toBe(128);
  const late = echoed('late');
  for (const stream of held) stream.destroy();
  expect(await late).toBe('late');
  for (const socket of first) socket.destroy();
});

it('holds up nobody else for one who reads nothing, and sends no more than is taken', async () => {
  let sent = 0;
  const flood = (stream: Duplex): void => {
    stream.resume();
    const more = (): void => {
      for (let open = true; open; sent += 65_536) open = stream.write(Buffer.alloc(65_536));
      stream.once('drain', more);
    };
    more();
  };
  let connections = 0;
  await opened((stream) => (connections++ === 0 ? flood(stream) : echo(stream)));
  const deaf = client().pause();
  await expect.poll(() => sent).toBeGreaterThan(0);
  expect(await echoed(LARGE)).toBe(LARGE);
  const before = sent;
  expect(await echoed(LARGE)).toBe(LARGE);
  expect(sent - before).toBeLessThan(2_000_000);
  deaf.destroy();
});

it('tells each side when the other one is gone', async () => {
  const streams: Duplex[] = [];
  await opened((stream) => void streams.push(stream.resume()));
  const socket = client();
  await expect.poll(() => streams.length).toBe(1);
  const over = new Promise((resolve) => streams[0]?.once('end', resolve));
  socket.resetAndDestroy();
  await over;
  const other = client();
  await expect.poll(() => streams.length).toBe(2);
  streams[1]?.destroy();
  expect(await text(other)).toBe('');
});

it('says so when another program has its address', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
  await expect(opened(echo)).rejects.toThrow(AddressTaken);
  await new Promise((resolve) => holder.close(resolve));
});

it('ends with whoever holds it, and its clients with it', async () => {
  const run = started();
  const ended = new Promise((resolve) => run.child.once('exit', resolve));
  const streams: Duplex[] = [];
  const session = await openSession(run, (stream) => void streams.push(stream), 'here');
  const socket = client();
  await expect.poll(() => streams.length).toBe(1);
  session.close();
  await ended;
  expect(await session.ended).toBe('its program ended');
  expect(await text(socket)).toBe('');
  expect(streams[0]?.destroyed).toBe(true);
});

it('is over at once when what answers is no relay', async () => {
  async function* output(): ExecSession['output'] {
    yield { stream: 'stdout', bytes: Buffer.from('OCI runtime exec failed: no such file') };
  }
  await expect(openSession({ ...started(), output: output() }, echo, 'here')).rejects.toThrow('OCI runtime exec failed: no such file');
});
