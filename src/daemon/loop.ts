// The one loop: wake, observe, reconcile, record, act, sleep. It decides nothing; it only keeps the order, and the order is the safety:
// a decision is durable before anything is done for it. A crash anywhere resumes at the first step.
import type { DaemonDoor, DaemonView } from './view.ts';
import type { Ledger } from '../model/turn/ledger.ts';
import type { Plan, World } from '../model/turn/plan.ts';
import { type Engine, LEASE_LOST, type Ports } from './ports.ts';
import { type Engines, openEngines } from './engines.ts';
import type { ProxyView } from '../model/turn/observed.ts';
import { type Actor, createActor } from './act.ts';
import { type CommandDesk, createDesk } from './commands.ts';
import { type Commits, followRepository } from './commits.ts';
import type { DaemonConfig } from './config.ts';
import { type Pictures, followEngines } from './observe.ts';
import { createWitness } from './evidence.ts';
import { earliest } from '../std/time.ts';
import { eventsBetween } from '../core/events.ts';
import { ledgerChanges } from '../core/journal.ts';
import { reasonOf, withDeadline } from './deadline.ts';
import { reconcile } from '../core/reconcile.ts';
import { servesUnknown } from './unknown-targets.ts';
import { type Swarms, followSwarms } from './swarms.ts';
import { type SecretPrints, followSecrets } from './secrets.ts';
import { heldBySecrets } from '../core/secrets.ts';
import { isHeldByFailure } from '../core/service/dependencies.ts';

export interface Daemon extends DaemonDoor {
  /** Ends the daemon; tasks and proxy go on. Resolves when the last call has answered and the store is closed. */
  stop(): Promise<void>;
  /** Settles when the daemon has ended: rejects when it lost its lease or its store. */
  readonly done: Promise<void>;
}

/** How long a store that refuses every write (a full disk) is tried again before the daemon gives up. Nothing is done meanwhile. */
const STORE_PATIENCE_MS = 15 * 60_000;
const STORE_RETRY_MS = 500;
/** How long a stopping daemon waits for calls under way. */
const STOP_GRACE_MS = 5_000;

interface State {
  readonly startedAt: number;
  ledger: Ledger;
  world: World | null;
  plan: Plan | null;
  proxy: ProxyView | null;
  /** Version of the last table handed to the proxy; null: nothing yet, or it failed. */
  installed: string | null;
  installing: boolean;
  /** No further try of an install that failed before this moment. */
  installAt: number;
  installFailures: number;
  observed: boolean;
  lastNow: number;
  turns: number;
  lastTurnMs: number;
  lastTurnEnd: number;
  /** Since when every write fails; null while they succeed. */
  storeFailsSince: number | null;
  /** Why, in the store's words; null while they succeed. */
  storeError: string | null;
  /** A write failed: what is durable may be more than what is known here. */
  doubtful: boolean;
}

