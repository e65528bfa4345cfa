// Performing a plan: every action that is not already under way under its key, a bounded number per engine. What does not fit now is
// asked for again by the next turn, so there is no queue to go stale. The answers wait here for the next turn.
import type { CapacityCall } from '../model/cluster/capacity-hook.ts';
import { createCapacityDesk } from './capacity.ts';
import type { Action, ActionKind, Look } from '../model/turn/plan.ts';
import type { ActResult, PullProgress } from './ports.ts';
import type { PullView } from './view.ts';
import type { Answer } from '../model/turn/observed.ts';
import type { DaemonLimits } from './config.ts';
import type { FollowedPorts } from './engines.ts';
import type { Outcome } from '../model/turn/outcome.ts';
import { isSilence } from '../model/turn/outcome.ts';
import type { Pictures } from './observe.ts';
import type { Witness } from './evidence.ts';
import { reasonOf, withDeadline } from './deadline.ts';

export interface Actor {
  start(actions: readonly Action[], calls?: readonly CapacityCall[]): void;
  look(looks: readonly Look[]): void;
  /** The outcomes since the last call of `settle`, oldest first. */
  outcomes(): readonly Outcome[];
  answers(): ReadonlyMap<string, Answer>;
  /** The turn that saw these outcomes is durable: they are forgotten. Answers that no look asked for are dropped. */
  settle(seen: readonly Outcome[], looks: readonly Look[]): void;
  inFlight(): number;
  /** The pulls under way, oldest first. */
  pulls(): readonly PullView[];
  counts(): { readonly total: number; readonly errors: number };
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

type Lane = 'call' | 'pull' | 'stop';

interface Flight {
  readonly instance: string;
  readonly lane: Lane;
  /** Ends the call before its deadline. */
  readonly abandon: AbortController;
  /** Since when no plan asks for it; null while one does. */
  unwantedSince: number | null;
  done: Promise<void>;
  /** Of a pull: what is shown of it. */
  pull: PullView | null;
}

/** A call whose effect has been seen, so that no plan asks for it any more, gets this long to answer: the answer may have been lost. */
const PATIENCE_MS = 2_000;

/** Performs actions through the engines; `wake` is called with each answer. */
export function createActor(
  ports: FollowedPorts,
  limits: DaemonLimits,
  pictures: Pictures,
  witness: Witness,
  stop: AbortSignal,
  wake: () => void,
): Actor {
  const flights = new Map<string, Flight>();
  const lookFlights = new Set<string>();
  const answers = new Map<string, Answer>();
  let outcomes: Outcome[] = [];
  const desk = createCapacityDesk(ports, stop, (outcome) => {
    outcomes.push(outcome);
    wake();
  });
  let total = 0;
  let errors = 0;

  const perform = async (action: Action, flight: Flight): Promise<void> => {
    const engine = ports.engines.get(action.instance);
    if (engine === undefined) return;
    ports.log.write('debug', action.kind, { key: action.key, instance: action.instance, because: action.because });
    const since = pictures.mark();
    const report = (progress: PullProgress): void => {
      if (flight.pull !== null) flight.pull = { ...flight.pull, progress };
    };
    let result: ActResult;
    try {
      if (action.kind === 'remove-container') await witness.hear(action);
      result = await withDeadline(ports.clock, deadlineMs(action, limits), AbortSignal.any([stop, flight.abandon.signal]), (signal) =>
        engine.act(action, signal, report),
      );
    } catch (error) {
      result = { error: { code: 'Failed', message: reasonOf(error) } };
    }
    total += 1;
    if (result.error !== null) {
      errors += 1;
      ports.log.write('warn', `${action.kind} failed`, {
        key: action.key,
        instance: action.instance,
        code: result.error.code,
        reason: result.error.message,
      });
    }
    if (action.kind === 'remove-container' && result.error === null) witness.forget(action.container);
    if (result.container !== undefined) pictures.patch(action.instance, result.container.id, result.container.view, since);
    if (result.error === null) pictures.patchVolumes(action);
    if (result.error === null) pictures.patchRelay(action, since);
    if (result.error === null && action.kind === 'create-network') pictures.patchNetwork(action.instance, action.network, true);
    if (result.error === null && action.kind === 'remove-network') pictures.patchNetwork(action.instance, action.network, false);
    // The answer is written down in the same step as the flight ends: no turn may see neither.
    outcomes.push({
      key: action.key,
      at: ports.clock.now(),
      error: result.error,
      ...(result.image === undefined ? {} : { image: result.image }),
      ...(result.brought === true && { brought: true as const }),
    });
    flights.delete(action.key);
    if (result.error !== null && (isSilence(result.error) || result.container === undefined)) pictures.doubt(action.instance);
    wake();
  };

  const ask = async (look: Look): Promise<void> => {
    const engine = ports.engines.get(look.instance);
    if (engine === undefined) return;
    lookFlights.add(look.key);
    try {
      const answer = await withDeadline(ports.clock, limits.lookMs, stop, (signal) => engine.look(look, signal));
      answers.set(look.key, { ...answer, key: look.key, at: ports.clock.now() });
    } catch (error) {
      answers.set(look.key, { key: look.key, at: ports.clock.now(), image: null, error: { code: 'Failed', message: reasonOf(error) } });
    }
    lookFlights.delete(look.key);
    wake();
  };

  const abandonUnwanted = (wanted: ReadonlySet<string>): void => {
    const now = ports.clock.now();
    for (const [key, flight] of flights) {
      if (wanted.has(key)) flight.unwantedSince = null;
      else if (flight.unwantedSince === null) {
        flight.unwantedSince = now;
        ports.clock.timer(now + PATIENCE_MS, wake);
      } else if (now - flight.unwantedSince >= PATIENCE_MS) flight.abandon.abort(new Error('its effect was seen, and no answer came'));
    }
  };

  return {
    start: (actions, calls = []) => {
      // An answer that came while the plan was being recorded: the next turn decides with it.
      desk.ask(calls.filter(({ key }) => !outcomes.some((outcome) => outcome.key === key)));
      abandonUnwanted(new Set(actions.map((action) => action.key)));
      for (const action of removalsLast(actions)) {
        const lane = laneOf(action.kind);
        // An instance that is forgotten with this plan has no engine any more: nothing is under way on it, and its keys are free for its return.
        if (ports.engines.get(action.instance) === undefined) continue;
        // An answer that came while the plan was being recorded: the next turn decides with it.
        if (outcomes.some((outcome) => outcome.key === action.key)) continue;
        // A removal is never urgent, and takes the engine's time from what is being created and started; each answer wakes a turn that asks again.
        if (isRemoval(action.kind) && busy(flights.values(), action.instance, 'call') > 0) continue;
        if (flights.has(action.key) || busy(flights.values(), action.instance, lane) >= limitOf(lane, limits)) continue;
        // The entry is set before the call can answer.
        const flight: Flight = {
          instance: action.instance,
          lane,
          abandon: new AbortController(),
          unwantedSince: null,
          done: Promise.resolve(),
          pull: pullOf(action, ports.clock.now()),
        };
        flights.set(action.key, flight);
        flight.done = perform(action, flight);
      }
    },
    look: (looks) => {
      for (const look of looks) if (!lookFlights.has(look.key) && !answers.has(look.key)) void ask(look);
    },
    outcomes: () => outcomes,
    answers: () => new Map(answers),
    settle: (seen, looks) => {
      outcomes = outcomes.filter((outcome) => !seen.includes(outcome));
      const asked = new Set(looks.map((look) => look.key));
      for (const key of answers.keys()) if (!asked.has(key)) answers.delete(key);
    },
    inFlight: () => flights.size + lookFlights.size + desk.inFlight(),
    pulls: () => [...flights.values()].flatMap(({ pull }) => (pull === null ? [] : [pull])),
    counts: () => ({ total, errors }),
    idle: async () => {
      await Promise.all([...flights.values()].map((flight) => flight.done));
    },
  };
}

function removalsLast(actions: readonly Action[]): readonly Action[] {
  return [...actions.filter((action) => !isRemoval(action.kind)), ...actions.filter((action) => isRemoval(action.kind))];
}

function pullOf(action: Action, now: number): PullView | null {
  if (action.kind !== 'pull-image') return null;
  return { instance: action.instance, reference: action.reference, startedAt: now, progress: null };
}

function laneOf(kind: ActionKind): Lane {
  if (kind === 'pull-image') return 'pull';
  // A removal waits in the engine for networks and layers to be taken apart, as a stop waits for its process.
  return kind === 'stop-container' || isRemoval(kind) ? 'stop' : 'call';
}

function isRemoval(kind: ActionKind): boolean {
  return kind === 'remove-container' || kind === 'remove-image';
}

function limitOf(lane: Lane, limits: DaemonLimits): number {
  return lane === 'pull' ? limits.pullsPerEngine : lane === 'stop' ? limits.stopsPerEngine : limits.callsPerEngine;
}

function busy(flights: Iterable<{ readonly instance: string; readonly lane: Lane }>, instance: string, lane: Lane): number {
  let count = 0;
  for (const flight of flights) if (flight.instance === instance && flight.lane === lane) count += 1;
  return count;
}

function deadlineMs(action: Action, limits: DaemonLimits): number {
  switch (action.kind) {
    case 'pull-image':
      return limits.pullMs;
    case 'start-container':
      return limits.startMs;
    case 'open-relay':
      return limits.relayMs;
    case 'stop-container':
      return action.timeoutSeconds * 1_000 + limits.callMs;
    case 'create-network':
    case 'remove-network':
    case 'remove-volume':
    case 'remove-relay':
    case 'remove-image':
    case 'create-container':
    case 'connect-network':
    case 'disconnect-network':
    case 'remove-container':
      return limits.callMs;
  }
}
