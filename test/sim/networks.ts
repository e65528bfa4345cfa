// The networks of a simulated engine, and which containers are on them. A network with a running container on it can't be removed; one that is
// gone can't be joined by one that runs, and keeps one that is to join it from starting.
import type { Action } from '../../src/model/plan.ts';
import type { ActResult } from '../../src/daemon/ports.ts';
import type { Containers, SimContainer } from './containers.ts';
import type { ErrorCode } from '../../src/model/outcome.ts';

type ActionOf<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;

export interface Networks {
  readonly all: Map<string, { readonly labelled: boolean }>;
  create(network: string): ActResult;
  remove(network: string): ActResult;
  /** Null: every network that a container is on, or joins with its start, is there, and it is on all of them now. */
  joinAll(container: SimContainer, further: ActionOf<'start-container'>['further']): ActResult | null;
  /** Null: it is on the network now. */
  join(container: SimContainer, network: string): ActResult | null;
  leave(container: SimContainer, network: string): null;
}

const DONE: ActResult = { error: null };
const refuse = (code: ErrorCode, message: string): ActResult => ({ error: { code, message } });

/** No networks at first. */
export function networksOn(machine: Containers): Networks {
  const all = new Map<string, { labelled: boolean }>();
  const isForeign = (network: string): boolean => all.get(network)?.labelled === false;
  const join = (container: SimContainer, network: string): ActResult | null => {
    // Docker looks for the network of a container that does not run when it starts.
    if (container.state === 'running' && !all.has(network)) return refuse('NetworkFailed', `network ${network} not found`);
    if (!container.networks.includes(network)) machine.connect(container, [...container.networks, network]);
    return null;
  };
  return {
    all,
    create: (network) => {
      if (isForeign(network)) return refuse('NetworkFailed', `network ${network} is not ours`);
      all.set(network, { labelled: true });
      return DONE;
    },
    remove: (network) => {
      if (isForeign(network)) return refuse('NetworkFailed', `network ${network} is not ours`);
      const isUsed = [...machine.containers.values()].some((one) => one.state === 'running' && one.networks.includes(network));
      if (isUsed) return refuse('NetworkFailed', `network ${network} has active endpoints`);
      all.delete(network);
      return DONE;
    },
    join,
    joinAll: (container, further) => {
      for (const { network } of further) {
        const refused = join(container, network);
        if (refused !== null) return refused;
      }
      const missing = container.networks.find((network) => !all.has(network));
      return missing === undefined ? null : refuse('NetworkFailed', `network ${missing} not found`);
    },
    leave: (container, network) => {
      const left = container.networks.filter((one) => one !== network);
      machine.connect(container, left);
      return null;
    },
  };
}
