// The network of a cluster as its tasks on one instance need it. Usually each instance makes a bridge of its own. The nodes of a swarm share one
// overlay, on which tasks reach each other across hosts: it is made once, by the engine of a manager, and every node joins it by its name.
import { OVERLAY } from '../model/container-network.ts';
import type { HomeNetwork } from './task/network.ts';
import type { Registration } from '../model/ledger.ts';
import type { World } from '../model/plan.ts';
import { swarmNetwork } from '../model/identity.ts';

/** Rows by instance id, of a draft or of a ledger. */
interface Rows {
  readonly registrations: { get(id: string): Registration | undefined; values(): Iterable<Registration> };
}

/** The overlay of a cluster's swarm, where an instance is a node of it; undefined: a bridge of the instance. */
export function homeOf(
  { installation, desired, observed }: Pick<World, 'installation' | 'desired' | 'observed'>,
  { registrations }: Rows,
  cluster: string,
  instance: string,
): HomeNetwork | undefined {
  const swarm = desired.clusters.get(cluster)?.swarm;
  if (swarm === undefined || registrations.get(instance)?.declared?.node === undefined) return undefined;
  if (swarm.network !== undefined) return { network: swarm.network, cluster, options: OVERLAY, isExternal: true };
  const network = swarmNetwork(installation, cluster);
  const makers = [...registrations.values()].flatMap(({ id, declared }) => {
    const view = observed.instances.get(id);
    const isMaker = declared?.node?.role === 'manager' && declared.cluster === cluster;
    return isMaker && view?.connected === true && view.observedAt !== null ? [view] : [];
  });
  // A worker shows an overlay only while a container of its own is on it; and without a manager it can take no further one onto it.
  const isThere = makers.some(({ networks }) => networks.has(network));
  return { network, cluster, options: OVERLAY, maker: makers[0]?.id ?? null, isThere };
}
