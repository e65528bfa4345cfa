// One service in one turn: what git asks for, the deployment that brings it, how many tasks of each set there should be.
// It joins the leaf rooms: deployment/ counts, placement/ chooses, task/ acts.
import type { Deployment, ServiceRevision, TaskSet } from '../../model/service/deployment.ts';
import type { DesiredService } from '../../model/turn/desired.ts';
import { type Member, type RollingState, type SetState, isStopFirst, lackingPrimary, stops, targets } from '../deployment/rolling.ts';
import type { ServiceRow } from '../../model/turn/ledger.ts';
import { type ServiceSettings, serviceSettings } from '../../model/service/service.ts';
import type { Task } from '../../model/task/task.ts';
import { type Launched, launch, stopOrderIn } from './launch.ts';
import { type Turn, wake } from '../turn.ts';
import { actTasks, chosenStop, refreshTasks } from './tasks.ts';
import {
  completeDeployment,
  failDeployment,
  newServiceRow,
  primaryOf,
  rescaled,
  startDeployment,
  withDeployment,
} from '../deployment/next.ts';
import { type FailureKind, isTripped, withFailure, withHealthyTask } from '../deployment/breaker.ts';
import { limits } from '../deployment/budget.ts';
import { graceMsOf, isLost, statusOf } from '../instance/instances.ts';
import { healthFailure } from './checks.ts';
import { waitingMessage } from '../instance/capacity.ts';
import { heldBackBy } from './dependencies.ts';
import { heirOf, waiting } from './handover.ts';
import { isQuiet, rememberQuiet } from './quiet.ts';
import { rotation } from '../secrets.ts';
import { serviceNames } from '../network/names.ts';
import { resolveDeployment } from './resolve.ts';
import { withMove } from './rebalance.ts';

/** A service that git no longer declares is scaled to nothing; how its tasks are judged no longer matters. */
const LEAVING: ServiceSettings = { minimumHealthyPercent: 0, maximumPercent: 100, breaker: null, gracePeriodMs: 0, healthyAfterMs: 0 };

/** Brings one service forward by one turn: its row, its tasks' rows, and the actions that are due. */
export function reconcileService(turn: Turn, id: string): void {
  const desired = turn.world.desired.services.get(id);
  const known = turn.draft.services.get(id);
  if (desired === undefined && known === undefined) return;
  if (known !== undefined && isQuiet(turn, known)) return;
  const asked = turn.asked.length;
  const looks = turn.looks.length;
  const otherMoments = turn.wakeAt;
  turn.wakeAt = null;
  const settings = desired === undefined ? LEAVING : serviceSettings(desired.spec);
  const fresh = newServiceRow(id, desired?.cluster ?? '', desired?.name ?? '', turn.draft.deploymentNumbers.get(id));
  let row = withIntent(turn, known ?? fresh, desired);
  const before = turn.tasks.get(id) ?? [];
  let tasks = refreshTasks(turn, row, settings);
  row = withVerdicts(turn, row, before, tasks, settings);
  if (desired !== undefined) row = resolveDeployment(turn, row, desired);
  const heir = desired === undefined ? heirOf(turn, row) : null;
  if (heir === null) ({ row, tasks } = roll(turn, row, tasks, settings));
  else row = waiting(turn, row, heir);
  row = completed(turn, row, tasks);
  const routables = actTasks(turn, row, tasks);
  row = withSteadiness(turn, row, tasks);
  turn.routables.push(routables);
  const gone = desired === undefined && tasks.every((task) => turn.draft.tasks.get(task.id) === undefined);
  if (gone) {
    turn.draft.services.delete(id);
    turn.draft.deploymentNumbers.set(id, row.nextDeployment);
  } else turn.draft.services.set(id, row);
  if (row === known && looks === turn.looks.length && sameTasks(before, tasks))
    rememberQuiet(turn, row, { routables, asked: turn.asked.slice(asked), until: turn.wakeAt });
  wake(turn, otherMoments);
}

function sameTasks(before: readonly Task[], after: readonly Task[]): boolean {
  return before.length === after.length && before.every((task, index) => task === after[index]);
}

