// What people ask for while tasks run: a command is written into the ledger with its effect, obeyed once, and answered by events. Deliberately
// absent: anything that git declares (a count, an image, a definition). That is changed by a commit.

interface Asked {
  /** Whoever asks twice with the same key asks once. */
  readonly key: string;
  /** When it was asked for (ms). */
  readonly at: number;
}

export interface StopTask extends Asked {
  readonly kind: 'stop-task';
  /** The task's id, whole. */
  readonly task: string;
  /** ECS's stoppedReason; null: `Task stopped by user`. */
  readonly reason: string | null;
}

/** ECS: UpdateContainerInstancesState, DRAINING or ACTIVE. */
export interface SetInstanceState extends Asked {
  readonly kind: 'drain-instance' | 'activate-instance';
  /** The container instance's id. */
  readonly instance: string;
}

export type Command = StopTask | SetInstanceState;

/** A command that was obeyed: kept so that it is not obeyed again. */
export interface CommandRow {
  readonly command: Command;
  /** When (ms). */
  readonly obeyedAt: number;
  /** done: it took effect. no-effect: it was so already, or what it is about is gone. */
  readonly outcome: 'done' | 'no-effect';
}

/** ECS: characters of StopTask's reason. */
export const REASON_CHARACTERS = 255;
/** Rows of commands, the newest; and how long one is remembered. */
export const COMMANDS_KEPT = 1_000;
export const COMMANDS_KEPT_MS = 24 * 3_600_000;
