// The tasks of one service in one turn: what became of them, and what each needs next. It joins the two halves of a task's machine
// with the ledger rows around them. How many there should be is service.ts's business.
import type { ContainerView, InstanceView } from '../../model/turn/observed.ts';
import { type Outcome, isSilence } from '../../model/turn/outcome.ts';
import type { Action } from '../../model/turn/plan.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { Revision, ServiceRow } from '../../model/turn/ledger.ts';
import type { Task, TaskContainer } from '../../model/task/task.ts';
import { type Turn, emit, emitOnce, viewsOf, wake } from '../turn.ts';
import { advance, containerKey, makerOf, networkKey, pullKey, pullTerms } from '../task/advance.ts';
import { connectKey } from '../task/membership.ts';
import { beginStop, refresh, targetId } from '../task/status.ts';
import { viewNamed, withReason } from '../task/container-state.ts';
import type { Routable } from '../traffic/routes.ts';
import type { ServiceLoadBalancer, ServiceSettings } from '../../model/service/service.ts';
import type { TargetReach } from '../../model/cluster/target-reach.ts';
import type { TaskSet } from '../../model/service/deployment.ts';
import { AWS_LOGS } from '../../model/cluster/container-instance.ts';
import { awaitsRelay } from '../instance/relays.ts';
import { attributesOf, graceMsOf, instanceOf, reachOf } from '../instance/instances.ts';
import { imageFor, isPullable } from '../image/images.ts';
import { actionsOn } from './pending.ts';
import { limits } from '../deployment/budget.ts';
import { containersOf } from '../../model/task/pause.ts';
import { homeOf, homeText } from '../network/cluster-network.ts';
import { networksNeeded } from '../task/network.ts';
import { volumeFault } from '../../model/task/file-system.ts';
import { networksOfGroups } from '../network/security-groups.ts';
import { targetGroupSettings } from '../../model/traffic/load-balancer.ts';

/** Tries of one engine call before its task counts as failed to start: with the waits between them about a minute. */
const MAX_TRIES = 8;
const NO_BALANCERS: readonly ServiceLoadBalancer[] = [];

/** The tasks of a service as they stand now. Moments at which time alone may change one are asked for as wakes. */
export function refreshTasks(turn: Turn, row: ServiceRow, settings: ServiceSettings): readonly Task[] {
  const sets = new Map(row.taskSets.map((set) => [set.id, { set, drainMs: drainMs(turn, set) }]));
  const grounds = groundsIn(turn);
  // Where the author allows no second copy, nobody but the author can say that the first one is dead: by taking its instance out of git.
  const { upper } = limits(row.desiredCount, settings.minimumHealthyPercent, settings.maximumPercent);
  const graceMs = upper <= row.desiredCount ? null : graceMsOf(turn.world, row.cluster);
  return (turn.tasks.get(row.id) ?? []).map((task) => {
    const { set, drainMs = 0 } = sets.get(task.taskSet) ?? {};
    const { revision, containers } = grounds(task.revision);
    const { task: next, until } = refresh({
      task: withOutcomes(turn, withVolumes(turn, task, revision), set, revision),
      containers,
      views: viewsOf(turn, task),
      instance: instanceOf(turn, task.instance),
      loadBalancers: set?.target.loadBalancers ?? NO_BALANCERS,
      drainMs,
      proxy: turn.world.observed.proxy,
      settings,
      graceMs,
      now: turn.now,
    });
    wake(turn, until);
    if (next === task) return task;
    if (next.lastStatus === 'STOPPED') turn.freed = true;
    // Placement counts what the ledger says: what has ended must not take room from its own replacement.
    turn.draft.tasks.set(next.id, next);
    return next;
  });
}

