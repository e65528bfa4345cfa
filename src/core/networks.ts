// Networks that nobody needs any more. They are made by the task that needs them first (task/advance.ts).
import { type Turn, emit } from './turn.ts';
import { networkName } from '../model/identity.ts';

/** Removes the networks of clusters that git no longer declares, once no task of theirs is left on the instance. */
export function pruneNetworks(turn: Turn): void {
  const { installation, desired, observed } = turn.world;
  const declared = new Set([...desired.clusters.keys()].map((cluster) => networkName(installation, cluster)));
  for (const instance of observed.instances.values()) {
    if (!instance.connected || instance.observedAt === null) continue;
    for (const network of instance.networks) {
      if (declared.has(network) || isUsed(turn, instance.id, network)) continue;
      emit(turn, {
        kind: 'remove-network',
        key: `remove-network/${instance.id}/${network}`,
        instance: instance.id,
        network,
        because: 'git no longer declares its cluster',
      });
    }
  }
}

function isUsed(turn: Turn, instance: string, network: string): boolean {
  for (const task of turn.draft.tasks.values()) {
    if (task.instance === instance && networkName(turn.world.installation, task.cluster) === network) return true;
  }
  return false;
}
