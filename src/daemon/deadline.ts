// A deadline on the daemon's own clock around a call of a port. Ports settle when their signal aborts, so nothing is raced here.
import type { Clock } from './ports.ts';

/** Runs `call` with a signal that aborts after `ms`, or as soon as `stop` does. */
export async function withDeadline<T>(clock: Clock, ms: number, stop: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const expire = clock.timer(clock.now() + ms, () => deadline.abort(new Error(`no answer within ${ms} ms`)));
  const end = (): void => deadline.abort(stop.reason);
  if (stop.aborted) end();
  else stop.addEventListener('abort', end, { once: true });
  try {
    return await call(deadline.signal);
  } finally {
    expire();
    stop.removeEventListener('abort', end);
  }
}

/** The words of an error, without its stack. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