/** What git asks for, taken over into the row; a new deployment starts when anything that ECS deploys for has changed. */
function withIntent(turn: Turn, row: ServiceRow, desired: DesiredService | undefined): ServiceRow {
  if (desired === undefined)
    return row.status === 'DRAINING' ? row : { ...row, status: 'DRAINING', desiredCount: 0, requested: '', steady: false, message: null };
  const { desiredCount } = desired.spec;
  const active: ServiceRow = row.status === 'ACTIVE' ? row : { ...row, status: 'ACTIVE' };
  const primary = primaryOf(active);
  const isPrimary = primary !== undefined && primary.target.hash === desired.hash && primary.rollout !== 'FAILED';
  if (desired.hash !== active.requested && !isPrimary) {
    // After the ledger was lost: containers of the wanted revision run already, and nothing is to be started for it.
    const adopted = active.deployments.length === 0 ? active.taskSets.find((set) => set.target.hash === desired.hash) : undefined;
    if (adopted !== undefined) return withMarks(startDeployment(active, adopted.target, desiredCount, turn.now, adopted.id), desired);
    const target = targetOf(turn, desired);
    const definition = turn.world.desired.taskDefinitions.get(desired.family)?.spec;
    const because = definition === undefined ? null : rotation(desired, definition, active);
    return withMarks(startDeployment(active, target, desiredCount, turn.now, null, because), desired);
  }
  if (desiredCount === active.desiredCount && desired.hash === active.requested)
    return active.secretMarks === undefined ? withMarks(active, desired) : active;
  const taskSets =
    primary?.rollout === 'IN_PROGRESS' ? active.taskSets.map((set) => rescaled(set, active.desiredCount, desiredCount)) : active.taskSets;
  return withMarks({ ...active, requested: desired.hash, desiredCount, taskSets, steady: false }, desired);
}

/** The row with what tells the secrets that it asks for from later ones, as far as that is known. */
function withMarks(row: ServiceRow, { secretMarks }: DesiredService): ServiceRow {
  return secretMarks === undefined ? row : { ...row, secretMarks };
}

function targetOf(turn: Turn, desired: DesiredService): ServiceRevision {
  const taskDefinition = revisionOf(turn, desired);
  const spec = turn.draft.revisions.get(taskDefinition)?.spec;
  const names = spec ? serviceNames(desired, spec) : [];
  const named = names.length === 0 ? {} : { names };
  const grouped = desired.securityGroups === undefined ? {} : { securityGroups: desired.securityGroups };
  return { hash: desired.hash, taskDefinition, loadBalancers: desired.loadBalancers, ...named, ...grouped, images: null };
}

/** `family:n` of the definition that a service asks for; its row was registered at the beginning of the turn. */
function revisionOf(turn: Turn, desired: DesiredService): string {
  const hash = turn.world.desired.taskDefinitions.get(desired.family)?.hash;
  for (const revision of turn.draft.revisions.values())
    if (revision.family === desired.family && revision.hash === hash) return revision.id;
  throw new Error(`invariant broken: ${desired.family} was not registered`);
}

/** Counts new failures and new healthy tasks on the deployments they belong to; ends the primary when its breaker trips. */
function withVerdicts(turn: Turn, row: ServiceRow, before: readonly Task[], after: readonly Task[], settings: ServiceSettings): ServiceRow {
  let next = row;
  after.forEach((task, index) => {
    const was = before[index];
    if (task === was || was === undefined) return;
    const deployment = next.deployments.find((each) => each.taskSet === task.taskSet);
    if (deployment === undefined) return;
    if (task.failed && !was.failed) {
      const failure = failureText(turn, row, task);
      next = withDeployment(next, deployment.id, (each) => withFailure(each, failure, turn.now, failureKind(task)));
    }
    if (task.health === 'HEALTHY' && was.health !== 'HEALTHY')
      next = withDeployment(next, deployment.id, (each) => withHealthyTask(each, settings.breaker));
  });
  return judged(turn, next, settings);
}

function judged(turn: Turn, row: ServiceRow, settings: ServiceSettings): ServiceRow {
  const primary = primaryOf(row);
  if (primary === undefined || row.status === 'DRAINING' || !isTripped(primary, settings.breaker, row.desiredCount)) return row;
  return failDeployment(row, settings.breaker?.rollback ?? false, turn.now);
}

function failureKind(task: Task): FailureKind {
  if (task.everHealthy) return 'was-healthy';
  return task.stopCode === 'TaskFailedToStart' ? 'not-started' : 'ended';
}

function failureText(turn: Turn, row: ServiceRow, task: Task): string {
  if (task.stoppedReason !== null) return task.stoppedReason;
  return task.health === 'UNHEALTHY' ? healthFailure(turn, row, task) : 'Task failed to start';
}

