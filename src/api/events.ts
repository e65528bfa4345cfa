// Events as lines of JSON, oldest first. They are pulled from the store in batches, so a slow reader costs a position and no memory.
// Following means: whenever a turn has ended, ask again for what is newer. The stream ends when the reader leaves or the door closes.
import { turns, writeLine } from './stream.ts';
import type { DaemonDoor } from '../daemon/view.ts';
import type { ServerResponse } from 'node:http';
import type { StoredEvent } from '../daemon/ports.ts';

export interface EventQuery {
  /** Sequence number after which to start; null: with the newest `limit`. */
  readonly after: number | null;
  /** Events at most before following begins; null: DEFAULT_EVENTS. */
  readonly limit: number | null;
  readonly follow: boolean;
}

export const DEFAULT_EVENTS = 100;
export const MAX_EVENTS = 10_000;
/** Lines read from the store at once: about 100 KB. */
const BATCH = 500;

/** Writes the events that `query` asks for to `response`; settles when all are written or the reader has left. */
export async function streamEvents(door: DaemonDoor, response: ServerResponse, query: EventQuery): Promise<void> {
  const left = new AbortController();
  const leave = (): void => left.abort();
  response.once('close', leave);
  const nextTurn = turns(door, left.signal);
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
  response.flushHeaders();
  const limit = Math.min(query.limit ?? DEFAULT_EVENTS, MAX_EVENTS);
  const write = async (events: readonly StoredEvent[]): Promise<void> => {
    for (const event of events) {
      if (left.signal.aborted) return;
      await writeLine(response, JSON.stringify(event), left.signal);
    }
  };
  try {
    let after = query.after;
    if (after === null) {
      const newest = await door.events(null, limit);
      await write(newest);
      after = newest.at(-1)?.sequence ?? 0; // an empty store: everything from now on is new
    } else {
      after = await writeAfter(door, after, query.follow ? Number.MAX_SAFE_INTEGER : limit, write, left.signal);
    }
    while (query.follow && !left.signal.aborted) {
      await nextTurn();
      after = await writeAfter(door, after, Number.MAX_SAFE_INTEGER, write, left.signal);
    }
    response.end();
  } finally {
    response.off('close', leave);
    left.abort();
  }
}

/** Writes at most `limit` events after `after`, batch by batch; returns the last sequence number written. */
async function writeAfter(
  door: DaemonDoor,
  after: number,
  limit: number,
  write: (events: readonly StoredEvent[]) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  let last = after;
  let remaining = limit;
  while (remaining > 0 && !signal.aborted) {
    const asked = Math.min(BATCH, remaining);
    const batch = await door.events(last, asked);
    await write(batch);
    last = batch.at(-1)?.sequence ?? last;
    remaining -= batch.length;
    if (batch.length < asked) break;
  }
  return last;
}