/** Emits what each task needs now, writes its row, and returns what may be routed to. A task that left nothing behind loses its row. */
export function actTasks(turn: Turn, row: ServiceRow, tasks: readonly Task[]): readonly Routable[] {
  const routables: Routable[] = [];
  const sets = new Map(row.taskSets.map((set) => [set.id, set]));
  for (const task of tasks) {
    const instance = instanceOf(turn, task.instance);
    const views = viewsOf(turn, task);
    const set = sets.get(task.taskSet);
    if (task.lastStatus === 'STOPPED' && views.length === 0 && (instance === undefined || instance.connected)) {
      // Events are differences of rows, and what is remembered of a stopped task is its last row: one that goes in the turn in which it has
      // stopped, or in which the reason was found, would be remembered as STOPPING, without its reason, for ever.
      const known = turn.world.ledger.tasks.get(task.id);
      if (known?.lastStatus === 'STOPPED' && known.stoppedReason === task.stoppedReason) {
        turn.draft.tasks.delete(task.id);
        continue;
      }
      wake(turn, turn.now);
    }
    turn.draft.tasks.set(task.id, task);
    if (turn.world.ledger.tasks.get(task.id)?.lastStatus !== task.lastStatus && isUnheard(turn, task, set, views)) wake(turn, turn.now);
    if (instance === undefined) continue;
    if (set !== undefined && set.target.loadBalancers.length > 0 && (task.lastStatus === 'RUNNING' || task.lastStatus === 'DEACTIVATING')) {
      const reach = reachIn(turn, task);
      routables.push({ task, loadBalancers: set.target.loadBalancers, views, instance, reach });
    }
    // What runs needs nothing, except a container that has ended and may be started again, and networks that follow from security groups.
    const isGrouped = set?.target.securityGroups !== undefined;
    if (task.lastStatus === 'RUNNING' && !isGrouped && !views.some((view) => view.state === 'exited')) continue;
    if (task.lastStatus === 'DEACTIVATING' && !isGrouped) continue;
    if (instance.connected && instance.observedAt !== null) actTask(turn, task, set, views, instance);
  }
  return routables;
}

/** A task on its way out of which nothing runs or drains any more: no engine and no proxy will say so, and the next turn has to look. */
function isUnheard(turn: Turn, task: Task, set: TaskSet | undefined, views: readonly ContainerView[]): boolean {
  if (task.lastStatus !== 'STOPPING' && task.lastStatus !== 'DEACTIVATING') return false;
  if (!views.some((view) => view.state === 'running')) return true;
  const { proxy } = turn.world.observed;
  return task.lastStatus === 'DEACTIVATING' && !set?.target.loadBalancers.some((each) => proxy?.targets.has(targetId(task.id, each)));
}

/** A task that the scheduler decided to stop, out of routing first. */
export function chosenStop(task: Task, set: TaskSet | undefined, reason: string, now: number): Task {
  return beginStop(task, (set?.target.loadBalancers.length ?? 0) > 0, 'ServiceSchedulerInitiated', reason, now);
}

function actTask(turn: Turn, task: Task, set: TaskSet | undefined, views: readonly ContainerView[], instance: InstanceView): void {
  const revision = turn.draft.revisions.get(task.revision);
  const registration = turn.draft.registrations.get(task.instance);
  const { engine, networks } = instance;
  const home = homeOf(turn.world, turn.draft, task.cluster, task.instance);
  const grounds = {
    views,
    target: set?.target,
    revision,
    registration,
    engine,
    networks,
    awaitsRelay: awaitsRelay(turn.draft, instance),
    efs: turn.world.efs,
    home: homeText(home),
    reach: reachIn(turn, task),
  };
  const actions = actionsOn(task, grounds, () => advancedIn(turn, task, set, views, instance));
  for (const action of actions) {
    if (isShared(action.kind)) emitOnce(turn, action);
    else emit(turn, action);
  }
}

