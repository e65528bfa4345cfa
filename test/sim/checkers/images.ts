// Images: what may be needed stays. Nothing is removed from an instance that a container there uses, that a revision names which is kept, or
// that a deployment of the ledger has resolved. That only what we brought goes is the engine's to say (engine-model.ts).
import { repositoryOf } from '../images.ts';
import type { Turn } from './facts.ts';

/** Judges the removals that a turn asks for. */
export function checkImages({ world, plan, after, blame }: Turn): void {
  for (const action of plan.actions) {
    if (action.kind !== 'remove-image') continue;
    const { reference, instance } = action;
    const name = `image ${reference} on ${instance}`;
    for (const { id, spec } of after.revisions.values())
      if (spec?.containerDefinitions.some(({ image }) => image === reference)) blame(`${name} is to go, and ${id} names it`);
    for (const row of after.services.values()) {
      for (const deployment of row.deployments) {
        for (const pinned of [...(deployment.target.images ?? []), ...deployment.pinned]) {
          const isPinned = pinned.digest !== null && reference === `${repositoryOf(pinned.reference)}@${pinned.digest}`;
          if (pinned.reference === reference || isPinned) blame(`${name} is to go, and ${deployment.id} of ${row.id} runs it`);
        }
      }
    }
    const brought = after.images.get(`${instance}/${reference}`);
    if (brought === undefined) blame(`${name} is to go, and nobody knows that we brought it`);
    for (const view of world.observed.instances.get(instance)?.containers.values() ?? [])
      if (view.imageId === brought?.image.id) blame(`${name} is to go, and ${view.name} uses it`);
  }
}
