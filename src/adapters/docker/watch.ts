// Follows an engine's events. An event is a hint: the container is inspected and its view is what counts, so a doubled, late or reordered
// event does no harm. Only an end is told at once (last-seen.ts says when), and inspected as well.
// The engine filters by label and by name: each health probe alone would write three events.
// Whenever the stream opens again, what happened meanwhile is unknown (the engine keeps 256 events): `lost` asks for a full listing.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineChange, Log } from '../../daemon/ports.ts';
import { LABEL_INSTALLATION } from '../../model/turn/identity.ts';
import type { Client } from './client.ts';
import { inspect } from './container-view.ts';
import { jsonLines } from './json-lines.ts';
import type { ContainerEvent, LastSeen } from './last-seen.ts';

export interface Watched {
  readonly id: string;
  readonly client: Client;
  readonly installation: string;
  readonly seen: LastSeen;
  readonly log: Log;
}

/** `stop` and `kill` add nothing to `die`; removals of networks are found by listings. */
const EVENTS = ['create', 'start', 'die', 'oom', 'destroy', 'health_status'];
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** The engine sends the headers at once; one that does not within this time is frozen. */
const OPEN_LIMIT_MS = 10_000;
const INSPECT_LIMIT_MS = 10_000;
const NANOSECONDS_PER_MS = 1_000_000;
/** Containers with unread events; beyond it a listing is cheaper. */
const MAX_UNREAD = 10_000;

/** Calls `listener` with each change until the returned function is called; nothing comes after that. */
export function watch(watched: Watched, listener: (change: EngineChange) => void): () => void {
  const stopped = new AbortController();
  const tell = (change: EngineChange): void => {
    if (!stopped.signal.aborted) listener(change);
  };
  void follow(watched, tell, stopped.signal);
  return () => stopped.abort(new Error('the watch was stopped'));
}

/** Opens the stream again and again, less often the longer the engine is away. */
async function follow(watched: Watched, tell: (change: EngineChange) => void, stopped: AbortSignal): Promise<void> {
  const { client, log, id } = watched;
  let retryMs = FIRST_RETRY_MS;
  while (!stopped.aborted) {
    let open = false;
    const reason = await readEvents(watched, tell, stopped, () => {
      open = true;
      retryMs = FIRST_RETRY_MS;
      log.write('debug', 'event stream opened', { engine: id });
      tell({ kind: 'lost', reason: 'the event stream opened: what happened before is unknown' });
    });
    if (stopped.aborted) return;
    client.forget();
    if (open) {
      log.write('warn', 'event stream lost', { engine: id, reason });
      tell({ kind: 'lost', reason });
    } else {
      log.write('debug', 'event stream does not open', { engine: id, reason, retryMs });
    }
    await sleep(retryMs, undefined, { signal: stopped }).catch(() => undefined); // stopped: the loop's condition ends it
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  }
}

/** Reads one stream to its end; the answer says why it ended. */
async function readEvents(
  watched: Watched,
  tell: (change: EngineChange) => void,
  stopped: AbortSignal,
  opened: () => void,
): Promise<string> {
  const attempt = new AbortController();
  const signal = AbortSignal.any([stopped, attempt.signal]);
  const timer = setTimeout(() => attempt.abort(new Error(`the event stream did not open within ${OPEN_LIMIT_MS} ms`)), OPEN_LIMIT_MS);
  const changes = reader(watched, tell, signal, (reason) => attempt.abort(new Error(reason)));
  try {
    const filters = { type: ['container'], label: [`${LABEL_INSTALLATION}=${watched.installation}`], event: EVENTS };
    const stream = await watched.client.stream({ method: 'GET', path: '/events', query: { filters } }, signal);
    clearTimeout(timer);
    opened();
    for await (const event of jsonLines(stream)) {
      const heard = eventOf(event);
      if (heard === null) continue;
      const view = watched.seen.ended(heard);
      if (view !== null) tell({ kind: 'container', id: heard.id, view });
      changes(heard.id);
    }
    return 'the engine closed the event stream';
  } catch (error) {
    const cause = signal.aborted ? signal.reason : error;
    return cause instanceof Error ? cause.message : String(cause);
  } finally {
    clearTimeout(timer);
    attempt.abort(new Error('the event stream ended'));
  }
}

interface EventLine {
  readonly Action?: string;
  readonly id?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Record<string, string> };
  /** More digits than a number has: the last ones are lost, which are less than a microsecond. */
  readonly timeNano?: number;
}

function eventOf(line: unknown): ContainerEvent | null {
  const { Action, Actor, id, timeNano } = line as EventLine;
  const container = Actor?.ID ?? id;
  const at = timeNano === undefined ? null : Math.floor(timeNano / NANOSECONDS_PER_MS);
  return container ? { action: Action ?? '', id: container, attributes: Actor?.Attributes ?? {}, at } : null;
}

/**
 * Inspects the containers that events name, one inspection at a time for each: events that arrive meanwhile cost one more in all.
 * `broken` is called when a change can't be read; the stream is given up then, so that a listing makes up for it.
 */
function reader(
  { client, seen }: Watched,
  tell: (change: EngineChange) => void,
  signal: AbortSignal,
  broken: (reason: string) => void,
): (id: string) => void {
  const unread = new Map<string, 'reading' | 'again'>();
  const read = async (id: string): Promise<void> => {
    try {
      do {
        unread.set(id, 'reading');
        const inspection = await inspect(client, id, AbortSignal.any([signal, AbortSignal.timeout(INSPECT_LIMIT_MS)]));
        if (signal.aborted) return;
        const view = seen.saw(id, inspection);
        if (view !== undefined) tell({ kind: 'container', id, view });
      } while (unread.get(id) === 'again');
    } catch (error) {
      if (!signal.aborted)
        broken(`a change of ${id.slice(0, 12)} can't be read: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      unread.delete(id);
    }
  };
  return (id) => {
    if (unread.has(id)) unread.set(id, 'again');
    else if (unread.size >= MAX_UNREAD) broken(`more than ${MAX_UNREAD} containers changed at once`);
    else void read(id);
  };
}
