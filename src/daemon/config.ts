// What the operator sets of the daemon itself, and the limits of its waits. Times in milliseconds.
import type { CapacityLimits } from '../model/cluster/capacity-hook.ts';
import type { DesiredState } from '../model/turn/desired.ts';
import type { EfsConfig } from '../model/task/file-system.ts';
import type { Problem } from '../model/problem.ts';
import type { SourceFile } from '../manifest/source.ts';
import { MINUTE, SECOND } from '../std/time.ts';

export interface DaemonConfig {
  /** Containers with another installation's label are foreign. */
  readonly installation: string;
  /** Text to desired state; null when any problem is an error. Never throws. */
  readonly load: (
    files: readonly SourceFile[],
    commit: string,
  ) => { readonly desired: DesiredState | null; readonly problems: readonly Problem[] };
  readonly limits: DaemonLimits;
  /** Where the file systems are that task definitions name; absent: none is known. */
  readonly efs?: EfsConfig | undefined;
  /** The capacity providers that instances can be added to; absent: none. */
  readonly capacity?: readonly CapacityLimits[] | undefined;
}

export interface DaemonLimits {
  /** Calls under way per engine: more than 2 x cores adds latency and nothing else. */
  readonly callsPerEngine: number;
  /** The engine bounds its own downloads; a name that does not resolve waits 40 s and must not hold up the others. */
  readonly pullsPerEngine: number;
  /** Stops and removals wait for the container, not for the engine, so many may wait at once. */
  readonly stopsPerEngine: number;
  readonly observeMs: number;
  /** Between a ping's answer and the next ping of the same engine. */
  readonly pingEveryMs: number;
  readonly pingMs: number;
  readonly callMs: number;
  readonly startMs: number;
  /** How long the first tasks of an instance wait for its relay. */
  readonly relayMs: number;
  readonly pullMs: number;
  readonly lookMs: number;
  /** How long a removal waits for the evidence of the container. */
  readonly evidenceMs: number;
  readonly repositoryMs: number;
  readonly installMs: number;
  /** All secrets of a commit; a provider that is away is asked again. */
  readonly secretsMs: number;
  /** Between two full listings of a quiet engine. */
  readonly relistMs: number;
  /** Between two tries of an engine that does not answer: first and longest. */
  readonly retryFirstMs: number;
  readonly retryLongestMs: number;
  /** A forward jump of the clock beyond this makes the daemon look at everything before any deadline counts. */
  readonly jumpMs: number;
}

/** ECS agent: create 4 min, start 3 min, pull 2 h at most; the rest is ours. */
export const DEFAULT_LIMITS: DaemonLimits = {
  callsPerEngine: 6,
  pullsPerEngine: 32,
  stopsPerEngine: 32,
  observeMs: 15 * SECOND,
  // A frozen engine shows within 13 s. An engine answers a ping in about 1 ms, and a ping costs us 0.3 to 0.7 ms: 50 engines are half a percent
  // of a core.
  pingEveryMs: 8 * SECOND,
  pingMs: 5 * SECOND,
  callMs: 60 * SECOND,
  startMs: 3 * MINUTE,
  // Half a second, and the image before it; a busy host takes longer.
  relayMs: 20 * SECOND,
  pullMs: 30 * MINUTE,
  lookMs: 15 * SECOND,
  // A container that has ended takes nothing: its removal may wait while an engine is busy.
  evidenceMs: 10 * SECOND,
  repositoryMs: 2 * MINUTE,
  installMs: 5 * SECOND,
  secretsMs: 10 * SECOND,
  relistMs: 30 * SECOND,
  retryFirstMs: 250,
  retryLongestMs: 5 * SECOND,
  jumpMs: 30 * SECOND,
};
