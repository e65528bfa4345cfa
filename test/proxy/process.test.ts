// The proxy as a process: its control socket, stopping, and the handover to a successor under load.
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from 'ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProxyState, ProxyWatchLine } from '../../src/model/traffic/proxy.ts';
import { ask, freePort, load, table, until, upstream, type Upstream } from './support.ts';

const ENTRY = fileURLToPath(new URL('../../src/proxy/main.ts', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly socket: string;
  readonly output: () => string;
}

function folder(): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'proxy-'));
  onTestFinished(() => fs.rmSync(made, { recursive: true }));
  return made;
}

async function start(socket = path.join(folder(), 'proxy.sock'), software = 'one'): Promise<Running> {
  const child = spawn(process.execPath, [ENTRY, '--socket', socket, '--software', software], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  onTestFinished(() => void child.kill('SIGKILL'));
  await until(() => output.includes('"serving"') || child.exitCode !== null);
  return { child, socket, output: () => output };
}

function control(socketPath: string, method: string, route: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, method, path: route, agent: false }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown }));
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const state = async (socket: string): Promise<ProxyState> => (await control(socket, 'GET', '/state')).body as ProxyState;
const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('exit', (code) => resolve(code)));

async function served(socket: string, targets: readonly Upstream[]): Promise<number> {
  const port = await freePort();
  expect(await control(socket, 'PUT', '/routes', table({ port, targets, version: 'first' }))).toEqual({
    status: 200,
    body: { version: 'first', refused: [] },
  });
  await until(async () => (await state(socket)).targets.every((target) => target.state === 'healthy'));
  return port;
}

describe('a log that can not be written', () => {
  it('costs lines and never the process: the disk under it is full', async () => {
    const socket = path.join(folder(), 'proxy.sock');
    const full = fs.openSync('/dev/full', 'w'); // each write to it fails with ENOSPC
    const child = spawn(process.execPath, [ENTRY, '--socket', socket], { stdio: ['ignore', full, full] });
    fs.closeSync(full);
    onTestFinished(() => void child.kill('SIGKILL'));
    await until(() => fs.existsSync(socket) || child.exitCode !== null);
    const target = await upstream((_request, response) => response.end('here'));
    const port = await served(socket, [target]);
    child.kill('SIGHUP'); // one more line
    expect((await ask(port)).status).toBe(200);
    expect(child.exitCode).toBeNull();
    const code = ended(child);
    child.kill('SIGTERM');
    expect(await code).toBe(0);
  });
});

describe('the control socket', () => {
  it('is ours alone, takes tables, refuses broken ones, and tells what is there', async () => {
    const target = await upstream((_, res) => res.end('ok'));
    const { child, socket } = await start();
    expect(fs.statSync(socket).mode & 0o777).toBe(0o600);
    expect(await state(socket)).toMatchObject({ protocol: 1, software: 'one', pid: child.pid, version: '', targets: [], listeners: [] });
    const port = await served(socket, [target]);
    expect((await ask(port)).body).toBe('ok');
    expect(await state(socket)).toMatchObject({
      version: 'first',
      listeners: [port],
      groups: { web: { requests: 1, targetResponses: { '2xx': 1 } } },
    });
    expect(await control(socket, 'PUT', '/routes', { version: 'x' })).toEqual({
      status: 400,
      body: { error: 'listeners: expected a list' },
    });
    expect((await control(socket, 'GET', '/nothing')).status).toBe(404);
    expect((await control(socket, 'POST', '/handover', { argv: [] })).status).toBe(400);
    expect((await state(socket)).version).toBe('first');
  });

  it('streams the view and its changes', async () => {
    const { socket } = await start();
    const lines: ProxyWatchLine[] = [];
    const request = http.get({ socketPath: socket, path: '/watch', agent: false }, (response) => {
      response.on('data', (data: Buffer) =>
        data
          .toString()
          .trim()
          .split('\n')
          .forEach((line) => lines.push(JSON.parse(line) as ProxyWatchLine)),
      );
      response.on('error', () => undefined);
    });
    await until(() => lines.length === 1);
    expect(lines[0]).toEqual({ kind: 'view', version: '', targets: [], refused: [] });
    await served(socket, [await upstream((_, res) => res.end())]);
    await until(() => lines.some((line) => line.kind === 'targets' && line.targets[0]?.state === 'healthy'));
    request.destroy();
  });

  it('has one proxy: a second one leaves, and a file that a dead one left is no obstacle', async () => {
    const first = await start();
    const second = await start(first.socket);
    expect(second.child.exitCode).toBe(1);
    expect(second.output()).toContain('a proxy answers on');
    first.child.kill('SIGKILL');
    await ended(first.child);
    expect(fs.existsSync(first.socket)).toBe(true);
    const third = await start(first.socket);
    expect((await state(first.socket)).pid).toBe(third.child.pid);
  });
});

