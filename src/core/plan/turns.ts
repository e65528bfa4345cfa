// `reconcile` and `predict` in turns, on a clock of their own: what will happen, until nothing is left to do or nothing can go on.
// Deliberately absent: any decision about tasks (reconcile's), any effect (predict's) and any wording of the result (forecast, render).
import { type PlannedAction, type Look, type Plan, type World, isPlanned } from '../../model/turn/plan.ts';
import type { Answer, Observed } from '../../model/turn/observed.ts';
import {
  type Timings,
  decisiveLook,
  definitionOf,
  durationOf,
  exitedView,
  firstCheckMs,
  isEndAwaited,
  predict,
  predictedAnswer,
  predictedProxy,
  varied,
  withContainer,
} from './predict.ts';
import type { Event } from '../../model/turn/event.ts';
import type { Ledger } from '../../model/turn/ledger.ts';
import type { Outcome } from '../../model/turn/outcome.ts';
import type { RouteTable } from '../../model/traffic/route.ts';
import { count } from '../../std/text.ts';
import { earliest } from '../../std/time.ts';
import { eventsBetween } from '../events.ts';
import { ledgerChanges } from '../journal.ts';
import { loopsOf, waitsOf } from './waits.ts';
import { reconcile } from '../reconcile.ts';

/** More turns than this are not a plan but a defect: 5,000 tasks one after the other need some 10,000. */
export const MAX_TURNS = 10_000;
/** So many turns in a row without any change, woken by time alone, and nothing will come of it. */
const MAX_IDLE_TURNS = 20;

export interface PlayOptions {
  readonly timings: Timings;
  readonly maxTurns: number;
  /** Hashes of service revisions whose containers exit as soon as they are started. */
  readonly failing: ReadonlySet<string>;
  /** Answers a look that the world holds no answer to; null: nobody knows. */
  readonly answer: (look: Look) => Pick<Answer, 'error' | 'image'> | null;
  /** Ends the play early. */
  readonly isOver: (ledger: Ledger, now: number) => boolean;
}

export interface PlayedTurn {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Started in this turn; actions that were already under way are not repeated. */
  readonly actions: readonly PlannedAction[];
  readonly events: readonly Event[];
  /** Looks that nobody could answer, so that a good answer was assumed. */
  readonly guessed: readonly Look[];
  /** Of the ledger that this turn wrote. */
  readonly tasks: Ledger['tasks'];
}

export interface Play {
  /** Turns in which something was started or happened; the first one always. */
  readonly turns: readonly PlayedTurn[];
  readonly end: World;
  /** Every look that was asked, answered or assumed. */
  readonly looks: readonly Look[];
  /** Whether the proxy served another route table than the first turn wants. */
  readonly reroutes: boolean;
  readonly complete: boolean;
  /** What it waits for when it is not complete. */
  readonly waits: readonly string[];
}

type Effect =
  | { readonly kind: 'action'; readonly action: PlannedAction; readonly startedAt: number }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'routes'; readonly table: RouteTable }
  | { readonly kind: 'target-healthy' | 'target-drained'; readonly target: string }
  | { readonly kind: 'container-healthy' | 'container-ended'; readonly instance: string; readonly container: string };

/** An effect that is under way. */
interface Due {
  readonly at: number;
  readonly effect: Effect;
}

/** The state of a play between two turns. */
interface Stage {
  world: World;
  /** By time, then in the order of asking. */
  readonly due: Due[];
  /** Keys of actions and looks under way. */
  readonly asked: Set<string>;
  readonly looks: Map<string, Look>;
  /** Keys of looks that nobody could answer. */
  readonly guessed: Set<string>;
  /** Version of the route table that was last handed to the proxy. */
  routes: string;
  reroutes: boolean;
  /** How many more instances each capacity provider is asked for, as it was asked last. A play asks nobody: what a hook would make is not known. */
  readonly needs: Map<string, number>;
}

/** Plays the world forward until every deployment has a verdict and nothing is left to do, or until nothing can go on. */
export function play(start: World, options: PlayOptions): Play {
  const stage = stageOf(start, options.timings);
  const turns: PlayedTurn[] = [];
  let idle = 0;
  for (let turn = 0; turn < options.maxTurns; turn++) {
    const before = stage.world;
    const plan = reconcile(before);
    stage.world = { ...before, ledger: plan.ledger, outcomes: [] };
    const events = eventsBetween(before.ledger, plan.ledger, before.now);
    const actions = plan.actions.filter(isPlanned).filter((action) => !stage.asked.has(action.key));
    if (turn === 0) stage.reroutes = start.observed.proxy !== null && plan.routes.version !== stage.routes;
    for (const call of plan.calls) if (call.kind === 'scale-out') stage.needs.set(call.provider, call.count);
    const guessed = undertake(stage, plan, actions, options);
    if (turn === 0 || actions.length > 0 || events.length > 0 || guessed.length > 0)
      turns.push({ at: before.now, actions, events, guessed, tasks: plan.ledger.tasks });
    const loops = loopsOf(stage.world, start.ledger);
    if (loops.length > 0) return ended(stage, turns, loops);
    const waits = stage.due.length > 0 ? [] : waitsOf(stage.world);
    const finished = stage.due.length === 0 && actions.length === 0 && waits.length === 0;
    if (finished || options.isOver(plan.ledger, before.now)) return ended(stage, turns, []);
    const isStill = stage.due.length === 0;
    idle = isStill && events.length === 0 ? idle + 1 : 0;
    // A ledger that changed is looked at once more: what is dropped at the end of one turn is seen to be gone by the next.
    const again = isStill && ledgerChanges(before.ledger, plan.ledger).length > 0 ? before.now : null;
    const next = earliest(stage.due[0]?.at ?? null, plan.wakeAt, again);
    if (next === null || idle > MAX_IDLE_TURNS) return ended(stage, turns, waits);
    moveTo(stage, Math.max(next, before.now), options);
  }
  return ended(stage, turns, [`more than ${options.maxTurns} turns are needed`]);
}

