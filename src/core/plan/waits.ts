// Why a forecast can't go on: what is unfinished while nothing moves, and what moves without ever getting anywhere.
// Deliberately absent: any judgement of a world that still moves (turns.ts lets it move).
import type { Ledger, ServiceRow } from '../../model/turn/ledger.ts';
import { desiredWithSecrets } from '../secrets.ts';
import { heldBackIn } from '../service/dependencies.ts';
import type { World } from '../../model/turn/plan.ts';
import { serviceSettings } from '../../model/service/service.ts';

/** After so many failures in a row without a circuit breaker, the next try is not news. */
const FAILURES_OF_A_LOOP = 5;

/** Services that have failed again and again since `start` and will do so without end, in words, when nothing else is unfinished; else empty. */
export function loopsOf(world: World, start: Ledger): readonly string[] {
  const unfinished = [...world.ledger.services.values()].filter((row) => unfinishedReason(world, row) !== null);
  return unfinished.every((row) => isLoop(world, row, start)) ? unfinished.map((row) => `${row.id}: ${loopReason(row)}`) : [];
}

/** What is unfinished in a world in which nothing is under way, in words; empty when everything has its verdict. */
export function waitsOf(world: World): readonly string[] {
  const unfinished = [...world.ledger.services.values()].flatMap((row) => {
    const reason = unfinishedReason(world, row);
    return reason === null ? [] : [`${row.id}: ${reason}`];
  });
  const moving = [...world.ledger.tasks.values()]
    .filter((task) => task.lastStatus !== 'STOPPED' && (task.desiredStatus === 'STOPPED' || task.lastStatus === 'PENDING'))
    .map((task) => `${task.cluster}/${task.service}: task ${task.id.slice(0, 8)} is ${task.lastStatus} on ${task.instance}`);
  const silent = [...world.observed.instances.values()]
    .filter((instance) => !instance.connected || instance.observedAt === null)
    .map((instance) => `instance ${instance.id} does not answer`);
  return unfinished.length + moving.length > 0 ? [...unfinished, ...moving, ...silent] : [];
}

function unfinishedReason(world: World, row: ServiceRow): string | null {
  const primary = row.deployments[0];
  const unread = desiredWithSecrets(world).services.get(row.id)?.held;
  if (unread !== undefined) return `it waits for its secrets: ${unread}`;
  if (row.message !== null) return row.message.replace(/^\(service [^)]*\) /, '');
  if (row.status === 'DRAINING') return 'its tasks are being stopped';
  const held = heldBackIn(world, row);
  if (held !== null) return `it waits for ${held}`;
  if (primary?.rollout === 'IN_PROGRESS') return `deployment ${primary.id} of ${primary.target.taskDefinition} is in progress`;
  if (!row.steady && primary?.rollout === 'COMPLETED') return 'it has not reached a steady state';
  return null;
}

/** A deployment that no circuit breaker ends: there is none, or it is complete and its tasks can't be replaced. */
function isLoop(world: World, row: ServiceRow, start: Ledger): boolean {
  const service = world.desired.services.get(row.id);
  const primary = row.deployments[0];
  if (primary === undefined) return false;
  const ends = service !== undefined && (serviceSettings(service.spec).breaker?.enable ?? false);
  const earlier = start.services.get(row.id)?.deployments.find((each) => each.id === primary.id)?.startFailures ?? 0;
  const goesOn = primary.rollout === 'COMPLETED' || (primary.rollout === 'IN_PROGRESS' && !ends);
  return goesOn && primary.startFailures - earlier >= FAILURES_OF_A_LOOP;
}

function loopReason(row: ServiceRow): string {
  const primary = row.deployments[0];
  return `${primary?.target.taskDefinition ?? ''} fails and is tried again, without end: ${primary?.lastFailure ?? 'its tasks fail'}`;
}
