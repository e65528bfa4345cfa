// Which check of a task fails, in words: kept as the last failure of its deployment, because the task and its target are gone when somebody
// asks. Deliberately absent: whether it counts (task/status.ts judges that).
import type { ServiceRow } from '../model/ledger.ts';
import type { Task } from '../model/task.ts';
import { type Turn, viewsOf } from './turn.ts';
import { targetId } from './task/status.ts';

/** The first failing check of a task, with ELB's reason or the container's name; null when none is seen to fail. */
export function failingCheck(turn: Turn, row: ServiceRow, task: Task): string | null {
  const loadBalancers = row.taskSets.find((set) => set.id === task.taskSet)?.target.loadBalancers ?? [];
  for (const loadBalancer of loadBalancers) {
    const target = turn.world.observed.proxy?.targets.get(targetId(task.id, loadBalancer));
    if (target?.state === 'unhealthy') return `target-group ${loadBalancer.targetGroupArn}: ${target.reason || 'unhealthy'}`;
  }
  const view = viewsOf(turn, task).find((each) => each.health === 'unhealthy');
  return view === undefined ? null : `container ${view.identity.container}`;
}
