// The logs of a service or a task as lines of JSON: every container of it on every engine, in the order of their times. Following means that
// containers which come later are taken up after the turn that saw them, and one that is started again in place is read on.
// Nothing is kept here: a slow reader makes the engines wait, and a reader that leaves ends every read.
import { type Chosen, choose } from './choose.ts';
import { Refusal } from './refusal.ts';
import { turns, writeLine } from './stream.ts';
import { mergeOf, type Merge } from './merge.ts';
import { remembered, worldOf } from './describe.ts';
import { reasonOf } from '../daemon/deadline.ts';
import { viewsByTask } from '../core/turn.ts';
import { PAUSE } from '../model/task/pause.ts';
import { LOG_UNREADABLE } from '../daemon/ports.ts';
import { SECOND } from '../std/time.ts';
import type { ContainerView } from '../model/turn/observed.ts';
import type { DaemonDoor } from '../daemon/view.ts';
import { type LogLine, logTime } from '../model/task/container-log.ts';
import type { StoppedTask } from '../model/task/stopped-task.ts';
import type { ServerResponse } from 'node:http';
import type { World } from '../model/turn/plan.ts';

export interface LogRequest {
  /** A service or a task, as `choose` reads it. */
  readonly of: string;
  /** Only containers of this name; null: all. */
  readonly container: string | null;
  /** Milliseconds since the epoch; null: from the first line. */
  readonly since: number | null;
  /** The newest so many lines of each container; null: all. */
  readonly tail: number | null;
  readonly follow: boolean;
}

/** Whose line it is. */
export interface LogOrigin {
  /** `cluster/name`. */
  readonly service: string;
  readonly task: string;
  readonly container: string;
  readonly instance: string;
}

export interface LogRecord extends LogOrigin, LogLine {}

/** Something about the reading itself, for people: a log that can't be read, an engine that is away. */
export interface LogNote {
  readonly note: string;
  /** Null: it is about all of it. */
  readonly about: LogOrigin | null;
}

interface Found extends LogOrigin {
  readonly view: ContainerView;
  readonly connected: boolean;
}

/** What is remembered of a container as long as it is there. */
interface Reading {
  readonly control: AbortController;
  /** Which start of the container was read; null: it was never seen to start. */
  startedAt: number | null;
  /** Time of the last line. */
  last: string | null;
  /** live: being read. broken: to be read again. ended: read to the end of this start. closed: nothing of it can be read. */
  state: 'live' | 'broken' | 'ended' | 'closed';
  brokenAt: number;
}

/** Containers read at once: each takes a connection to its engine and up to 64 KiB. */
const MAX_READ = 200;
/** Lines of different containers are put in order when they come within this time of each other. */
const FOLLOW_WINDOW_MS = 250;
/** Without following an engine may take its time, and is not waited for without end. */
const WINDOW_MS = 5 * SECOND;
/** Between two tries of a log that broke off. */
const RETRY_MS = 2 * SECOND;

/** Writes the logs that `query` asks for; settles when all is written or the reader has left. Throws a Refusal before the first byte. */
export async function streamLogs(door: DaemonDoor, response: ServerResponse, query: LogRequest): Promise<void> {
  const world = worldOf(door);
  const alike = await remembered(door, query.of);
  const chosen = choose(
    world,
    query.of,
    alike.map(({ task }) => task),
  );
  checkContainer(world, chosen, query.container);
  const left = new AbortController();
  const leave = (): void => left.abort(new Error('the reader has left'));
  response.once('close', leave);
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
  response.flushHeaders();
  const merge = mergeOf<LogRecord>(query.follow ? FOLLOW_WINDOW_MS : WINDOW_MS);
  const say = (note: LogNote): void => {
    if (!left.signal.aborted && !response.writableEnded) response.write(`${JSON.stringify(note)}\n`);
  };
  const ended = world.ledger.tasks.has(chosen.id) ? undefined : alike.find(({ task }) => task.id === chosen.id);
  if (ended !== undefined) {
    for (const line of keptLines(ended, query)) merge.add(line, () => undefined);
    say({ note: 'the task has stopped and its containers are gone: these are the last lines that were kept', about: null });
  }
  const taking = takeUp(door, chosen, query, merge, say, left.signal);
  try {
    for await (const line of merge.lines()) {
      await writeLine(response, JSON.stringify(line), left.signal);
      if (left.signal.aborted) break;
    }
    response.end();
  } finally {
    response.off('close', leave);
    leave();
    await taking;
  }
}

/** The kept lines of each container of a task that is gone. */
function keptLines({ task, containers }: StoppedTask, query: LogRequest): readonly AsyncGenerator<LogRecord, void, void>[] {
  const service = `${task.cluster}/${task.service}`;
  const since = query.since === null ? '' : logTime(query.since);
  return containers
    .filter(({ name }) => query.container === null || name === query.container)
    .map(async function* ({ name, log }) {
      const wanted = log.filter(({ time }) => time >= since);
      const shown = query.tail === null ? wanted : wanted.slice(Math.max(0, wanted.length - query.tail));
      for (const line of shown) yield { service, task: task.id, container: name, instance: task.instance, ...line };
    });
}

function checkContainer(world: World, chosen: Chosen, name: string | null): void {
  if (name === null) return;
  const names = new Set(tasksOf(world, chosen).flatMap((task) => task.containers.map((container) => container.name)));
  names.delete(PAUSE);
  if (names.size === 0 || names.has(name)) return;
  throw new Refusal(404, `no container is called ${name}`, `There is ${[...names].join(', ')}.`);
}

