// What goes into a decision and what comes out of it.
import type { CapacityCall, CapacityLimits } from '../cluster/capacity-hook.ts';
import type { Command } from './command.ts';
import type { ContainerIdentity, Observed } from './observed.ts';
import type { ContainerMount } from '../task/container-mount.ts';
import type { ContainerNetwork, NetworkEndpoint, NetworkOptions } from '../task/container-network.ts';
import type { ContainerSettings } from '../task/container-settings.ts';
import type { DesiredState } from './desired.ts';
import type { HealthTimes } from '../task/health-check.ts';
import type { EfsConfig } from '../task/file-system.ts';
import type { Ledger } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import type { RouteTable } from '../traffic/route.ts';
import type { SinglePort } from '../task/port-mapping.ts';
import type { FileInContainer } from '../task/container-mount.ts';

export interface World {
  /** The installation's id: containers with another one are foreign. */
  readonly installation: string;
  readonly desired: DesiredState;
  readonly observed: Observed;
  readonly outcomes: readonly Outcome[];
  readonly ledger: Ledger;
  /** What people asked for since the last turn; absent: nothing. */
  readonly commands?: readonly Command[];
  /** Where the operator says that file systems are; absent: none is known. */
  readonly efs?: EfsConfig | undefined;
  /** What the operator gives capacity providers; absent: none is given any instance. */
  readonly capacity?: readonly CapacityLimits[] | undefined;
  /** Milliseconds since the epoch; never goes back. */
  readonly now: number;
}

/** What an engine needs to know to create a container; engine-neutral, sizes in bytes, times in seconds. */
export interface ContainerSpec {
  /** What to run: a pinned reference (`repository@sha256:...`), an image id, or a plain reference. */
  readonly image: string;
  /** Such as linux/arm64; absent: whichever the engine holds. */
  readonly platform?: string;
  /** Null: that of the image; empty: none. */
  readonly entryPoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly workingDirectory: string | null;
  readonly user: string | null;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  /** Files of variables, and variables and options of the log driver whose values are kept elsewhere: read when the container is created. */
  readonly environmentFiles: readonly string[];
  readonly secrets: readonly SecretVariable[];
  readonly logSecrets: readonly SecretVariable[];
  /** The role of its task, name or ARN: whose credentials it may ask for, where the operator gives any. Null: it has none. */
  readonly taskRoleArn: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly cpuShares: number;
  readonly nanoCpus: number | null;
  readonly memoryBytes: number | null;
  readonly memoryReservationBytes: number | null;
  readonly readonlyRootFilesystem: boolean;
  readonly ports: readonly SinglePort[];
  readonly healthCheck: (HealthTimes & { readonly command: readonly string[] }) | null;
  readonly stopTimeoutSeconds: number;
  readonly network: ContainerNetwork;
  readonly settings: ContainerSettings;
  readonly mounts: readonly ContainerMount[];
  /** Names of containers whose mounts it has, too. */
  readonly volumesFrom: readonly { readonly container: string; readonly readOnly: boolean }[];
}

/** A name, and where its value is kept. */
export interface SecretVariable {
  readonly name: string;
  readonly valueFrom: string;
}

interface ActionBase {
  /** Idempotency key: the same key is the same action. */
  readonly key: string;
  /** Why, in words for the plan. */
  readonly because: string;
  readonly instance: string;
}

export type Action = ActionBase &
  (
    | {
        readonly kind: 'create-network';
        readonly network: string;
        /** Whose network it is; null for one that definitions name. */
        readonly cluster: string | null;
        readonly options: NetworkOptions;
      }
    | { readonly kind: 'remove-network'; readonly network: string }
    | { readonly kind: 'remove-volume'; readonly volume: string }
    | { readonly kind: 'open-relay' }
    | { readonly kind: 'remove-relay' }
    | { readonly kind: 'remove-image'; readonly reference: string }
    | {
        readonly kind: 'pull-image';
        readonly reference: string;
        readonly service: string;
        readonly credentials?: string;
        readonly platform?: string;
      }
    | { readonly kind: 'create-container'; readonly name: string; readonly identity: ContainerIdentity; readonly spec: ContainerSpec }
    | {
        readonly kind: 'start-container';
        readonly container: string;
        readonly identity: ContainerIdentity;
        /** Networks that it joins beside the one that it was created with: before it starts, and once. */
        readonly further: readonly NetworkEndpoint[];
        /** Files that are put into it before it starts. */
        readonly files: readonly FileInContainer[];
      }
    | {
        readonly kind: 'connect-network';
        readonly container: string;
        readonly identity: ContainerIdentity;
        readonly endpoint: NetworkEndpoint;
      }
    | { readonly kind: 'disconnect-network'; readonly container: string; readonly identity: ContainerIdentity; readonly network: string }
    | { readonly kind: 'stop-container'; readonly container: string; readonly identity: ContainerIdentity; readonly timeoutSeconds: number }
    | { readonly kind: 'remove-container'; readonly container: string; readonly identity: ContainerIdentity }
  );
export type ActionKind = Action['kind'];
/**
 * What a plan shows. Which images are due to be removed depends on the hour and not on what is decided, and whether an instance needs a relay
 * on the daemon and not on what is deployed.
 */
export type PlannedAction = Exclude<Action, { readonly kind: 'remove-image' | 'open-relay' | 'remove-relay' }>;

/** Whether a plan shows an action. */
export function isPlanned(action: Action): action is PlannedAction {
  return action.kind !== 'remove-image' && action.kind !== 'open-relay' && action.kind !== 'remove-relay';
}

/** A read that the core needs and can't do. */
export interface Look {
  readonly kind: 'image';
  readonly key: string;
  readonly instance: string;
  readonly reference: string;
}

export interface Plan {
  readonly ledger: Ledger;
  readonly actions: readonly Action[];
  readonly looks: readonly Look[];
  /** What hooks of capacity providers are asked. */
  readonly calls: readonly CapacityCall[];
  readonly routes: RouteTable;
  /** Turn again at this moment even if nothing happens; null: only when something happens. */
  readonly wakeAt: number | null;
}
