// Networks that nobody needs any more. They are made by the task that needs them first (task/advance.ts).
import { type Turn, emit } from '../turn.ts';
import { isOfGroups, isOverlay, networkName } from '../../model/turn/identity.ts';
import type { InstanceView } from '../../model/turn/observed.ts';
import { networksOfAllGroups } from './security-groups.ts';
import { removalKey, statusOf } from '../instance/instances.ts';
import { declaredOverlays, networksNeeded } from '../task/network.ts';

/** Removes the networks that git no longer declares, of clusters, definitions and security groups, once no task of theirs is left on the instance. */
export function pruneNetworks(turn: Turn): void {
  const { installation, desired, observed } = turn.world;
  const declared = new Set([...desired.clusters.keys()].map((cluster) => networkName(installation, cluster)));
  for (const { spec } of desired.taskDefinitions.values()) {
    for (const { network, cluster } of networksNeeded(spec, installation, '', null)) if (cluster === null) declared.add(network);
  }
  for (const network of networksOfAllGroups(turn)) declared.add(network);
  const overlays = overlaysOf(turn);
  for (const instance of observed.instances.values()) {
    if (!instance.connected || instance.observedAt === null) continue;
    // From an instance that is about to be forgotten everything goes: nobody will come back for it.
    const leaves = statusOf(turn.draft, instance.id) === 'DEREGISTERING';
    for (const network of instance.networks) {
      // A manager has been seen to take an overlay away under running containers of other nodes (Docker 20.10), and nobody sees all of them.
      if (isOverlay(installation, network) || (overlays.has(network) && isNode(turn, instance.id))) continue;
      if ((declared.has(network) && !leaves) || isJoined(instance, network) || isUsed(turn, instance.id, network)) continue;
      emit(turn, {
        kind: 'remove-network',
        key: removalKey('network', instance.id, network),
        instance: instance.id,
        network,
        because: leaves ? `${instance.id} is DEREGISTERING` : unneeded(installation, network),
      });
    }
  }
}

/** Declared overlays that somebody may need on any node: once no definition is known any more that has one, nobody does. */
function overlaysOf({ world, draft }: Turn): ReadonlySet<string> {
  return declaredOverlays([...[...world.desired.taskDefinitions.values()], ...draft.revisions.values()].map(({ spec }) => spec));
}

function isNode({ draft }: Turn, instance: string): boolean {
  return draft.registrations.get(instance)?.declared?.node !== undefined;
}

function unneeded(installation: string, network: string): string {
  return isOfGroups(installation, network) ? 'no tasks of security groups share it' : 'git no longer declares it';
}

function isJoined({ containers }: InstanceView, network: string): boolean {
  for (const view of containers.values()) if (view.networks.includes(network)) return true;
  return false;
}

function isUsed(turn: Turn, instance: string, network: string): boolean {
  const { installation } = turn.world;
  for (const task of turn.draft.tasks.values()) {
    if (task.instance !== instance) continue;
    const spec = turn.draft.revisions.get(task.revision)?.spec;
    // Which networks a task is on whose definition nobody has any more is not known: all of them stay as long as it does.
    if (!spec || networkName(installation, task.cluster) === network) return true;
    if (networksNeeded(spec, installation, task.cluster, null).some((needed) => needed.network === network)) return true;
  }
  return false;
}
