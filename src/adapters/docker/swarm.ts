// A manager of a swarm, asked for its nodes. Only what Longshore goes by is read of them; nothing of the swarm is ever changed here.
import type { EngineConnection } from '../../model/cluster/engine-endpoint.ts';
import { MAX_NODES, type SwarmNode } from '../../model/cluster/swarm.ts';
import type { NodeSource } from '../../daemon/ports.ts';
import type { TransportLimits } from './transport/transport.ts';
import { architectureOf } from './engine-facts.ts';
import { engineClient } from './client.ts';
import { failed, outcomeError } from './errors.ts';

/** Docker's name for where a node listens that takes part in deciding. */
const REACHED = 'ManagerStatus';

/** The part of an entry of `GET /nodes` that is read. */
export interface NodeInspection {
  readonly ID: string;
  readonly CreatedAt?: string;
  readonly Spec?: { readonly Availability?: string; readonly Role?: string; readonly Labels?: Readonly<Record<string, string>> | null };
  readonly Description?: {
    readonly Hostname?: string;
    readonly Platform?: { readonly Architecture?: string; readonly OS?: string };
    readonly Engine?: { readonly Labels?: Readonly<Record<string, string>> | null };
  };
  readonly Status?: { readonly State?: string; readonly Addr?: string };
  readonly [REACHED]?: { readonly Addr?: string } | null;
}

/** A manager that is connected to with the first call. */
export function dockerSwarm(connection: EngineConnection, limits?: TransportLimits): NodeSource {
  const client = engineClient(connection, limits);
  const closed = new AbortController();
  return {
    nodes: async (signal) => {
      const limit = AbortSignal.any([signal, closed.signal]);
      try {
        const nodes = await client.call<readonly NodeInspection[]>({ method: 'GET', path: '/nodes' }, limit);
        if (nodes.length > MAX_NODES) throw new Error(`the swarm has ${nodes.length} nodes, and ${MAX_NODES} are read`);
        return nodes.map(nodeOf);
      } catch (error) {
        throw new Error(outcomeError(error, limit, 'the listing of nodes', failed).message, { cause: error });
      }
    },
    close: () => {
      closed.abort(new Error('the manager was closed'));
      client.close();
    },
  };
}

/** Pure: a node in the engine's words becomes one in ours. */
export function nodeOf({ ID, CreatedAt = '', Spec = {}, Description = {}, Status = {}, [REACHED]: reached }: NodeInspection): SwarmNode {
  const { Availability, Role, Labels } = Spec;
  const { Architecture = '', OS = 'linux' } = Description.Platform ?? {};
  return {
    id: ID,
    hostname: Description.Hostname ?? '',
    address: addressOf(Status.Addr ?? '', reached?.Addr ?? ''),
    role: Role === 'manager' ? 'manager' : 'worker',
    availability: Availability === 'drain' || Availability === 'pause' ? Availability : 'active',
    state: Status.State ?? 'unknown',
    createdAt: CreatedAt,
    architecture: architectureOf(Architecture),
    osType: OS,
    labels: { ...Description.Engine?.Labels, ...Labels },
  };
}

/** A manager may tell of itself where it listens, which is everywhere; where the others reach it says more. */
function addressOf(told: string, reached: string): string {
  const isAnywhere = told === '' || told === '0.0.0.0' || told === '::';
  return isAnywhere ? reached.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1') : told;
}
