// Calls to one Docker engine over dockerode's transport: one way in, so that one place rules versions, deadlines, sockets and secrets.
// Bodies are passed as `_body`: without it dockerode writes every option, environment values too, into the URL.
// Deliberately absent: what a call means (the other files), retries (the core decides), ssh.
import { Agent as HttpAgent, get as httpGet } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import type { EngineFacts } from '../../model/container-instance.ts';
import { type EngineInfo, engineFacts } from './engine-facts.ts';
import { EngineRefusal } from './errors.ts';
import { hijacked } from './hijack.ts';

export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Where an engine listens. `tls`: PEM text, not paths. */
export type Connection =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly tls?: TlsFiles | undefined };

export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without version and query: `/containers/json`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** X-Registry-Auth: a secret. */
  readonly registryAuth?: string | undefined;
  /** A tar archive in place of a body. */
  readonly archive?: Buffer;
  /** It may take as long as its signal allows (stop, pull), so it must not keep short calls from a socket. */
  readonly long?: boolean;
}

/** What is learned when the first call is made, and again after the engine was away: it may be another one then. */
export interface Session {
  /** The API version that we speak, such as `1.41`. */
  readonly apiVersion: string;
  /** CPU units (1024 a core). */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  /** Docker's word: amd64, arm64. */
  readonly architecture: string;
  readonly facts: EngineFacts;
}

export interface Client {
  session(signal: AbortSignal): Promise<Session>;
  /** The answer's JSON. Rejects with an EngineRefusal, with the signal's reason as soon as it aborts, or with the connection's error. */
  call<T>(call: EngineCall, signal: AbortSignal): Promise<T>;
  /** The answer's body as it comes; ends with an error when `signal` aborts. */
  stream(call: EngineCall, signal: AbortSignal): Promise<Readable>;
  /** Posts `body` to `path` and gives the connection, which is a plain stream and the caller's then. */
  hijack(path: string, body: unknown, signal: AbortSignal): Promise<Duplex>;
  /** Resolves with any answer of the engine; rejects as `call` does. */
  ping(signal: AbortSignal): Promise<void>;
  /** The engine was away: ask again who it is. */
  forget(): void;
  close(): void;
}

/** The newest API version whose changes we have read; an older engine gets its own newest, a newer one this or its oldest. */
const NEWEST_KNOWN = '1.44';
/** Short calls under way at once on one engine; more wait for a socket. */
const SHORT_CALLS = 16;
const MIB = 1_048_576;
const SUCCESS = { 200: true, 201: true, 204: true };

/** A client that connects with the first call. */
export function engineClient(connection: Connection): Client {
  const shortAgent = agentFor(connection, { keepAlive: true, maxSockets: SHORT_CALLS });
  const longAgent = agentFor(connection, { keepAlive: false });
  // A ping must not wait for a socket behind the calls of a busy engine.
  const pingAgent = agentFor(connection, { keepAlive: true, maxSockets: 1 });
  const short = transport(connection, shortAgent);
  const long = transport(connection, longAgent);
  let session: Session | null = null;

  const opened = async (signal: AbortSignal): Promise<Session> => {
    if (session) return session;
    const version = await dialed<{ ApiVersion: string; MinAPIVersion?: string; Arch: string }>(
      short,
      { method: 'GET', path: '/version' },
      signal,
    );
    const apiVersion = chooseVersion(version.ApiVersion, version.MinAPIVersion ?? version.ApiVersion);
    const info = await dialed<EngineInfo>(short, { method: 'GET', path: `/v${apiVersion}/info` }, signal);
    const memory = Math.floor(info.MemTotal / MIB);
    session = { apiVersion, cpu: info.NCPU * 1_024, memory, architecture: version.Arch, facts: engineFacts(info) };
    return session;
  };
  const forget = (): void => {
    session = null;
  };
  const guarded = async <T>(call: EngineCall, signal: AbortSignal, streamed: boolean): Promise<T> => {
    const { apiVersion } = await opened(signal);
    try {
      return await dialed<T>(call.long ? long : short, { ...call, path: `/v${apiVersion}${call.path}` }, signal, streamed);
    } catch (error) {
      // The engine was replaced by one that speaks other versions.
      if (error instanceof EngineRefusal && error.isVersionMismatch) forget();
      throw error;
    }
  };
  return {
    session: opened,
    call: (call, signal) => guarded(call, signal, false),
    stream: (call, signal) => guarded({ ...call, long: true }, signal, true),
    hijack: async (path, body, signal) => {
      const { apiVersion } = await opened(signal);
      const target = { options: addressOf(connection), tls: 'host' in connection && connection.tls !== undefined };
      return hijacked(target, `/v${apiVersion}${path}`, body, signal);
    },
    ping: (signal) => pinged(connection, pingAgent, signal),
    forget,
    close: () => {
      shortAgent.destroy();
      pingAgent.destroy();
      longAgent.destroy();
    },
  };
}

