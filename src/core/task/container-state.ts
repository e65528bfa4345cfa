// What one container of a task is doing, from its view and what is remembered of it: whether it has ended for good, or is started again in
// place (ECS restartPolicy, spec 1.5), and why, in ECS's words (spec 2.3).
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { ContainerView } from '../../model/turn/observed.ts';
import type { Task, TaskContainer } from '../../model/task/task.ts';
import { SECOND } from '../../std/time.ts';

/** ECS: seconds that a container must have run to be started again. */
const DEFAULT_RESTART_PERIOD_SECONDS = 300;

/** ECS: the exit code of a container that will never start, because what it waits for can't come. */
const EXIT_NEVER_STARTED = 143;
/** ECS: no reason of a container is longer. */
const MAX_REASON = 1_024;
/** ECS's reason of a container that the kernel killed. */
export const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

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

/** What ended a container, when its exit code does not say it; null otherwise. */
export function endReason(view: ContainerView): string | null {
  return view.state === 'exited' && view.oomKilled ? OUT_OF_MEMORY : null;
}

/** The row of a container with the reason why it ended or could not start; null leaves it as it is. */
export function withReason(row: TaskContainer, reason: string | null): TaskContainer {
  return reason === null ? row : { ...row, reason: reason.slice(0, MAX_REASON) };
}

/** The task with one of its containers noted as never started. ECS: it goes to STOPPED, with this exit code. */
export function withNeverStarted(task: Task, container: string, reason: string): Task {
  const containers = task.containers.map((row) =>
    row.name === container ? withReason({ ...row, exitCode: EXIT_NEVER_STARTED }, reason) : row,
  );
  return { ...task, containers };
}

function withExit(row: TaskContainer, view: ContainerView, definition: ContainerDefinition | undefined): TaskContainer {
  if (view.state !== 'exited' || row.exitCode !== null || view.exitCode === null || mayRestart(definition, view, row)) return row;
  return withReason({ ...row, exitCode: view.exitCode }, endReason(view));
}

function withRun(row: TaskContainer, view: ContainerView, isNoted: boolean, now: number): TaskContainer {
  const { startedAt } = view;
  if (!isNoted || startedAt === null || row.run?.startedAt === startedAt) return row;
  return { ...row, run: { startedAt, seenAt: now, restarts: row.run === undefined ? 0 : row.run.restarts + 1 } };
}