/** Starts and stops tasks so that the sets hold what the rolling strategy wants. */
function roll(
  turn: Turn,
  given: ServiceRow,
  tasks: readonly Task[],
  settings: ServiceSettings,
): { row: ServiceRow; tasks: readonly Task[] } {
  const row = withMove(turn, given, tasks);
  const state = rollingState(turn, row, tasks, settings);
  const wanted = targets(state);
  const launched = launch(turn, row, tasks, state, wanted);
  const decided = stops(state, wanted, launched.primary, stopOrderIn(turn, row, tasks));
  const reasons = new Map(decided.stops.map((stop) => [stop.task, stop.because]));
  // What is told to stop no longer counts. Its place is filled by the next turn, which must not wait for something else to happen.
  if (reasons.size > 0 && !isStopFirst(state) && lackingPrimary(state, wanted) > launched.primary) wake(turn, turn.now);
  const sets = new Map(row.taskSets.map((set) => [set.id, set]));
  const kept =
    reasons.size === 0
      ? tasks
      : tasks.map((task) => {
          const because = reasons.get(task.id);
          return because === undefined
            ? task
            : chosenStop(task, sets.get(task.taskSet), stopReason(turn, launched.row, task, because), turn.now);
        });
  // The turn's own limit of launches blocks nobody: the next turn goes on at once.
  const limited = turn.launchesLeft === 0 && launched.refused === null && launched.waits === null;
  const message = limited ? row.message : blockedMessage(row, state, wanted, launched, decided.stops.length);
  const next = withScales(launched.row, decided.target);
  const added = launched.tasks.length === 0 ? kept : [...kept, ...launched.tasks];
  return { row: next.message === message ? next : { ...next, message }, tasks: added };
}

/** ECS's reason, and ours behind it. */
function stopReason(turn: Turn, row: ServiceRow, task: Task, because: string): string {
  const instance = turn.world.observed.instances.get(task.instance);
  if (instance !== undefined && isLost(instance, graceMsOf(turn.world, task.cluster), turn.now))
    return `Container instance ${task.instance} has not answered for longer than its grace: ${because}`;
  if (task.health === 'UNHEALTHY') return healthFailure(turn, row, task);
  const primary = primaryOf(row);
  const why = primary?.because !== undefined && primary.taskSet !== task.taskSet ? `${because}, because ${primary.because}` : because;
  return `Scaling activity initiated by (deployment ${primary?.id ?? task.deployment}): ${why}`;
}

function rollingState(turn: Turn, row: ServiceRow, tasks: readonly Task[], settings: ServiceSettings): RollingState {
  const primary = primaryOf(row);
  const desiredCount = row.desiredCount;
  const sets = row.taskSets.map((set): SetState => {
    const isPrimary = row.status === 'ACTIVE' && primary?.taskSet === set.id;
    return {
      id: set.id,
      primary: isPrimary,
      failed: row.deployments.find((deployment) => deployment.taskSet === set.id)?.rollout === 'FAILED',
      launchable: row.status === 'ACTIVE' && mayLaunch(turn, row, set, isPrimary),
      target: isPrimary ? desiredCount : Math.round((desiredCount * set.scale) / 100),
      members: tasks.filter((task) => task.taskSet === set.id && task.desiredStatus === 'RUNNING').map((task) => memberOf(turn, row, task)),
    };
  });
  const stopping = tasks.filter((task) => task.desiredStatus === 'STOPPED' && task.lastStatus !== 'STOPPED');
  return {
    leaving: row.status === 'DRAINING',
    desiredCount,
    ...limits(desiredCount, settings.minimumHealthyPercent, settings.maximumPercent),
    sets,
    stopping: stopping.length,
  };
}

/** A task as the strategy counts it. */
function memberOf(turn: Turn, row: ServiceRow, task: Task): Member {
  const places = turn.world.desired.services.get(row.id)?.places;
  const status = statusOf(turn.draft, task.instance);
  // ECS: the tasks of a DAEMON leave a draining instance last, and each instance that does not meet the constraints any more.
  if (places === undefined ? status === 'ACTIVE' : places.includes(task.instance))
    return row.moving?.task === task.id ? { ...task, leaving: row.moving.because, moves: true } : task;
  const why = status === 'ACTIVE' ? 'is no longer one for this service' : 'is draining';
  return { ...task, leaving: `container instance ${task.instance} ${why}` };
}

