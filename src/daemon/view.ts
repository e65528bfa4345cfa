// What the daemon shows of itself: read by the door (api/) and so by the command line. A snapshot; nothing in it is live.
import type { Command, CommandRow } from '../model/turn/command.ts';
import type { ExecRequest } from '../model/task/exec.ts';
import type { LogLine, LogQuery } from '../model/task/container-log.ts';
import type { Problem } from '../model/problem.ts';
import type { ExecSession, PullProgress, StoppedQuery, StoredEvent } from './ports.ts';
import type { ContainerEvidence, SecretPlaces, StoppedTask } from '../model/task/stopped-task.ts';
import type { World } from '../model/turn/plan.ts';

/** A pull that is under way. */
export interface PullView {
  readonly instance: string;
  readonly reference: string;
  readonly startedAt: number;
  /** Null: the engine has said nothing of it yet. */
  readonly progress: PullProgress | null;
}

export interface DaemonView {
  readonly startedAt: number;
  readonly now: number;
  /** Shown name of the repository. */
  readonly repository: string;
  /** The commit in force; null until the first good one. */
  readonly commit: string | null;
  /** The newest commit when it was refused: its problems stand in `problems`. */
  readonly refusedCommit: string | null;
  readonly problems: readonly Problem[];
  /** Why the repository could not be read last time; null when it could. */
  readonly repositoryError: string | null;
  /** Why the store refused the last write; null when it took it. Nothing is done while a decision can't be recorded. */
  readonly storeError: string | null;
  /** The world of the last turn, with the ledger that the turn wrote; null before the first turn. */
  readonly world: World | null;
  /** A commit is in force, every engine was asked once, and the route table is installed. */
  readonly ready: boolean;
  /** Nothing is under way and nothing is left to do: no action, no look, no unfinished deployment, the newest commit read. */
  readonly settled: boolean;
  readonly turns: number;
  readonly lastTurnMs: number;
  readonly actionsInFlight: number;
  /** Oldest first; at most as many as may be under way on each engine. */
  readonly pulls: readonly PullView[];
  readonly actionsTotal: number;
  readonly actionErrorsTotal: number;
  readonly wakeAt: number | null;
}

/** The daemon as its door sees it. */
export interface DaemonDoor {
  view(): DaemonView;
  /** Events after a sequence number, oldest first; `after` null: the newest `limit`. */
  events(after: number | null, limit: number): Promise<readonly StoredEvent[]>;
  /** The newest `limit` events about a task, oldest first. */
  taskEvents(task: string, limit: number): Promise<readonly StoredEvent[]>;
  /** Stopped tasks that are remembered, newest first; see Store.stoppedTasks. */
  stoppedTasks(which: StoppedQuery, limit: number): Promise<readonly StoppedTask[]>;
  /** Resolves when the command has been obeyed and that is durable; rejects when `signal` aborts first. */
  command(command: Command, signal: AbortSignal): Promise<CommandRow>;
  /** Runs a command in a container on an instance; see Engine.exec. */
  exec(instance: string, container: string, request: ExecRequest, signal: AbortSignal): Promise<ExecSession>;
  /** What is known of a container on an instance; see Engine.evidence. */
  evidence(
    instance: string,
    container: string,
    secrets: SecretPlaces,
    signal: AbortSignal,
  ): Promise<Omit<ContainerEvidence, 'name'> | null>;
  /** What a container on an instance writes; see Engine.logs. */
  logs(instance: string, container: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine, void, void>;
  /** Calls `listener` after each turn; the returned function ends it. */
  onTurn(listener: () => void): () => void;
}
