// A task that has stopped, with the evidence of its end: what is still known when its containers are gone. History for people; nothing is
// decided by it. The words of its containers are in it, and no value of a variable that the task definition gets from a secret.
import type { LogLine } from './container-log.ts';
import type { Task } from './task.ts';

/** Where the secrets of a container stand, whose values no evidence of it repeats. */
export interface SecretPlaces {
  /** Names of variables; null: any may hold one. */
  readonly variables: readonly string[] | null;
  /** Paths of files in the container. */
  readonly files: readonly string[];
}

/** One run of a container's health check. */
export interface HealthProbe {
  /** Milliseconds by the engine's clock; null when unknown. */
  readonly at: number | null;
  readonly exitCode: number;
  readonly output: string;
}

/** What a container leaves behind. */
export interface ContainerEvidence {
  readonly name: string;
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  /** Why the engine could not start it, in its words; empty when it did. */
  readonly error: string;
  /** Milliseconds by the engine's clock. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** The last runs of its health check, oldest first. */
  readonly health: readonly HealthProbe[];
  /** Its last lines, oldest first. */
  readonly log: readonly LogLine[];
  /** Why there is no log; null when it could be read. */
  readonly logMissing: string | null;
}

export interface StoppedTask {
  /** Its row in the ledger as it was last. */
  readonly task: Task;
  readonly containers: readonly ContainerEvidence[];
}

/** Log lines of each container. */
export const EVIDENCE_LINES = 100;
/** Of all containers of a task together, as JSON. */
export const EVIDENCE_BYTES = 65_536;
/** Stopped tasks kept of one service, of all, and for how long; whichever limit comes first. */
export const STOPPED_PER_SERVICE = 20;
export const STOPPED_KEPT = 2_000;
export const STOPPED_KEPT_DAYS = 14;

/**
 * What is kept of a task of which `before` is kept already. The call that makes a container may take effect after its task has failed and its row
 * has gone (a sibling's secret was missing): what then is found is cleared away under a row that knows no reason, and never replaces one.
 */
export function keptRow(before: Task | undefined, task: Task): Task {
  if (task.remains !== true || before === undefined || before.stoppedReason === null) return task;
  if (before.lastStatus === 'STOPPED') return before;
  const { stopCode, stoppedReason, containers } = before;
  return { ...task, stopCode, stoppedReason, containers };
}

/** No line and no output of a probe is kept beyond this many characters. */
const MAX_TEXT = 4_096;

/** `evidence` in at most `bytes` as JSON: long texts are cut, and the oldest lines go first, then the oldest probes. */
export function boundedEvidence(evidence: ContainerEvidence, bytes: number): ContainerEvidence {
  const cutTo = <T extends { readonly [K in Key]: string }, Key extends string>(item: T, key: Key): T =>
    item[key].length <= MAX_TEXT ? item : { ...item, [key]: `${item[key].slice(0, MAX_TEXT)}…` };
  const whole: ContainerEvidence = {
    ...cutTo(evidence, 'error'),
    health: evidence.health.map((probe) => cutTo(probe, 'output')),
    log: evidence.log.slice(-EVIDENCE_LINES).map((line) => cutTo(line, 'text')),
  };
  let room = bytes - sizeOf({ ...whole, health: [], log: [] });
  const fitting = <T>(items: readonly T[]): readonly T[] => {
    let from = items.length;
    for (let index = items.length - 1; index >= 0; index--) {
      room -= sizeOf(items[index]) + 1;
      if (room < 0) break;
      from = index;
    }
    return items.slice(from);
  };
  const health = fitting(whole.health);
  return { ...whole, health, log: fitting(whole.log) };
}

/** Characters of JSON count four bytes at most; those beyond ASCII are counted so, which is never too little. */
function sizeOf(value: unknown): number {
  let bytes = 0;
  for (const letter of JSON.stringify(value)) bytes += letter < '\u0080' ? 1 : 4;
  return bytes;
}
