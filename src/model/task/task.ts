// A task: one running copy of a task definition. Its statuses are ordered and never go back.

import type { HostRange } from './host-range.ts';
import type { ContainerAddress, PublishedPort } from '../turn/observed.ts';

/** ECS's statuses, in order. ACTIVATING is skipped: a target is registered when the task is RUNNING. */
export const TASK_STATUSES = ['PENDING', 'RUNNING', 'DEACTIVATING', 'STOPPING', 'STOPPED'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export type StopCode =
  | 'TaskFailedToStart'
  | 'EssentialContainerExited'
  | 'ServiceSchedulerInitiated'
  | 'UserInitiated'
  | 'InfrastructureHealth';

export type Health = 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY';

/** What the ledger remembers of one container of a task; everything else is observed. */
export interface TaskContainer {
  readonly name: string;
  /** How its image gets onto the instance: not asked yet, must be pulled, was pulled. */
  readonly pull: 'none' | 'needed' | 'done';
  /** Known once it has exited for good, or can never start; one that is started again in place has none. */
  readonly exitCode: number | null;
  /** ECS's reason, with its prefix: why it could not start, or what ended it; at most 1,024 characters. */
  readonly reason?: string;
  /** How it last started; noted only where a startTimeout or a restartPolicy needs it. */
  readonly run?: ContainerRun;
  /** The published ports seen last, without those of ranges: how it is reached while its engine was not looked at yet, after a restart of the daemon. */
  readonly ports: readonly PublishedPort[];
  /** Its addresses seen last, for the same purpose; absent: none. */
  readonly addresses?: readonly ContainerAddress[];
}

/** One start of a container. */
export interface ContainerRun {
  /** Milliseconds by the engine's clock: which start it was. */
  readonly startedAt: number;
  /** When it was first seen, by our clock. */
  readonly seenAt: number;
  /** How often it was started again in place. */
  readonly restarts: number;
}

export interface Task {
  readonly id: string;
  readonly cluster: string;
  /** Service name, without the cluster. */
  readonly service: string;
  readonly taskSet: string;
  /** The deployment that started it (ECS: startedBy). */
  readonly deployment: string;
  /** `family:n`. */
  readonly revision: string;
  readonly slot: number;
  readonly attempt: number;
  readonly instance: string;
  /** Its ports on the instance for ranges of ports; absent: it has none. They are its own until it is STOPPED. */
  readonly hostRanges?: readonly HostRange[];
  /** Its row had gone when a container of it was found, which is cleared away: why it stopped is no longer in the ledger. */
  readonly remains?: true;
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly health: Health;
  /** Whether it has ever been HEALTHY. */
  readonly everHealthy: boolean;
  /** Whether it was counted as a failure of its deployment (once at most). */
  readonly failed: boolean;
  readonly createdAt: number;
  /** Of a task for which an image had to be pulled: when the first pull was asked for, and when the last one ended, well or not. */
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly startedAt: number | null;
  readonly stoppingAt: number | null;
  readonly stoppedAt: number | null;
  readonly stopCode: StopCode | null;
  readonly stoppedReason: string | null;
  readonly containers: readonly TaskContainer[];
}
