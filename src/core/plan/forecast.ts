// The forecast: what a commit will do to this world, turn by turn, and what it amounts to. Plain data; render.ts says it in words.
// Deliberately absent: a dry-run switch. This calls the very function that the daemon obeys, and predicts what the engines will answer.
import type { Action, Look, World } from '../../model/turn/plan.ts';
import { type Change, changesOf } from './changes.ts';
import { DEFAULT_TIMINGS, type Timings } from './predict.ts';
import { MAX_TURNS, type Play, type PlayOptions, type PlayedTurn, play } from './turns.ts';
import { type Seal, sealOf } from './seal.ts';
import { type Capacity, capacityOf } from './capacity.ts';
import type { DesiredService } from '../../model/turn/desired.ts';
import type { Event } from '../../model/turn/event.ts';
import type { ServedRoutes } from '../traffic/reroute.ts';
import { isDaemon } from '../instance/daemons.ts';
import { assumingSecrets } from '../secrets.ts';
import { assumptionsOf, checkAssumptions, secretAssumptions } from './assume.ts';
import { assumingInstances, instanceAssumptions } from './new-instances.ts';
import { type Step, stepsOf } from './steps.ts';
import { timeDependentServices } from './placed-by-time.ts';
import { notAsDeclared, warningsOf } from './warn.ts';

export interface ForecastTurn {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly actions: readonly Action[];
  readonly events: readonly Event[];
  /** What this turn takes for granted, in words. */
  readonly assumes: readonly string[];
}

export interface Forecast {
  readonly commit: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Turns in which something is started or happens; none when nothing is left to do. */
  readonly turns: readonly ForecastTurn[];
  /** The turns in steps that a person can follow. */
  readonly steps: readonly Step[];
  readonly end: World;
  /** What changes; empty when there is nothing to do. */
  readonly changes: readonly Change[];
  /** Declared services that stay as they are. */
  readonly unchanged: number;
  /** Services that do not end up as git declares them: failed, rolled back, or waiting. */
  readonly notAsDeclared: readonly string[];
  readonly seal: Seal;
  readonly complete: boolean;
  /** What it waits for when it is not complete. */
  readonly waits: readonly string[];
  /** Of the services that change. */
  readonly capacity: readonly Capacity[];
  /** Looks that nobody answered: a caller that can reach the engines answers them and forecasts again. */
  readonly guessed: readonly Look[];
  /** Everything that the turns take for granted, each once. */
  readonly assumes: readonly string[];
  /** Services whose tasks may come to stand on other instances than forecast when things take another time than assumed. */
  readonly placedByTime: readonly string[];
  readonly warnings: readonly string[];
}

export interface ForecastOptions {
  /** Answers a look that `world.observed.answers` does not; null: unknown, and then the image is assumed to be there. */
  readonly answer?: PlayOptions['answer'];
  readonly maxTurns?: number;
  /** What the proxy serves before; without it, a route that is there already can't be told from one that changes. */
  readonly served?: ServedRoutes;
}

/** What will happen to `world` from its `now` on when all goes well. Reads nothing, changes nothing. */
export function forecast(given: World, timings: Timings = DEFAULT_TIMINGS, options: ForecastOptions = {}): Forecast {
  const world = assumingInstances(assumingSecrets(given));
  const playing: PlayOptions = {
    timings,
    maxTurns: options.maxTurns ?? MAX_TURNS,
    failing: new Set(),
    answer: options.answer ?? (() => null),
    isOver: () => false,
  };
  const played = play(world, playing);
  const placedByTime = timeDependentServices(world, played, playing);
  const told = withCounts(world, played.end);
  const changes = changesOf(told, played, options.served ?? null);
  const turns = turnsOf(world, played, timings);
  const affected = new Set(changes.map((change) => change.id));
  const capacity = capacityOf(told, played).filter((one) => affected.has(one.service));
  const last = played.turns.at(-1);
  return {
    commit: world.desired.commit,
    startedAt: world.now,
    endedAt: last?.at ?? world.now,
    turns,
    steps: stepsOf(told, played),
    end: played.end,
    changes,
    unchanged: [...world.desired.services.keys()].filter((id) => !affected.has(id)).length,
    notAsDeclared: notAsDeclared(played.end),
    seal: sealOf(world, played, changes),
    complete: played.complete,
    waits: played.waits,
    capacity,
    guessed: played.turns.flatMap((turn) => turn.guessed),
    assumes: [
      ...new Set([
        ...turns.flatMap((turn) => turn.assumes),
        ...checkAssumptions(changes),
        ...secretAssumptions(world, changes),
        ...instanceAssumptions(given),
      ]),
    ],
    placedByTime,
    warnings: warningsOf(told, played.end, changes, capacity),
  };
}

/** The world with the number of tasks that a DAEMON comes to: git gives none. */
function withCounts(world: World, { ledger }: World): World {
  if (![...world.desired.services.values()].some(isDaemon)) return world;
  const services = [...world.desired.services].map(([id, service]): [string, DesiredService] => {
    const desiredCount = ledger.services.get(id)?.desiredCount ?? 0;
    return [id, isDaemon(service) ? { ...service, spec: { ...service.spec, desiredCount } } : service];
  });
  return { ...world, desired: { ...world.desired, services: new Map(services) } };
}

function turnsOf(world: World, played: Play, timings: Timings): readonly ForecastTurn[] {
  return played.turns
    .filter((turn) => turn.actions.length > 0 || turn.events.length > 0 || turn.guessed.length > 0)
    .map((turn: PlayedTurn) => ({
      at: turn.at,
      actions: turn.actions,
      events: turn.events,
      assumes: assumptionsOf(turn, world, played.end, timings),
    }));
}
