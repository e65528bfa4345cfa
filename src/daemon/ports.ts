// The ports: everything the daemon needs from outside. Real ones live in adapters/, fakes beside the tests; both pass the same suites.
// A promise of a port settles when its signal aborts, whatever the other side does.
import type { Action, Look } from '../model/turn/plan.ts';
import type { Answer, ContainerView, ProxyView } from '../model/turn/observed.ts';
import type { CapacityCall, ProvidedInstance } from '../model/cluster/capacity-hook.ts';
import type { DesiredInstance, EngineFacts } from '../model/cluster/container-instance.ts';
import type { ContainerFacts, Credentials } from '../model/task/task-metadata.ts';
import type { Event } from '../model/turn/event.ts';
import type { ExecOutput, ExecRequest } from '../model/task/exec.ts';
import type { ImageIdentity, OutcomeError } from '../model/turn/outcome.ts';
import type { Ledger, LedgerChange } from '../model/turn/ledger.ts';
import type { LogLine, LogQuery } from '../model/task/container-log.ts';
import type { SecretPrint, SecretUse } from '../model/access/secret.ts';
import type { ContainerEvidence, SecretPlaces, StoppedTask } from '../model/task/stopped-task.ts';
import type { RelayState, RelayView } from '../model/cluster/relay.ts';
import type { RouteTable } from '../model/traffic/route.ts';
import type { SwarmNode, SwarmSource } from '../model/cluster/swarm.ts';
import type { Task } from '../model/task/task.ts';
import type { SourceFile } from '../manifest/source.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` once at or after `at`; the returned function takes it back. Far moments are allowed. */
  timer(at: number, fire: () => void): () => void;
}

/** A full listing of what an engine runs for this installation. */
export interface EnginePicture {
  /** CPU units (1024 a core). */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  readonly facts?: EngineFacts;
  readonly containers: readonly ContainerView[];
  readonly networks: readonly string[];
  /** Name and task of each volume that lives as long as its task. */
  readonly volumes: readonly (readonly [name: string, task: string])[];
  /** Absent: there is none, and none is wanted. */
  readonly relay?: RelayView;
}

/** A change seen on the event stream, or of the relay. `lost`: the stream broke or has a gap; a full listing is due. */
export type EngineChange =
  | { readonly kind: 'container'; readonly id: string; readonly view: ContainerView | null }
  | { readonly kind: 'relay'; readonly state: RelayState }
  | { readonly kind: 'lost'; readonly reason: string };

export interface ActResult {
  readonly error: OutcomeError | null;
  /** What pull-image brought. */
  readonly image?: ImageIdentity;
  /** Of pull-image: the engine had nothing under this reference before. */
  readonly brought?: true;
  /** The container after the call; a null view: it is gone. */
  readonly container?: { readonly id: string; readonly view: ContainerView | null };
}