describe('stopping', () => {
  it.for(['SIGTERM', 'POST /stop'])('%s lets requests finish, refuses new ones, and exits 0', async (how) => {
    let release = (): void => undefined;
    const target = await upstream((_, res) => (release = () => void res.end('late')));
    const { child, socket } = await start();
    const port = await served(socket, [target]);
    const slow = ask(port, '/slow', { agent: new http.Agent({ keepAlive: true }) });
    await until(() => target.seen.length === 1);
    const exit = ended(child);
    if (how === 'SIGTERM') child.kill('SIGTERM');
    else expect((await control(socket, 'POST', '/stop')).status).toBe(202);
    await until(() => !fs.existsSync(socket));
    await until(() =>
      ask(port).then(
        () => false,
        () => true,
      ),
    );
    release();
    expect(await slow).toMatchObject({ status: 200, body: 'late', headers: { connection: 'close' } });
    expect(await exit).toBe(0);
  });
});

describe('a handover', () => {
  it('fails no request under load, keeps a WebSocket, and reports what the old process still serves', async () => {
    const held: http.ServerResponse[] = [];
    const target = await upstream((req, res) => void (req.url === '/slow' ? held.push(res) : res.end('ok')));
    const sockets = new WebSocketServer({ server: target.server as http.Server });
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
    const { child, socket } = await start();
    const port = await served(socket, [target]);
    const tunnel = new WebSocket(`ws://127.0.0.1:${port}/`);
    await new Promise((resolve) => tunnel.once('open', resolve));
    const slow = ask(port, '/slow');
    await until(() => held.length === 1);
    const clients = load(port, 16);
    await until(() => target.seen.length > 200);
    const argv = (software: string): readonly string[] => [
      process.execPath,
      ENTRY,
      '--socket',
      socket,
      '--software',
      software,
      '--inherit',
    ];
    const { status, body } = await control(socket, 'POST', '/handover', { argv: argv('two') });
    expect(status).toBe(200);
    const { pid } = body as { pid: number };
    onTestFinished(() => kill(pid));
    expect(await state(socket)).toMatchObject({
      pid,
      software: 'two',
      version: 'first',
      listeners: [port],
      targets: [{ state: 'healthy' }],
    });
    const after = target.seen.length;
    await until(() => target.seen.length > after + 200);
    const drained = table({ port, targets: [{ port: target.port, state: 'draining' }], version: 'second' });
    expect((await clients.stop()).failures).toEqual([]);
    await control(socket, 'PUT', '/routes', drained);
    // One slow request and one tunnel, both in the old process.
    await until(async () => (await state(socket)).targets[0]?.inFlight === 2);
    expect(child.exitCode).toBeNull();
    tunnel.send('still here');
    expect(await new Promise((resolve) => tunnel.once('message', (data: Buffer) => resolve(data.toString())))).toBe('still here');
    held[0]?.end('done');
    expect((await slow).body).toBe('done');
    await until(async () => (await state(socket)).targets[0]?.inFlight === 1);
    const exit = ended(child);
    // The target leaves the table: the old process ends what it still has there.
    await control(socket, 'PUT', '/routes', table({ port, targets: [], version: 'third' }));
    expect(await exit).toBe(0);
    expect(tunnel.readyState).toBeGreaterThanOrEqual(WebSocket.CLOSING);
    expect(fs.existsSync(socket)).toBe(true);
    expect((await state(socket)).pid).toBe(pid);
  });

  it.for([
    ['can not be started', ['no-such-program']],
    ['ends at once', [process.execPath, '-e', 'process.exit(3)']],
  ] as const)('to a program that %s changes nothing', async ([, argv]) => {
    const target = await upstream((_, res) => res.end('ok'));
    const { child, socket } = await start();
    const port = await served(socket, [target]);
    expect((await control(socket, 'POST', '/handover', { argv })).status).toBe(500);
    expect(await state(socket)).toMatchObject({ pid: child.pid, version: 'first' });
    expect((await ask(port)).body).toBe('ok');
    expect((await control(socket, 'PUT', '/routes', table({ port, targets: [target] }))).status).toBe(200);
  });
});

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