function ended(stage: Stage, turns: readonly PlayedTurn[], waits: readonly string[]): Play {
  const { world, looks, reroutes, needs } = stage;
  const told =
    waits.length === 0 ? [] : [...needs].map(([name, more]) => `needs ${count(more, 'more instance')} from the capacity provider ${name}`);
  return { turns, end: world, looks: [...looks.values()], reroutes, complete: waits.length === 0, waits: [...waits, ...told] };
}

/** Health that is on its way at the beginning goes on its way. */
function stageOf(world: World, timings: Timings): Stage {
  const proxy = world.observed.proxy ?? { version: '', targets: new Map(), refused: [] };
  const instances = withoutRelays(world.observed.instances);
  const stage: Stage = {
    world: { ...world, observed: { ...world.observed, proxy, instances } },
    due: [],
    asked: new Set(),
    looks: new Map(),
    guessed: new Set(),
    routes: proxy.version,
    reroutes: false,
    needs: new Map(),
  };
  for (const target of proxy.targets.values()) {
    if (target.state === 'initial') schedule(stage, world.now + timings.healthyMs, { kind: 'target-healthy', target: target.id });
  }
  for (const instance of world.observed.instances.values()) {
    for (const view of instance.containers.values()) {
      if (view.health === 'starting') scheduleCheck(stage, instance.id, view.id, world.now);
      if (world.ledger.tasks.get(view.identity.task)?.lastStatus === 'PENDING')
        scheduleEnd(stage, instance.id, view.id, world.now, timings);
    }
  }
  return stage;
}

/** Relays are no part of a plan: a task waits for a few tries of one at most, and starts then. */
function withoutRelays(instances: Observed['instances']): Observed['instances'] {
  if ([...instances.values()].every(({ relay }) => relay === undefined)) return instances;
  const relay = { wanted: false, state: 'absent' } as const;
  return new Map([...instances].map(([id, view]) => [id, { ...view, relay }]));
}

/** Starts the turn's actions, looks and route table; returns the looks whose answer had to be assumed. */
function undertake(stage: Stage, plan: Plan, actions: readonly PlannedAction[], options: PlayOptions): readonly Look[] {
  const { now } = stage.world;
  const guessed: Look[] = [];
  for (const action of actions) {
    guessed.push(...learn(stage, action, options));
    stage.asked.add(action.key);
    schedule(stage, now + durationOf(action, options.timings), { kind: 'action', action, startedAt: now });
  }
  for (const look of plan.looks) {
    stage.looks.set(look.key, look);
    if (stage.world.observed.answers.has(look.key) || stage.asked.has(look.key)) continue;
    stage.asked.add(look.key);
    const at = now + varied(options.timings.lookMs, look.key, options.timings);
    const known = options.answer(look);
    if (known === null && !stage.guessed.has(look.key)) guessed.push(look);
    if (known === null) stage.guessed.add(look.key);
    schedule(stage, at, { kind: 'answer', answer: known ? { key: look.key, at, ...known } : predictedAnswer(look, at) });
  }
  if (plan.routes.version !== stage.routes) {
    stage.routes = plan.routes.version;
    schedule(stage, now + options.timings.routeMs, { kind: 'routes', table: plan.routes });
  }
  return guessed;
}

/** Moves the clock and lets every effect that is due by then happen; what is due at one moment is seen by one turn. */
function moveTo(stage: Stage, now: number, options: PlayOptions): void {
  const outcomes: Outcome[] = [];
  for (let count = dueBy(stage, now); count > 0; count = dueBy(stage, now)) {
    const batch = stage.due.splice(0, count);
    for (const due of batch) outcomes.push(...happen(stage, due, options));
    // All targets at once: one copy of a table of 10,000 instead of 10,000 copies.
    if (batch.some(({ effect }) => 'target' in effect)) see(stage, withTargets(stage.world.observed, batch));
  }
  stage.world = { ...stage.world, now, outcomes };
}

