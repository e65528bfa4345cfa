// Why a task is where it is, or is nowhere, and why a service does not go on: the one answer to "nothing happens". What rows, pictures and
// deployments say comes first, then placement, instance by instance. Pure, and nothing is asked of an engine.
import { type PlacementWhy, placementWhy } from '../core/service/why.ts';
import { choose } from './choose.ts';
import { count } from '../std/text.ts';
import { durationText } from '../std/time.ts';
import { graceMsOf, statusOf } from '../core/instance/instances.ts';
import { isHeldByFailure } from '../core/service/dependencies.ts';
import { limits } from '../core/deployment/budget.ts';
import { Refusal } from './refusal.ts';
import { serviceSettings } from '../model/service/service.ts';
import { tasksByService } from '../core/turn.ts';
import { taskLine, type TaskStatusLine } from './status.ts';
import { taskWaitingReason, waitingReason } from './waiting.ts';
import type { ServiceRow } from '../model/turn/ledger.ts';
import type { Task } from '../model/task/task.ts';
import type { World } from '../model/turn/plan.ts';

export interface WhyAnswer {
  readonly kind: 'service' | 'task';
  /** `cluster/name`, or the task's id. */
  readonly id: string;
  /** `cluster/name`. */
  readonly service: string;
  /** What it comes to, and each cause behind it; the first one is the one to look at. */
  readonly reasons: readonly string[];
  readonly task: TaskStatusLine | null;
  /** Null: nothing of it is to be placed any more, or nobody knows what. */
  readonly placement: PlacementWhy | null;
}

/** Silent instances and leaving ones that are told one by one. */
const TOLD = 10;

/** Why a service, or a task of one that has not been forgotten, is as it is. `ended`: tasks that have stopped and are remembered. Throws a Refusal. */
export function whyOf(world: World, now: number, word: string, ended: readonly Task[] = []): WhyAnswer {
  const { kind, id } = choose(world, word, ended);
  return kind === 'service' ? whyService(world, now, id) : whyTask(world, now, id, ended);
}

function whyService(world: World, now: number, id: string): WhyAnswer {
  const tasks = tasksByService(world.ledger.tasks).get(id) ?? [];
  const row = world.ledger.services.get(id);
  const reasons = row === undefined ? ['the daemon has taken it up with no turn yet'] : serviceReasons(world, now, row, tasks);
  return { kind: 'service', id, service: id, reasons, task: null, placement: placementWhy(world, id, null) };
}

function serviceReasons(world: World, now: number, row: ServiceRow, tasks: readonly Task[]): readonly string[] {
  const declared = world.desired.services.get(row.id);
  const alive = tasks.filter((task) => task.lastStatus !== 'STOPPED');
  if (declared === undefined)
    return [
      `git no longer declares it: ${alive.length === 0 ? 'nothing is left of it' : `${count(alive.length, 'task')} of it still to stop`}`,
    ];
  const waiting = waitingReason(world, row, tasks, now);
  const found = [
    ...(row.message === null ? [] : [row.message]),
    ...(waiting === null ? [] : [waiting]),
    ...deploymentReasons(row, now),
    ...(row.moving === undefined ? [] : [`task ${row.moving.task.slice(0, 8)} moves to another zone: ${row.moving.because}`]),
    ...(isHeldByFailure(world, row) ? ['what it waits for has failed for good: only a commit that mends it goes on'] : []),
    ...instanceReasons(world, now, alive),
    ...marginReasons(world, row, alive),
  ];
  if (found.length > 0) return found;
  if (row.desiredCount === 0) return ['its desiredCount is 0: no task is wanted'];
  return [row.steady ? `nothing: it is steady, with ${count(row.desiredCount, 'healthy task')}` : 'it has not reached a steady state yet'];
}

