// Two commits mostly declare the same. What did not change keeps its object from the commit before, so that a commit that touches one
// service makes one service be worked out again (quiet.ts) and not a thousand.
import type { DesiredState } from '../model/turn/desired.ts';
import { same } from '../std/diff.ts';

/** `after`, with every declaration that is equal in `before` taken from there. */
export function shareUnchanged(before: DesiredState | null, after: DesiredState): DesiredState {
  if (before === null) return after;
  return {
    // What is no map of declarations is taken as it is.
    ...after,
    clusters: shared(before.clusters, after.clusters),
    instances: shared(before.instances, after.instances),
    taskDefinitions: shared(before.taskDefinitions, after.taskDefinitions),
    services: shared(before.services, after.services),
    targetGroups: shared(before.targetGroups, after.targetGroups),
    loadBalancers: shared(before.loadBalancers, after.loadBalancers),
    securityGroups: shared(before.securityGroups, after.securityGroups),
  };
}

function shared<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const entries = [...after].map(([id, value]): [string, T] => {
    const known = before.get(id);
    return [id, known !== undefined && same(known, value) ? known : value];
  });
  return new Map(entries);
}
