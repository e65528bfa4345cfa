// The open ports. A port that can't be opened is reported and tried again while the rest serves; one that is no longer named lets its
// requests finish and closes. Every port has an HTTP server of its own; what a request means is decided behind it.
import http from 'node:http';
import net from 'node:net';
import type { Socket } from 'node:net';
import type { RouteListener } from '../model/traffic/route.ts';
import type { RefusedPort } from '../model/traffic/proxy.ts';
import type { DataPath } from './data-path.ts';
import { forward } from './forward.ts';
import { MAX_REQUEST_HEADERS } from './limits.ts';
import { forwardUpgrade, isWebSocket } from './websocket.ts';

/** A refused port is tried again this often. */
const RETRY_MS = 1_000;
const BACKLOG = 4_096;

export interface Listeners {
  /** Brings the open ports to those that are named; resolves when each is open or refused. */
  open(listeners: readonly RouteListener[]): Promise<void>;
  /** Takes over a port that another process opened. */
  adopt(port: number, handle: net.Server): Promise<void>;
  ports(): readonly number[];
  refused(): readonly RefusedPort[];
  /** The open servers, to be passed to another process. */
  servers(): ReadonlyMap<number, http.Server>;
  /** Stops accepting everywhere, without touching a connection. */
  stopAccepting(): void;
  /** Closes connections on which no request is under way. */
  closeIdle(): void;
  /** Cuts everything. */
  closeAll(): void;
  /** Connections of clients, idle ones included. */
  connections(): number;
}

/** No port is open at first. `changed`: a refused port was opened after all. */
export function createListeners(path: DataPath, changed: () => void): Listeners {
  const open = new Map<number, http.Server>();
  const closing = new Set<http.Server>();
  const refused = new Map<number, string>();
  const sockets = new Set<Socket>();
  let named: readonly RouteListener[] = [];
  let retry: NodeJS.Timeout | null = null;
  let stopped = false;

  const listen = async (port: number, handle: net.Server | null): Promise<void> => {
    const server = makeServer(path, port);
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    const error = await listening(server, handle ?? { port, backlog: BACKLOG });
    if (error !== null) {
      // Two tries may have met here; the other one has it open then.
      if (!open.has(port)) refused.set(port, error);
    } else if (stopped || !named.some((listener) => listener.port === port)) server.close();
    else {
      refused.delete(port);
      open.set(port, server);
    }
  };
  const close = (server: http.Server): void => {
    closing.add(server);
    // Also closes idle connections; busy ones are told by their next answer.
    server.close(() => closing.delete(server));
  };
  const tryAgain = (): void => {
    retry = null;
    const before = refused.size;
    const ports = named.map((listener) => listener.port).filter((port) => refused.has(port) && !open.has(port));
    void Promise.all(ports.map((port) => listen(port, null))).then(() => {
      if (refused.size !== before) changed();
      schedule();
    });
  };
  const schedule = (): void => {
    if (refused.size > 0 && retry === null && !stopped) retry = setTimeout(tryAgain, RETRY_MS);
  };
  const everyServer = (): readonly http.Server[] => [...open.values(), ...closing];

  return {
    async open(listeners) {
      named = listeners;
      const ports = new Set(listeners.map((listener) => listener.port));
      for (const [port, server] of open) {
        if (ports.has(port)) continue;
        open.delete(port);
        close(server);
      }
      for (const port of refused.keys()) if (!ports.has(port) || open.has(port)) refused.delete(port);
      await Promise.all([...ports].filter((port) => !open.has(port)).map((port) => listen(port, null)));
      for (const port of doubled(listeners)) refused.set(port.port, port.reason);
      schedule();
    },
    async adopt(port, handle) {
      named = [...named, { port, loadBalancer: '', rules: [], defaultTargetGroup: '' }];
      await listen(port, handle);
    },
    ports: () => [...open.keys()].sort((a, b) => a - b),
    refused: () => [...refused].map(([port, reason]) => ({ port, reason })).sort((a, b) => a.port - b.port),
    servers: () => open,
    stopAccepting() {
      stopped = true;
      if (retry) clearTimeout(retry);
      // http.Server's own close would also cut idle connections, on which a request may be arriving right now.
      for (const server of open.values()) net.Server.prototype.close.call(server);
    },
    closeIdle() {
      for (const server of everyServer()) server.closeIdleConnections();
      // Node does not count a connection as idle on which nothing was sent yet: a browser opens such ones ahead.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    },
    closeAll() {
      for (const socket of sockets) socket.destroy();
    },
    connections: () => sockets.size,
  };
}

function makeServer(path: DataPath, port: number): http.Server {
  const { limits } = path;
  const server = http.createServer({
    maxHeaderSize: MAX_REQUEST_HEADERS,
    keepAliveTimeout: limits.clientKeepAliveMs,
    headersTimeout: limits.headTimeoutMs,
    // A body may take as long as it moves: the idle deadline watches it.
    requestTimeout: 0,
    shouldUpgradeCallback: isWebSocket,
  });
  const answering = new WeakMap<object, http.ServerResponse>();
  server.on('request', (req, res) => {
    answering.set(req.socket, res);
    if (!path.serving.listeners.has(port)) res.shouldKeepAlive = false;
    forward(path, req, res, port);
  });
  server.on('upgrade', (req, socket, head) => forwardUpgrade(path, req, socket as Socket, head, port));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const res = answering.get(socket);
    const busy = res !== undefined && !res.writableFinished && res.headersSent;
    if (error.code === 'ECONNRESET' || busy || !socket.writable) socket.destroy();
    else socket.end(`HTTP/1.1 ${badRequest(error.code)}\r\nserver: longshore\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
  });
  return server;
}

/** ALB: 408 when the head doesn't come in time, 400 for everything that is no request, a head too long included. */
function badRequest(code: string | undefined): string {
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
}

/** Null when it listens, else why not. */
function listening(server: http.Server, where: net.Server | net.ListenOptions): Promise<string | null> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE' ? 'the port is in use' : error.message));
    server.listen(where, () => {
      server.removeAllListeners('error');
      resolve(null);
    });
  });
}

/** A port can belong to one load balancer only: the first one has it. */
function doubled(listeners: readonly RouteListener[]): readonly RefusedPort[] {
  const owner = new Map<number, string>();
  return listeners.flatMap(({ port, loadBalancer }) => {
    const first = owner.get(port);
    if (first === undefined) owner.set(port, loadBalancer);
    return first === undefined ? [] : [{ port, reason: `${loadBalancer}: load balancer ${first} has a listener on this port` }];
  });
}
