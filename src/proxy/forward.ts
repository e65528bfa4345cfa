// A request on its way to a target and back, through http-proxy with the guards it needs on today's Node:
// a client that leaves ends the request to the target; a truncated body cuts the client's connection instead of hanging it; a connection
// that the target closed while it was idle costs one repetition, not a 502; every wait has a deadline.
// The hook is http-proxy's `buffer` option: it calls pipe() on it as soon as the outgoing request exists, before anything is sent.
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Stream } from 'node:stream';
import { answer } from './answer.ts';
import { countProxy, countTarget } from './counters.ts';
import { begin, countersOf, end, hasRoom, type DataPath } from './data-path.ts';
import { hasBody, prepareRequest, prepareResponse } from './headers.ts';
import { MAX_ATTEMPTS, MAX_RESPONSE_HEADERS } from './limits.ts';
import { groupOf, nextTarget, type Group } from './table.ts';
import type { Target, UnderWay } from './target.ts';
import http from 'node:http';

/** RFC 9110 9.2.2 without PUT, which has a body. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);
/** A repetition goes over a connection of its own: others of the pool may be as dead as the first. */
const freshAgent = new http.Agent({ keepAlive: false });

/** Routes a request that came in on `port`, sends it to a target and its answer back. */
export function forward(path: DataPath, req: IncomingMessage, res: ServerResponse, port: number): Exchange | null {
  const refusal = prepareRequest(req, port, false);
  if (refusal !== null) {
    countProxy(path.unrouted, refusal);
    answer(res, refusal, true);
    return null;
  }
  const group = groupOf(path.serving, port, req.headers.host ?? '', req.url ?? '/');
  countersOf(path, group).requests++;
  const exchange = new Exchange(path, req, res, group);
  exchange.start();
  return exchange;
}

export class Exchange implements UnderWay {
  private readonly path: DataPath;
  private readonly req: IncomingMessage;
  private readonly res: ServerResponse;
  private readonly group: Group | null;
  private readonly body: boolean;
  private readonly repeatable: boolean;
  private readonly tried: Target[] = [];
  private target: Target | null = null;
  private outgoing: ClientRequest | null = null;
  private attempt = 0;
  private attemptAt = 0;
  /** Status for the error that our own deadline or abort is about to cause. */
  private verdict: number | null = null;
  private moved = -1;
  private movedAt = 0;

  constructor(path: DataPath, req: IncomingMessage, res: ServerResponse, group: Group | null) {
    this.path = path;
    this.req = req;
    this.res = res;
    this.group = group;
    this.body = hasBody(req.headers);
    this.repeatable = !this.body && IDEMPOTENT.has(req.method ?? '');
  }

  /** The first try. Without a group, an eligible target or room it ends here with 503. */
  start(): void {
    const target = this.group && hasRoom(this.path) ? nextTarget(this.group, []) : null;
    if (!target) {
      this.refuse(503);
      return;
    }
    this.res.on('close', () => this.closed());
    this.send(target, this.repeatable ? target.repeatable : target.once);
  }

  abort(status: number): void {
    this.verdict = status;
    this.refuse(status);
    this.outgoing?.destroy();
  }

  watch(now: number): void {
    const socket = this.outgoing?.socket ?? null;
    if (!socket || socket.connecting) {
      if (now - this.attemptAt > this.path.limits.connectTimeoutMs) this.abort(504);
      return;
    }
    const client = this.req.socket;
    const moved = socket.bytesRead + socket.bytesWritten + client.bytesRead + client.bytesWritten;
    if (moved !== this.moved) {
      this.moved = moved;
      this.movedAt = now;
    } else if (now - this.movedAt > this.path.limits.idleTimeoutMs) {
      // Who let the time pass: a client that stopped sending its body (408), or the target (504).
      this.abort(!this.req.complete && this.outgoing?.writableNeedDrain !== true ? 408 : 504);
    }
  }

  /** Called by http-proxy in place of a stream's pipe: the outgoing request exists and nothing of it is sent yet. */
  pipe(outgoing: ClientRequest): ClientRequest {
    const attempt = this.attempt;
    this.outgoing = outgoing;
    // http-proxy would join double slashes and escape characters; a target gets the path as the client wrote it.
    outgoing.path = this.req.url ?? '/';
    (outgoing as ClientRequest & { maxHeaderSize: number }).maxHeaderSize = MAX_RESPONSE_HEADERS;
    outgoing.on('response', (incoming) => this.answered(incoming));
    outgoing.on('information', (info) => this.informed(info));
    outgoing.on('upgrade', (_, socket: Socket) => {
      socket.destroy();
      this.failed(new Error('the target switched protocols unasked'), attempt);
    });
    if (!this.body) outgoing.end();
    else outgoing.on('socket', (socket) => this.sendBody(outgoing, socket));
    return outgoing;
  }