function tasksOf(world: World, chosen: Chosen) {
  if (chosen.kind === 'task') return [...world.ledger.tasks.values()].filter((task) => task.id === chosen.id);
  return [...world.ledger.tasks.values()].filter((task) => `${task.cluster}/${task.service}` === chosen.id);
}

/** The containers that have started, in the order of their tasks. */
function containersOf(world: World, chosen: Chosen, name: string | null): readonly Found[] {
  return tasksOf(world, chosen).flatMap((task) => {
    const instance = world.observed.instances.get(task.instance);
    const views = instance === undefined ? [] : (viewsByTask(instance.containers).get(task.id) ?? []);
    return views
      .filter(({ state, identity: { container } }) => state !== 'created' && container !== PAUSE && (name === null || container === name))
      .map((view) => ({
        ...{ service: `${task.cluster}/${task.service}`, task: task.id, container: view.identity.container, instance: task.instance },
        ...{ view, connected: instance?.connected === true },
      }));
  });
}

/** Adds the containers to the merge, and with `follow` those that come later; settles when no more will come or `signal` aborts. */
async function takeUp(
  door: DaemonDoor,
  chosen: Chosen,
  query: LogRequest,
  merge: Merge<LogRecord>,
  say: (note: LogNote) => void,
  signal: AbortSignal,
): Promise<void> {
  const nextTurn = turns(door, signal);
  const reader = readerOf(door, query, merge, say, signal);
  for (let first = true; !signal.aborted; first = false) {
    const { world } = door.view();
    if (world !== null) reader.look(containersOf(world, chosen, query.container), first);
    const over = !query.follow || (world !== null && isOver(world, chosen));
    if (over && !reader.isLive()) break;
    await nextTurn();
  }
  reader.end();
}

/** Whether nothing more can come of what is followed. */
function isOver(world: World, chosen: Chosen): boolean {
  if (chosen.kind === 'task') return !tasksOf(world, chosen).some((task) => task.lastStatus !== 'STOPPED');
  return !world.ledger.services.has(chosen.id) && !world.desired.services.has(chosen.id);
}

/** Keeps a read open for each container that is there. */
function readerOf(door: DaemonDoor, query: LogRequest, merge: Merge<LogRecord>, say: (note: LogNote) => void, signal: AbortSignal) {
  const readings = new Map<string, Reading>();
  const isLive = (): boolean => [...readings.values()].some(({ state }) => state === 'live');
  const read = (found: Found, since: string | null, tail: number | null, last: string | null = null): void => {
    const { view, instance } = found;
    const reading: Reading = { control: new AbortController(), startedAt: view.startedAt, last, state: 'live', brokenAt: 0 };
    readings.set(view.id, reading);
    const origin = originOf(found);
    const until = AbortSignal.any([signal, reading.control.signal]);
    merge.add(recordsOf(door.logs(instance, view.id, { since, tail, follow: query.follow }, until), origin, reading), (error) => {
      reading.state = error === null ? 'ended' : isUnreadable(error) ? 'closed' : 'broken';
      reading.brokenAt = performance.now();
      if (error !== null) say({ note: reasonOf(until.aborted ? until.reason : error), about: origin });
      if (!query.follow && !isLive()) merge.close();
    });
  };
  const asAsked = (found: Found, past: boolean): void => {
    if (past) read(found, query.since === null ? null : logTime(query.since), query.tail);
    else read(found, null, null);
  };
  const look = (found: Found, first: boolean): void => {
    const { view } = found;
    const known = readings.get(view.id);
    if (!found.connected) {
      const silence = `engine ${found.instance} does not answer`;
      if (known?.state === 'live') known.control.abort(new Error(silence));
      else if (first) say({ note: silence, about: originOf(found) });
    } else if (known === undefined) {
      if (readings.size < MAX_READ) asAsked(found, first);
    } else if (query.follow && known.state === 'ended' && view.startedAt !== known.startedAt) {
      read(found, known.last ?? logTime(view.startedAt ?? 0), null, known.last);
    } else if (query.follow && known.state === 'broken' && performance.now() >= known.brokenAt + RETRY_MS) {
      if (known.last === null) asAsked(found, true);
      else read(found, known.last, null, known.last);
    }
  };
  return {
    isLive,
    look: (found: readonly Found[], first: boolean): void => {
      for (const each of found) look(each, first);
      const ids = new Set(found.map(({ view }) => view.id));
      for (const [id, { state }] of readings) if (!ids.has(id) && state !== 'live') readings.delete(id);
      const hidden = found.length - MAX_READ;
      if (first && hidden > 0)
        say({ note: `${hidden} containers are not shown: ask for one task, or for one container of each`, about: null });
    },
    end: (): void => {
      for (const { control } of readings.values()) control.abort(signal.reason);
      merge.close();
    },
  };
}

function originOf({ service, task, container, instance }: Found): LogOrigin {
  return { service, task, container, instance };
}

/** The lines after those that were read before: an engine gives those of the last moment again. */
async function* recordsOf(
  lines: AsyncGenerator<LogLine, void, void>,
  origin: LogOrigin,
  reading: Reading,
): AsyncGenerator<LogRecord, void, void> {
  const after = reading.last;
  for await (const line of lines) {
    if (after !== null && line.time <= after) continue;
    reading.last = line.time;
    yield { ...origin, ...line };
  }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === LOG_UNREADABLE;
}
