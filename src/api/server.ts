// The daemon's own door: HTTP over a unix socket in the state folder, for the command line; health and metrics also on a loopback port
// when asked for. Who may open the socket (mode 0600) may see and stop the daemon; the loopback port only answers questions without names
// of images or reasons. There is no TLS and no login here, and nothing that changes what is declared: that is git's word.
import { chmodSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeService, describeTask, listTasks, remembered } from './describe.ts';
import { balancesOf } from './rebalance.ts';
import { MOST_MOVES } from '../core/service/rebalance.ts';
import { whyOf } from './why.ts';
import { encodeWorld } from './world-json.ts';
import { measure } from './metrics.ts';
import { Refusal } from './refusal.ts';
import { stopTask } from './commands.ts';
import { serveExec } from './exec.ts';
import { describeInstance, listInstances, setInstanceState } from './instances.ts';
import { statusOf } from './status.ts';
import { streamEvents } from './events.ts';
import { streamLogs } from './logs.ts';
import type { DaemonDoor, DaemonView } from '../daemon/view.ts';
import type { Duplex } from 'node:stream';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Metrics } from './metrics.ts';
import type { World } from '../model/turn/plan.ts';

export interface DoorOptions {
  /** Path of the unix socket; its folder must exist and belong to the daemon's user alone. */
  readonly socketPath: string;
  /** A port on 127.0.0.1 for /healthz, /readyz and /metrics; 0: any free one; null: none. */
  readonly metricsPort: number | null;
  readonly version: string;
  /** Called once for POST /v1/stop. */
  readonly stop: () => void;
}

export interface OpenDoor {
  /** The loopback port that was opened, or null. */
  readonly metricsPort: number | null;
  /** Ends every connection and removes the socket. */
  close(): Promise<void>;
}

/** Linux keeps 108 bytes for the path of a unix socket, the closing zero among them. */
export const SOCKET_PATH_BYTES = 107;
/** People and scripts at the door at once; each event follower holds one. */
const MAX_CONNECTIONS = 64;
/** Commands that people run in containers at once. */
const MAX_SESSIONS = 32;
/** A daemon that ends needs some 20 ms from the release of its lock to its last word. */
const LEAVE_MS = 1_000;
/** A loop that is this late for its own appointment hangs. */
const OVERDUE_MS = 60_000;

/**
 * Opens the door of a daemon. A socket left by a daemon that died is replaced. Rejects when somebody answers on it already, when the
 * path is too long, or when the loopback port is taken.
 */
