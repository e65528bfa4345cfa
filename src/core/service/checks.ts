// Why a task is unhealthy, in ECS's words (spec 2.3): why it is stopped, and the last failure of its deployment. Told with the check that fails,
// because the task and its target are gone when somebody asks. Deliberately absent: whether it counts (task/status.ts judges that).
import type { ServiceRow } from '../../model/turn/ledger.ts';
import type { Task } from '../../model/task/task.ts';
import { isEssential } from '../../model/task/container-definition.ts';
import { type Turn, viewsOf } from '../turn.ts';
import { targetReason } from '../traffic/target-words.ts';
import { targetId } from '../task/status.ts';

/** ECS's stoppedReason of an unhealthy task, and behind it ELB's reason, or the container whose check fails, as far as that is seen. */
export function healthFailure(turn: Turn, row: ServiceRow, task: Task): string {
  const loadBalancers = row.taskSets.find((set) => set.id === task.taskSet)?.target.loadBalancers ?? [];
  const known = { world: turn.world, registrations: turn.draft.registrations };
  for (const loadBalancer of loadBalancers) {
    const target = turn.world.observed.proxy?.targets.get(targetId(task.id, loadBalancer));
    if (target?.state === 'unhealthy')
      return `${failedElb([loadBalancer.targetGroupArn])}${target.reason === '' ? '' : `: ${targetReason(known, task, loadBalancer, target)}`}`;
  }
  const view = viewsOf(turn, task).find(({ health, identity }) => health === 'unhealthy' && identity.essential);
  if (view !== undefined) return `Task failed container health checks: container ${view.identity.container}`;
  // Seen to fail, and by now either better or not seen any more.
  const containers = turn.draft.revisions.get(task.revision)?.spec?.containerDefinitions;
  const hasChecks = containers?.some((container) => container.healthCheck !== undefined && isEssential(container)) ?? true;
  if (loadBalancers.length > 0 && !hasChecks) return failedElb(loadBalancers.map(({ targetGroupArn }) => targetGroupArn));
  return loadBalancers.length === 0 ? 'Task failed container health checks' : 'Task failed its health checks';
}

function failedElb(groups: readonly string[]): string {
  return `Task failed ELB health checks in (target-group ${groups.join(', ')})`;
}