/** How far a pull is, as far as the engine has said. Bytes are those of the download. */
export interface PullProgress {
  /** Layers known so far, and those of them that are there. */
  readonly layers: number;
  readonly layersDone: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** The `code` of the error with which an engine says that the log of a container can't be read at all; its message says why. */
export const LOG_UNREADABLE = 'log-unreadable';

/** A command that runs in a container. */
export interface ExecSession {
  /** What it writes, read no faster than it is taken; ends with the command. To be read once. */
  readonly output: AsyncGenerator<ExecOutput, void, void>;
  /** Settles when more may be written. */
  write(bytes: Uint8Array): Promise<void>;
  /** Nothing more will be written: the command reads the end of its input. */
  end(): void;
  resize(columns: number, rows: number): Promise<void>;
  /** Once the output has ended. */
  exitCode(): Promise<number>;
  /** Hangs up. A command that ignores it goes on. */
  close(): void;
}

export interface Engine {
  /** The container instance's id. */
  readonly id: string;
  /** Null: it serves every cluster. */
  readonly clusters: readonly string[] | null;
  /** Address at which published ports are reached. */
  readonly address: string;
  /** Rejects when the engine doesn't answer. */
  observe(signal: AbortSignal): Promise<EnginePicture>;
  /** Resolves when the engine says anything at all: cheap, and never behind other calls. Rejects when it does not. */
  ping(signal: AbortSignal): Promise<void>;
  /** Performs one action; never rejects: a refusal or a silence is an error with a code. A pull tells `report` how far it is, if it knows. */
  act(action: Action, signal: AbortSignal, report?: (progress: PullProgress) => void): Promise<ActResult>;
  /** Never rejects. */
  look(look: Look, signal: AbortSignal): Promise<Omit<Answer, 'key' | 'at'>>;
  /**
   * What a container wrote, oldest first, read no faster than it is taken. Ends when the container is gone or, when following, has ended;
   * rejects when the engine does not answer, can't read it (LOG_UNREADABLE), or `signal` aborts.
   */
  logs(container: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine, void, void>;
  /**
   * What there is to know of a container's end, with its last EVIDENCE_LINES lines; null: it is gone. What stands in
   * the places of `secrets` is taken out of every text. Rejects when the engine does not answer.
   */
  evidence(container: string, secrets: SecretPlaces, signal: AbortSignal): Promise<Omit<ContainerEvidence, 'name'> | null>;
  /**
   * Runs a command inside a running container until it ends or `signal` aborts. Rejects when the container does not run, the engine does not
   * answer, or it refuses. A command that does not exist ends with 126 or 127.
   */
  exec(container: string, request: ExecRequest, signal: AbortSignal): Promise<ExecSession>;
  /** Follows the engine's events until the returned function is called. */
  watch(listener: (change: EngineChange) => void): () => void;
  close(): void;
}

/** The engine of a manager, as far as it tells of its swarm. */
export interface NodeSource {
  /** Rejects, in words for people, when it does not answer, or is no manager of a swarm that has a leader. */
  nodes(signal: AbortSignal): Promise<readonly SwarmNode[]>;
  close(): void;
}

/** An engine as its containers may ask it about themselves. Both reject when it does not answer; null: the container is gone. */
export interface FactsSource {
  facts(container: string, signal: AbortSignal): Promise<ContainerFacts | null>;
  /** The engine's own measurements of a running container, in its own form. */
  stats(container: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>> | null>;
}

/** The credentials that the operator gives for roles. */
export interface CredentialsSource {
  has(role: string): boolean;
  /** Null: none are given for the role. Rejects, without a word of them, when they can't be had. */
  read(role: string, signal: AbortSignal): Promise<Credentials | null>;
}

export interface Repository {
  /** Under which the last good commit is kept: the same in every run of the same configuration. Never holds a credential. */
  readonly key: string;
  /** Shown to people, with the branch as soon as that is known. Never holds a credential. */
  readonly name: string;
  /** The commit of the watched branch; null while it has none. Rejects when the repository is away. */
  head(signal: AbortSignal): Promise<string | null>;
  /** The blobs of a commit, sorted by path. */
  files(commit: string, signal: AbortSignal): Promise<readonly SourceFile[]>;
  /** Calls `changed` when the head may have moved. */
  watch(changed: () => void): () => void;
  close(): void;
}

export type { LedgerChange };

export interface StoredEvent extends Event {
  /** Grows by one with each event. */
  readonly sequence: number;
}

/** The `code` of the error with which a store refuses after another daemon took its lease. */
export const LEASE_LOST = 'lease-lost';

export interface StoppedQuery {
  readonly service?: string;
  readonly idPrefix?: string;
}

export interface Store {
  readLedger(): Promise<Ledger>;
  /**
   * Durable when it resolves: rows and events in one transaction. A task's row that goes is kept among the stopped tasks.
   * Rejects when this store no longer holds the lease.
   */
  write(changes: readonly LedgerChange[], events: readonly Event[]): Promise<void>;
  /** The last good commit of a repository, or null. */
  readCommit(repository: string): Promise<string | null>;
  writeCommit(repository: string, commit: string): Promise<void>;
  /** Events after a sequence number, oldest first; `after` null: the newest `limit`. */
  events(after: number | null, limit: number): Promise<readonly StoredEvent[]>;
  /** The newest `limit` events about a task, oldest first. */
  taskEvents(task: string, limit: number): Promise<readonly StoredEvent[]>;
  /** Keeps what a container of a task leaves behind, beside what is known of the others. Rejects as `write` does. */
  keepEvidence(task: Task, evidence: ContainerEvidence): Promise<void>;
  /** The stopped tasks that are remembered: of a service (`cluster/name`), or whose ids begin so; the newest `limit`, newest first. */
  stoppedTasks(which: StoppedQuery, limit: number): Promise<readonly StoppedTask[]>;
  close(): Promise<void>;
}

export interface Proxy {
  /** Replaces the whole table; resolves when every worker serves it. */
  install(table: RouteTable, signal: AbortSignal): Promise<void>;
  /** Calls `listener` with each new view, null when the proxy stops answering. */
  watch(listener: (view: ProxyView | null) => void): () => void;
  /** Lets go of the proxy, which goes on with its table; one that has no listener ends. Resolves when that is done. */
  close(): Promise<void>;
}

/** What keeps secrets. Values do not pass through here: the engine's adapter opens them itself, at the moment in which it creates a container. */
export interface Vault {
  /**
   * What is known of each secret now, by secretKey: its fingerprint, or why there is none. `files`: those of the commit, for secrets that are
   * kept in the repository. Never rejects; what has no answer when the signal aborts is `away`.
   */
  fingerprint(uses: readonly SecretUse[], files: readonly SourceFile[], signal: AbortSignal): Promise<ReadonlyMap<string, SecretPrint>>;
}

/** What became of a call. */
export interface CapacityResult {
  readonly error: OutcomeError | null;
  /** Of scale-out: those that were made, now or when it was asked under this key before. */
  readonly instances: readonly ProvidedInstance[];
}

/** What adds and removes instances for capacity providers. Never rejects. */
export interface CapacityHooks {
  call(call: CapacityCall, signal: AbortSignal): Promise<CapacityResult>;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  write(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface Ports {
  readonly clock: Clock;
  /** By instance id: those that the daemon is started with. */
  readonly engines: ReadonlyMap<string, Engine>;
  /** An engine that a commit declares. Never throws: one that cannot be reached says why with each call. */
  readonly connect: (declared: DesiredInstance) => Engine;
  /** The manager of a swarm that a commit declares. Never throws, as `connect`. */
  readonly swarm: (source: SwarmSource) => NodeSource;
  readonly repository: Repository;
  readonly store: Store;
  readonly proxy: Proxy;
  readonly vault: Vault;
  /** Absent: no capacity provider is given any instance. */
  readonly capacity?: CapacityHooks;
  readonly log: Log;
}
