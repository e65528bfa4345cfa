// On which networks the pause container of a task is, while its groups, their rules, and who else is in them may change (EC2: the rules of a group
// are in force at once, for what runs as well). It joins what it lacks, before it starts and while it runs, and leaves what is not its any more.
// Networks that somebody else has put it on are left alone.
import type { Action } from '../../model/turn/plan.ts';
import type { ContainerView } from '../../model/turn/observed.ts';
import type { NetworkEndpoint } from '../../model/task/container-network.ts';
import type { Task } from '../../model/task/task.ts';
import { isOfGroups } from '../../model/turn/identity.ts';

export interface Membership {
  readonly task: Task;
  readonly installation: string;
  /** The pause container. */
  readonly view: ContainerView;
  /** Where it is to be. */
  readonly endpoints: readonly NetworkEndpoint[];
  /** Networks of ours that are there. */
  readonly networks: ReadonlySet<string>;
}

/** The idempotency key of taking a task onto a network. */
export function connectKey(task: string, network: string): string {
  return `connect/${task}/${network}`;
}

/** Whether a container is on every network that it is to be on. */
export function isComplete({ networks }: ContainerView, endpoints: readonly NetworkEndpoint[]): boolean {
  return endpoints.every(({ network }) => networks.includes(network));
}

/** What takes a container onto its networks, and off those that are its no more. */
export function membershipActions({ task, installation, view, endpoints, networks }: Membership): readonly Action[] {
  const base = { instance: task.instance, container: view.id, identity: view.identity };
  const joins = endpoints
    .filter(({ network }) => !view.networks.includes(network) && networks.has(network))
    .map((endpoint): Action => {
      return {
        ...base,
        kind: 'connect-network',
        key: connectKey(task.id, endpoint.network),
        endpoint,
        because: 'its security groups share it',
      };
    });
  const own = new Set(endpoints.map(({ network }) => network));
  const leaves = view.networks
    .filter((network) => !own.has(network) && isOfGroups(installation, network))
    .map((network): Action => {
      const key = `disconnect/${task.id}/${network}`;
      return { ...base, kind: 'disconnect-network', key, network, because: 'its security groups share it no more' };
    });
  return [...joins, ...leaves];
}