/** A failed deployment launches nothing new; an old set is kept up only if it once completed. */
function mayLaunch(turn: Turn, row: ServiceRow, set: TaskSet, isPrimary: boolean): boolean {
  if (set.target.images === null || turn.draft.revisions.get(set.target.taskDefinition)?.spec == null) return false;
  const deployments = row.deployments.filter((deployment) => deployment.taskSet === set.id);
  const [newest] = deployments;
  const proven = deployments.some((deployment) => deployment.rollout === 'COMPLETED');
  if (isPrimary ? newest?.rollout === 'FAILED' : !proven) return false;
  if (isPrimary && set.launches === 0 && isHeldBack(turn, row)) return false;
  const retryAt = newest?.retryAt ?? null;
  if (retryAt === null || retryAt <= turn.now) return true;
  wake(turn, retryAt);
  return false;
}

/** Whether the service waits for others before its first task. */
function isHeldBack(turn: Turn, row: ServiceRow): boolean {
  const desired = turn.world.desired.services.get(row.id);
  if (desired === undefined) return false;
  const { draft } = turn;
  const tasks = (id: string): readonly Task[] => (turn.tasks.get(id) ?? []).flatMap((task) => draft.tasks.get(task.id) ?? []);
  return heldBackBy({ desired: turn.world.desired, row: (id) => draft.services.get(id), tasks }, desired) !== null;
}

/** The sets with their scale as a share of desiredCount; sets that nobody needs any more are dropped. */
function withScales(row: ServiceRow, target: ReadonlyMap<string, number>): ServiceRow {
  const taskSets = row.taskSets.map((set) => {
    const count = target.get(set.id);
    if (count === undefined || row.desiredCount === 0) return set;
    const scale = (count * 100) / row.desiredCount;
    return scale === set.scale ? set : { ...set, scale };
  });
  return taskSets.every((set, index) => set === row.taskSets[index]) ? row : { ...row, taskSets };
}

/** Why a deployment can't go on, in ECS's words; null while it can. */
function blockedMessage(
  row: ServiceRow,
  state: RollingState,
  wanted: ReadonlyMap<string, number>,
  launched: Launched,
  stopped: number,
): string | null {
  if (primaryOf(row)?.taskSet === null) return row.message;
  if (launched.refused !== null) return `(service ${row.name}) was unable to place a task because ${launched.refused}`;
  if (launched.waits !== null) return waitingMessage(row.name, launched.waits);
  const lacks = lackingPrimary(state, wanted) - launched.primary > 0;
  const waits = state.stopping > 0 || stopped > 0 || launched.tasks.length > 0;
  const unsettled = state.sets.some((set) => set.members.some((member) => member.health !== 'HEALTHY'));
  if (!lacks || waits || unsettled) return row.message !== null && lacks ? row.message : null;
  return `(service ${row.name}) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.`;
}

/** COMPLETED once every wanted task of the primary is healthy and no older one is meant to run; sets without use are dropped. */
function completed(turn: Turn, row: ServiceRow, tasks: readonly Task[]): ServiceRow {
  return withoutIdleSets(isFull(row, tasks) ? completeDeployment(row, turn.now) : row, tasks);
}

/** Steady: the primary is COMPLETED and full, and nothing that was stopped is left. Judged after the rows of finished tasks were dropped. */
function withSteadiness(turn: Turn, row: ServiceRow, tasks: readonly Task[]): ServiceRow {
  const left = tasks.filter((task) => turn.draft.tasks.get(task.id) !== undefined);
  const steady = primaryOf(row)?.rollout === 'COMPLETED' && isFull(row, left) && left.length === row.desiredCount;
  return steady === row.steady ? row : { ...row, steady };
}

function isFull(row: ServiceRow, tasks: readonly Task[]): boolean {
  const taskSet = primaryOf(row)?.taskSet;
  const alive = tasks.filter((task) => task.desiredStatus === 'RUNNING');
  return (
    taskSet != null && alive.length === row.desiredCount && alive.every((task) => task.taskSet === taskSet && task.health === 'HEALTHY')
  );
}

function withoutIdleSets(row: ServiceRow, tasks: readonly Task[]): ServiceRow {
  if (row.taskSets.length <= 1) return row;
  const used = new Set<string | null>(tasks.map((task) => task.taskSet));
  const needed = (deployment: Deployment): boolean => deployment.taskSet !== null;
  for (const deployment of row.deployments) if (needed(deployment)) used.add(deployment.taskSet);
  const taskSets = row.taskSets.filter((set) => used.has(set.id));
  return taskSets.length === row.taskSets.length ? row : { ...row, taskSets };
}
