// The endpoint at which containers ask about themselves (ECS's task metadata, version 4) and for credentials: HTTP on a link-local address of the machine. Who knows an
// address may ask there and nowhere else, so a task learns nothing of another one; that is the whole login, as it is ECS's. What a relay carries
// here from another host is answered for tasks of that host alone.
// Deliberately absent: anything that changes something, and lists of what there is.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { containerMetadata, taskMetadata, type TaskPicture } from './metadata-view.ts';
import { type Endpoints, taskOfEndpoint } from './metadata-endpoint.ts';
import { rateOf } from './rate.ts';
import { sharedFacts, type SharedFacts } from './metadata-facts.ts';
import type { ContainerFacts, Credentials } from '../model/task/task-metadata.ts';
import type { ContainerView } from '../model/turn/observed.ts';
import type { DaemonDoor } from '../daemon/view.ts';
import type { CredentialsSource, FactsSource, Log } from '../daemon/ports.ts';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Rate } from './rate.ts';
import type { Duplex } from 'node:stream';
import type { Task } from '../model/task/task.ts';
import type { World } from '../model/turn/plan.ts';

export interface MetadataOptions {
  /** Null: nobody is answered but whom relays carry here. */
  readonly address: string | null;
  /** 0: any free one. */
  readonly port: number;
  readonly endpoints: Endpoints;
  /** By instance id. */
  readonly sources: ReadonlyMap<string, FactsSource>;
  readonly credentials: CredentialsSource;
  readonly log: Log;
  /** Milliseconds of a clock that does not go back. */
  readonly now: () => number;
}

export interface OpenMetadata {
  readonly port: number;
  /** Answers from this daemon; until then it says that it is not ready. */
  attach(door: Pick<DaemonDoor, 'view'>): void;
  /** Answers a connection that a container on `instance` made to its relay. */
  serve(stream: Duplex, instance: string): void;
  close(): Promise<void>;
}

/** ECS's agent: 40 requests a second of a task, 60 at once. */
const PER_SECOND = 40;
const BURST = 60;
const CREDENTIALS_MS = 5_000;
const RATES_KEPT = 10_000;
/** Every container of a machine may hold one. */
const MAX_CONNECTIONS = 1_024;

interface Room {
  readonly options: MetadataOptions;
  readonly facts: SharedFacts;
  readonly rate: Rate;
  /** Containers ask again and again for what can't be had: the log says it once a minute for each role. */
  readonly warnings: Rate;
  /** The instance whose relay carried a connection here. */
  readonly carried: WeakMap<Duplex, string>;
  door: Pick<DaemonDoor, 'view'> | null;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Opens the endpoint. Rejects when the address is not this machine's or its port is taken. */
export async function serveMetadata(options: MetadataOptions): Promise<OpenMetadata> {
  const room: Room = {
    options,
    facts: sharedFacts(options.sources, options.now),
    rate: rateOf(PER_SECOND, BURST, RATES_KEPT),
    warnings: rateOf(1 / 60, 1, RATES_KEPT),
    carried: new WeakMap(),
    door: null,
  };
  const limits = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000 };
  const server = createServer(limits, (request, response) => void answer(room, request, response));
  server.maxConnections = MAX_CONNECTIONS;
  if (options.address !== null) {
    const listening = once(server, 'listening');
    server.listen(options.port, options.address);
    await listening;
  }
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : options.port,
    serve: (stream, instance) => {
      room.carried.set(stream, instance);
      server.emit('connection', stream);
    },
    attach: (door) => {
      room.door = door;
    },
    close: async () => closeServer(server, options.address !== null),
  };
}

/** Answers one request; whatever fails inside becomes a 503 that says nothing of the machine. */
async function answer(room: Room, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume(); // no question has a body
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET');
    return send(response, { status: 405, body: problem('MethodNotAllowed', 'Send GET.') });
  }
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  try {
    send(response, await replyTo(room, path, room.carried.get(request.socket) ?? null));
  } catch {
    send(response, { status: 503, body: problem('EngineUnavailable', 'The engine did not answer in time. Ask again.') });
  }
}

const NOT_FOUND: Reply = {
  status: 404,
  body: problem('NotFound', 'Nothing is at this address. Ask at the one in ECS_CONTAINER_METADATA_URI_V4.'),
};
const TOO_MANY: Reply = { status: 429, body: problem('TooManyRequests', 'The task asks too often. Ask again in a second.') };
const NOT_READY: Reply = { status: 503, body: problem('NotReady', 'Longshore has just started. Ask again in a second.') };

/** `from`: the instance whose relay carried the question here; null: it came to this machine. */
async function replyTo(room: Room, path: string, from: string | null): Promise<Reply> {
  const credentialsId = /^\/v2\/credentials(?:\/([^/]*))?$/.exec(path);
  if (credentialsId !== null) return replyCredentials(room, credentialsId[1] ?? '', from);
  const [, id = '', question = ''] = /^\/v4\/([^/]+)(?:\/(.*?))?\/?$/.exec(path) ?? [];
  const taskId = taskOfEndpoint(id);
  const ask = QUESTIONS.get(question);
  if (taskId === null || ask === undefined) return NOT_FOUND;
  const world = room.door?.view().world ?? null;
  if (world === null) return NOT_READY;
  const task = world.ledger.tasks.get(taskId);
  const container = task?.containers.find(({ name }) => room.options.endpoints.matches(id, 'container', taskId, name));
  if (task === undefined || container === undefined || !isAt(task, from)) return NOT_FOUND;
  if (!room.rate.take(taskId, room.options.now())) return TOO_MANY;
  return ask({ room, world, task, container: container.name });
}

