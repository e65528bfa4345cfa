// The other path: every task of what is new exits as soon as it is started. How does each release end then, and after how long?
// Deliberately absent: partial failures. A reviewer needs to know whether there is a way back, not its probability.
import { DEFAULT_TIMINGS, type Timings } from './predict.ts';
import type { Deployment } from '../../model/service/deployment.ts';
import type { ForecastOptions } from './forecast.ts';
import { HOUR, durationText } from '../../std/time.ts';
import type { Ledger, ServiceRow } from '../../model/turn/ledger.ts';
import { type Play, play } from './turns.ts';
import type { World } from '../../model/turn/plan.ts';
import { capacityOf } from './capacity.ts';
import { count } from '../../std/text.ts';
import { serviceSettings } from '../../model/service/service.ts';
import { assumingSecrets, desiredWithSecrets } from '../secrets.ts';

export interface FailurePath {
  readonly service: string;
  /** How it ends. */
  readonly ends: 'ROLLED_BACK' | 'FAILED' | 'IN_PROGRESS';
  readonly failedTasks: number;
  /** When the verdict falls, in milliseconds after the beginning; null without a verdict. */
  readonly afterMs: number | null;
  /** Fewest healthy tasks on that path. */
  readonly lowest: number;
  /** In one sentence. */
  readonly message: string;
}

/** Without a circuit breaker nothing ends; three failures show what goes on. */
const FAILURES_SHOWN = 3;
/** A breaker with a threshold of 200 and the longest pauses between tries needs about two days; nobody waits that long for a verdict. */
const HORIZON_MS = 24 * HOUR;
const MAX_FAILURE_TURNS = 3_000;

/** How each release in `world` ends when its new tasks keep exiting; empty when no release is ahead or under way. */
export function forecastFailure(given: World, timings: Timings = DEFAULT_TIMINGS, options: ForecastOptions = {}): readonly FailurePath[] {
  const world = assumingSecrets(given);
  const releases = [...desiredWithSecrets(world).services.values()].filter((service) =>
    isReleased(world.ledger.services.get(service.id), service.hash),
  );
  if (releases.length === 0) return [];
  const failing = new Set(releases.map((service) => service.hash));
  const isOver = (ledger: Ledger, now: number): boolean =>
    now - world.now > HORIZON_MS ||
    releases.every((service) => {
      const row = ledger.services.get(service.id);
      const breaker = serviceSettings(service.spec).breaker;
      const broken = row && released(row, failing);
      if (row === undefined || broken === undefined) return false;
      if (broken.rollout === 'ROLLED_BACK') return true;
      if (broken.rollout === 'FAILED') return row.deployments[0]?.id === broken.id;
      return !breaker?.enable && broken.failedTasks >= FAILURES_SHOWN;
    });
  const played = play(world, {
    timings,
    maxTurns: options.maxTurns ?? MAX_FAILURE_TURNS,
    failing,
    answer: options.answer ?? (() => null),
    isOver,
  });
  return releases.flatMap((service) => pathOf(world, played, service.id, failing) ?? []);
}

/** Whether git asks for something that the service does not run yet, or is being rolled out to. */
function isReleased(row: ServiceRow | undefined, hash: string): boolean {
  if (row === undefined || row.requested !== hash) return true;
  return row.deployments[0]?.rollout === 'IN_PROGRESS' && row.deployments[0].target.hash === hash;
}

/** The newest deployment toward one of the revisions that fail. */
function released(row: ServiceRow, failing: ReadonlySet<string>): Deployment | undefined {
  return row.deployments.find((deployment) => failing.has(deployment.target.hash));
}

function pathOf(world: World, played: Play, id: string, failing: ReadonlySet<string>): FailurePath | null {
  const row = played.end.ledger.services.get(id);
  const broken = row && released(row, failing);
  if (row === undefined || broken === undefined || broken.failedTasks === 0) return null;
  const ends = broken.rollout === 'ROLLED_BACK' || broken.rollout === 'FAILED' ? broken.rollout : 'IN_PROGRESS';
  const verdict = played.turns.find((turn) =>
    turn.events.some((event) => event.kind === 'deployment-failed' && event.deployment === broken.id),
  );
  const capacity = capacityOf(world, played).find((one) => one.service === id);
  const afterMs = verdict === undefined ? null : verdict.at - world.now;
  const path = { service: id, ends, failedTasks: broken.failedTasks, afterMs, lowest: capacity?.lowest ?? 0 } as const;
  return { ...path, message: messageOf(world, row, broken, path) };
}

function messageOf(world: World, row: ServiceRow, broken: Deployment, path: Omit<FailurePath, 'message'>): string {
  const after = `after ${count(path.failedTasks, 'failed task')}${path.afterMs === null ? '' : ` (about ${durationText(path.afterMs)})`}`;
  const before = world.ledger.services.get(row.id)?.deployments.find((each) => each.rollout === 'COMPLETED')?.target.taskDefinition;
  const keeps = before === undefined ? 'nothing ran before it' : `${before} keeps running`;
  switch (path.ends) {
    case 'ROLLED_BACK':
      return `${after} ${row.name} rolls back to ${row.deployments[0]?.target.taskDefinition ?? before ?? 'what ran before'}`;
    case 'FAILED':
      return `${after} the deployment of ${row.name} ends as FAILED; ${keeps}`;
    case 'IN_PROGRESS':
      return hasBreaker(world, row.id)
        ? `the deployment of ${row.name} has no verdict within ${durationText(HORIZON_MS)}; ${keeps}`
        : `${row.name} stays IN_PROGRESS and ${broken.target.taskDefinition} is tried again and again: no circuit breaker; ${keeps}`;
  }
}

function hasBreaker(world: World, id: string): boolean {
  const service = world.desired.services.get(id);
  return service !== undefined && (serviceSettings(service.spec).breaker?.enable ?? false);
}
