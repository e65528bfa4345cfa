// What a task that is coming up asks for, remembered for as long as nothing of what it rests on has changed: an engine that starts thousands of
// containers is not asked for each of them anew in every turn. A memory of a pure function, as in quiet.ts: with it and without it the plan is
// the same.
import type { Action } from '../../model/turn/plan.ts';
import type { ContainerView, InstanceView } from '../../model/turn/observed.ts';
import type { Revision, Registration } from '../../model/turn/ledger.ts';
import type { TargetReach } from '../../model/cluster/target-reach.ts';
import type { Task } from '../../model/task/task.ts';
import type { TaskSet } from '../../model/service/deployment.ts';
import type { World } from '../../model/turn/plan.ts';

/** What the actions of a task rest on; each is compared by reference. */
export interface Grounds {
  readonly views: readonly ContainerView[];
  readonly target: TaskSet['target'] | undefined;
  readonly revision: Revision | undefined;
  readonly registration: Registration | undefined;
  readonly engine: InstanceView['engine'];
  readonly networks: InstanceView['networks'];
  readonly efs: World['efs'];
  /** Whether it waits for the relay of its instance. */
  readonly awaitsRelay: boolean;
  /** The network of its cluster, which other instances make; null: a bridge of its instance. */
  readonly home: string | null;
  /** Where the proxy prefers to reach it. */
  readonly reach: TargetReach | undefined;
}

interface Memory {
  readonly grounds: Grounds;
  readonly actions: readonly Action[];
}

const MEMORIES = new WeakMap<Task, Memory>();

/** The actions of a task by `work`, or those that it asked for on the same grounds. */
export function actionsOn(task: Task, grounds: Grounds, work: () => readonly Action[]): readonly Action[] {
  if (!isTimeless(task, grounds)) return work();
  const known = MEMORIES.get(task);
  if (known !== undefined && sameGrounds(known.grounds, grounds)) return known.actions;
  const actions = work();
  MEMORIES.set(task, { grounds, actions });
  return actions;
}

/** Whether time and other tasks have no part in what it asks for. */
function isTimeless({ lastStatus, desiredStatus }: Task, { views, target, revision }: Grounds): boolean {
  if (lastStatus !== 'PENDING' || desiredStatus !== 'RUNNING' || target?.securityGroups !== undefined) return false;
  const containers = revision?.spec?.containerDefinitions;
  return (
    containers !== undefined &&
    containers.every(({ dependsOn }) => dependsOn === undefined) &&
    views.every(({ state }) => state !== 'exited')
  );
}

function sameGrounds(a: Grounds, b: Grounds): boolean {
  return (
    a.views === b.views &&
    a.target === b.target &&
    a.revision === b.revision &&
    a.registration === b.registration &&
    a.engine === b.engine &&
    a.networks === b.networks &&
    a.efs === b.efs &&
    a.awaitsRelay === b.awaitsRelay &&
    a.home === b.home &&
    a.reach === b.reach
  );
}