/** What a task needs now, by its own machine. */
function advancedIn(
  turn: Turn,
  task: Task,
  set: TaskSet | undefined,
  views: readonly ContainerView[],
  instance: InstanceView,
): readonly Action[] {
  const revision = turn.draft.revisions.get(task.revision);
  const home = homeOf(turn.world, turn.draft, task.cluster, task.instance);
  return advance({
    task,
    installation: turn.world.installation,
    definition: revision?.spec ?? null,
    specHash: revision?.hash ?? '',
    serviceHash: set?.target.hash ?? '',
    loadBalancers: set?.target.loadBalancers ?? [],
    views,
    now: turn.now,
    networks: instance.networks,
    awaitsRelay: awaitsRelay(turn.draft, instance),
    names: set?.target.names ?? [],
    efs: turn.world.efs,
    reach: reachIn(turn, task),
    hasAwsLogs: () => attributesOf(turn.draft.registrations.get(task.instance)?.declared ?? null, instance).has(AWS_LOGS),
    securityGroups: set?.target.securityGroups,
    groupNetworks: networksOfGroups(turn, set?.target.securityGroups, home?.swarm !== undefined),
    home,
    image: (container) =>
      imageFor(
        set?.target.images?.find((image) => image.container === container.name),
        container,
        task.instance,
      ),
  });
}

function reachIn({ world, draft }: Turn, { instance, cluster }: Task): TargetReach | undefined {
  return reachOf(world, draft.registrations.get(instance), cluster);
}

/** Tasks that wait for the same network or the same image share the call. */
function isShared(kind: string): boolean {
  return kind === 'create-network' || kind === 'pull-image';
}

/** The longest deregistration delay of a set's groups; one that is no longer declared has ELB's default. */
function drainMs(turn: Turn, { target }: TaskSet): number {
  const groups = target.loadBalancers.map((loadBalancer) => loadBalancer.targetGroupArn);
  const delays = groups.map((name) => targetGroupSettings(turn.world.desired.targetGroups.get(name) ?? { name }).deregistrationDelayMs);
  return Math.max(0, ...delays);
}

interface RevisionGrounds {
  readonly revision: Revision | undefined;
  readonly containers: readonly ContainerDefinition[] | null;
}

/** What tasks of one revision have in common, worked out once: a service may have 5,000 of them. */
function groundsIn(turn: Turn): (revision: string) => RevisionGrounds {
  const known = new Map<string, RevisionGrounds>();
  return (id) => {
    let grounds = known.get(id);
    if (grounds === undefined) {
      const revision = turn.draft.revisions.get(id);
      known.set(id, (grounds = { revision, containers: revision?.spec ? containersOf(revision.spec) : null }));
    }
    return grounds;
  };
}

/** The task, which has failed when the operator has taken away the place of a file system before its containers were made. */
function withVolumes(turn: Turn, task: Task, revision: Revision | undefined): Task {
  if (task.lastStatus !== 'PENDING' || task.desiredStatus === 'STOPPED' || !revision?.spec) return task;
  const fault = volumeFault(revision.spec, turn.world.efs);
  return fault === null ? task : failed(task, fault, turn.now);
}

/** The task after the answers to its own create, start and pull calls. */
function withOutcomes(turn: Turn, task: Task, set: TaskSet | undefined, revision: Revision | undefined): Task {
  if (turn.outcomes.size === 0 || task.desiredStatus === 'STOPPED') return task;
  if (task.lastStatus === 'RUNNING') return withRefusedRestarts(turn, task);
  if (task.lastStatus !== 'PENDING') return task;
  const apart = networkFault(turn, task, set, revision);
  if (apart !== null) return failed(task, apart, turn.now);
  let next = task;
  for (const container of task.containers) {
    const definition = revision?.spec ? containersOf(revision.spec).find((candidate) => candidate.name === container.name) : undefined;
    const image =
      definition === undefined
        ? null
        : imageFor(
            set?.target.images?.find((each) => each.container === container.name),
            definition,
            task.instance,
          );
    const pulled =
      definition !== undefined && image !== null && container.pull === 'needed'
        ? turn.outcomes.get(pullKey(task.instance, image, pullTerms(definition)))
        : undefined;
    next = withPull(turn, next, container, pulled);
    const created = turn.outcomes.get(containerKey('create', task.id, container.name));
    if (created?.error?.code === 'ImageMissing' && container.pull === 'none' && (definition === undefined || isPullable(definition))) {
      turn.draft.retries.delete(created.key);
      next = withContainer({ ...next, pullStartedAt: next.pullStartedAt ?? turn.now }, { ...container, pull: 'needed' });
    } else next = withRefusal(turn, next, container, created, 'CannotCreateContainerError');
    const started = turn.outcomes.get(containerKey('start', task.id, container.name));
    next = withRefusal(turn, next, container, started, 'CannotStartContainerError');
  }
  return next;
}