/** Whether an image is where an action needs it: asked as soon as it matters. Returns the look when nobody knows. */
function learn(stage: Stage, action: PlannedAction, options: PlayOptions): readonly Look[] {
  const look = decisiveLook(stage.world, action);
  if (look === null || stage.world.observed.answers.has(look.key) || stage.guessed.has(look.key)) return [];
  stage.looks.set(look.key, look);
  const known = options.answer(look);
  if (known === null) {
    stage.guessed.add(look.key);
    return [look];
  }
  const { observed, now } = stage.world;
  see(stage, { ...observed, answers: new Map([...observed.answers, [look.key, { key: look.key, at: now, ...known }]]) });
  return [];
}

function dueBy(stage: Stage, now: number): number {
  const later = stage.due.findIndex((due) => due.at > now);
  return later === -1 ? stage.due.length : later;
}

function happen(stage: Stage, due: Due, options: PlayOptions): readonly Outcome[] {
  const { effect } = due;
  const { observed } = stage.world;
  switch (effect.kind) {
    case 'action': {
      const predicted = predict({ ...stage.world, now: effect.startedAt }, effect.action, options.timings, options.failing);
      stage.asked.delete(effect.action.key);
      see(stage, predicted.observed);
      if (effect.action.kind === 'start-container') {
        scheduleCheck(stage, effect.action.instance, effect.action.container, due.at);
        scheduleEnd(stage, effect.action.instance, effect.action.container, due.at, options.timings);
      }
      return predicted.outcomes;
    }
    case 'answer':
      stage.asked.delete(effect.answer.key);
      see(stage, { ...observed, answers: new Map([...observed.answers, [effect.answer.key, effect.answer]]) });
      return [];
    case 'routes': {
      const { healthyMs, drainMs } = options.timings;
      const proxy = predictedProxy(observed.proxy, effect.table, drainMs > 0);
      for (const target of proxy.targets.values()) {
        if (target.state === observed.proxy?.targets.get(target.id)?.state) continue;
        if (target.state === 'initial')
          schedule(stage, due.at + varied(healthyMs, target.id, options.timings), { kind: 'target-healthy', target: target.id });
        if (target.inFlight)
          schedule(stage, due.at + varied(drainMs, target.id, options.timings), { kind: 'target-drained', target: target.id });
      }
      see(stage, { ...observed, proxy });
      return [];
    }
    case 'target-healthy':
    case 'target-drained':
      return [];
    case 'container-healthy':
      see(stage, withHealthyContainer(observed, effect.instance, effect.container));
      return [];
    case 'container-ended':
      see(stage, withEndedContainer(observed, effect.instance, effect.container, due.at));
      return [];
  }
}

function see(stage: Stage, observed: Observed): void {
  stage.world = { ...stage.world, observed };
}

/** The first check of a container that has just been started, or is found starting. */
function scheduleCheck(stage: Stage, instance: string, container: string, now: number): void {
  const view = stage.world.observed.instances.get(instance)?.containers.get(container);
  if (view?.health !== 'starting') return;
  const after = firstCheckMs(definitionOf(view.identity, stage.world.ledger)) ?? 0;
  schedule(stage, Math.max(now, (view.startedAt ?? now) + after), { kind: 'container-healthy', instance, container });
}

/** The end of a container that others wait for. */
function scheduleEnd(stage: Stage, instance: string, container: string, now: number, timings: Timings): void {
  const view = stage.world.observed.instances.get(instance)?.containers.get(container);
  if (view?.state !== 'running' || !isEndAwaited(view.identity, stage.world.ledger)) return;
  schedule(stage, Math.max(now, (view.startedAt ?? now) + varied(timings.runMs, container, timings)), {
    kind: 'container-ended',
    instance,
    container,
  });
}

function schedule(stage: Stage, at: number, effect: Effect): void {
  let index = stage.due.length;
  while (index > 0 && (stage.due[index - 1]?.at ?? 0) > at) index--;
  stage.due.splice(index, 0, { at, effect });
}

function withTargets(observed: Observed, batch: readonly Due[]): Observed {
  if (observed.proxy === null) return observed;
  const targets = new Map(observed.proxy.targets);
  for (const { effect } of batch) {
    const target = 'target' in effect ? targets.get(effect.target) : undefined;
    if (target === undefined) continue;
    if (effect.kind === 'target-healthy' && target.state === 'initial') targets.set(target.id, { ...target, state: 'healthy', reason: '' });
    if (effect.kind === 'target-drained' && target.state === 'draining') targets.set(target.id, { ...target, inFlight: 0 });
  }
  return { ...observed, proxy: { ...observed.proxy, targets } };
}

function withHealthyContainer(observed: Observed, instanceId: string, id: string): Observed {
  const instance = observed.instances.get(instanceId);
  const view = instance?.containers.get(id);
  if (instance === undefined || view?.state !== 'running' || view.health !== 'starting') return observed;
  const instances = new Map(observed.instances).set(instanceId, withContainer(instance, { ...view, health: 'healthy' }));
  return { ...observed, instances };
}

function withEndedContainer(observed: Observed, instanceId: string, id: string, at: number): Observed {
  const instance = observed.instances.get(instanceId);
  const view = instance?.containers.get(id);
  if (instance === undefined || view?.state !== 'running') return observed;
  const instances = new Map(observed.instances).set(instanceId, withContainer(instance, exitedView(view, 0, view.startedAt, at)));
  return { ...observed, instances };
}
