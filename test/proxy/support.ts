// What the proxy's tests share: targets and clients on real sockets, tables in one line, and a data path inside the test's own process.
import { spawn } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { TargetGroupSettings } from '../../src/model/traffic/load-balancer.ts';
import type { RouteRule, RouteTable, RouteTarget } from '../../src/model/traffic/route.ts';
import { LIMITS, type Limits } from '../../src/proxy/limits.ts';
import { createDataPlane, type DataPlane } from '../../src/proxy/serve.ts';

export const SETTINGS: TargetGroupSettings = {
  path: '/health',
  intervalMs: 5_000,
  timeoutMs: 2_000,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
  matcher: '200',
  deregistrationDelayMs: 30_000,
};

export interface Upstream {
  readonly port: number;
  readonly server: net.Server;
  /** Paths asked for, health checks left out. */
  readonly seen: string[];
  /** Connections open now. */
  connections(): number;
  close(): Promise<void>;
}

/** A target: answers its health check with 200 and everything else by `handler`. */
export function upstream(handler: http.RequestListener, options: http.ServerOptions = {}): Promise<Upstream> {
  const seen: string[] = [];
  const server = http.createServer(options, (req, res) => {
    if (req.url === '/health') {
      res.end('ok');
      return;
    }
    seen.push(req.url ?? '');
    handler(req, res);
  });
  return serving(server, seen);
}

/** A target that speaks bytes: `connected` gets each connection that is no health check, with its first bytes. */
export function rawUpstream(connected: (socket: net.Socket, first: string) => void): Promise<Upstream> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      const text = data.toString('latin1');
      if (text.startsWith('GET /health')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      else connected(socket, text);
    });
  });
  return serving(server, []);
}

async function serving(server: net.Server, seen: string[]): Promise<Upstream> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  onTestFinished(close);
  return { port: (server.address() as AddressInfo).port, server, seen, connections: () => sockets.size, close };
}

export interface TableParts {
  readonly port: number;
  readonly targets: readonly Partial<RouteTarget>[];
  readonly settings?: Partial<TargetGroupSettings>;
  readonly rules?: readonly RouteRule[];
  readonly groups?: Readonly<Record<string, readonly Partial<RouteTarget>[]>>;
  readonly version?: string;
}

let tables = 0;

/** A table with one listener whose default group `web` has `targets`. */
export function table(parts: TableParts): RouteTable {
  const settings = { ...SETTINGS, ...parts.settings };
  const group = (name: string, targets: readonly Partial<RouteTarget>[]): RouteTable['targetGroups'][number] => ({
    name,
    settings,
    targets: targets.map((target) => ({
      id: `${name}:${target.port ?? 0}`,
      host: '127.0.0.1',
      port: 1,
      state: 'serving',
      lastKnown: 'initial',
      ...target,
    })),
  });
  return {
    version: parts.version ?? `v${++tables}`,
    listeners: [{ port: parts.port, loadBalancer: 'front', rules: parts.rules ?? [], defaultTargetGroup: 'web' }],
    targetGroups: [group('web', parts.targets), ...Object.entries(parts.groups ?? {}).map(([name, targets]) => group(name, targets))],
  };
}

/** A data path in this process, gone with the test. */
export function dataPlane(limits: Partial<Limits> = {}): DataPlane {
  const plane = createDataPlane({ ...LIMITS, ...limits });
  onTestFinished(() => plane.close());
  return plane;
}

/** A data path that serves `targets` on a free port, all of them found healthy. */
export async function serve(
  targets: readonly Upstream[],
  limits: Partial<Limits> = {},
): Promise<{ readonly plane: DataPlane; readonly port: number }> {
  const plane = dataPlane(limits);
  const port = await freePort();
  await plane.install(table({ port, targets }));
  await until(() => healthy(plane) === targets.length);
  return { plane, port };
}

/** How many targets are healthy. */
export function healthy(plane: DataPlane): number {
  return plane.view().targets.filter((target) => target.state === 'healthy').length;
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until `holds`; fails with its text after `ms`. */
export async function until(holds: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

export interface Ask extends http.RequestOptions {
  readonly body?: string;
}

/** One request to the proxy; rejects when the connection breaks before the answer is whole. */
export function ask(port: number, path = '/', { body, ...options }: Ask = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0, headers, trailers } = response;
        resolve({ status: statusCode, headers, trailers, body: text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Sends bytes and resolves to everything that comes back until the other side closes. */
export function askRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (data) => (text += data.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

/** Keeps `clients` keep-alive clients busy until `stop`, each asking again as soon as it has its answer. */
export function load(port: number, clients: number, expected = 200): { stop(): Promise<{ done: number; failures: string[] }> } {
  const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
  const failures: string[] = [];
  let done = 0;
  const ending = new AbortController();
  const client = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        const reply = await ask(port, '/load', { agent });
        if (reply.status !== expected) failures.push(`${reply.status} ${reply.body}`);
      } catch (error) {
        failures.push(String(error));
      }
      done++;
    }
  };
  const running = Array.from({ length: clients }, client);
  return {
    async stop() {
      ending.abort();
      await Promise.all(running);
      agent.destroy();
      return { done, failures };
    },
  };
}

/** A port on which connections are neither accepted nor refused: its process stands still and its queue is full, until `resume`. */
export async function fullPort(): Promise<{ readonly port: number; resume(): void }> {
  const code = `const s = require('http').createServer((_, r) => r.end()).listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const port = await new Promise<number>((resolve) => child.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))));
  child.kill('SIGSTOP');
  for (let i = 0; i < 4; i++) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { port, resume: () => void child.kill('SIGCONT') };
}
