// What answers without an end share: waiting for a reader that is slower than we are, and for the daemon's next turn.
import { once } from 'node:events';
import type { DaemonDoor } from '../daemon/view.ts';
import type { Writable } from 'node:stream';

/** A turn may end without anything of its own being readable yet, and a wake may be lost: look at least this often. */
const RECHECK_MS = 5_000;
/** Who follows looks at most this often, so that a busy daemon isn't asked every millisecond. */
const PAUSE_MS = 20;

/** A function that settles after the next turn (or RECHECK_MS), at most once per PAUSE_MS, and at once when `signal` aborts. */
export function turns(door: Pick<DaemonDoor, 'onTurn'>, signal: AbortSignal): () => Promise<void> {
  let turned = false;
  let waiting = false;
  let wake: (() => void) | null = null;
  const end = door.onTurn(() => {
    turned = true;
    if (waiting) wake?.();
  });
  signal.addEventListener('abort', () => {
    end();
    wake?.();
  });
  const pause = async (limitMs: number): Promise<void> => {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
  };
  return async () => {
    waiting = true;
    if (!turned) await pause(RECHECK_MS);
    waiting = false;
    turned = false;
    await pause(PAUSE_MS);
  };
}

/** Writes a line, and waits while the reader is behind. */
export async function writeLine(stream: Writable, line: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || stream.write(`${line}\n`)) return;
  try {
    await once(stream, 'drain', { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
