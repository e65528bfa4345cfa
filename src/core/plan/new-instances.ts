// Container instances that a commit declares and nobody follows yet: a plan of an unmerged commit contacts nothing that is not in force. One
// that says how much it offers is assumed to answer; of any other nothing is known, so nothing is placed on it.
import type { DesiredInstance } from '../../model/cluster/container-instance.ts';
import type { InstanceView } from '../../model/turn/observed.ts';
import type { World } from '../../model/turn/plan.ts';
import { sortedMap } from '../../std/order.ts';

/** The world in which new instances answer with what git says of them. */
export function assumingInstances(world: World): World {
  const fresh = newInstances(world).map((declared) => [declared.name, assumedView(declared, world.now)] as const);
  if (fresh.length === 0) return world;
  return { ...world, observed: { ...world.observed, instances: sortedMap([...world.observed.instances, ...fresh]) } };
}

/** What is taken for granted of new instances, in words. */
export function instanceAssumptions(world: World): readonly string[] {
  return [...newInstances(world).map(assumption), ...newSwarms(world)];
}

/** Swarms that nobody has asked: the ledger knows none of their nodes either. */
function newSwarms({ desired, observed, ledger }: World): readonly string[] {
  const known = new Set([...ledger.registrations.values()].map(({ declared }) => (declared?.node === undefined ? '' : declared.cluster)));
  return [...desired.clusters.values()]
    .filter(({ name, swarm }) => swarm !== undefined && !known.has(name) && (observed.swarms?.get(name)?.nodes ?? null) === null)
    .map(
      ({ name }) => `nothing is placed on the nodes of the swarm of cluster ${name} yet: which ones there are shows when it is in force`,
    );
}

function assumption(declared: DesiredInstance): string {
  return isSized(declared)
    ? `container instance ${declared.name} answers and offers ${declared.cpu} CPU units and ${declared.memory} MiB`
    : `nothing is placed on container instance ${declared.name} yet: how much it offers shows when it is registered (or declare cpu and memory)`;
}

function newInstances({ desired, observed }: World): readonly DesiredInstance[] {
  return [...desired.instances.values()].filter(({ name, endpoint }) => endpoint !== undefined && !observed.instances.has(name));
}

function isSized({ cpu, memory }: DesiredInstance): boolean {
  return cpu !== undefined && memory !== undefined;
}

function assumedView(declared: DesiredInstance, now: number): InstanceView {
  const sized = isSized(declared);
  return {
    id: declared.name,
    clusters: [declared.cluster],
    declared: true,
    address: declared.address ?? '127.0.0.1',
    connected: sized,
    observedAt: sized ? now : null,
    cpu: declared.cpu ?? 0,
    memory: declared.memory ?? 0,
    containers: new Map(),
    networks: new Set(),
    volumes: new Map(),
  };
}
