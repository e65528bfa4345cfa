// A command in a container that runs nowhere: it says its own words to stderr, gives back what it is sent, and ends with 5 when that has ended.
import type { ExecSession } from '../../src/daemon/ports.ts';
import type { ExecRequest } from '../../src/model/task/exec.ts';

export interface EchoSession extends ExecSession {
  /** Each size that its terminal was given. */
  readonly sizes: (readonly [columns: number, rows: number])[];
  hungUp(): boolean;
}

/** Starts such a command. */
export function echoSession(request: ExecRequest, signal: AbortSignal): EchoSession {
  const sent: Uint8Array[] = [];
  const sizes: [number, number][] = [];
  const state = { ended: !request.stdin, hungUp: false };
  let wake = (): void => undefined;
  const hangUp = (): void => {
    state.hungUp = true;
    wake();
  };
  signal.addEventListener('abort', hangUp, { once: true });
  return {
    sizes,
    hungUp: () => state.hungUp,
    output: (async function* output() {
      yield { stream: 'stderr', bytes: Buffer.from(`$ ${request.command.join(' ')}\n`) };
      for (;;) {
        for (const bytes of sent.splice(0)) yield { stream: 'stdout', bytes };
        if (state.ended || state.hungUp) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    })(),
    write: async (bytes) => {
      sent.push(bytes);
      wake();
      return Promise.resolve();
    },
    end: () => {
      state.ended = true;
      wake();
    },
    resize: async (columns, rows) => {
      sizes.push([columns, rows]);
      return Promise.resolve();
    },
    exitCode: async () => Promise.resolve(5),
    close: hangUp,
  };
}
