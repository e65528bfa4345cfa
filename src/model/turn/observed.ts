// What exists now: one picture per engine, the proxy's answers, the answers to looks. Environment values are never in here.
import type { EngineFacts } from '../cluster/container-instance.ts';
import type { HostRange } from '../task/host-range.ts';
import type { RelayView } from '../cluster/relay.ts';
import type { SecretPrint } from '../access/secret.ts';
import type { SwarmView } from '../cluster/swarm.ts';
import type { ImageIdentity, OutcomeError } from './outcome.ts';

/** The facts that never change, written as engine labels at creation: how a container is recognised as ours. */
export interface ContainerIdentity {
  readonly installation: string;
  readonly cluster: string;
  readonly service: string;
  readonly task: string;
  readonly taskSet: string;
  readonly deployment: string;
  /** `family:n`. */
  readonly revision: string;
  /** Hash of the task definition's content. */
  readonly specHash: string;
  /** Hash of the service revision (what the task set stands for). */
  readonly serviceHash: string;
  readonly container: string;
  readonly slot: number;
  readonly attempt: number;
  /** Where it is registered as a target: `targetGroup:containerPort`. After a lost ledger, what runs is still drained before it stops. */
  readonly targets: readonly string[];
  /** Whether its end is that of the task: known of a task whose definition nobody has any more. */
  readonly essential: boolean;
  /** The security groups of its task; absent: none. */
  readonly securityGroups?: readonly string[];
  /** The host ports of its task's ranges; absent: none. */
  readonly hostRanges?: readonly HostRange[];
}

export type ContainerState = 'created' | 'running' | 'exited';

export interface PublishedPort {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostPort: number;
}

/** Where a container is on a network of its engine. */
export interface ContainerAddress {
  /** By the engine's name. */
  readonly network: string;
  readonly address: string;
  /** Whether the network is on the daemon's own machine, so that the proxy is on it, too. */
  readonly isHere: boolean;
}

export interface ContainerView {
  readonly id: string;
  /** The engine's name for it, without the leading slash. */
  readonly name: string;
  readonly identity: ContainerIdentity;
  readonly state: ContainerState;
  /** Null unless exited. */
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  /** The engine's health word; `none` without a check. */
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly ports: readonly PublishedPort[];
  /** The networks that it is on by the engine's names, sorted; none where it uses those of its instance or of another container. */
  readonly networks: readonly string[];
  /** Its addresses on these, in the same order; absent: none, because it does not run or the engine gives none. */
  readonly addresses?: readonly ContainerAddress[];
  /** The image id it runs. */
  readonly imageId: string;
  /** Milliseconds since the epoch by the engine's clock; null when it never started. */
  readonly startedAt: number | null;
  /** Milliseconds by the engine's clock; null unless exited. With startedAt it gives how long the container ran. */
  readonly finishedAt: number | null;
}

export interface InstanceView {
  readonly id: string;
  /** Clusters it serves; null: every cluster. */
  readonly clusters: readonly string[] | null;
  /** A commit declares it: without a registration nothing of it counts any more. Absent: the daemon was started with it. */
  readonly declared?: true;
  /** Address at which the proxy reaches published ports. */
  readonly address: string;
  readonly connected: boolean;
  /** Why it is not, in words. */
  readonly silence?: string;
  /** Since when this daemon has found it silent (ms); absent while it answers. A restart of the daemon and a jump of the clock begin anew. */
  readonly silentSince?: number | undefined;
  /** What its engine says of itself; absent until it has been looked at. */
  readonly engine?: EngineFacts;
  /** When the last full picture was taken; null: never, and then nothing is concluded from what is absent. */
  readonly observedAt: number | null;
  readonly cpu: number;
  readonly memory: number;
  /** By container id; containers with our installation label only. */
  readonly containers: ReadonlyMap<string, ContainerView>;
  /** Names of networks with our installation label. */
  readonly networks: ReadonlySet<string>;
  /** Task of each volume that lives as long as its task and has our installation label, by name. */
  readonly volumes: ReadonlyMap<string, string>;
  /** Absent: its containers need none to be answered, and none is left. */
  readonly relay?: RelayView;
}

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining';

/** How a health check failed on its way: what answers it names the broken part. */
export type CheckFailure =
  /** The host answers, and nothing listens at the port. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'no-route' }
  /** Nobody took the connection in time. */
  | { readonly kind: 'no-connection' }
  /** The connection stood, and no answer came in time. */
  | { readonly kind: 'no-answer' }
  /** The connection was closed without an answer. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'code'; readonly code: number };

export interface TargetView {
  /** Same id as in the route table. */
  readonly id: string;
  readonly state: TargetState;
  /** ELB reason, such as `Target.ResponseCodeMismatch`; empty when healthy. */
  readonly reason: string;
  /** Requests and upgraded connections under way; null when unknown. */
  readonly inFlight: number | null;
  /** How its last check failed; absent: it did not, or nobody knows. */
  readonly failure?: CheckFailure;
}

export interface ProxyView {
  /** Version of the route table that every worker has acknowledged. */
  readonly version: string;
  readonly targets: ReadonlyMap<string, TargetView>;
  /** Listener ports that the proxy could not open, with the reason. */
  readonly refused: readonly { readonly port: number; readonly reason: string }[];
}

/** The answer to a look. */
export interface Answer {
  readonly key: string;
  readonly at: number;
  readonly error: OutcomeError | null;
  /** For an image look: what the engine has under the reference; null: absent. */
  readonly image: ImageIdentity | null;
}

export interface Observed {
  /** By instance id. */
  readonly instances: ReadonlyMap<string, InstanceView>;
  /** Null while the proxy does not answer. */
  readonly proxy: ProxyView | null;
  /** By look key; kept as long as the core goes on asking. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** What is known of the secrets that the desired state names, by secretKey. */
  readonly secrets: ReadonlyMap<string, SecretPrint>;
  /** What is known of the swarms of clusters, by cluster; absent: no cluster has one. */
  readonly swarms?: ReadonlyMap<string, SwarmView>;
}
