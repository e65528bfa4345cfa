// The ledger: decisions that can't be derived again. Every list in it has a limit. One map entry is one durable row.
import type { CapacityRow } from '../cluster/capacity-provider.ts';
import type { CommandRow } from './command.ts';
import type { DesiredInstance, InstanceStatus } from '../cluster/container-instance.ts';
import type { Deployment, TaskSet } from '../service/deployment.ts';
import type { ImageIdentity, OutcomeError } from './outcome.ts';
import type { SecretMarks } from '../access/secret.ts';
import type { TaskDefinition } from '../task/task-definition.ts';
import type { Task } from '../task/task.ts';

/** One content of a family. */
export interface Revision {
  /** `family:n`. */
  readonly id: string;
  readonly family: string;
  readonly number: number;
  readonly hash: string;
  /** Null when it is known only from the labels of a running container. */
  readonly spec: TaskDefinition | null;
}

export interface ServiceRow {
  /** `cluster/name`. */
  readonly id: string;
  readonly cluster: string;
  readonly name: string;
  readonly desiredCount: number;
  /** The service hash that git asked for last; a deployment starts when it changes. */
  readonly requested: string;
  /** Of the secrets as they were then; absent: it had none, or an older version wrote the row. */
  readonly secretMarks?: SecretMarks;
  /** Newest first; [0] is PRIMARY. At most DEPLOYMENTS_KEPT. */
  readonly deployments: readonly Deployment[];
  /** Oldest first. */
  readonly taskSets: readonly TaskSet[];
  readonly nextDeployment: number;
  /** ACTIVE, or DRAINING when git no longer declares it. */
  readonly status: 'ACTIVE' | 'DRAINING';
  /** Whether it has reached a steady state since the last change. */
  readonly steady: boolean;
  /** Why it can't go on (no capacity, percentages that allow nothing), or null. */
  readonly message: string | null;
  /** The task that leaves an availability zone which has too many; absent: none does. */
  readonly moving?: Move;
}

/** A healthy task that another one is to replace in another zone. */
export interface Move {
  readonly task: string;
  /** Why, in words. */
  readonly because: string;
}

/** An action that failed and may be tried again: not before `retryAt`. Dropped as soon as nobody wants the action any more. */
export interface Retry {
  /** The action's key. */
  readonly key: string;
  readonly tries: number;
  readonly retryAt: number;
  readonly error: OutcomeError;
}

/** A container instance that was told as disconnected, until it has been back for a while: what keeps an engine that flaps from flooding. */
export interface InstanceRow {
  readonly id: string;
  /** ECS's agentConnected, as it was told last. */
  readonly agentConnected: boolean;
  /** When that was told. */
  readonly since: number;
  /** Why it went away, in words. */
  readonly reason: string;
}

/** A container instance: what is remembered of it between turns, and how it is reached after git has dropped it. */
export interface Registration {
  /** The instance's name. */
  readonly id: string;
  /** As git said last; null: an engine that the daemon was started with, and of which git says nothing. */
  readonly declared: DesiredInstance | null;
  readonly status: InstanceStatus;
  /** Whether a person had it drained; git can say so, too. */
  readonly drained: boolean;
  readonly registeredAt: number;
  /** The capacity provider that brought it, so that git need not declare it; absent: git does. */
  readonly provider?: string;
  /** Its provider takes it away as soon as nothing is left on it. */
  readonly leaving?: true;
}

/** An image that we brought onto an instance under this reference: it was not there before. No other is ever removed. */
export interface ImageRow {
  /** `instance/reference`. */
  readonly id: string;
  readonly instance: string;
  readonly reference: string;
  /** As it was pulled last. */
  readonly image: ImageIdentity;
  /** When it is removed; null while something may need it. */
  readonly removeAt: number | null;
}

export interface Ledger {
  /** By `family:n`. */
  readonly revisions: ReadonlyMap<string, Revision>;
  /** The next revision number per family; numbers are never reused. */
  readonly families: ReadonlyMap<string, number>;
  /** The next deployment number of services that were removed, by service id: a name that comes back must not repeat old ids. */
  readonly deploymentNumbers: ReadonlyMap<string, number>;
  /** By service id. */
  readonly services: ReadonlyMap<string, ServiceRow>;
  /** By task id. */
  readonly tasks: ReadonlyMap<string, Task>;
  /** By action key. */
  readonly retries: ReadonlyMap<string, Retry>;
  /** By instance id; only those that are away, or were a moment ago. */
  readonly instances: ReadonlyMap<string, InstanceRow>;
  /** By instance id. */
  readonly registrations: ReadonlyMap<string, Registration>;
  /** By name: capacity providers with managed scaling. */
  readonly providers: ReadonlyMap<string, CapacityRow>;
  /** By `instance/reference`; at most 1,000 an instance. */
  readonly images: ReadonlyMap<string, ImageRow>;
  /** By the command's key; at most COMMANDS_KEPT. */
  readonly commands: ReadonlyMap<string, CommandRow>;
}

/** One durable row of the ledger; `row` null: it was removed. */
export interface LedgerChange {
  readonly table: keyof Ledger;
  readonly id: string;
  readonly row: unknown;
}

export const EMPTY_LEDGER: Ledger = {
  revisions: new Map(),
  families: new Map(),
  deploymentNumbers: new Map(),
  services: new Map(),
  tasks: new Map(),
  retries: new Map(),
  instances: new Map(),
  registrations: new Map(),
  providers: new Map(),
  images: new Map(),
  commands: new Map(),
};

/** Finished deployments kept per service, beside those whose tasks still run. */
export const DEPLOYMENTS_KEPT = 10;
/** Revisions kept per family, beside those in use. */
export const REVISIONS_KEPT = 10;