/** Why a network that the task needs can't be made or joined, once nobody tries any more. */
function networkFault(turn: Turn, task: Task, set: TaskSet | undefined, revision: Revision | undefined): string | null {
  const home = homeOf(turn.world, turn.draft, task.cluster, task.instance);
  const groupNetworks = networksOfGroups(turn, set?.target.securityGroups, home?.swarm !== undefined);
  const needed = revision?.spec ? networksNeeded(revision.spec, turn.world.installation, task.cluster, groupNetworks, home) : [];
  for (const one of needed) {
    const { network } = one;
    const made = turn.outcomes.get(networkKey(makerOf(one, task.instance) ?? '', network));
    if (made?.error && !mayRetry(turn, made)) return `CannotCreateContainerError: ${made.error.message}`;
    const joined = turn.outcomes.get(connectKey(task.id, network));
    if (joined?.error && !mayRetry(turn, joined)) return `CannotStartContainerError: ${joined.error.message}`;
  }
  return null;
}

/** A container that can't be started again has ended for good: its exit is noted, and what that means is judged from there. */
function withRefusedRestarts(turn: Turn, task: Task): Task {
  let next = task;
  for (const container of task.containers) {
    const outcome = turn.outcomes.get(containerKey('start', task.id, container.name));
    if (!outcome?.error || mayRetry(turn, outcome)) continue;
    const exitCode = viewNamed(viewsOf(turn, task), container.name)?.exitCode ?? null;
    if (exitCode !== null) next = withContainer(next, { ...container, exitCode });
  }
  return next;
}

function withPull(turn: Turn, task: Task, container: TaskContainer, outcome: Outcome | undefined): Task {
  if (outcome === undefined || task.desiredStatus === 'STOPPED') return task;
  const pulled = { ...task, pullStoppedAt: outcome.at };
  if (outcome.error === null) return withContainer(pulled, { ...container, pull: 'done' });
  return mayRetry(turn, outcome) ? task : refused(pulled, container, `CannotPullContainerError: ${outcome.error.message}`, turn.now);
}

function withRefusal(turn: Turn, task: Task, container: TaskContainer, outcome: Outcome | undefined, name: string): Task {
  if (!outcome?.error || task.desiredStatus === 'STOPPED') return task;
  if (mayRetry(turn, outcome)) return task;
  const prefix = outcome.error.code === 'ResourceInitializationError' ? outcome.error.code : name;
  return refused(task, container, `${prefix}: ${outcome.error.message}`, turn.now);
}

/**
 * Silence and the engine's own trouble are tried again for a while; a refusal is final for this task. A provider of secrets that is away is
 * waited for, as it is before a deployment: it says nothing about what is deployed.
 */
function mayRetry(turn: Turn, outcome: Outcome): boolean {
  const { error } = outcome;
  if (error === null) return false;
  if (error.code === 'ProviderAway') return true;
  const again = isSilence(error) || error.code === 'Failed' || error.code === 'NetworkFailed';
  return again && (turn.draft.retries.get(outcome.key)?.tries ?? 0) < MAX_TRIES;
}

/** One of the task's containers can't be had: ECS says so of both. */
function refused(task: Task, container: TaskContainer, reason: string, now: number): Task {
  return failed(withContainer(task, withReason(container, reason)), reason, now);
}

function failed(task: Task, reason: string, now: number): Task {
  return { ...beginStop(task, false, 'TaskFailedToStart', reason, now), failed: true };
}

function withContainer(task: Task, container: TaskContainer): Task {
  return { ...task, containers: task.containers.map((each) => (each.name === container.name ? container : each)) };
}
