// What one container of a task is doing, from its view and what is remembered of it: whether it has ended for good, or is started again in
// place (ECS restartPolicy, spec 1.5).
import type { ContainerDefinition } from '../../model/container-definition.ts';
import type { ContainerView } from '../../model/observed.ts';
import type { Task, TaskContainer } from '../../model/task.ts';
import { SECOND } from '../../std/time.ts';

/** ECS: seconds that a container must have run to be started again. */
const DEFAULT_RESTART_PERIOD_SECONDS = 300;

/** The view of one container of a task. A task has at most 10, so a search is cheaper than a map. */
export function viewNamed(views: readonly ContainerView[], name: string): ContainerView | undefined {
  return views.find((view) => view.identity.container === name);
}

/** Whether a container has ended, or had when it was seen last. */
export function hasEnded(view: ContainerView | undefined, row: TaskContainer): boolean {
  return view === undefined ? row.exitCode !== null : view.state === 'exited';
}

/**
 * Whether a container that has ended is started again in place. ECS: the policy is on, the exit code is known and not an ignored one, and
 * it ran for restartAttemptPeriod at least: a floor under its uptime, whatever the number of restarts. An exit that was noted is final.
 */
export function mayRestart(definition: ContainerDefinition | undefined, view: ContainerView, row: TaskContainer): boolean {
  const policy = definition?.restartPolicy;
  if (!policy?.enabled || view.state !== 'exited' || row.exitCode !== null || view.exitCode === null) return false;
  if (policy.ignoredExitCodes?.includes(view.exitCode)) return false;
  if (view.startedAt === null || view.finishedAt === null) return false;
  return view.finishedAt - view.startedAt >= (policy.restartAttemptPeriod ?? DEFAULT_RESTART_PERIOD_SECONDS) * SECOND;
}

/**
 * The task with what is remembered of its containers brought up to what is seen: the exit codes of those that ended for good, the starts of
 * those for which `isNoted`. The same reference when nothing changed.
 */
export function withNotes(
  task: Task,
  definitions: readonly ContainerDefinition[],
  views: readonly ContainerView[],
  isNoted: (definition: ContainerDefinition) => boolean,
  now: number,
): Task {
  let changed = false;
  const containers = task.containers.map((row) => {
    const view = viewNamed(views, row.name);
    if (view === undefined) return row;
    const definition = definitions.find(({ name }) => name === row.name);
    const next = withRun(withExit(row, view, definition), view, definition !== undefined && isNoted(definition), now);
    changed ||= next !== row;
    return next;
  });
  return changed ? { ...task, containers } : task;
}

function withExit(row: TaskContainer, view: ContainerView, definition: ContainerDefinition | undefined): TaskContainer {
  if (view.state !== 'exited' || row.exitCode !== null || view.exitCode === null || mayRestart(definition, view, row)) return row;
  return { ...row, exitCode: view.exitCode };
}

function withRun(row: TaskContainer, view: ContainerView, isNoted: boolean, now: number): TaskContainer {
  const { startedAt } = view;
  if (!isNoted || startedAt === null || row.run?.startedAt === startedAt) return row;
  return { ...row, run: { startedAt, seenAt: now, restarts: row.run === undefined ? 0 : row.run.restarts + 1 } };
}
