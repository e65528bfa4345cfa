// The first stage of a deployment: its images become digests. A failure counts like a task that failed to start, so that an image
// that does not exist rolls back like one that crashes.
import type { DesiredService } from '../../model/turn/desired.ts';
import type { Deployment } from '../../model/service/deployment.ts';
import type { ServiceRow } from '../../model/turn/ledger.ts';
import { DEFAULT_PULL_BEHAVIOR } from '../../model/cluster/cluster.ts';
import { type Turn, emitOnce, wake } from '../turn.ts';
import { failDeployment, primaryOf, withDeployment, withTaskSet } from '../deployment/next.ts';
import { isTripped, withFailure } from '../deployment/breaker.ts';
import { demandOf } from '../placement/demand.ts';
import { waitForFirst, waitingMessage } from '../instance/capacity.ts';
import { SECOND } from '../../std/time.ts';
import { instanceOf, isOfCluster } from '../instance/instances.ts';
import { resolveImages } from '../image/images.ts';
import { volumeFault } from '../../model/task/file-system.ts';
import { serviceSettings } from '../../model/service/service.ts';

/** The row with its primary's images pinned as far as the answers go; asks for what is still unknown. */
export function resolveDeployment(turn: Turn, row: ServiceRow, desired: DesiredService): ServiceRow {
  const primary = primaryOf(row);
  if (primary === undefined || primary.rollout !== 'IN_PROGRESS' || primary.taskSet !== null) return row;
  if (primary.retryAt !== null && primary.retryAt > turn.now) {
    wake(turn, primary.retryAt);
    return row;
  }
  const spec = turn.draft.revisions.get(primary.target.taskDefinition)?.spec;
  if (!spec) return row;
  const fault = (desired.hash === primary.target.hash ? desired.secretFault : undefined) ?? volumeFault(spec, turn.world.efs);
  if (fault !== null) return refused(turn, row, desired, primary, { reference: null, reason: fault }, false);
  const behavior = turn.world.desired.clusters.get(row.cluster)?.imagePullBehavior ?? DEFAULT_PULL_BEHAVIOR;
  const instances = [...turn.world.observed.instances.values()].filter(
    (instance) =>
      instance.connected &&
      instance.observedAt !== null &&
      instanceOf(turn, instance.id) !== undefined &&
      isOfCluster(turn.draft.registrations.get(instance.id), instance, row.cluster),
  );
  const resolved = resolveImages({
    service: row.id,
    revision: primary.target.taskDefinition,
    containers: spec.containerDefinitions,
    behavior,
    pullFailed: primary.pullFailed,
    pinned: primary.pinned,
    instances,
    answers: turn.world.observed.answers,
    outcomes: turn.outcomes,
  });
  if (resolved.failure !== null) return refused(turn, row, desired, primary, resolved.failure, behavior === 'default');
  if (resolved.again) wake(turn, turn.now + SECOND);
  turn.looks.push(...resolved.looks);
  for (const action of resolved.actions) emitOnce(turn, action);
  if (resolved.done) return withTaskSet(row, { ...primary.target, images: resolved.pinned });
  const pinned =
    resolved.pinned.length === primary.pinned.length
      ? row
      : withDeployment(row, primary.id, (each) => ({ ...each, pinned: resolved.pinned }));
  if (instances.length > 0) return pinned;
  const provider = waitForFirst(turn, desired, demandOf(spec, null), row.desiredCount);
  if (provider !== null) return { ...pinned, message: waitingMessage(row.name, provider) };
  return {
    ...pinned,
    message: `(service ${row.name}) was unable to place a task because No Container Instances were found in your cluster.`,
  };
}

function refused(
  turn: Turn,
  row: ServiceRow,
  desired: DesiredService,
  primary: Deployment,
  failure: { readonly reference: string | null; readonly reason: string },
  mayFallBack: boolean,
): ServiceRow {
  const noted = withDeployment(row, primary.id, (each) => withUnpulled(each, failure.reference));
  if (mayFallBack && !primary.pullFailed) {
    wake(turn, turn.now);
    return withDeployment(noted, primary.id, (each) => ({ ...each, pullFailed: true, lastFailure: failure.reason }));
  }
  const settings = serviceSettings(desired.spec);
  const counted = withDeployment(noted, primary.id, (each) => withFailure(each, failure.reason, turn.now, 'not-started'));
  const next = primaryOf(counted);
  wake(turn, next?.retryAt ?? null);
  if (next === undefined || !isTripped(next, settings.breaker, row.desiredCount)) return counted;
  return failDeployment(counted, settings.breaker?.rollback ?? false, turn.now);
}

function withUnpulled(deployment: Deployment, reference: string | null): Deployment {
  if (reference === null) return deployment;
  const unpulled = deployment.unpulled ?? [];
  return unpulled.includes(reference) ? deployment : { ...deployment, unpulled: [...unpulled, reference] };
}
