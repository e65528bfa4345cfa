// One proxy process hands its ports over to its successor without closing them: an upgrade fails no request.
// The old process starts the new one and sends it, over the channel between parent and child, the health of every target, the table, and
// the listening sockets themselves. From then on both accept; when the new one has taken the control socket, the old one stops accepting,
// tells each client to reconnect with its next answer, and reports what it still has under way, so that no target is stopped too early.
import { spawn, type ChildProcess } from 'node:child_process';
import type net from 'node:net';
import { PROXY_PROTOCOL } from '../model/traffic/proxy.ts';
import type { RouteTable } from '../model/traffic/route.ts';
import type { Health } from './health.ts';
import type { DataPlane } from './serve.ts';
import { targetsOf } from './table.ts';
import { inFlightOf } from './target.ts';

/** A new process needs about 200 ms; one that doesn't serve by then is ended, and the old one goes on. */
const TAKEOVER_MS = 10_000;
const REPORT_MS = 20;

type FromOld =
  | { readonly kind: 'table'; readonly table: RouteTable; readonly seeds: readonly Seed[]; readonly counts: Counts; readonly ports: number }
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'counts'; readonly counts: Counts };
type FromNew =
  | { readonly kind: 'ready'; readonly protocol: number }
  | { readonly kind: 'serving' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'routes'; readonly table: RouteTable };
/** Health by target key; `since` is an age here, because the clocks of two processes don't compare. */
type Seed = readonly [key: string, health: Health];
type Counts = readonly (readonly [key: string, count: number])[];

/**
 * The old side. Starts `argv` and resolves to its process id once it serves and has taken the control socket. Rejects, with nothing
 * changed, when it doesn't come that far. The caller then stops accepting.
 */
export async function handOver(plane: DataPlane, argv: readonly string[]): Promise<number> {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    await takeover(plane, child);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  child.on('message', (message: FromNew) => {
    if (message.kind === 'routes') plane.follow(message.table);
  });
  report(plane, child);
  return child.pid ?? 0;
}

function takeover(plane: DataPlane, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => settle(`the new proxy did not serve within ${TAKEOVER_MS} ms`), TAKEOVER_MS);
    const settle = (failure: string | null): void => {
      clearTimeout(deadline);
      child.removeAllListeners('message');
      child.removeAllListeners('exit');
      if (failure === null) resolve();
      else reject(new Error(failure));
    };
    child.on('error', (error) => settle(`the new proxy could not be started: ${error.message}`));
    child.on('exit', (code, signal) => settle(`the new proxy ended before it served (${signal ?? `exit ${code}`})`));
    child.on('message', (message: FromNew) => {
      if (message.kind === 'serving') settle(null);
      else if (message.kind === 'failed') settle(message.reason);
      else if (message.kind === 'ready' && message.protocol !== PROXY_PROTOCOL) settle(`the new proxy speaks protocol ${message.protocol}`);
      else if (message.kind === 'ready') pass(plane, child);
    });
  });
}

/** Sends the table and the ports. A server that is sent is shared: it goes on accepting here too. */
function pass(plane: DataPlane, child: ChildProcess): void {
  const now = performance.now();
  const targets = [...targetsOf(plane.path.serving)];
  const seeds = targets.map((target): Seed => [target.key, { ...target.health, since: now - target.health.since }]);
  const servers = [...plane.listeners.servers()];
  const { table } = plane.path.serving;
  tell(child, { kind: 'table', table, seeds, counts: countsOf(plane), ports: servers.length });
  for (const [port, server] of servers) tell(child, { kind: 'port', port }, server);
}

/** Tells the successor what is still under way here, whenever it moved. */
function report(plane: DataPlane, child: ChildProcess): void {
  let last = '';
  const timer = setInterval(() => {
    const counts = countsOf(plane);
    const text = JSON.stringify(counts);
    if (!child.connected || text === last) return;
    last = text;
    tell(child, { kind: 'counts', counts });
  }, REPORT_MS);
  child.on('disconnect', () => clearInterval(timer));
}

/**
 * The new side, in a process started by handOver. `claim` takes the control socket over; it is called once ports and table are in force.
 * Rejects when the old one sends something that doesn't fit: the caller exits then, and the old one goes on.
 */
export async function takeOver(plane: DataPlane, claim: () => Promise<void>): Promise<void> {
  const received = receive();
  answerOld({ kind: 'ready', protocol: PROXY_PROTOCOL });
  const { table, seeds, counts, servers } = await received;
  const now = performance.now();
  plane.seed(new Map(seeds.map(([key, health]) => [key, { ...health, since: now - health.since }])));
  await Promise.all(servers.map(([port, server]) => plane.listeners.adopt(port, server)));
  await plane.install(table);
  plane.seed(new Map());
  plane.inherit(new Map(counts));
  process.on('message', (message: FromOld) => {
    if (message.kind === 'counts') plane.inherit(new Map(message.counts));
  });
  process.once('disconnect', () => plane.inherit(new Map()));
  plane.onTable((next) => answerOld({ kind: 'routes', table: next }));
  await claim();
  answerOld({ kind: 'serving' });
}

interface Received {
  readonly table: RouteTable;
  readonly seeds: readonly Seed[];
  readonly counts: Counts;
  readonly servers: readonly (readonly [number, net.Server])[];
}

function receive(): Promise<Received> {
  return new Promise((resolve, reject) => {
    const servers: [number, net.Server][] = [];
    let head: Extract<FromOld, { kind: 'table' }> | null = null;
    const listener = (message: FromOld, handle: unknown): void => {
      if (message.kind === 'table') head = message;
      else if (message.kind === 'port') servers.push([message.port, handle as net.Server]);
      if (head === null || servers.length < head.ports) return;
      process.off('message', listener);
      resolve({ ...head, servers });
    };
    process.on('message', listener);
    process.once('disconnect', () => reject(new Error('the old proxy went away')));
  });
}

function countsOf(plane: DataPlane): Counts {
  const counts: (readonly [string, number])[] = [];
  for (const target of targetsOf(plane.path.serving)) {
    const count = inFlightOf(target);
    if (count > 0) counts.push([target.key, count]);
  }
  return counts;
}

function tell(child: ChildProcess, message: FromOld, handle?: net.Server): void {
  // A failed send means that the child is gone: its 'exit' or 'disconnect' says so to whoever waits.
  child.send(message, handle, {}, () => undefined);
}

function answerOld(message: FromNew): void {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}
