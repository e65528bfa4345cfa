// Headers on their way through: what a request gains and loses towards a target, and an answer towards the client (spec 4.6).
// Headers are changed in place, before http-proxy copies them; nothing here keeps state but the random pool of the trace ids.
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { MAX_FORWARDED_ADDRESSES, MAX_HEADER, MAX_REQUEST_LINE } from './limits.ts';

/** Hop-by-hop headers of a request; transfer-encoding stays, because it says how the body will be framed again. */
const REQUEST_HOP = ['connection', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'upgrade', 'expect'];
const RESPONSE_HOP = ['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'transfer-encoding', 'upgrade'];

/**
 * Makes a request ready for a target, or says with which status it is refused: 400 a header too long or a bad request target,
 * 405 TRACE, 414 a request line too long, 463 more than 30 forwarded addresses. `upgrade` keeps what an upgrade needs.
 */
export function prepareRequest(req: IncomingMessage, port: number, upgrade: boolean): number | null {
  const refusal = originForm(req);
  if (refusal !== null) return refusal;
  const { headers } = req;
  if (req.method === 'TRACE') return 405;
  for (const text of req.rawHeaders) if (text.length > MAX_HEADER) return 400;
  removeNamed(headers, headers.connection, upgrade);
  for (const name of REQUEST_HOP) {
    if (headers[name] !== undefined && !(upgrade && (name === 'connection' || name === 'upgrade'))) delete headers[name];
  }
  if (upgrade) headers.connection = 'Upgrade';
  const client = plainAddress(req.socket.remoteAddress ?? '');
  const forwarded = headers['x-forwarded-for'];
  if (forwarded === undefined) headers['x-forwarded-for'] = client;
  else {
    const chain = String(forwarded);
    if (chain.split(',', MAX_FORWARDED_ADDRESSES + 1).length > MAX_FORWARDED_ADDRESSES) return 463;
    headers['x-forwarded-for'] = `${chain}, ${client}`;
  }
  headers['x-forwarded-proto'] = 'http';
  headers['x-forwarded-port'] = String(port);
  headers['x-amzn-trace-id'] = traceId(headers['x-amzn-trace-id']);
  return null;
}

/** Removes hop-by-hop headers from a target's answer and says whether the client's connection stays open. */
export function prepareResponse(headers: IncomingHttpHeaders, keepAlive: boolean): void {
  removeNamed(headers, headers.connection, false);
  for (const name of RESPONSE_HOP) if (headers[name] !== undefined) delete headers[name];
  headers.connection = keepAlive ? 'keep-alive' : 'close';
}

/** Whether the request brings a body; one of length 0 is none. */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  return length !== undefined && length !== '0';
}

/** Brings an absolute request target (`GET http://host/path`) to path and Host header, as RFC 9112 3.2.2 wants; a status when it can't. */
function originForm(req: IncomingMessage): number | null {
  const url = req.url ?? '/';
  if (url.length > MAX_REQUEST_LINE) return 414;
  if (url.startsWith('/') || url === '*') return null;
  const absolute = URL.parse(url);
  if (!absolute || (absolute.protocol !== 'http:' && absolute.protocol !== 'https:')) return 400;
  const slash = url.indexOf('/', url.indexOf('//') + 2);
  req.headers.host = absolute.host;
  req.url = slash < 0 ? `/${absolute.search}` : url.slice(slash);
  return null;
}

/** A header named by Connection is meant for this hop only. */
function removeNamed(headers: IncomingHttpHeaders, connection: string | undefined, upgrade: boolean): void {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return;
  for (const name of connection.toLowerCase().split(',')) {
    const header = name.trim();
    if (header !== '' && header !== 'host' && !(upgrade && header === 'upgrade')) delete headers[header];
  }
}

/** An IPv4 address that arrived on a socket for both families is shown as IPv4. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** `Root=1-<seconds in hex>-<24 hex digits>`; an id that comes with the request keeps its fields and gains ours as `Self`. */
function traceId(incoming: string | readonly string[] | undefined): string {
  const id = `1-${Math.floor(Date.now() / 1_000).toString(16)}-${randomHex24()}`;
  if (incoming === undefined || incoming === '') return `Root=${id}`;
  const fields = String(incoming)
    .split(';')
    .filter((field) => field !== '' && !field.startsWith('Self='));
  return [`Self=${id}`, ...fields].join(';');
}

let pool = '';
let used = 0;

/** 24 hex digits out of a pool of 4 KiB: one call of the random source for 341 requests. */
function randomHex24(): string {
  if (used + 24 > pool.length) {
    pool = randomBytes(4_096).toString('hex');
    used = 0;
  }
  used += 24;
  return pool.slice(used - 24, used);
}
