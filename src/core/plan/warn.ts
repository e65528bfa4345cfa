// What a reviewer should see before approving: gaps in service, deletions, services that are not as git declares them.
import type { Capacity } from './capacity.ts';
import type { Change } from './changes.ts';
import type { World } from '../../model/turn/plan.ts';
import { count } from '../../std/text.ts';
import { durationText } from '../../std/time.ts';
import { desiredWithSecrets, lostSecret } from '../secrets.ts';

/** Warnings in words, in order of the services they are about. */
export function warningsOf(world: World, end: World, changes: readonly Change[], capacity: readonly Capacity[]): readonly string[] {
  return [
    ...gaps(changes, capacity),
    ...deletions(world, changes),
    ...closings(changes),
    ...broken(end),
    ...lostSecrets(world),
    ...refusedPorts(world),
  ];
}

function gaps(changes: readonly Change[], capacity: readonly Capacity[]): readonly string[] {
  const updated = new Set(changes.filter((change) => change.kind === 'update').map((change) => change.id));
  return capacity
    .filter((one) => updated.has(one.service) && one.lowest === 0 && one.healthyBefore > 0 && (one.desiredAfter ?? 0) > 0)
    .map((one) => `${one.service} has no healthy task for about ${durationText(one.downMs)}`);
}

function deletions(world: World, changes: readonly Change[]): readonly string[] {
  return changes
    .filter((change) => change.subject === 'service')
    .filter((change) => change.kind === 'delete')
    .map((change) => {
      const known = world.ledger.services.has(change.id);
      const tasks = [...world.ledger.tasks.values()].filter(
        (task) => `${task.cluster}/${task.service}` === change.id && task.lastStatus !== 'STOPPED',
      );
      const number = known ? tasks.length : (change.desiredCount.before ?? 0);
      return number === 0 ? `${change.id} is deleted; it has no tasks` : `${change.id} is deleted with ${count(number, 'task')}`;
    });
}

/** The riskiest change of all takes no time and starts no deployment: whoever still calls the port is refused. */
function closings(changes: readonly Change[]): readonly string[] {
  return changes
    .filter((change) => change.subject === 'listener' && change.kind === 'delete')
    .map((change) => `listener ${change.id} goes and its port closes: clients that still use it are refused`);
}

/** Declared services that run something else, or not all of it, in a world in which nothing moves any more. */
export function notAsDeclared(end: World): readonly string[] {
  return [...desiredWithSecrets(end).services.values()]
    .filter((service) => {
      const row = end.ledger.services.get(service.id);
      const primary = row?.deployments[0];
      const isHeld = service.held !== undefined;
      return isHeld || primary?.rollout !== 'COMPLETED' || primary.target.hash !== service.hash || row?.message != null;
    })
    .map((service) => service.id);
}

/** Services on which git's wish failed: they keep running something else until their declaration changes. */
function broken(end: World): readonly string[] {
  return [...desiredWithSecrets(end).services.values()].flatMap((service) => {
    const primary = end.ledger.services.get(service.id)?.deployments[0];
    if (primary === undefined || primary.rollout === 'IN_PROGRESS') return [];
    const revision = primary.target.taskDefinition;
    if (primary.rollout === 'FAILED') return [`${service.id} is not as declared: the deployment of ${revision} failed`];
    return primary.target.hash === service.hash ? [] : [`${service.id} is not as declared: it was rolled back to ${revision}`];
  });
}

/** Nothing stops for it, so nothing else tells it before the next task is needed. */
function lostSecrets(world: World): readonly string[] {
  return [...desiredWithSecrets(world).services.values()].flatMap((service) => {
    const fault = lostSecret(service, world.ledger.services.get(service.id)?.requested);
    return fault === null ? [] : [`${service.id} goes on as it runs, and no new task of it can start: ${fault}`];
  });
}

function refusedPorts(world: World): readonly string[] {
  return (world.observed.proxy?.refused ?? []).map((port) => `the proxy can't open port ${port.port}: ${port.reason}`);
}