  private send(target: Target, agent: http.Agent): void {
    this.attempt++;
    const attempt = this.attempt;
    this.attemptAt = performance.now();
    this.movedAt = this.attemptAt;
    this.target = target;
    this.tried.push(target);
    begin(this.path, target, this);
    const failed = (error: Error): void => this.failed(error, attempt);
    try {
      this.path.proxy.web(this.req, this.res, { target: target.address, agent, buffer: this as unknown as Stream }, failed);
    } catch (error) {
      this.failed(error as Error, attempt);
    }
  }

  /** The body waits until the target has accepted the connection: until then another target may still get it. */
  private sendBody(outgoing: ClientRequest, socket: Socket): void {
    const start = (): void => {
      if (!outgoing.destroyed) this.req.pipe(outgoing);
    };
    if (socket.connecting) socket.once('connect', start);
    else start();
  }

  private failed(error: NodeJS.ErrnoException, attempt: number): void {
    if (attempt !== this.attempt || this.res.destroyed || this.res.writableEnded || this.verdict !== null) return;
    const { counters } = this.group as Group;
    const unsent = error.syscall === 'connect';
    if (unsent) counters.connectionErrors++;
    const stale = this.outgoing?.reusedSocket === true && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
    const another = !this.res.headersSent && this.attempt < MAX_ATTEMPTS ? this.another(unsent, stale) : null;
    if (!another) {
      this.refuse(502);
      return;
    }
    counters.retries++;
    if (this.target) end(this.path, this.target, this);
    this.send(another, freshAgent);
  }

  /** Where the request may be sent again: after a refused connection to others only, after a stale one to the same if it must be. */
  private another(unsent: boolean, stale: boolean): Target | null {
    if (!unsent && !(stale && this.repeatable)) return null;
    const target = nextTarget(this.group as Group, this.tried);
    return target ?? (stale && this.target?.draining === false ? this.target : null);
  }

  private answered(incoming: IncomingMessage): void {
    const { res, req } = this;
    countTarget(countersOf(this.path, this.group), incoming.statusCode ?? 0);
    const chunked = incoming.headers['transfer-encoding'] !== undefined;
    prepareResponse(incoming.headers, res.shouldKeepAlive && !this.path.leaving && req.complete);
    if (chunked) {
      incoming.on('end', () => {
        if (incoming.rawTrailers.length > 0) res.addTrailers(incoming.trailers);
      });
    }
    incoming.on('close', () => {
      if (incoming.complete || this.verdict !== null) return;
      this.refuse(502);
    });
    // http-proxy sends the head together with the first bytes of the body. Those of an event stream may come minutes later.
    setImmediate(() => {
      if (!res.headersSent && !res.destroyed && !res.writableEnded && this.verdict === null && !incoming.destroyed) res.flushHeaders();
    });
  }

  /** Early hints travel on; 100 was answered by us, and 102 means nothing to anybody behind a proxy. */
  private informed(info: http.InformationEvent): void {
    const link = info.headers['link'];
    if (info.statusCode === 103 && link !== undefined && !this.res.headersSent) this.res.writeEarlyHints({ link });
  }

  /** Ends the exchange with an answer of our own, or cut off when the target's answer has begun. */
  private refuse(status: number): void {
    const { req, res } = this;
    if (res.destroyed || res.writableEnded) return;
    this.verdict ??= status;
    if (!res.headersSent) countProxy(countersOf(this.path, this.group), status);
    answer(res, status, this.path.leaving || !req.complete);
    if (!this.target) this.linger();
  }

  /** The client has its answer, or has left: whatever still runs towards the target ends. */
  private closed(): void {
    const { outgoing } = this;
    if (this.target) end(this.path, this.target, this);
    if (outgoing && (!this.res.writableFinished || !outgoing.writableFinished)) outgoing.destroy();
    this.linger();
  }

  /** Reads on what is left of the request's body, for a while: closing with unread bytes would reset the answer away. */
  private linger(): void {
    const { req } = this;
    if (req.complete || req.destroyed || req.socket.destroyed) return;
    req.unpipe();
    req.resume();
    const cut = setTimeout(() => req.socket.destroy(), this.path.limits.lingerMs);
    req.on('close', () => clearTimeout(cut));
  }
}
