// At most so many calls at once. Whoever comes later waits for a place in the order of coming, as long as its signal allows.
// The pools of node:http have such a limit, but count no connection that is still being made.

export interface Slots {
  /** A place; resolves with the function that gives it back. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>;
}

/** Places for `most` at once. */
export function slotsFor(most: number): Slots {
  const waiting = new Set<() => void>();
  let free = most;
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      free++;
      return;
    }
    waiting.delete(next);
    next();
  };
  /** A place is given back once, however often that is said. */
  const place = (): (() => void) => {
    let held = true;
    return () => {
      if (held) leave();
      held = false;
    };
  };
  return {
    take: async (signal) => {
      signal.throwIfAborted();
      if (free > 0) {
        free--;
        return place();
      }
      const turn = Promise.withResolvers<void>();
      const onAbort = (): void => {
        waiting.delete(turn.resolve);
        turn.reject(signal.reason);
      };
      waiting.add(turn.resolve);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        await turn.promise;
        return place();
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}
