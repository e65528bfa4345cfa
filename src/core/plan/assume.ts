// What a forecast takes for granted, in words, so that a reader can tell a promise from a guess.
import type { Action, World } from '../../model/turn/plan.ts';
import { type Timings, firstCheckMs, isEndAwaited, isLocalOnly } from './predict.ts';
import type { PlayedTurn } from './turns.ts';
import { durationText } from '../../std/time.ts';
import { isEssential } from '../../model/task/container-definition.ts';
import { type Change, serviceOf } from './changes.ts';
import { serviceSettings } from '../../model/service/service.ts';
import { secretKey } from '../../model/access/secret.ts';
import { usesOf } from '../secrets.ts';

/** The assumptions behind one turn: images that nobody has looked at, pulls that succeed, tasks that become healthy. Each once. */
export function assumptionsOf(turn: PlayedTurn, world: World, end: World, timings: Timings): readonly string[] {
  const looks = turn.guessed.map((look) => `image ${look.reference} is on ${look.instance}`);
  const actions = turn.actions.flatMap((action) => {
    if (action.kind === 'pull-image' && isLocalOnly(end, action)) return [];
    if (action.kind === 'pull-image')
      return [`image ${writtenName(action.reference)} can be pulled within ${durationText(timings.pullMs)}`];
    if (action.kind === 'create-container' && world.ledger.retries.get(action.key)?.error.code === 'ProviderAway')
      return [`what keeps the secrets of ${action.identity.revision} answers again`];
    if (action.kind !== 'start-container') return [];
    const { identity } = action;
    const ends = isEndAwaited(identity, end.ledger)
      ? [`container ${identity.container} of ${identity.revision} ends with exit code 0 within ${durationText(timings.runMs)}`]
      : [];
    return [...ends, ...[healthAssumption(action, world, end, timings) ?? []].flat()];
  });
  return [...new Set([...looks, ...actions])];
}

function healthAssumption(action: Extract<Action, { kind: 'start-container' }>, world: World, end: World, timings: Timings): string | null {
  const desired = world.desired.services.get(serviceOf(action) ?? '');
  const { revision } = action.identity;
  const containers = end.ledger.revisions.get(revision)?.spec?.containerDefinitions ?? [];
  const checks = containers.filter(isEssential).flatMap((container) => firstCheckMs(container) ?? []);
  const behindTargets = (desired?.loadBalancers.length ?? 0) > 0 ? [timings.healthyMs] : [];
  const waits = [...checks, ...behindTargets];
  if (waits.length > 0) return `${revision} healthy within ${durationText(Math.max(...waits))} of its start`;
  const after = desired === undefined ? 0 : serviceSettings(desired.spec).healthyAfterMs;
  return after === 0 ? `${revision} starts` : `${revision} keeps running for ${durationText(after)}`;
}

/** Secrets of services that are deployed, about which nobody was asked: a plan reads none that is not in force. */
export function secretAssumptions(world: World, changes: readonly Change[]): readonly string[] {
  const deployed = changes.flatMap((change) => (change.subject === 'service' && change.deploys ? [change.id] : []));
  const services = new Map([...world.desired.services].filter(([id]) => deployed.includes(id)));
  return usesOf({ ...world.desired, services })
    .filter((use) => world.observed.secrets.get(secretKey(use))?.assumed)
    .map(({ kind, from }) => `${kind === 'secret' ? 'secret' : 'environment file'} ${from} can be read`);
}

/** Fields of a target group whose change judges every target that is there already by another measure. */
const CHECK = /^(?:healthCheck|healthyThreshold|unhealthyThreshold|matcher)/;

/** That targets pass a health check that is changed under them: what a container answers, nobody can foretell. */
export function checkAssumptions(changes: readonly Change[]): readonly string[] {
  return changes
    .filter((change) => change.subject === 'target-group' && change.kind === 'update' && change.isBeforeKnown)
    .filter((change) => 'fields' in change && change.fields.some((field) => CHECK.test(field.path)))
    .map((change) => `the targets of ${change.id} pass its changed health check, or else they are replaced again and again`);
}

/** A pull by digest is named by its repository: the digest may itself be an assumption. */
function writtenName(reference: string): string {
  return reference.split('@')[0] ?? reference;
}
