// Commands on their way into a turn. One is asked for, waits for the next turn, and is answered when the row that obeyed it is durable: an answer
// that came earlier would promise what a crash can still undo. Nothing is kept here beyond that; the ledger remembers.
import type { Command, CommandRow } from '../model/turn/command.ts';
import type { Ledger } from '../model/turn/ledger.ts';

export interface CommandDesk {
  /** Resolves with the durable row. Rejects when `signal` aborts first: it may have been obeyed all the same. */
  ask(command: Command, signal: AbortSignal): Promise<CommandRow>;
  /** Those that no durable row answers yet, oldest first. */
  pending(): readonly Command[];
  /** A ledger has become durable. */
  settle(ledger: Ledger): void;
}

interface Asked {
  readonly command: Command;
  readonly answer: (row: CommandRow) => void;
}

/** Commands that wait at once: turns take milliseconds, so more than this means that none are made. */
const MOST_PENDING = 100;

/** An empty desk; `wake` asks for a turn. */
export function createDesk(wake: () => void): CommandDesk {
  const asked = new Set<Asked>();
  return {
    ask: async (command, signal) => {
      if (asked.size >= MOST_PENDING) throw new Error('too many commands wait already: the daemon makes no turns at the moment');
      const answered = Promise.withResolvers<CommandRow>();
      const entry: Asked = { command, answer: answered.resolve };
      const leave = (): void => {
        asked.delete(entry);
        answered.reject(signal.reason as Error);
      };
      signal.throwIfAborted();
      signal.addEventListener('abort', leave, { once: true });
      asked.add(entry);
      wake();
      try {
        return await answered.promise;
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
    pending: () => [...asked].map(({ command }) => command),
    settle: (ledger) => {
      for (const entry of asked) {
        const row = ledger.commands.get(entry.command.key);
        if (row === undefined) continue;
        asked.delete(entry);
        entry.answer(row);
      }
    },
  };
}