/** Starts the daemon over its ports and returns at once. */
export function startDaemon(ports: Ports, config: DaemonConfig): Daemon {
  const startedAt = ports.clock.now();
  const stopping = new AbortController();
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => undefined);
  const listeners = new Set<() => void>();
  const desk = createDesk(() => wake());
  const engines = openEngines(ports);
  let rooms: {
    readonly engines: Engines;
    readonly pictures: Pictures;
    readonly actor: Actor;
    readonly commits: Commits;
    readonly secrets: SecretPrints;
    readonly swarms: Swarms;
  } | null = null;
  let state: State | null = null;
  let cancelTimer: (() => void) | null = null;
  let running = false;
  let woken = false;

  const wake = (): void => {
    woken = true;
    if (running || state === null || stopping.signal.aborted) return;
    // Coalesced to the duration of the last turn: a storm of wakes costs at most half of the time.
    sleepUntil(state.lastTurnEnd + state.lastTurnMs);
  };

  const sleepUntil = (at: number | null): void => {
    cancelTimer?.();
    cancelTimer = at === null ? null : ports.clock.timer(at, () => void cycle());
  };

  const cycle = async (): Promise<void> => {
    if (running || state === null || rooms === null || stopping.signal.aborted) return;
    running = true;
    woken = false;
    let wakeAt: number | null = null;
    try {
      wakeAt = await turn(ports, config, state, { ...rooms, desk }, stopping.signal, wake);
    } catch (error) {
      end(error);
    }
    running = false;
    for (const listener of listeners) listener();
    if (stopping.signal.aborted) return;
    sleepUntil(earliest(wakeAt, woken ? state.lastTurnEnd + state.lastTurnMs : null));
  };

  const end = (error: unknown): void => {
    ports.log.write('error', 'the daemon ends', { reason: reasonOf(error) });
    stopping.abort(error);
    ended.reject(error instanceof Error ? error : new Error(reasonOf(error)));
  };

  const begin = async (): Promise<void> => {
    const ledger = await ports.store.readLedger();
    engines.follow(ledger.registrations);
    const pictures = followEngines(ports, engines, config.limits, stopping.signal, wake);
    const witness = createWitness({ ...ports, engines }, config.limits, () => state?.ledger ?? ledger, stopping.signal);
    const actor = createActor({ ...ports, engines }, config.limits, pictures, witness, stopping.signal, wake);
    const commits = followRepository(ports, config, stopping.signal, wake);
    const secrets = followSecrets(ports, config, stopping.signal, wake);
    const swarms = followSwarms(ports, config.limits, stopping.signal, wake);
    rooms = { engines, pictures, actor, commits, secrets, swarms };
    const now = ports.clock.now();
    state = {
      startedAt: now,
      ledger,
      world: null,
      plan: null,
      proxy: null,
      installed: null,
      installing: false,
      installAt: 0,
      installFailures: 0,
      observed: false,
      lastNow: now,
      turns: 0,
      lastTurnMs: 0,
      lastTurnEnd: now,
      storeFailsSince: null,
      storeError: null,
      doubtful: false,
    };
    const fresh = state;
    ports.proxy.watch((view) => {
      // A proxy that comes back may be a new process: it is handed the table again.
      if (view === null) fresh.installed = null;
      fresh.proxy = view;
      wake();
    });
    await pictures.lookAtAll();
    fresh.observed = true;
    wake();
  };

  begin().catch(end);

  return {
    view: () => viewOf(ports, startedAt, state, rooms),
    events: async (after, limit) => ports.store.events(after, limit),
    taskEvents: async (task, limit) => ports.store.taskEvents(task, limit),
    stoppedTasks: async (which, limit) => ports.store.stoppedTasks(which, limit),
    evidence: async (instance, container, secrets, signal) => engineOf(engines, instance).evidence(container, secrets, signal),
    command: async (command, signal) => desk.ask(command, AbortSignal.any([signal, stopping.signal])),
    exec: async (instance, container, request, signal) => {
      // Never the words of the command: they may hold secrets.
      ports.log.write('info', 'a command is run in a container', { instance, container });
      return engineOf(engines, instance).exec(container, request, AbortSignal.any([signal, stopping.signal]));
    },
    logs: (instance, container, query, signal) =>
      engineOf(engines, instance).logs(container, query, AbortSignal.any([signal, stopping.signal])),
    onTurn: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: async () => {
      await shutDown(ports, engines, stopping, rooms, cancelTimer);
      ended.resolve();
    },
    done: ended.promise,
  };
}

function engineOf(engines: Engines, instance: string): Engine {
  const engine = engines.get(instance);
  if (engine === undefined) throw new Error(`container instance ${instance} is not configured`);
  return engine;
}

