// In which order the containers of a task start and stop (spec 1.5): what each waits for, and whether that can still come. Everything is read
// from the views and the rows of the moment, so a daemon that restarts goes on where it was. Circles are refused by the manifest's rules.
// Deliberately absent: the calls themselves (advance.ts) and what an end means for the task (status.ts).
import { type ContainerDefinition, type ContainerDependency, joinedBy } from '../../model/task/container-definition.ts';
import type { ContainerView } from '../../model/turn/observed.ts';
import type { TaskContainer } from '../../model/task/task.ts';
import { hasEnded, mayRestart, viewNamed } from './container-state.ts';
import { SECOND, earliest } from '../../std/time.ts';

/** The containers of one task: what they are, what is seen of them, what is remembered. */
export interface Company {
  readonly definitions: readonly ContainerDefinition[];
  readonly views: readonly ContainerView[];
  readonly rows: readonly TaskContainer[];
  readonly now: number;
}

/**
 * Whether a container may start.
 * `waits`: not yet; time alone may end that at `until` (ms), or null. `never`: what it waits for cannot come any more; `timedOut`: because
 * the startTimeout of what it waits for has passed, which ends the task whatever the container is.
 */
export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waits'; readonly reason: string; readonly until: number | null }
  | { readonly kind: 'never'; readonly reason: string; readonly timedOut: boolean };

const READY: Readiness = { kind: 'ready' };

/** What a container waits for. ECS: links add START on their containers; so does a namespace that is joined. */
export function dependenciesOf(definition: ContainerDefinition): readonly ContainerDependency[] {
  const { dependsOn = [], links = [] } = definition;
  const needed = [...links.map((link) => link.split(':')[0] ?? link), ...joinedBy(definition)];
  const implied = needed.filter(
    (name, at) => needed.indexOf(name) === at && !dependsOn.some(({ containerName }) => containerName === name),
  );
  if (implied.length === 0) return dependsOn;
  return [...dependsOn, ...implied.map((containerName): ContainerDependency => ({ containerName, condition: 'START' }))];
}

/** Whether what a container waits for is there, dependency by dependency; the first that holds it up is told. */
export function readiness(company: Company, container: ContainerDefinition): Readiness {
  let waiting: Readiness = READY;
  for (const dependency of dependenciesOf(container)) {
    const one = met(company, dependency);
    if (one.kind === 'never') return one;
    if (one.kind === 'waits' && waiting.kind === 'waits') waiting = { ...waiting, until: earliest(waiting.until, one.until) };
    else if (one.kind === 'waits') waiting = one;
  }
  return waiting;
}

/** The containers that wait for one: it is stopped after them (ECS: shutdown runs the order backwards). */
export function dependentsOf(definitions: readonly ContainerDefinition[], name: string): readonly ContainerDefinition[] {
  return definitions.filter((other) => dependenciesOf(other).some((dependency) => dependency.containerName === name));
}

/** Whether somebody's wait for a container is limited by its startTimeout. ECS: 0 is no limit, and START is not limited. */
export function isTimed(definitions: readonly ContainerDefinition[], container: ContainerDefinition): boolean {
  if ((container.startTimeout ?? 0) === 0) return false;
  return definitions.some((other) =>
    other.dependsOn?.some(({ containerName, condition }) => containerName === container.name && condition !== 'START'),
  );
}

function met(company: Company, { containerName, condition }: ContainerDependency): Readiness {
  const awaited = company.definitions.find(({ name }) => name === containerName);
  const row = company.rows.find(({ name }) => name === containerName);
  if (awaited === undefined || row === undefined) return READY;
  const view = viewNamed(company.views, containerName);
  // ECS: a container that is started again in place goes on all the while.
  const goesOn = view?.state === 'running' || (view !== undefined && mayRestart(awaited, view, row));
  const ended = !goesOn && hasEnded(view, row);
  const exitCode = row.exitCode ?? view?.exitCode ?? null;
  if (!goesOn && !ended) return notStarted(company, awaited);
  switch (condition) {
    case 'START':
      return READY;
    case 'COMPLETE':
      return ended ? READY : held(company, awaited, row, `${containerName} to end`);
    case 'SUCCESS':
      if (!ended) return held(company, awaited, row, `${containerName} to end with exit code 0`);
      return exitCode === 0
        ? READY
        : never(`it waits for ${containerName} to end with exit code 0, which ended with ${exitCode ?? 'none'}`);
    case 'HEALTHY':
      // ECS leaves the waiting container waiting for ever when what it waits for has ended; ours says so and ends.
      if (ended) return never(`it waits for ${containerName} to become healthy, which has ended`);
      return view?.health === 'healthy' ? READY : held(company, awaited, row, `${containerName} to become healthy`);
  }
}

/** What has not started may itself wait for what can't come. */
function notStarted(company: Company, awaited: ContainerDefinition): Readiness {
  const own = readiness(company, awaited);
  if (own.kind === 'never') return { ...own, reason: `it waits for ${awaited.name}, which can't start: ${own.reason}` };
  return { kind: 'waits', reason: `${awaited.name} to start`, until: own.kind === 'waits' ? own.until : null };
}

function held({ now }: Company, awaited: ContainerDefinition, row: TaskContainer, reason: string): Readiness {
  const limit = (awaited.startTimeout ?? 0) * SECOND;
  if (limit === 0 || row.run === undefined) return { kind: 'waits', reason, until: null };
  const until = row.run.seenAt + limit;
  if (now < until) return { kind: 'waits', reason, until };
  return {
    kind: 'never',
    reason: `it waits for ${reason}, which has not come within the startTimeout of ${limit / SECOND} s`,
    timedOut: true,
  };
}

function never(reason: string): Readiness {
  return { kind: 'never', reason, timedOut: false };
}