interface Asked {
  readonly room: Room;
  readonly world: World;
  readonly task: Task;
  readonly container: string;
}

const QUESTIONS: ReadonlyMap<string, (asked: Asked) => Promise<Reply>> = new Map([
  ['', replyContainer],
  ['task', replyTask],
  // Tasks and instances have no tags here: both answers are the same.
  ['taskWithTags', replyTask],
  ['stats', replyStats],
  ['task/stats', replyTaskStats],
]);

async function replyContainer(asked: Asked): Promise<Reply> {
  const picture = await pictureOf(
    asked,
    viewsOf(asked).filter(({ identity }) => identity.container === asked.container),
  );
  const facts = picture.facts.get(asked.container);
  return facts === undefined ? NOT_READY : { status: 200, body: containerMetadata(picture, asked.container, facts) };
}

async function replyTask(asked: Asked): Promise<Reply> {
  return { status: 200, body: taskMetadata(await pictureOf(asked, viewsOf(asked))) };
}

async function replyStats({ room, task, ...asked }: Asked): Promise<Reply> {
  const view = viewsOf({ room, task, ...asked }).find(({ identity }) => identity.container === asked.container);
  const stats = view === undefined ? null : await room.facts.stats(task.instance, view.id);
  return stats === null ? NOT_READY : { status: 200, body: stats };
}

async function replyTaskStats(asked: Asked): Promise<Reply> {
  const { room, task } = asked;
  const stats = await Promise.all(viewsOf(asked).map(async ({ id }) => [id, await room.facts.stats(task.instance, id)] as const));
  return { status: 200, body: Object.fromEntries(stats) };
}

/** Whether a task may ask from there: one who has learned the address of a task on another host can't use it on his own. */
function isAt({ instance }: Task, from: string | null): boolean {
  return from === null || from === instance;
}

/** The credentials of a task's role, at the path that only its containers know; errors have ECS's codes. */
async function replyCredentials({ options, door, rate, warnings }: Room, id: string, from: string | null): Promise<Reply> {
  if (id === '') return { status: 400, body: problem('NoIdInRequest', 'The path has no id. Ask at the one in the environment.') };
  const world = door?.view().world ?? null;
  if (world === null) return NOT_READY;
  const taskId = taskOfEndpoint(id);
  const task = taskId === null ? undefined : world.ledger.tasks.get(taskId);
  if (task === undefined || !options.endpoints.matches(id, 'credentials', task.id, '') || !isAt(task, from)) {
    return { status: 400, body: problem('InvalidIdInRequest', 'No task has this id. Ask at the path in the environment.') };
  }
  if (!rate.take(task.id, options.now())) return TOO_MANY;
  const role = world.ledger.revisions.get(task.revision)?.spec?.taskRoleArn ?? '';
  try {
    const found = role === '' ? null : await options.credentials.read(role, AbortSignal.timeout(CREDENTIALS_MS));
    if (found === null) {
      return {
        status: 503,
        body: problem('NoCredentialsAssociated', 'The configuration of Longshore gives none for the role of this task.'),
      };
    }
    options.log.write('debug', 'credentials given', { role, service: `${task.cluster}/${task.service}`, task: task.id });
    return { status: 200, body: credentialsBody(found) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (warnings.take(role, options.now())) options.log.write('warn', 'credentials of a role can not be had', { role, reason });
    return { status: 503, body: problem('CredentialsUninitialized', "They can not be had now; Longshore's log says why. Ask again.") };
  }
}

function credentialsBody({ roleArn, accessKeyId, secretAccessKey, token, expiration }: Credentials): Readonly<Record<string, string>> {
  const moment = `${new Date(expiration).toISOString().slice(0, 19)}Z`;
  return { RoleArn: roleArn, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: token, Expiration: moment };
}

/** The containers of the task as they were seen in the last turn: a container is seen before it is started. */
function viewsOf({ world, task }: Asked): readonly ContainerView[] {
  const views = world.observed.instances.get(task.instance)?.containers.values() ?? [];
  return [...views].filter(({ identity }) => identity.task === task.id);
}

async function pictureOf({ room, world, task }: Asked, views: readonly ContainerView[]): Promise<TaskPicture> {
  const facts = new Map<string, ContainerFacts>();
  const found = await Promise.all(views.map(async ({ id }) => room.facts.facts(task.instance, id)));
  for (const [index, { identity }] of views.entries()) {
    const each = found[index];
    if (each) facts.set(identity.container, each);
  }
  return { task, definition: world.ledger.revisions.get(task.revision)?.spec ?? null, facts };
}

function problem(code: string, message: string): { readonly code: string; readonly message: string } {
  return { code, message };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}

async function closeServer(server: Server, listens: boolean): Promise<void> {
  server.closeAllConnections();
  if (!listens) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
