// The other side of the door: how the command line asks a running daemon. One connection per question over the unix socket, every answer
// with a deadline. Nothing is retried: who asks is a person or a script that can ask again.
import { request } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { decodeWorld } from './world-json.ts';
import type { ServiceBalance } from './rebalance.ts';
import type { WhyAnswer } from './why.ts';
import type { InstanceDescription, InstanceLine, StateAnswer, StateRequest } from './instances.ts';
import type { StopAnswer, StopRequest } from './commands.ts';
import type { ServiceDescription, TaskDescription, TaskList } from './describe.ts';
import type { IncomingMessage } from 'node:http';
import type { LogNote, LogRecord, LogRequest } from './logs.ts';
import type { Status } from './status.ts';
import type { StoredEvent } from '../daemon/ports.ts';
import type { World } from '../model/turn/plan.ts';

/** absent: nobody answers. forbidden: not our socket. silent: no answer in time. refused: the daemon said no. */
export type DoorTrouble = 'absent' | 'forbidden' | 'silent' | 'refused';

export class DoorError extends Error {
  readonly trouble: DoorTrouble;
  /** What to do next, when the daemon said so. */
  readonly hint: string | null;

  constructor(trouble: DoorTrouble, message: string, hint: string | null = null) {
    super(message);
    this.name = 'DoorError';
    this.trouble = trouble;
    this.hint = hint;
  }
}

export interface EventRequest {
  readonly after: number | null;
  readonly limit: number;
  readonly follow: boolean;
}

export interface DoorClient {
  status(): Promise<Status>;
  world(): Promise<World>;
  /** A task by its id or the beginning of it, running or stopped. */
  task(word: string): Promise<TaskDescription>;
  service(word: string): Promise<ServiceDescription>;
  /** Why a service or a task is as it is. */
  why(word: string): Promise<WhyAnswer>;
  /** What would move to even out zones, of a service or of all (null); at most `budget` moves. */
  balances(word: string | null, budget: number): Promise<readonly ServiceBalance[]>;
  /** The tasks of a service, or of all (null); with `stopped` those that are remembered as well. */
  tasks(word: string | null, stopped: boolean): Promise<TaskList>;
  /** The container instances, or those that serve a cluster. */
  instances(cluster: string | null): Promise<readonly InstanceLine[]>;
  instance(word: string): Promise<InstanceDescription>;
  /** Drains or activates an instance; resolves when the daemon has written that down. */
  setInstanceState(request: StateRequest): Promise<StateAnswer>;
  /** Stops a task; resolves when the daemon has written that down. */
  stopTask(request: StopRequest): Promise<StopAnswer>;
  /** Asks the daemon to stop; resolves with its process id once it has agreed, not once it is gone. */
  stop(): Promise<number>;
  /** Events as they come; ends with the daemon, or when `signal` aborts. */
  events(query: EventRequest, signal: AbortSignal): AsyncGenerator<StoredEvent, void, void>;
  /** What containers write, read no faster than it is taken; ends as `events` does. */
  logs(query: LogRequest, signal: AbortSignal): AsyncGenerator<LogRecord | LogNote, void, void>;
}

/** A daemon answers from memory: one that needs longer is stuck. */
const ANSWER_MS = 10_000;
/** The world of 10,000 tasks is about 20 MB. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
/** An event is a line of about 200 bytes. */
const MAX_LINE_CHARACTERS = 1024 * 1024;

