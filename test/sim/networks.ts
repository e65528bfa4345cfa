// The networks of a simulated engine, and which containers are on them. A network with a running container on it can't be removed; one that is
// gone can't be joined by one that runs, and keeps one that is to join it from starting.
import { isOfGroups } from '../../src/model/turn/identity.ts';
import type { Action } from '../../src/model/turn/plan.ts';
import type { ActResult } from '../../src/daemon/ports.ts';
import type { Containers, SimContainer } from './containers.ts';
import type { ErrorCode } from '../../src/model/turn/outcome.ts';

type ActionOf<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;

export interface Networks {
  readonly all: Map<string, { readonly labelled: boolean }>;
  perform(
    action: ActionOf<'create-network' | 'remove-network' | 'connect-network' | 'disconnect-network'>,
    find: (nameOrId: string) => SimContainer | null,
    resultOf: (container: SimContainer) => ActResult,
  ): ActResult;
  /** Null: every network that a container is on, or joins with its start, is there, and it is on all of them now. */
  joinAll(container: SimContainer, further: ActionOf<'start-container'>['further']): ActResult | null;
  /** Somebody takes a container off the last of its networks of security groups, and onto another one. */
  rewire(container: string): void;
}

const DONE: ActResult = { error: null };
const refuse = (code: ErrorCode, message: string): ActResult => ({ error: { code, message } });

/** No networks at first. */
export function networksOn(machine: Containers, installation: string): Networks {
  const all = new Map<string, { labelled: boolean }>();
  const isUsed = (network: string): boolean =>
    [...machine.containers.values()].some((one) => one.state === 'running' && one.networks.includes(network));
  const isForeign = (network: string): boolean => all.get(network)?.labelled === false;
  const join = (container: SimContainer, network: string): ActResult | null => {
    // Docker looks for the network of a container that does not run when it starts.
    if (container.state === 'running' && !all.has(network)) return refuse('NetworkFailed', `network ${network} not found`);
    if (!container.networks.includes(network)) machine.connect(container, [...container.networks, network]);
    return null;
  };
  const leave = (container: SimContainer, network: string): null => {
    const left = container.networks.filter((one) => one !== network);
    machine.connect(container, left);
    return null;
  };
  return {
    all,
    perform: (action, find, resultOf) => {
      if (action.kind === 'create-network') {
        if (isForeign(action.network)) return refuse('NetworkFailed', `network ${action.network} is somebody else's`);
        all.set(action.network, { labelled: true });
        return DONE;
      }
      if (action.kind === 'remove-network') {
        if (isForeign(action.network)) return refuse('NetworkFailed', `network ${action.network} is somebody else's`);
        if (isUsed(action.network)) return refuse('NetworkFailed', `network ${action.network} has active endpoints`);
        all.delete(action.network);
        return DONE;
      }
      const container = find(action.container);
      const isJoin = action.kind === 'connect-network';
      if (!container?.spec)
        return isJoin ? refuse('Failed', 'No such container') : { error: null, container: { id: action.container, view: null } };
      return (isJoin ? join(container, action.endpoint.network) : leave(container, action.network)) ?? resultOf(container);
    },
    joinAll: (container, further) => {
      for (const { network } of further) {
        const refused = join(container, network);
        if (refused !== null) return refused;
      }
      const missing = container.networks.find((network) => !all.has(network));
      return missing === undefined ? null : refuse('NetworkFailed', `network ${missing} not found`);
    },
    rewire: (id) => {
      const container = machine.find(id);
      const last = container?.networks.findLast((network) => isOfGroups(installation, network));
      if (container === null || last === undefined) return;
      const other = [...all.keys()].find((network) => isOfGroups(installation, network) && !container.networks.includes(network));
      leave(container, last);
      if (other !== undefined) join(container, other);
    },
  };
}