/** One turn; returns the moment at which to turn again. */
async function turn(
  ports: Ports,
  config: DaemonConfig,
  state: State,
  rooms: { engines: Engines; pictures: Pictures; actor: Actor; commits: Commits; secrets: SecretPrints; swarms: Swarms; desk: CommandDesk },
  stop: AbortSignal,
  wake: () => void,
): Promise<number | null> {
  const { engines, pictures, actor, commits, secrets, swarms, desk } = rooms;
  const began = ports.clock.now();
  const jumped = began - state.lastNow > config.limits.jumpMs + config.limits.relistMs;
  // After a suspend or a jump no deadline counts before everything was looked at once.
  if (jumped) await pictures.lookAtAll();
  const desired = commits.desired();
  // Without its ledger a daemon must not conclude anything before it has looked at the instances that git declares.
  if (state.turns === 0 && desired !== null && engines.meet(state.ledger.registrations, desired.instances)) await pictures.lookAtAll();
  const now = Math.max(state.lastNow, ports.clock.now());
  state.lastNow = now;
  if (desired !== null) {
    secrets.follow(desired);
    swarms.follow(desired);
  }
  if (desired === null || !state.observed) return null;
  if (state.doubtful && !(await readAgain(ports, state))) return now + STORE_RETRY_MS;
  const outcomes = [...actor.outcomes()];
  const world: World = {
    installation: config.installation,
    desired,
    observed: {
      instances: pictures.instances(),
      proxy: state.proxy,
      answers: actor.answers(),
      secrets: secrets.prints(),
      ...swarms.observed(),
    },
    outcomes,
    ledger: state.ledger,
    commands: desk.pending(),
    ...{ efs: config.efs, capacity: config.capacity, now },
  };
  const plan = reconcile(world);
  if (!(await record(ports, state, plan.ledger, now))) return now + STORE_RETRY_MS;
  actor.settle(outcomes, plan.looks);
  state.ledger = plan.ledger;
  engines.follow(plan.ledger.registrations);
  desk.settle(plan.ledger);
  state.world = { ...world, ledger: plan.ledger };
  state.plan = plan;
  if (!stop.aborted) {
    void install(ports, config, state, plan, stop, wake);
    actor.look(plan.looks);
    actor.start(plan.actions, plan.calls);
  }
  state.turns += 1;
  state.lastTurnEnd = ports.clock.now();
  state.lastTurnMs = state.lastTurnEnd - began;
  return earliest(plan.wakeAt, state.lastTurnEnd + config.limits.relistMs);
}

/** Makes the changed rows and their events durable; false when the store refused and the turn must not act. */
async function record(ports: Ports, state: State, ledger: Ledger, now: number): Promise<boolean> {
  if (ledger === state.ledger) {
    // Nothing waits for the store: an old refusal must neither be shown for ever nor count toward the patience with the next one.
    state.storeFailsSince = null;
    state.storeError = null;
    return true;
  }
  const changes = ledgerChanges(state.ledger, ledger);
  const events = eventsBetween(state.ledger, ledger, now);
  try {
    if (changes.length > 0 || events.length > 0) await ports.store.write(changes, events);
    state.storeFailsSince = null;
    state.storeError = null;
  } catch (error) {
    state.storeFailsSince ??= ports.clock.now();
    state.storeError = reasonOf(error);
    ports.log.write('error', 'the ledger could not be written, nothing is done', { reason: state.storeError });
    if (ports.clock.now() - state.storeFailsSince >= STORE_PATIENCE_MS || isLost(error)) throw error;
    state.doubtful = true;
    return false;
  }
  for (const event of events)
    ports.log.write('info', event.message, { event: event.kind, service: event.service, task: event.task, deployment: event.deployment });
  return true;
}

/**
 * A write that failed may be durable all the same. A turn from the older ledger would leave its rows behind on the disk, and give their
 * task ids out a second time: the next turn starts from what the store holds.
 */
async function readAgain(ports: Ports, state: State): Promise<boolean> {
  try {
    state.ledger = await ports.store.readLedger();
    state.doubtful = false;
    return true;
  } catch (error) {
    state.storeFailsSince ??= ports.clock.now();
    state.storeError = reasonOf(error);
    ports.log.write('error', 'the ledger could not be read again', { reason: state.storeError });
    if (ports.clock.now() - state.storeFailsSince >= STORE_PATIENCE_MS || isLost(error)) throw error;
    return false;
  }
}

/** The lease is gone: another daemon writes this ledger. */
function isLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === LEASE_LOST;
}

