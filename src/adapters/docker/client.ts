// Calls to one Docker engine in dockerode's words: one way in, so that one place rules versions, deadlines, sockets and secrets.
// Bodies are passed as `_body`: without it dockerode writes every option, environment values too, into the URL.
// Deliberately absent: what a call means (the other files), retries (the core decides), how bytes get to the engine (transport/): dockerode's
// own TLS keeps certificates for ever, and its ssh logs in for every call and checks no host key.
import { Agent, get } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import type { EngineFacts } from '../../model/cluster/container-instance.ts';
import { type EngineInfo, engineFacts } from './engine-facts.ts';
import { EngineRefusal, Unreachable } from './errors.ts';
import { hijacked } from './hijack.ts';
import { slotsFor } from './slots.ts';
import { TRANSPORT_LIMITS, type Transport, type TransportLimits } from './transport/transport.ts';
import { transportTo } from './transport/ways.ts';
import type { EngineConnection } from '../../model/cluster/engine-endpoint.ts';

export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without version and query: `/containers/json`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** The version of the API that it needs, where that is newer than what we speak otherwise. An engine that has it not refuses the call. */
  readonly apiVersion?: string;
  /** X-Registry-Auth: a secret. */
  readonly registryAuth?: string | undefined;
  /** A tar archive in place of a body. */
  readonly archive?: Buffer;
  /** It may take as long as its signal allows (stop, pull), so it must not keep short calls waiting. */
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
/** Short calls under way at once on one engine; more wait for a place. */
const SHORT_CALLS = 16;
const MIB = 1_048_576;
const SUCCESS = { 200: true, 201: true, 204: true };

/** A client that connects with the first call. */
export function engineClient(connection: EngineConnection, limits: TransportLimits = TRANSPORT_LIMITS): Client {
  const transport = transportTo(connection, limits);
  let closed = false;
  const isClosed = (): boolean => closed;
  const shortAgent = agentOver(transport, true, isClosed);
  const longAgent = agentOver(transport, false, isClosed);
  // A ping has a connection of its own: it must not wait behind the calls of a busy engine.
  const pingAgent = agentOver(transport, true, isClosed);
  const short = dockerOver(shortAgent);
  const long = dockerOver(longAgent);
  const slots = slotsFor(SHORT_CALLS);
  const { settled, endedBy } = settler(transport);
  let session: Session | null = null;

  const dialed = async <T>(call: EngineCall, signal: AbortSignal): Promise<T> => {
    const leave = call.long === true ? () => undefined : await slots.take(signal);
    const answer = async (): Promise<T> => (await bodyOf(await dial(call.long === true ? long : short, call, signal))) as T;
    try {
      return await settled(answer(), signal);
    } finally {
      leave();
    }
  };
  const opened = async (signal: AbortSignal): Promise<Session> => {
    if (session) return session;
    const version = await dialed<{ ApiVersion: string; MinAPIVersion?: string; Arch: string }>({ method: 'GET', path: '/version' }, signal);
    const apiVersion = chooseVersion(version.ApiVersion, version.MinAPIVersion ?? version.ApiVersion);
    const info = await dialed<EngineInfo>({ method: 'GET', path: `/v${apiVersion}/info` }, signal);
    const memory = Math.floor(info.MemTotal / MIB);
    session = { apiVersion, cpu: info.NCPU * 1_024, memory, architecture: version.Arch, facts: engineFacts(info, version.ApiVersion) };
    return session;
  };
  const forget = (): void => {
    session = null;
  };
  const guarded = async <T>(call: EngineCall, signal: AbortSignal, how: (call: EngineCall) => Promise<T>): Promise<T> => {
    const { apiVersion } = await opened(signal);
    try {
      return await how({ ...call, path: `/v${newerOf(apiVersion, call.apiVersion)}${call.path}` });
    } catch (error) {
      // The engine was replaced by one that speaks other versions.
      if (error instanceof EngineRefusal && error.isVersionMismatch) forget();
      throw error;
    }
  };
  return {
    session: opened,
    call: (call, signal) => guarded(call, signal, (versioned) => dialed(versioned, signal)),
    stream: (call, signal) => guarded(call, signal, async (versioned) => endedBy(await settled(dial(long, versioned, signal), signal))),
    hijack: async (path, body, signal) => {
      const { apiVersion } = await opened(signal);
      return settled(hijacked(longAgent, `/v${apiVersion}${path}`, body, signal), signal);
    },
    ping: (signal) => settled(pinged(pingAgent, signal), signal),
    forget,
    close: () => {
      closed = true;
      for (const agent of [shortAgent, pingAgent, longAgent]) agent.destroy();
      transport.close();
    },
  };
}

/** Ours or theirs, the older one; but never below their oldest, which Engine 29 has raised to 1.44. */
export function chooseVersion(newest: string, oldest: string): string {
  const common = compareVersions(NEWEST_KNOWN, newest) <= 0 ? NEWEST_KNOWN : newest;
  return compareVersions(common, oldest) < 0 ? oldest : common;
}

function newerOf(spoken: string, needed: string | undefined): string {
  return needed !== undefined && compareVersions(needed, spoken) > 0 ? needed : spoken;
}