export async function serveDoor(door: DaemonDoor, options: DoorOptions): Promise<OpenDoor> {
  const { socketPath } = options;
  if (Buffer.byteLength(socketPath) > SOCKET_PATH_BYTES) {
    throw new Error(
      `the socket path ${socketPath} is longer than the ${SOCKET_PATH_BYTES} bytes that the system allows: use a shorter state folder`,
    );
  }
  await removeStale(socketPath);
  const metrics = measure(door, options.version);
  const room: Room = { door, options, metrics, sessions: new Set(), stopping: false };
  const socket = server((request, response) => answer(room, request, response, true));
  const loopback = options.metricsPort === null ? null : server((request, response) => answer(room, request, response, false));
  socket.on('upgrade', (request: IncomingMessage, connection: Duplex) => void upgrade(room, request, connection));
  const opened: Server[] = [];
  const close = async (): Promise<void> => {
    metrics.close();
    for (const session of room.sessions) session.destroy();
    await Promise.all(opened.map(closeServer));
  };
  try {
    const listening = once(socket, 'listening');
    socket.listen(socketPath);
    opened.push(socket);
    await listening;
    chmodSync(socketPath, 0o600);
    if (loopback && options.metricsPort !== null) {
      const ready = once(loopback, 'listening');
      loopback.listen(options.metricsPort, '127.0.0.1');
      await ready;
      opened.push(loopback);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const address = loopback?.address();
  return { metricsPort: address && typeof address === 'object' ? address.port : null, close };
}

interface Room {
  readonly door: DaemonDoor;
  readonly options: DoorOptions;
  readonly metrics: Metrics;
  /** Connections that are no HTTP any more. */
  readonly sessions: Set<Duplex>;
  stopping: boolean;
}

type Reply = (room: Room, request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>;

interface Route {
  readonly method: 'GET' | 'POST';
  /** Whether the loopback port answers it too. */
  readonly open: boolean;
  readonly reply: Reply;
}

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/healthz', { method: 'GET', open: true, reply: replyHealth }],
  ['/readyz', { method: 'GET', open: true, reply: replyReady }],
  ['/metrics', { method: 'GET', open: true, reply: replyMetrics }],
  ['/v1/status', { method: 'GET', open: false, reply: replyStatus }],
  ['/v1/world', { method: 'GET', open: false, reply: replyWorld }],
  ['/v1/events', { method: 'GET', open: false, reply: replyEvents }],
  ['/v1/logs', { method: 'GET', open: false, reply: replyLogs }],
  [
    '/v1/task',
    {
      method: 'GET',
      open: false,
      reply: async (room, _, response, url) => sendJson(response, 200, await describeTask(room.door, wordOf(url))),
    },
  ],
  [
    '/v1/service',
    {
      method: 'GET',
      open: false,
      reply: async (room, _, response, url) => sendJson(response, 200, await describeService(room.door, wordOf(url))),
    },
  ],
  ['/v1/why', { method: 'GET', open: false, reply: replyWhy }],
  ['/v1/rebalance', { method: 'GET', open: false, reply: replyRebalance }],
  ['/v1/instances', { method: 'GET', open: false, reply: replyInstances }],
  ['/v1/instance', { method: 'GET', open: false, reply: replyInstance }],
  ['/v1/instance-state', { method: 'POST', open: false, reply: replyInstanceState }],
  ['/v1/tasks', { method: 'GET', open: false, reply: replyTasks }],
  ['/v1/stop-task', { method: 'POST', open: false, reply: replyStopTask }],
  ['/v1/stop', { method: 'POST', open: false, reply: replyStop }],
]);

/** Answers one request; whatever fails inside becomes a 500 with its message, never an unhandled rejection. */
async function answer(room: Room, request: IncomingMessage, response: ServerResponse, trusted: boolean): Promise<void> {
  request.resume(); // no route reads a body
  const url = new URL(request.url ?? '/', 'http://longshore');
  const route = ROUTES.get(url.pathname);
  if (!route || (!trusted && !route.open)) {
    const paths = [...ROUTES].filter(([, one]) => trusted || one.open).map(([path]) => path);
    return sendError(response, 404, `nothing is at ${url.pathname}`, `There is ${paths.join(', ')}.`);
  }
  if (request.method !== route.method && !(request.method === 'HEAD' && route.method === 'GET')) {
    response.setHeader('Allow', route.method);
    return sendError(response, 405, `${url.pathname} answers ${route.method} only`, `Send ${route.method}.`);
  }
  try {
    await route.reply(room, request, response, url);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else if (error instanceof Refusal) sendError(response, error.status, error.message, error.hint);
    else sendError(response, 500, (error as Error).message, "The daemon's log says more.");
  }
}

/** The one path that becomes a session; whatever else wants to be upgraded is sent away. */
async function upgrade(room: Room, request: IncomingMessage, connection: Duplex): Promise<void> {
  connection.on('error', () => undefined); // heard as `close`
  const path = new URL(request.url ?? '/', 'http://longshore').pathname;
  if (path !== '/v1/exec' || request.method !== 'POST' || room.sessions.size >= MAX_SESSIONS) {
    connection.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  room.sessions.add(connection);
  connection.once('close', () => room.sessions.delete(connection));
  connection.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: longshore-exec\r\n\r\n');
  await serveExec(room.door, connection);
}

function replyHealth({ door }: Room, _request: IncomingMessage, response: ServerResponse): void {
  const { wakeAt, now } = door.view();
  const late = wakeAt === null ? 0 : now - wakeAt;
  if (late > OVERDUE_MS) send(response, 503, 'text/plain', `the loop is ${Math.round(late / 1_000)} s late\n`);
  else send(response, 200, 'text/plain', 'ok\n');
}

function replyReady({ door }: Room, _request: IncomingMessage, response: ServerResponse): void {
  const view = door.view();
  if (view.ready) send(response, 200, 'text/plain', 'ready\n');
  else send(response, 503, 'text/plain', `${waitsFor(view)}\n`);
}

async function replyMetrics({ metrics }: Room, _request: IncomingMessage, response: ServerResponse): Promise<void> {
  send(response, 200, metrics.contentType, await metrics.text());
}

function replyStatus({ door, options }: Room, _request: IncomingMessage, response: ServerResponse): void {
  sendJson(response, 200, statusOf(door.view(), { version: options.version, pid: process.pid }));
}

function replyWorld({ door }: Room, _request: IncomingMessage, response: ServerResponse): void {
  sendJson(response, 200, encodeWorld(worldOf(door)));
}

async function replyEvents({ door }: Room, _request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const after = numberOf(url, 'after');
  const limit = numberOf(url, 'limit');
  if (after === 'bad' || limit === 'bad') {
    return sendError(response, 400, 'after and limit are whole numbers', 'Send for example ?after=120&limit=50&follow=1.');
  }
  await streamEvents(door, response, { after, limit, follow: url.searchParams.get('follow') === '1' });
}

async function replyTasks({ door }: Room, _request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  sendJson(response, 200, await listTasks(door, url.searchParams.get('of'), url.searchParams.get('stopped') === '1'));
}

async function replyWhy({ door }: Room, _request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const word = wordOf(url);
  const ended = await remembered(door, word);
  sendJson(
    response,
    200,
    whyOf(
      worldOf(door),
      door.view().now,
      word,
      ended.map(({ task }) => task),
    ),
  );
}

function replyRebalance({ door }: Room, _request: IncomingMessage, response: ServerResponse, url: URL): void {
  const budget = numberOf(url, 'budget');
  if (budget === 'bad') return sendError(response, 400, 'budget is a whole number', 'Send for example ?of=web&budget=3.');
  sendJson(response, 200, { services: balancesOf(worldOf(door), url.searchParams.get('of'), budget ?? MOST_MOVES) });
}

function replyInstances({ door }: Room, _request: IncomingMessage, response: ServerResponse, url: URL): void {
  sendJson(response, 200, { instances: listInstances(worldOf(door), url.searchParams.get('cluster')) });
}

function replyInstance({ door }: Room, _request: IncomingMessage, response: ServerResponse, url: URL): void {
  sendJson(response, 200, describeInstance(worldOf(door), door.view().now, wordOf(url)));
}

async function replyInstanceState({ door }: Room, _request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const status = url.searchParams.get('status');
  if (status !== 'ACTIVE' && status !== 'DRAINING')
    throw new Refusal(400, 'Container instance status should be one of [ACTIVE, DRAINING].', 'Send for example ?of=web1&status=DRAINING.');
  sendJson(response, 200, await setInstanceState(door, worldOf(door), { of: wordOf(url), status, key: url.searchParams.get('key') ?? '' }));
}

/** The world of the last turn. Throws a Refusal before the first one. */
function worldOf(door: DaemonDoor): World {
  const view = door.view();
  if (view.world === null) throw new Refusal(503, 'the daemon has made no turn yet', `It waits: ${waitsFor(view)}.`);
  return view.world;
}

async function replyStopTask({ door }: Room, _request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const answer = await stopTask(door, { of: wordOf(url), reason: url.searchParams.get('reason'), key: url.searchParams.get('key') ?? '' });
  sendJson(response, 200, answer);
}

/** What a question is about. Throws a Refusal when it does not say. */
function wordOf(url: URL): string {
  const word = url.searchParams.get('of');
  if (word === null) throw new Refusal(400, `${url.pathname} asks about something`, 'Send for example ?of=web.');
  return word;
}

async function replyLogs({ door }: Room, _request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const since = numberOf(url, 'since');
  const tail = numberOf(url, 'tail');
  const of = url.searchParams.get('of');
  if (of === null || since === 'bad' || tail === 'bad') {
    return sendError(
      response,
      400,
      'of is a service or a task, since (milliseconds since 1970) and tail are whole numbers',
      'Send for example ?of=web&tail=50&follow=1.',
    );
  }
  const follow = url.searchParams.get('follow') === '1';
  await streamLogs(door, response, { of, since, tail, follow, container: url.searchParams.get('container') });
}

function replyStop(room: Room, _request: IncomingMessage, response: ServerResponse): void {
  sendJson(response, 202, { stopping: true, pid: process.pid });
  if (room.stopping) return;
  room.stopping = true;
  response.once('close', room.options.stop);
}

/** What keeps the daemon from being ready, in words. */
function waitsFor(view: DaemonView): string {
  if (view.repositoryError !== null) return `the repository can't be read: ${view.repositoryError}`;
  if (view.commit === null)
    return view.refusedCommit === null ? 'no commit is in force yet' : `commit ${view.refusedCommit.slice(0, 7)} was refused`;
  const away = [...(view.world?.observed.instances.values() ?? [])].filter((instance) => instance.observedAt === null).map(({ id }) => id);
  if (away.length > 0) return `no answer yet from ${away.join(', ')}`;
  return 'the route table is not installed yet';
}

/** A whole number of the query, null when it is absent. */
function numberOf(url: URL, name: string): number | null | 'bad' {
  const text = url.searchParams.get(name);
  if (text === null) return null;
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : 'bad';
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', `${JSON.stringify(value)}\n`);
}

function sendError(response: ServerResponse, status: number, error: string, hint: string): void {
  sendJson(response, status, { error, hint });
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), 'Cache-Control': 'no-store' });
  response.end(body);
}

function server(reply: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Server {
  const made = createServer({ headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000 }, (request, response) => {
    void reply(request, response);
  });
  made.maxConnections = MAX_CONNECTIONS;
  return made;
}

async function closeServer(one: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    one.close(() => resolve());
  });
  one.closeAllConnections();
  await closed;
}

/**
 * Removes the socket of a daemon that is gone. The store's lock decides who may be the daemon; this only refuses to steal a living door.
 * A predecessor releases its lock a moment before it closes its door: it is given LEAVE_MS.
 */
async function removeStale(socketPath: string): Promise<void> {
  for (const end = Date.now() + LEAVE_MS; await isAnswered(socketPath); await sleep(LEAVE_MS / 20)) {
    if (Date.now() >= end) throw new Error(`another process answers on ${socketPath}`);
  }
  try {
    unlinkSync(socketPath);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function isAnswered(socketPath: string): Promise<boolean> {
  return new Promise<boolean>((resolve, reject) => {
    const probe = connect(socketPath);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(false);
      else reject(error);
    });
  });
}
