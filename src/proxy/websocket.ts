// WebSockets: an upgrade on its way to a target, and the tunnel after it. The connection to the target is opened first and then handed to
// http-proxy, because http-proxy ends the client's socket with the first error: so a refused connection can still try another target.
// A tunnel counts as one request under way until both ends are closed.
import http from 'node:http';
import net from 'node:net';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type httpProxy from './http-proxy.ts';
import { answerSocket } from './answer.ts';
import { countProxy, countTarget } from './counters.ts';
import { begin, countersOf, end, hasRoom, type DataPath } from './data-path.ts';
import { prepareRequest, prepareResponse } from './headers.ts';
import { MAX_ATTEMPTS, MAX_RESPONSE_HEADERS } from './limits.ts';
import { groupOf, nextTarget, type Group } from './table.ts';
import type { Target, UnderWay } from './target.ts';

/** Whether a request with an Upgrade header is one for us. Others (h2c) are served as the plain requests that they are as well. */
export function isWebSocket(req: IncomingMessage): boolean {
  return req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket';
}

/** Routes an upgrade request that came in on `port` and joins both ends. */
export function forwardUpgrade(path: DataPath, req: IncomingMessage, socket: Socket, head: Buffer, port: number): void {
  // Node takes its own listeners off a socket that upgrades; an error nobody hears would end the process.
  socket.on('error', () => socket.destroy());
  const refusal = prepareRequest(req, port, true);
  const group = refusal === null ? groupOf(path.serving, port, req.headers.host ?? '', req.url ?? '/') : null;
  const counters = countersOf(path, group);
  if (refusal === null) counters.requests++;
  const target = group && hasRoom(path) ? nextTarget(group, []) : null;
  if (!group || !target) {
    countProxy(counters, refusal ?? 503);
    answerSocket(socket, refusal ?? 503);
    return;
  }
  new Tunnel(path, req, socket, head, group).connect(target);
}

/** Must be called once for the instance: the guards of an upgrade hang on an event. */
export function guardUpgrades(proxy: httpProxy): void {
  proxy.on('proxyReqWs', (outgoing, _req, _socket, options) => (options as { tunnel?: Tunnel }).tunnel?.guard(outgoing));
}

/** An agent for one request, over a connection that is open already. */
class OpenConnection extends http.Agent {
  private readonly connection: Socket;
  constructor(connection: Socket) {
    super({ keepAlive: false });
    this.connection = connection;
  }
  override createConnection(): Socket {
    return this.connection;
  }
}

class Tunnel implements UnderWay {
  private readonly path: DataPath;
  private readonly req: IncomingMessage;
  private readonly socket: Socket;
  private readonly head: Buffer;
  private readonly group: Group;
  private readonly tried: Target[] = [];
  private target: Target | null = null;
  private upstream: Socket | null = null;
  private answered = false;
  private since = performance.now();
  private moved = -1;

  constructor(path: DataPath, req: IncomingMessage, socket: Socket, head: Buffer, group: Group) {
    this.path = path;
    this.req = req;
    this.socket = socket;
    this.head = head;
    this.group = group;
    socket.on('close', () => this.closed());
    // Both sides may half-close, so a client that leaves before the tunnel stands is noticed by this alone.
    socket.on('end', () => {
      if (!this.answered) socket.destroy();
    });
  }

  /** Opens the connection; refused, it goes on to another target, as nothing was sent yet. */
  connect(target: Target): void {
    this.target = target;
    this.tried.push(target);
    begin(this.path, target, this);
    this.since = performance.now();
    const upstream = net.connect({ host: target.host, port: target.port, noDelay: true });
    this.upstream = upstream;
    const refused = (): void => {
      if (this.upstream !== upstream || this.socket.destroyed || this.answered) return;
      this.group.counters.connectionErrors++;
      const another = this.tried.length < MAX_ATTEMPTS ? nextTarget(this.group, this.tried) : null;
      if (!another) {
        this.refuse(502);
        return;
      }
      this.group.counters.retries++;
      end(this.path, target, this);
      this.connect(another);
    };
    upstream.once('error', refused);
    upstream.once('connect', () => {
      upstream.off('error', refused);
      upstream.on('error', () => upstream.destroy());
      if (this.answered || this.socket.destroyed) upstream.destroy();
      else this.request(target, upstream);
    });
  }

  /** The guards on the request to the target: called by http-proxy before it is sent. */
  guard(outgoing: ClientRequest): void {
    outgoing.path = this.req.url ?? '/';
    (outgoing as ClientRequest & { maxHeaderSize: number }).maxHeaderSize = MAX_RESPONSE_HEADERS;
    outgoing.on('response', (incoming) => {
      // A refusal, such as 401. Its body was unframed by Node, so it is ended by closing.
      this.answered = true;
      countTarget(this.group.counters, incoming.statusCode ?? 0);
      prepareResponse(incoming.headers, false);
      incoming.on('close', () => (incoming.complete ? this.socket.end() : this.socket.destroy()));
    });
    outgoing.on('upgrade', (_incoming, upstream: Socket) => {
      this.answered = true;
      countTarget(this.group.counters, 101);
      upstream.on('close', (broken) => (broken ? this.socket.destroy() : this.socket.end()));
    });
  }

  abort(status: number): void {
    this.refuse(status);
    this.upstream?.destroy();
  }

  watch(now: number): void {
    const { upstream, socket } = this;
    if (upstream === null || upstream.connecting) {
      if (now - this.since > this.path.limits.connectTimeoutMs) this.abort(504);
      return;
    }
    const moved = upstream.bytesRead + upstream.bytesWritten + socket.bytesRead + socket.bytesWritten;
    if (moved !== this.moved) {
      this.moved = moved;
      this.since = now;
    } else if (now - this.since > this.path.limits.idleTimeoutMs) this.abort(504);
  }

  private request(target: Target, upstream: Socket): void {
    const options: httpProxy.ServerOptions & { tunnel: Tunnel } = {
      target: target.address,
      agent: new OpenConnection(upstream),
      tunnel: this,
    };
    this.path.proxy.ws(this.req, this.socket, this.head, options, () => this.refuse(502));
  }

  private refuse(status: number): void {
    if (this.answered) {
      this.socket.destroy();
      return;
    }
    this.answered = true;
    countProxy(this.group.counters, status);
    answerSocket(this.socket, status);
  }

  private closed(): void {
    this.upstream?.destroy();
    if (this.target) end(this.path, this.target, this);
  }
}
