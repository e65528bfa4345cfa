// A container instance as placement sees it: what it has, and what is known of it. Deliberately absent: what its tasks take (room.ts), and
// to which clusters it belongs (whoever asks hands in those of one cluster).
import type { InstanceView } from '../../model/observed.ts';
import type { QueriedInstance } from '../../lang/cluster-query-match.ts';

/** ECS: only an ACTIVE instance gets tasks. */
export type InstanceStatus = 'ACTIVE' | 'DRAINING' | 'DEREGISTERING';

export interface Candidate extends QueriedInstance {
  readonly id: string;
  readonly status: InstanceStatus;
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

const NONE: ReadonlySet<string> = new Set();
const LINUX: ReadonlyMap<string, string | null> = new Map([['ecs.os-type', 'linux']]);

/** What an engine's picture says of its instance. */
export function candidateOf(view: InstanceView): Candidate {
  return {
    id: view.id,
    status: 'ACTIVE',
    agentConnected: view.connected,
    observed: view.observedAt !== null,
    attributes: LINUX,
    agentVersion: null,
    ec2InstanceId: view.id,
    registeredAt: null,
    cpu: view.cpu,
    memory: view.memory,
    gpus: null,
    ports: NONE,
  };
}