async function install(ports: Ports, config: DaemonConfig, state: State, plan: Plan, stop: AbortSignal, wake: () => void): Promise<void> {
  const { routes } = plan;
  const needed = routes.listeners.length > 0 || state.proxy !== null;
  if (servesUnknown(state, ports.clock.now())) return;
  if (!needed || ports.clock.now() < state.installAt || state.installing || state.installed === routes.version) return;
  state.installing = true;
  try {
    await withDeadline(ports.clock, config.limits.installMs, stop, (signal) => ports.proxy.install(routes, signal));
    state.installed = routes.version;
    state.installFailures = 0;
  } catch (error) {
    if (!stop.aborted) ports.log.write('warn', 'the route table could not be installed', { reason: reasonOf(error) });
    state.installed = null;
    state.installing = false;
    const wait = Math.min(config.limits.retryLongestMs, config.limits.retryFirstMs * 2 ** Math.min(state.installFailures++, 10));
    state.installAt = ports.clock.now() + wait;
    ports.clock.timer(state.installAt, wake);
    return;
  }
  state.installing = false;
  wake();
}

async function shutDown(
  ports: Ports,
  engines: Engines,
  stopping: AbortController,
  rooms: { pictures: Pictures; actor: Actor; commits: Commits; secrets: SecretPrints; swarms: Swarms } | null,
  cancelTimer: (() => void) | null,
): Promise<void> {
  cancelTimer?.();
  rooms?.commits.close();
  rooms?.secrets.close();
  rooms?.swarms.close();
  const grace = Promise.withResolvers<void>();
  const expire = ports.clock.timer(ports.clock.now() + STOP_GRACE_MS, grace.resolve);
  if (rooms !== null) await Promise.race([rooms.actor.idle(), grace.promise]);
  expire();
  stopping.abort(new Error('the daemon stops'));
  rooms?.pictures.close();
  ports.repository.close();
  engines.close();
  await Promise.all([ports.proxy.close(), ports.store.close()]);
}

function viewOf(
  ports: Ports,
  startedAt: number,
  state: State | null,
  rooms: { actor: Actor; commits: Commits; secrets: SecretPrints; swarms: Swarms } | null,
): DaemonView {
  const counts = rooms?.actor.counts() ?? { total: 0, errors: 0 };
  const commits = rooms?.commits;
  return {
    startedAt,
    now: ports.clock.now(),
    repository: ports.repository.name,
    commit: commits?.desired()?.commit ?? null,
    refusedCommit: commits?.refusedCommit() ?? null,
    problems: commits?.problems() ?? [],
    repositoryError: commits?.repositoryError() ?? null,
    storeError: state?.storeError ?? commits?.storeError() ?? null,
    world: state?.world ?? null,
    ready: state !== null && state.turns > 0 && isInstalled(state),
    settled: state !== null && rooms !== null && rooms.swarms.isAsked() && isSettled(state, rooms.actor, rooms.commits, rooms.secrets),
    turns: state?.turns ?? 0,
    lastTurnMs: state?.lastTurnMs ?? 0,
    actionsInFlight: rooms?.actor.inFlight() ?? 0,
    pulls: rooms?.actor.pulls() ?? [],
    actionsTotal: counts.total,
    actionErrorsTotal: counts.errors,
    wakeAt: state?.plan?.wakeAt ?? null,
  };
}

function isInstalled(state: State): boolean {
  return state.plan !== null && (state.plan.routes.listeners.length === 0 || state.installed === state.plan.routes.version);
}

/** Nothing under way, nothing asked for, every service steady or given up on, the newest commit read, and its secrets as well. */
function isSettled(state: State, actor: Actor, commits: Commits, secrets: SecretPrints): boolean {
  const { plan, world } = state;
  if (plan === null || world === null || !commits.upToDate() || world.desired !== commits.desired()) return false;
  if (plan.actions.length > 0 || plan.looks.length > 0 || actor.inFlight() > 0 || actor.outcomes().length > 0 || !isInstalled(state))
    return false;
  if (!secrets.isAsked() || secrets.prints() !== world.observed.secrets || heldBySecrets(world).size > 0) return false;
  for (const row of state.ledger.services.values())
    if (!row.steady && row.deployments[0]?.rollout !== 'FAILED' && !isHeldByFailure(world, row)) return false;
  for (const task of state.ledger.tasks.values()) if (task.desiredStatus === 'STOPPED') return false;
  return true;
}