/** Talks to the daemon behind `socketPath`. Nothing is opened before the first question; every method rejects with a DoorError. */
export function doorClient(socketPath: string): DoorClient {
  const json = async (method: 'GET' | 'POST', path: string): Promise<unknown> => {
    const response = await open(socketPath, method, path, AbortSignal.timeout(ANSWER_MS));
    const text = await body(response);
    const value = parse(text);
    if ((response.statusCode ?? 500) >= 400) throw refusedWith(response.statusCode, value);
    return value;
  };
  return {
    status: async () => (await json('GET', '/v1/status')) as Status,
    world: async () => decodeWorld(await json('GET', '/v1/world')),
    task: async (word) => (await json('GET', `/v1/task?${new URLSearchParams({ of: word }).toString()}`)) as TaskDescription,
    service: async (word) => (await json('GET', `/v1/service?${new URLSearchParams({ of: word }).toString()}`)) as ServiceDescription,
    why: async (word) => (await json('GET', `/v1/why?${new URLSearchParams({ of: word }).toString()}`)) as WhyAnswer,
    balances: async (word, budget) => {
      const asked = new URLSearchParams({ budget: String(budget), ...(word === null ? {} : { of: word }) });
      return ((await json('GET', `/v1/rebalance?${asked.toString()}`)) as { services: readonly ServiceBalance[] }).services;
    },
    tasks: async (word, stopped) => {
      const asked = new URLSearchParams({ ...(word === null ? {} : { of: word }), ...(stopped ? { stopped: '1' } : {}) });
      return (await json('GET', `/v1/tasks?${asked.toString()}`)) as TaskList;
    },
    instances: async (cluster) => {
      const asked = new URLSearchParams(cluster === null ? {} : { cluster });
      return ((await json('GET', `/v1/instances?${asked.toString()}`)) as { instances: readonly InstanceLine[] }).instances;
    },
    instance: async (word) => (await json('GET', `/v1/instance?${new URLSearchParams({ of: word }).toString()}`)) as InstanceDescription,
    setInstanceState: async ({ of, status, key }) =>
      (await json('POST', `/v1/instance-state?${new URLSearchParams({ of, status, key }).toString()}`)) as StateAnswer,
    stopTask: async ({ of, reason, key }) => {
      const asked = new URLSearchParams({ of, key, ...(reason === null ? {} : { reason }) });
      return (await json('POST', `/v1/stop-task?${asked.toString()}`)) as StopAnswer;
    },
    stop: async () => ((await json('POST', '/v1/stop')) as { pid: number }).pid,
    events: (query, signal) => jsonLines(socketPath, eventsPath(query), query.follow, signal) as AsyncGenerator<StoredEvent, void, void>,
    logs: (query, signal) =>
      jsonLines(socketPath, logsPath(query), query.follow, signal) as AsyncGenerator<LogRecord | LogNote, void, void>,
  };
}

function refusedWith(status: number | undefined, answer: unknown): DoorError {
  const { error, hint } = answer as { error?: unknown; hint?: unknown };
  return new DoorError('refused', typeof error === 'string' ? error : `status ${status}`, typeof hint === 'string' ? hint : null);
}

function eventsPath(query: EventRequest): string {
  const parameters = new URLSearchParams({ limit: String(query.limit) });
  if (query.after !== null) parameters.set('after', String(query.after));
  if (query.follow) parameters.set('follow', '1');
  return `/v1/events?${parameters.toString()}`;
}

function logsPath(query: LogRequest): string {
  const parameters = new URLSearchParams({ of: query.of });
  if (query.container !== null) parameters.set('container', query.container);
  if (query.since !== null) parameters.set('since', String(query.since));
  if (query.tail !== null) parameters.set('tail', String(query.tail));
  if (query.follow) parameters.set('follow', '1');
  return `/v1/logs?${parameters.toString()}`;
}

/** The values of an answer that comes as lines of JSON, for as long as it comes. */
async function* jsonLines(socketPath: string, path: string, follow: boolean, signal: AbortSignal): AsyncGenerator<unknown, void, void> {
  const response = await open(socketPath, 'GET', path, signal);
  if (response.statusCode !== 200) throw refusedWith(response.statusCode, parse(await body(response)));
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE_CHARACTERS) throw new DoorError('refused', 'the daemon sent a line without an end');
      for (const line of lines) if (line !== '') yield parse(line);
    }
  } catch (error) {
    if (error instanceof DoorError) throw error;
    // Who follows until the daemon is gone, or leaves, has reached the end; a list that breaks off is not the list.
    if (!follow && !signal.aborted) throw new DoorError('silent', `the answer broke off: ${(error as Error).message}`);
  } finally {
    response.destroy();
  }
}

/** The response's head; the body follows under the same signal. */
async function open(socketPath: string, method: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, signal, agent: false }, resolve);
    asked.once('error', (error: NodeJS.ErrnoException) => reject(troubleOf(error, socketPath)));
    asked.end();
  });
}

async function body(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw new DoorError('refused', `the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof DoorError) throw error;
    throw new DoorError('silent', `the answer broke off: ${(error as Error).message}`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new DoorError('refused', `the daemon's answer is not JSON: ${(error as Error).message}`);
  }
}

/** An error of a connection to the door, in words. */
export function troubleOf(error: NodeJS.ErrnoException, socketPath: string): DoorError {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK' || error.code === 'ENOTDIR') {
    return new DoorError('absent', `no daemon answers on ${socketPath}`);
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') return new DoorError('forbidden', `${socketPath} belongs to another user`);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return new DoorError('silent', `the daemon on ${socketPath} did not answer within ${ANSWER_MS / 1_000} s`);
  }
  return new DoorError('silent', `the daemon on ${socketPath} hung up: ${error.message}`);
}
