// What a verb gets and gives: a file per verb registers its options on the program and, when it is called, loads the rooms it needs.
// Nothing heavy is imported before a verb runs: dockerode alone costs 160 ms, and `longshore --help` needs none of it.
import type { Command } from 'commander';
import type { Result } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface Context {
  readonly terminal: Terminal;
  /** Version of Longshore. */
  readonly version: string;
  /**
   * Says how the command ended. `announce`: the result line is printed even when all is well, because the verb is a judgement that scripts
   * and people read in a log.
   */
  end(result: Result, announce?: 'announce'): void;
  /** The command ends with a code that is not ours: that of a program it ran. */
  exit(code: number): void;
}

/** Registers one verb. */
export type Verb = (program: Command, context: Context) => void;

/** The examples at the end of a verb's help. */
export function examples(...lines: readonly (readonly [command: string, says: string])[]): string {
  const room = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, says]) => `  $ ${command.padEnd(room)}  ${says}`).join('\n')}\n`;
}

/** Aborts at the first SIGINT or SIGTERM; the second one ends the process at once. Call `release` when waiting is over. */
export function interruption(): { readonly signal: AbortSignal; release(): void } {
  const control = new AbortController();
  const interrupt = (): void => {
    if (control.signal.aborted) process.exit(130);
    control.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    signal: control.signal,
    release: () => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
  };
}
