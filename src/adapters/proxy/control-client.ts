// The daemon's end of the proxy's control socket: one call, and the watch stream. Every promise here settles within its deadline.
// What is said is defined in model/traffic/proxy.ts; the proxy's own code is never imported.
import http from 'node:http';
import { PROXY_BEAT_MS, type ProxyState, type ProxyWatchLine, type RefusedPort } from '../../model/traffic/proxy.ts';
import type { RouteTable } from '../../model/traffic/route.ts';

/** A view of 10,000 targets is about 1.5 MB. */
const MAX_LINE_BYTES = 16_777_216;
const STATE_MS = 2_000;
const ROUTES_MS = 10_000;
const HANDOVER_MS = 15_000;

/** The proxy answered, and refused. */
export class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal';
}

/** The state, or null when nobody answers on the socket. Rejects when what answers is no proxy. */
export async function readState(socketPath: string): Promise<ProxyState | null> {
  try {
    return (await call(socketPath, 'GET', '/state', undefined, AbortSignal.timeout(STATE_MS))) as ProxyState;
  } catch (error) {
    if (error instanceof ProxyRefusal) throw error;
    return null;
  }
}

/** Puts a table in force; resolves when the proxy serves it. */
export async function putRoutes(
  socketPath: string,
  table: RouteTable,
  signal: AbortSignal,
): Promise<{ readonly version: string; readonly refused: readonly RefusedPort[] }> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ROUTES_MS)]);
  return (await call(socketPath, 'PUT', '/routes', table, bounded)) as { version: string; refused: RefusedPort[] };
}

/** Has the proxy replaced by the process `argv`; resolves to its id when that one serves. */
export async function postHandover(socketPath: string, argv: readonly string[]): Promise<number> {
  const answer = await call(socketPath, 'POST', '/handover', { argv }, AbortSignal.timeout(HANDOVER_MS));
  return (answer as { pid: number }).pid;
}

/** Asks the proxy to drain and exit; resolves to its process id, null when nobody answers. */
export async function postStop(socketPath: string): Promise<number | null> {
  try {
    return ((await call(socketPath, 'POST', '/stop', {}, AbortSignal.timeout(STATE_MS))) as { pid: number }).pid;
  } catch (error) {
    if (error instanceof ProxyRefusal) throw error;
    return null;
  }
}

/** Follows the watch stream; resolves to why it ended: closed, silent for three beats, or aborted. Never rejects. */
export function followWatch(socketPath: string, signal: AbortSignal, listener: (line: ProxyWatchLine) => void): Promise<string> {
  return new Promise((resolve) => {
    const request = http.get({ socketPath, path: '/watch', agent: false });
    const settle = (why: string): void => {
      signal.removeEventListener('abort', aborted);
      request.destroy();
      resolve(why);
    };
    const aborted = (): void => settle('aborted');
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
    request.setTimeout(3 * PROXY_BEAT_MS, () => settle('the proxy is silent'));
    request.on('error', (error) => settle(error.message));
    request.on('response', (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > MAX_LINE_BYTES) settle('a line is too long');
        for (const line of lines) {
          const parsed = parseLine(line);
          if (parsed) listener(parsed);
          else settle('the proxy sent a line that is no watch line');
        }
      });
      response.on('error', (error) => settle(error.message));
      response.on('close', () => settle('the proxy closed the stream'));
    });
  });
}

function parseLine(line: string): ProxyWatchLine | null {
  try {
    const parsed = JSON.parse(line) as ProxyWatchLine;
    return ['view', 'targets', 'beat'].includes(parsed.kind) ? parsed : null;
  } catch {
    return null;
  }
}

function call(socketPath: string, method: string, path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const request = http.request({ socketPath, method, path, agent: false, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('close', () => {
        if (!response.complete) reject(new Error('the proxy closed the connection within its answer'));
        else settle(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'), resolve, reject);
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}

function settle(status: number, text: string, resolve: (value: unknown) => void, reject: (error: Error) => void): void {
  try {
    const value = JSON.parse(text) as { readonly error?: string };
    if (status < 300) resolve(value);
    else reject(new ProxyRefusal(`the proxy refused: ${value.error ?? `status ${status}`}`));
  } catch {
    reject(new ProxyRefusal(`what answers on the control socket is no proxy (status ${status})`));
  }
}
