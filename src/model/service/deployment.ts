// Deployments and task sets as the ledger keeps them. A strategy moves two numbers per task set: scale and weight.
import type { ServiceLoadBalancer } from './service.ts';
import type { ServiceName } from '../task/container-network.ts';
import type { ImageIdentity } from '../turn/outcome.ts';
import { hashOf } from '../../std/hash.ts';

/** Which image a container of a deployment runs: resolved once, so that every task of it runs the same. */
export interface PinnedImage {
  readonly container: string;
  readonly reference: string;
  /** `sha256:...`; null for an image that exists only locally. */
  readonly digest: string | null;
  /** For a local-only image: its id per engine. */
  readonly ids: readonly { readonly instance: string; readonly id: ImageIdentity['id'] }[];
  /** Adopted after a lost ledger: other engines may have it, or pull it, under its reference. */
  readonly anywhere?: true;
}

/** A forecast's stand-in for a digest that only the registry knows; nobody should be shown it. */
export function assumedDigest(reference: string): string {
  return `sha256:${hashOf(['assumed', reference], 64)}`;
}

/** ECS's service revision: the immutable snapshot that a deployment brings. */
export interface ServiceRevision {
  /** Hash of what git asked for (definition, load balancers, force). */
  readonly hash: string;
  /** `family:n`. */
  readonly taskDefinition: string;
  readonly loadBalancers: readonly ServiceLoadBalancer[];
  /** Names of Service Connect and Cloud Map; absent: none beside `service.cluster`. */
  readonly names?: readonly ServiceName[];
  /** The security groups of its tasks, sorted; absent: they are on the network of their cluster. */
  readonly securityGroups?: readonly string[];
  /** Null until the images are resolved. */
  readonly images: readonly PinnedImage[] | null;
}

export interface TaskSet {
  readonly id: string;
  readonly target: ServiceRevision;
  /** Percent of desiredCount it should hold. */
  readonly scale: number;
  /** Percent of traffic. */
  readonly weight: number;
  /** Tasks launched so far: the next attempt number. */
  readonly launches: number;
}

/** FAILED: broken, its predecessor goes on. ROLLED_BACK: broken, and the way back is complete. */
export type Rollout = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED' | 'ROLLED_BACK' | 'SUPERSEDED';

export interface Deployment {
  /** `ecs-svc/<digits>`. */
  readonly id: string;
  readonly number: number;
  readonly target: ServiceRevision;
  /** Images resolved so far, while `target.images` is null. */
  readonly pinned: readonly PinnedImage[];
  /** Null until the images are resolved. */
  readonly taskSet: string | null;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly rollout: Rollout;
  /** What it was started for where git changed nothing: which secret has changed, by name. */
  readonly because?: string;
  /** ECS's rolloutStateReason. */
  readonly reason: string;
  /** ECS: failures that the circuit breaker counts. */
  readonly failedTasks: number;
  /** Consecutive failures that the restart throttle counts. */
  readonly startFailures: number;
  /** No launch before this moment (restart throttle). */
  readonly retryAt: number | null;
  /** The last failure in words, for people. */
  readonly lastFailure: string | null;
  /** Pulling an image by its tag has failed (pull behavior `default`): a local copy will do. */
  readonly pullFailed: boolean;
  /** References whose pull has failed in this deployment, once each; absent before the first. At most one a container. */
  readonly unpulled?: readonly string[];
  /** The failed deployment that this one undoes. */
  readonly rollbackOf: string | null;
}
