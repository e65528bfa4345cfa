// The network of a cluster as its tasks on one instance need it. Usually each instance makes a bridge of its own. The nodes of a swarm share one
// overlay, on which tasks reach each other across hosts: it is made once, by the engine of a manager, and every node joins it by its name.
import { OVERLAY } from '../../model/task/container-network.ts';
import type { HomeNetwork } from '../task/network.ts';
import type { Registration } from '../../model/turn/ledger.ts';
import type { SwarmSource } from '../../model/cluster/swarm.ts';
import type { World } from '../../model/turn/plan.ts';
import { isOverlay, swarmNetwork } from '../../model/turn/identity.ts';

/** Rows by instance id, of a draft or of a ledger. */
interface Rows {
  readonly registrations: { get(id: string): Registration | undefined; values(): Iterable<Registration> };
}

type Scene = Pick<World, 'installation' | 'desired' | 'observed'>;

/** What was found for the clusters of a world: thousands of tasks ask in one turn. */
const FOUND = new WeakMap<Scene, Map<string, HomeNetwork>>();

/** The overlay of a cluster's swarm, where an instance is a node of it; undefined: a bridge of the instance. */
export function homeOf(scene: Scene, rows: Rows, cluster: string, instance: string): HomeNetwork | undefined {
  const source = scene.desired.clusters.get(cluster)?.swarm;
  if (source === undefined || rows.registrations.get(instance)?.declared?.node === undefined) return undefined;
  let found = FOUND.get(scene);
  if (found === undefined) FOUND.set(scene, (found = new Map()));
  let home = found.get(cluster);
  if (home === undefined) found.set(cluster, (home = overlayOf(scene, rows, cluster, source)));
  return home;
}

/** What a task that is no member of security groups goes by, as a text; null: a bridge of its instance. */
export function homeText(home: HomeNetwork | undefined): string | null {
  if (home === undefined) return null;
  const { network, maker, isThere, swarm } = home;
  return [network, maker ?? '', isThere ?? '', ...(swarm === undefined ? [] : swarm.shown)].join(' ');
}

function overlayOf({ installation, observed }: Scene, { registrations }: Rows, cluster: string, source: SwarmSource): HomeNetwork {
  const makers = [...registrations.values()].flatMap(({ id, declared }) => {
    const view = observed.instances.get(id);
    const isMaker = declared?.node?.role === 'manager' && declared.cluster === cluster;
    return isMaker && view?.connected === true && view.observedAt !== null ? [view] : [];
  });
  // A worker shows an overlay only while a container of its own is on it; and without a manager it can take no further one onto it.
  const maker = makers[0]?.id ?? null;
  const shown = new Set(makers.flatMap(({ networks }) => [...networks]));
  const swarm = { maker, networks: new Set([...shown].filter((name) => isOverlay(installation, name))), shown };
  if (source.network !== undefined) return { network: source.network, cluster, options: OVERLAY, isExternal: true, swarm };
  const network = swarmNetwork(installation, cluster);
  return { network, cluster, options: OVERLAY, maker, isThere: swarm.networks.has(network), swarm };
}