/** Compares `major.minor` versions as numbers: 1.9 is older than 1.41. */
export function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}

interface Settler {
  /**
   * Settles a call whatever its stream does: by its signal, and by the end of the connection that it shares with others. node:http alone would
   * leave it pending as long as a connection is still being made.
   */
  settled<T>(answer: Promise<T>, signal: AbortSignal): Promise<T>;
  /** The same stream, which ends with the reason when the connection that it shares with others breaks. */
  endedBy<Stream extends Readable>(stream: Stream): Stream;
}

function settler(transport: Transport): Settler {
  const open = new Set<(reason: Error) => void>();
  transport.onBroken((reason) => {
    for (const end of open) end(reason);
  });
  return {
    settled: async (answer, signal) => {
      const ended = Promise.withResolvers<never>();
      const onAbort = (): void => ended.reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      open.add(ended.reject);
      if (signal.aborted) onAbort();
      try {
        return await Promise.race([answer, ended.promise]);
      } catch (error) {
        throw signal.aborted ? error : transport.explain(error);
      } finally {
        open.delete(ended.reject);
        signal.removeEventListener('abort', onAbort);
        answer.catch(() => undefined); // it was settled without it
      }
    },
    endedBy: (stream) => {
      const end = (reason: Error): void => void stream.destroy(reason);
      open.add(end);
      stream.once('close', () => open.delete(end));
      return stream;
    },
  };
}

/**
 * The answer to one request, its body unread. dockerode is always asked for a stream: where it reads the body itself, its promise stays pending
 * for ever when the connection breaks behind the head.
 */
async function dial(docker: Docker, call: EngineCall, signal: AbortSignal): Promise<Readable> {
  signal.throwIfAborted();
  return new Promise<Readable>((resolve, reject) => {
    docker.modem.dial(
      {
        path: call.query ? `${call.path}?` : call.path,
        method: call.method,
        options: { _query: call.query ?? {}, ...(call.archive === undefined && { _body: call.body ?? {} }) },
        ...(call.archive !== undefined && { file: call.archive }),
        abortSignal: signal,
        isStream: true,
        statusCodes: SUCCESS,
        ...(call.registryAuth !== undefined && { headers: secretHeaders({ 'X-Registry-Auth': call.registryAuth }) }),
      },
      (error: unknown, answer: unknown) => (error ? reject(EngineRefusal.from(error)) : resolve(answer as Readable)),
    );
  });
}

/** The JSON of an answer; null when it has no body. */
async function bodyOf(answer: Readable): Promise<unknown> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch (error) {
    // node:http says "aborted" of what the other side has broken off.
    const isCut = error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
    throw isCut ? new Unreachable('the connection broke in the middle of an answer', { cause: error }) : error;
  }
  const text = Buffer.concat(chunks).toString('utf8').trim();
  return text === '' ? null : JSON.parse(text);
}

/** Headers that docker-modem's debug line, which holds all of a call's options, does not show. */
function secretHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.defineProperty({ ...headers }, inspect.custom, { value: () => 'headers' });
}

/**
 * `GET /_ping`, which every version answers without a lock. Past dockerode: six of these a second are what 50 engines cost an idle daemon.
 * A refusal is an answer, too: who stands before the engine may forbid the path.
 */
async function pinged(agent: Agent, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const request = get({ path: '/_ping', agent, signal }, (response) => {
      response.on('error', reject);
      response.on('end', resolve);
      response.resume();
    });
    request.on('error', (error) => reject(signal.aborted ? signal.reason : error));
  });
}

/**
 * dockerode over an agent. It takes DOCKER_HOST from the environment before its own options, reading certificates on the way: it must not see
 * it. `socketPath` keeps it from taking paths for URLs; the agent connects as it knows.
 */
function dockerOver(agent: Agent): Docker {
  const ambient = process.env['DOCKER_HOST'];
  delete process.env['DOCKER_HOST'];
  // dockerode passes the agent on; its types do not know it.
  const options: Docker.DockerOptions & { readonly agent: Agent } = { socketPath: 'engine', agent };
  try {
    return new Docker(options);
  } finally {
    if (ambient !== undefined) process.env['DOCKER_HOST'] = ambient;
  }
}

/**
 * A pool of streams to the engine. docker-modem prints its options for a debug line on every call, whether anyone reads it or not, and with
 * them the agent and the whole graph of its sockets: about 20 ms of processor a call, 1 ms without. So the agent prints as one word.
 */
function agentOver(transport: Transport, keepAlive: boolean, isClosed: () => boolean): Agent {
  const streamFor = async (): Promise<Duplex> => {
    const stream = await transport.open();
    // node:http listens from the next turn on only, and the agent ends what it has had when it is destroyed.
    stream.on('error', () => undefined);
    if (isClosed()) stream.destroy();
    if (stream.destroyed) throw new Error('the connection ended as soon as it was made');
    return stream;
  };
  const createConnection: Agent['createConnection'] = (_options, callback) => {
    streamFor().then(
      (stream) => callback?.(null, stream),
      (error: Error) => callback?.(error, undefined as never),
    );
    return null;
  };
  return Object.assign(new Agent({ keepAlive }), { createConnection, [inspect.custom]: () => 'agent' });
}
