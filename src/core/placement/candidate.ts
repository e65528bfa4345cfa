// A container instance as placement sees it: what it has, and what is known of it. Deliberately absent: what its tasks take (room.ts), and
// to which clusters it belongs (whoever asks hands in those of one cluster).
import type { InstanceStatus } from '../../model/cluster/container-instance.ts';
import type { QueriedInstance } from '../../lang/cluster-query-match.ts';

export interface Candidate extends QueriedInstance {
  readonly id: string;
  /** ECS: only an ACTIVE instance gets tasks. */
  readonly status: InstanceStatus;
  /** It keeps its tasks, and gets no new one. */
  readonly isPaused?: true;
  /** Whether there is a full picture of it: until then nobody knows what runs there. */
  readonly observed: boolean;
  /** CPU units and MiB that tasks may take: registered, without what is reserved. */
  readonly cpu: number;
  readonly memory: number;
  /** Null: its devices are not known, and not counted. */
  readonly gpus: number | null;
  /** Ports that no task gets, as `tcp/22`. */
  readonly ports: ReadonlySet<string>;
}
