// What happened between two ledgers, in ECS's words and in the order in which ECS tells it (measured on a 1-task replacement behind a
// load balancer: started, registered, stopped, deregistered, draining, completed, steady). Events are differences of rows and nothing else:
// a crash loses none and tells none twice. Deliberately absent: ECS's six-hourly repetition of the steady state, and commits (the loop's).
// Events of container instances (instance-events.ts) stand before those of services.
import type { Deployment } from '../model/service/deployment.ts';
import type { Event, EventKind } from '../model/turn/event.ts';
import type { Ledger, ServiceRow } from '../model/turn/ledger.ts';
import type { Task } from '../model/task/task.ts';
import { TASK_STATUSES } from '../model/task/task.ts';
import { byText } from '../std/order.ts';
import { instanceEvents } from './instance/instance-events.ts';
import { sentence } from '../std/text.ts';
import { durationText } from '../std/time.ts';

/** ECS tells that tasks can't be started consistently; from this many failures in a row on, so that one slip stays quiet. */
const START_FAILURES_TOLD = 3;

interface Change {
  readonly before: ServiceRow | null;
  readonly after: ServiceRow | null;
  readonly tasks: { readonly before: Task | null; readonly after: Task | null }[];
}

/** The events of one service as they are being told. */
interface Story {
  readonly id: string;
  readonly name: string;
  readonly row: ServiceRow | null;
  readonly at: number;
  readonly events: Event[];
}

/**
 * The events that lead from `before` to `after`: container instances first, then service by service, each in order of their ids, all at
 * the moment `now` (ms). Maps and rows that are identical by reference cost nothing.
 */
export function eventsBetween(before: Ledger, after: Ledger, now: number): readonly Event[] {
  const instances = instanceEvents(before, after, now);
  if (before.services === after.services && before.tasks === after.tasks) return instances;
  const changes = changesByService(before, after);
  const services = [...changes.keys()].sort(byText).flatMap((id) => {
    const change = changes.get(id);
    return change ? serviceEvents(id, change, now) : [];
  });
  return [...instances, ...services];
}

function changesByService(before: Ledger, after: Ledger): Map<string, Change> {
  const changes = new Map<string, Change>();
  const of = (id: string): Change => {
    const known = changes.get(id);
    if (known) return known;
    const fresh: Change = { before: before.services.get(id) ?? null, after: after.services.get(id) ?? null, tasks: [] };
    changes.set(id, fresh);
    return fresh;
  };
  if (before.services !== after.services) {
    for (const [id, row] of after.services) if (before.services.get(id) !== row) of(id);
    for (const id of before.services.keys()) if (!after.services.has(id)) of(id);
  }
  if (before.tasks !== after.tasks) {
    for (const [id, task] of after.tasks) {
      const known = before.tasks.get(id) ?? null;
      if (known !== task) of(`${task.cluster}/${task.service}`).tasks.push({ before: known, after: task });
    }
    for (const [id, task] of before.tasks) {
      if (!after.tasks.has(id)) of(`${task.cluster}/${task.service}`).tasks.push({ before: task, after: null });
    }
  }
  return changes;
}

/** One service's events: a verdict before the deployment that answers it, starts before stops, the steady state last. */
function serviceEvents(id: string, change: Change, at: number): readonly Event[] {
  const story: Story = { id, name: id.slice(id.indexOf('/') + 1), row: change.after ?? change.before, at, events: [] };
  if (change.after) serviceChanged(story, change.before, change.after);
  const pairs = change.after ? deploymentPairs(change.before, change.after) : [];
  change.tasks.sort((a, b) => byLaunch(a.after ?? a.before, b.after ?? b.before));
  for (const pair of pairs) failed(story, pair.before, pair.after);
  for (const pair of pairs) superseded(story, pair.before, pair.after);
  for (const pair of pairs) if (pair.before === null) deploymentStarted(story, pair.after);
  for (const pair of change.tasks) taskStarted(story, pair.before, pair.after);
  for (const pair of change.tasks) restarted(story, pair.before, pair.after);
  for (const pair of change.tasks) taskHealth(story, pair.before, pair.after);
  for (const pair of change.tasks) taskStopping(story, pair.before, pair.after);
  for (const pair of change.tasks) taskStopped(story, pair.before, pair.after);
  for (const pair of pairs) pullFailed(story, pair.before, pair.after);
  for (const pair of pairs) notStarted(story, pair.before, pair.after);
  for (const pair of pairs) startFailures(story, pair.before, pair.after);
  for (const pair of pairs) finished(story, pair.before, pair.after);
  serviceSettled(story, change.before, change.after);
  return story.events;
}