function deploymentReasons({ deployments }: ServiceRow, now: number): readonly string[] {
  const [newest] = deployments;
  if (newest === undefined || newest.rollout === 'COMPLETED') return [];
  const failure = newest.lastFailure === null ? '' : `; last failure: ${newest.lastFailure}`;
  const what = `deployment ${newest.id} of ${newest.target.taskDefinition}`;
  const undone = newest.rollbackOf === null ? '' : `, which rolls back ${newest.rollbackOf},`;
  if (newest.rollout === 'IN_PROGRESS')
    return [`${what}${undone} is IN_PROGRESS for ${durationText(Math.max(0, now - newest.startedAt))}${failure}`];
  return [`${what}${undone} is ${newest.rollout}: ${newest.reason}${failure}; it starts nothing more, only another commit does`];
}

/** Instances that its tasks are on and that do not answer, or are to lose them. */
function instanceReasons(world: World, now: number, tasks: readonly Task[]): readonly string[] {
  const byInstance = Map.groupBy(tasks, (task) => task.instance);
  return [...byInstance]
    .flatMap(([id, own]) => {
      const view = world.observed.instances.get(id);
      const here = count(own.length, 'task');
      if (view === undefined || !view.connected) {
        const grace = durationText(graceMsOf(world, own[0]?.cluster ?? ''));
        const since = view?.silentSince === undefined ? '' : ` for ${durationText(Math.max(0, now - view.silentSince))}`;
        return [
          `container instance ${id} does not answer${since}, with ${here} on it: they are replaced once it has been silent for ${grace}`,
        ];
      }
      const status = statusOf(world.ledger, id);
      return status === 'ACTIVE' ? [] : [`container instance ${id} is ${status}, with ${here} on it`];
    })
    .slice(0, TOLD);
}

/** How many healthy tasks may go at the moment, where some are to go. */
function marginReasons(world: World, row: ServiceRow, tasks: readonly Task[]): readonly string[] {
  const declared = world.desired.services.get(row.id);
  const leaves = tasks.some((task) => task.desiredStatus === 'RUNNING' && statusOf(world.ledger, task.instance) !== 'ACTIVE');
  if (declared === undefined || !leaves) return [];
  const { minimumHealthyPercent, maximumPercent } = serviceSettings(declared.spec);
  const { lower, upper } = limits(row.desiredCount, minimumHealthyPercent, maximumPercent);
  const healthy = tasks.filter((task) => task.desiredStatus === 'RUNNING' && task.health === 'HEALTHY').length;
  const most = upper <= row.desiredCount && lower >= row.desiredCount ? '; so nothing can move: change one of the percentages' : '';
  return [
    `${healthy} healthy of ${row.desiredCount}; at least ${lower} must be (minimumHealthyPercent ${minimumHealthyPercent}), at most ${upper} may run (maximumPercent ${maximumPercent})${most}`,
  ];
}

function whyTask(world: World, now: number, id: string, ended: readonly Task[]): WhyAnswer {
  const live = world.ledger.tasks.get(id);
  const task = live ?? ended.find((each) => each.id === id);
  if (task === undefined) throw new Refusal(404, `task ${id} is gone`, 'longshore ps --stopped lists those that are remembered.');
  const service = `${task.cluster}/${task.service}`;
  const placement = live === undefined ? null : placementWhy(world, service, live);
  const isOver = live === undefined || live.desiredStatus === 'STOPPED' || live.lastStatus === 'STOPPED';
  return {
    kind: 'task',
    id,
    service,
    reasons: isOver ? [overText(task)] : [...standingText(world, now, task, placement !== null), ...instanceReasons(world, now, [task])],
    task: taskLine(task),
    placement: isOver ? null : placement,
  };
}

function overText({ lastStatus, stopCode, stoppedReason, instance }: Task): string {
  const why = [stopCode, stoppedReason].filter((word) => word !== null).join(': ');
  return `it is ${lastStatus === 'STOPPED' ? 'STOPPED' : 'to stop'} on ${instance}${why === '' ? '' : `: ${why}`}`;
}

function standingText(world: World, now: number, task: Task, isPlaced: boolean): readonly string[] {
  const waiting = taskWaitingReason(world, task, now);
  return [
    `it was placed on ${task.instance} ${durationText(Math.max(0, now - task.createdAt))} ago and stays there${isPlaced ? '; below is what placement says of each instance now, without it' : ''}`,
    ...(waiting === null ? [] : [waiting]),
  ];
}
