// Several sources of lines as one, in the order of their times. Each source gives its lines in order, so the earliest of the heads is next,
// once every other source has shown its own or has had nothing to show for a while. One line a source is held and no more: a reader that is
// slow makes the sources wait.

export interface Merge<Line extends { readonly time: string }> {
  /** Takes a source up; `ended` is called once, with its error when it broke. */
  add(source: AsyncIterator<Line, void>, ended: (error: unknown) => void): void;
  /** No source comes any more: `lines` ends with the last one. */
  close(): void;
  /** The lines of all sources. To be read once. */
  lines(): AsyncGenerator<Line, void, void>;
}

interface Source<Line> {
  readonly iterator: AsyncIterator<Line, void>;
  readonly ended: (error: unknown) => void;
  head: Line | null;
  /** Since when its next line is awaited. */
  askedAt: number;
}

/** An empty merge. A source that has had nothing for `windowMs` is not waited for until it has. */
export function mergeOf<Line extends { readonly time: string }>(windowMs: number): Merge<Line> {
  const sources = new Set<Source<Line>>();
  const state = { closed: false };
  let wake = (): void => undefined;

  const pull = async (source: Source<Line>): Promise<void> => {
    source.head = null;
    source.askedAt = performance.now();
    try {
      const { done, value } = await source.iterator.next();
      if (done !== true) source.head = value;
      else end(source, null);
    } catch (error) {
      end(source, error);
    }
    wake();
  };
  const end = (source: Source<Line>, error: unknown): void => {
    sources.delete(source);
    source.ended(error);
  };
  /** The source whose line is next, or how long to wait before one is looked for again. */
  const earliest = (): Source<Line> | number => {
    const now = performance.now();
    let first: Source<Line> | null = null;
    let waitMs = 0;
    for (const source of sources) {
      if (source.head === null) waitMs = Math.max(waitMs, source.askedAt + windowMs - now);
      else if (first?.head == null || source.head.time < first.head.time) first = source;
    }
    if (first === null) return Number.POSITIVE_INFINITY;
    return waitMs > 0 ? waitMs : first;
  };
  const woken = async (limitMs: number): Promise<void> => {
    await new Promise<void>((resolve) => {
      const timer = limitMs === Number.POSITIVE_INFINITY ? null : setTimeout(resolve, limitMs);
      wake = () => {
        if (timer !== null) clearTimeout(timer);
        resolve();
      };
    });
  };

  return {
    add: (iterator, ended) => {
      const source: Source<Line> = { iterator, ended, head: null, askedAt: 0 };
      sources.add(source);
      void pull(source);
    },
    close: () => {
      state.closed = true;
      wake();
    },
    async *lines() {
      while (sources.size > 0 || !state.closed) {
        const next = earliest();
        if (typeof next === 'number') await woken(next);
        else if (next.head !== null) {
          const line = next.head;
          void pull(next);
          yield line;
        }
      }
    },
  };
}