/** Tasks in the order in which they were launched, revision by revision. */
function byLaunch(a: Task | null, b: Task | null): number {
  return a === null || b === null ? 0 : byText(a.revision, b.revision) || a.attempt - b.attempt || byText(a.id, b.id);
}

function deploymentPairs(before: ServiceRow | null, after: ServiceRow): readonly { before: Deployment | null; after: Deployment }[] {
  if (before?.deployments === after.deployments) return [];
  const known = new Map(before?.deployments.map((deployment) => [deployment.id, deployment]));
  return after.deployments
    .toReversed()
    .map((deployment) => ({ before: known.get(deployment.id) ?? null, after: deployment }))
    .filter((pair) => pair.before !== pair.after);
}

function serviceChanged(story: Story, before: ServiceRow | null, after: ServiceRow): void {
  if (before === null) say(story, 'service-created', `${whole(story)} was created with ${after.desiredCount} desired tasks.`);
  if (before?.status === 'ACTIVE' && after.status === 'DRAINING')
    say(story, 'service-draining', `${whole(story)} is no longer declared: its tasks are being stopped.`);
  if (before?.status === 'DRAINING' && after.status === 'ACTIVE') say(story, 'service-created', `${whole(story)} is declared again.`);
  if (before && after.status === 'ACTIVE' && before.desiredCount !== after.desiredCount)
    say(story, 'service-updated', `${whole(story)} has set its desired count from ${before.desiredCount} to ${after.desiredCount}.`);
  if (before && after.moving && before.moving?.task !== after.moving.task) {
    const { task, because } = after.moving;
    say(
      story,
      'service-rebalancing',
      `${whole(story)} is not balanced over its zones: ${because}. Task ${task.slice(0, 8)} is replaced in another one.`,
    );
  }
}

function deploymentStarted(story: Story, deployment: Deployment): void {
  const about = { deployment: deployment.id };
  const revision = deployment.target.taskDefinition;
  if (deployment.rollbackOf === null) {
    const why = deployment.because === undefined ? '' : `, because ${deployment.because}`;
    say(story, 'deployment-started', `${whole(story)} (deployment ${deployment.id}) started: ${revision}${why}.`, about);
    return;
  }
  const goal = (other: Deployment): boolean => other.rollout === 'COMPLETED' && other.target.hash === deployment.target.hash;
  const completed = story.row?.deployments.find((other) => other.id !== deployment.id && goal(other));
  say(story, 'deployment-started', `${whole(story)} rolling back to deployment ${completed?.id ?? deployment.id}: ${revision}.`, about);
}

/** The breaker's verdict: told even when the way back is complete in the same turn, because its tasks have run all the time. */
function failed(story: Story, before: Deployment | null, after: Deployment): void {
  const isFailed = after.rollout === 'FAILED' || after.rollout === 'ROLLED_BACK';
  if (!isFailed || before?.rollout === 'FAILED' || before?.rollout === 'ROLLED_BACK') return;
  const why = after.lastFailure === null ? '' : ` Last failure: ${sentence(after.lastFailure)}`;
  const message = `${whole(story)} (deployment ${after.id}) deployment failed: tasks failed to start.${why}`;
  say(story, 'deployment-failed', message, { deployment: after.id });
}

function superseded(story: Story, before: Deployment | null, after: Deployment): void {
  if (after.rollout !== 'SUPERSEDED' || before === null || before.rollout === 'SUPERSEDED') return;
  const message = `${whole(story)} (deployment ${after.id}) deployment stopped: it was superseded by a newer one before it was complete.`;
  say(story, 'deployment-superseded', message, { deployment: after.id });
}

