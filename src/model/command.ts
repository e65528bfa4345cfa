// What people ask for while tasks run: a command is written into the ledger with its effect, obeyed once, and answered by events. Deliberately
// absent: anything that git declares (a count, an image, a definition). That is changed by a commit.

export interface Command {
  readonly kind: 'stop-task';
  /** Whoever asks twice with the same key asks once. */
  readonly key: string;
  /** When it was asked for (ms). */
  readonly at: number;
  /** The task's id, whole. */
  readonly task: string;
  /** ECS's stoppedReason; null: `Task stopped by user`. */
  readonly reason: string | null;
}

/** A command that was obeyed: kept so that it is not obeyed again. */
export interface CommandRow {
  readonly command: Command;
  /** When (ms). */
  readonly obeyedAt: number;
  /** done: it took effect. no-effect: the task was stopping already, or is gone. */
  readonly outcome: 'done' | 'no-effect';
}

/** ECS: characters of StopTask's reason. */
export const REASON_CHARACTERS = 255;
/** Rows of commands, the newest; and how long one is remembered. */
export const COMMANDS_KEPT = 1_000;
export const COMMANDS_KEPT_MS = 24 * 3_600_000;