/** Ours or theirs, the older one; but never below their oldest, which Engine 29 has raised to 1.44. */
export function chooseVersion(newest: string, oldest: string): string {
  const common = compareVersions(NEWEST_KNOWN, newest) <= 0 ? NEWEST_KNOWN : newest;
  return compareVersions(common, oldest) < 0 ? oldest : common;
}

/** Compares `major.minor` versions as numbers: 1.9 is older than 1.41. */
export function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}

/**
 * One request, settled by its signal whatever the socket does: dockerode's own promise stays pending for ever when the connection breaks
 * after the headers.
 */
async function dialed<T>(docker: Docker, call: EngineCall, signal: AbortSignal, isStream = false): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const answered = new Promise<T>((resolve, reject) => {
    docker.modem.dial(
      {
        path: call.query ? `${call.path}?` : call.path,
        method: call.method,
        options: { _query: call.query ?? {}, ...(call.archive === undefined && { _body: call.body ?? {} }) },
        ...(call.archive !== undefined && { file: call.archive }),
        abortSignal: signal,
        isStream,
        statusCodes: SUCCESS,
        ...(call.registryAuth !== undefined && { headers: secretHeaders({ 'X-Registry-Auth': call.registryAuth }) }),
      },
      (error: unknown, answer: unknown) => (error ? reject(EngineRefusal.from(error)) : resolve(answer as T)),
    );
  });
  try {
    return await Promise.race([answered, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Headers that docker-modem's debug line, which holds all of a call's options, does not show. */
function secretHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.defineProperty({ ...headers }, inspect.custom, { value: () => 'headers' });
}

/**
 * `GET /_ping`, which every version answers without a lock. Past dockerode: six of these a second are what 50 engines cost an idle daemon.
 * A refusal is an answer, too: who stands before the engine may forbid the path.
 */
async function pinged(connection: Connection, agent: HttpAgent, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const options = { ...addressOf(connection), path: '/_ping', agent, signal };
    const request = ('host' in connection && connection.tls ? httpsGet : httpGet)(options, (response) => {
      response.on('error', reject);
      response.on('end', resolve);
      response.resume();
    });
    request.on('error', (error) => reject(signal.aborted ? signal.reason : error));
  });
}

function addressOf(connection: Connection): Readonly<Record<string, unknown>> {
  if ('socketPath' in connection) return { socketPath: connection.socketPath };
  const { host, port, tls } = connection;
  return { host, port, ...tls };
}

/** dockerode takes DOCKER_HOST from the environment before its own options, reading certificates on the way: it must not see it. */
function transport(connection: Connection, agent: HttpAgent): Docker {
  const ambient = process.env['DOCKER_HOST'];
  delete process.env['DOCKER_HOST'];
  try {
    return new Docker(transportOptions(connection, agent));
  } finally {
    if (ambient !== undefined) process.env['DOCKER_HOST'] = ambient;
  }
}

/** dockerode passes the agent on; its types do not know it. */
function transportOptions(connection: Connection, agent: HttpAgent): Docker.DockerOptions & { readonly agent: HttpAgent } {
  if ('socketPath' in connection) return { socketPath: connection.socketPath, agent };
  const { host, port, tls } = connection;
  return { host, port, protocol: tls ? 'https' : 'http', agent, ...tls };
}

/**
 * A pool of connections. docker-modem prints its options for a debug line on every call, whether anyone reads it or not, and with them
 * the agent and the whole graph of its sockets: about 20 ms of processor a call, 1 ms without. So the agent prints as one word.
 */
function agentFor(connection: Connection, options: { keepAlive: boolean; maxSockets?: number }): HttpAgent {
  const agent = 'host' in connection && connection.tls ? new HttpsAgent(options) : new HttpAgent(options);
  return Object.assign(agent, { [inspect.custom]: () => 'agent' });
}