/** Once an image: the tries that follow are paced by the throttle for as long as the deployment lasts. */
function pullFailed(story: Story, before: Deployment | null, after: Deployment): void {
  if (after.rollout !== 'IN_PROGRESS') return; // its verdict says it already
  const told = before?.unpulled ?? [];
  const next =
    after.retryAt === null
      ? 'A copy that an engine has will do, else it is tried again'
      : `Next try in ${durationText(after.retryAt - story.at)}`;
  for (const reference of after.unpulled ?? []) {
    if (told.includes(reference)) continue;
    const why = sentence(after.lastFailure ?? 'CannotPullContainerError');
    const message = `${whole(story)} (deployment ${after.id}) was unable to pull ${reference}: ${why} ${next}.`;
    say(story, 'image-pull-failed', message, { deployment: after.id });
  }
}

function finished(story: Story, before: Deployment | null, after: Deployment): void {
  if (before?.rollout === after.rollout) return;
  const start = `${whole(story)} (deployment ${after.id})`;
  const about = { deployment: after.id };
  if (after.rollout === 'ROLLED_BACK') say(story, 'deployment-rolled-back', `${start} was rolled back.`, about);
  if (after.rollout === 'COMPLETED') say(story, 'deployment-completed', `${start} deployment completed.`, about);
}

/** What keeps a deployment from its first task (a secret that is not there): once a reason, before any task could tell it. */
function notStarted(story: Story, before: Deployment | null, after: Deployment): void {
  const { lastFailure, retryAt } = after;
  if (after.rollout !== 'IN_PROGRESS' || lastFailure === null || lastFailure === before?.lastFailure) return;
  if (!lastFailure.startsWith('ResourceInitializationError') || after.taskSet !== null) return;
  const next = retryAt === null ? '' : ` Next try in ${durationText(retryAt - story.at)}.`;
  const message = `${whole(story)} (deployment ${after.id}) was unable to start a task: ${sentence(lastFailure)}${next}`;
  say(story, 'task-start-failed', message, { deployment: after.id });
}

/** Also of a deployment that is complete: what runs may be impossible to replace. */
function startFailures(story: Story, before: Deployment | null, after: Deployment): void {
  if (after.rollout !== 'IN_PROGRESS' && after.rollout !== 'COMPLETED') return; // its verdict says it already
  if (after.startFailures < START_FAILURES_TOLD || (before?.startFailures ?? 0) >= START_FAILURES_TOLD) return;
  say(story, 'service-blocked', `${whole(story)} is unable to consistently start tasks successfully.`, { deployment: after.id });
}

function taskStarted(story: Story, before: Task | null, after: Task | null): void {
  if (after === null) return;
  const adopted = before === null && after.lastStatus !== 'PENDING';
  if (adopted && after.lastStatus !== 'RUNNING') return;
  if (adopted) say(story, 'task-running', `${whole(story)} has found its running task again: (task ${after.id}).`, aboutTask(after));
  else if (before === null) say(story, 'task-started', `${whole(story)} has started 1 tasks: (task ${after.id}).`, aboutTask(after));
  if (adopted || !entered(before, after, 'RUNNING')) return;
  say(story, 'task-running', `${whole(story)} (task ${after.id}) is running on ${after.instance}.`, aboutTask(after));
  for (const group of groupsOf(story, after))
    say(story, 'targets-registered', `${whole(story)} registered 1 targets in (target-group ${group}).`, aboutTask(after));
}

/** ECS has no event for a restart in place; without one nobody would see a container that ends every minute. */
function restarted(story: Story, before: Task | null, after: Task | null): void {
  for (const { name, run } of after?.containers ?? []) {
    const known = before?.containers.find((container) => container.name === name)?.run?.restarts;
    if (after === null || run === undefined || known === undefined || run.restarts <= known) continue;
    const message = `${whole(story)} (task ${after.id}) container ${name} has ended and was started again, restart ${run.restarts}.`;
    say(story, 'container-restarted', message, aboutTask(after));
  }
}

function taskHealth(story: Story, before: Task | null, after: Task | null): void {
  if (before === null || after === null || before.health === after.health) return;
  const start = `${whole(story)} (task ${after.id})`;
  if (after.health === 'HEALTHY') say(story, 'task-healthy', `${start} is healthy.`, aboutTask(after));
  if (after.health === 'UNHEALTHY') say(story, 'task-unhealthy', `${start} is unhealthy.`, aboutTask(after));
}

function taskStopping(story: Story, before: Task | null, after: Task | null): void {
  if (before === null || after === null) return;
  const about = aboutTask(after);
  if (before.desiredStatus === 'RUNNING' && after.desiredStatus === 'STOPPED' && isDecided(after))
    say(
      story,
      'task-stopping',
      `${whole(story)} has stopped 1 running tasks: (task ${after.id}). ${after.stoppedReason ?? ''}`.trimEnd(),
      about,
    );
  const groups = groupsOf(story, after);
  const left = before.lastStatus === 'RUNNING' && after.lastStatus !== 'RUNNING' ? groups : [];
  for (const group of left) say(story, 'targets-deregistered', `${whole(story)} deregistered 1 targets in (target-group ${group}).`, about);
  if (left.length > 0 && after.lastStatus === 'DEACTIVATING')
    say(story, 'task-stopping', `(service ${story.name}, taskSet ${after.deployment}) has begun draining connections on 1 tasks.`, about);
}

/** Whether somebody decided the stop; what stops by itself is told when it has. */
function isDecided({ stopCode }: Task): boolean {
  return stopCode === 'ServiceSchedulerInitiated' || stopCode === 'UserInitiated';
}

function taskStopped(story: Story, before: Task | null, after: Task | null): void {
  const task = after ?? before;
  if (task === null || before?.lastStatus === 'STOPPED' || (after !== null && after.lastStatus !== 'STOPPED')) return;
  if (before === null) return; // a stopped task that a rebuilt ledger found
  if (task.remains === true) return; // that it stopped was told when it did
  const exits = task.containers.flatMap((container) => (container.exitCode === null ? [] : [`${container.name} ${container.exitCode}`]));
  const codes = exits.length === 0 ? '' : ` Exit codes: ${exits.join(', ')}.`;
  const why = task.stoppedReason ?? (after === null ? 'Its record is gone' : 'No reason is known');
  say(story, 'task-stopped', `${whole(story)} (task ${task.id}) stopped: ${sentence(why)}${codes}`, aboutTask(task));
}

function serviceSettled(story: Story, before: ServiceRow | null, after: ServiceRow | null): void {
  if (after === null) {
    if (before !== null) say(story, 'service-deleted', `${whole(story)} was deleted.`);
    return;
  }
  if (after.message !== null && after.message !== before?.message)
    say(story, 'service-blocked', after.message.startsWith('(service') ? after.message : `${whole(story)} ${after.message}`);
  if (after.steady && before?.steady !== true) say(story, 'service-steady', `${whole(story)} has reached a steady state.`);
}

interface Told {
  readonly task?: string;
  readonly deployment?: string;
}

function say(story: Story, kind: EventKind, message: string, about: Told = {}): void {
  story.events.push({ at: story.at, kind, service: story.id, task: about.task ?? null, deployment: about.deployment ?? null, message });
}

function whole(story: Story): string {
  return `(service ${story.name})`;
}

function aboutTask(task: Task): Told {
  return { task: task.id, deployment: task.deployment };
}

/** The target groups that a task's targets stand in. */
function groupsOf(story: Story, task: Task): readonly string[] {
  const set = story.row?.taskSets.find((candidate) => candidate.id === task.taskSet);
  const deployment = story.row?.deployments.find((candidate) => candidate.id === task.deployment);
  return ((set ?? deployment)?.target.loadBalancers ?? []).map((balancer) => balancer.targetGroupArn);
}

/** Whether the task is in `status` now and had not come that far before. */
function entered(before: Task | null, after: Task, status: Task['lastStatus']): boolean {
  return after.lastStatus === status && (before === null || TASK_STATUSES.indexOf(before.lastStatus) < TASK_STATUSES.indexOf(status));
}
