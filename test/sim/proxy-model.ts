// The proxy of a simulation: it serves the last table that it acknowledged, probes its targets, and holds requests that end by themselves.
// A request that is cut off or sent to a target that no longer runs is noted: those are what the users of the product would see.
import type { Cancel, VirtualTime } from './clock.ts';
import type { EngineModel } from './engine-model.ts';
import type { ProxyView, TargetState, TargetView } from '../../src/model/turn/observed.ts';
import type { Random } from './random.ts';
import type { RouteGroup, RouteTable, RouteTarget } from '../../src/model/traffic/route.ts';
import type { SimContainer } from './containers.ts';
import type { TargetGroupSettings } from '../../src/model/traffic/load-balancer.ts';

interface SimTarget {
  route: RouteTarget;
  settings: TargetGroupSettings;
  readonly group: string;
  state: TargetState;
  /** Requests under way end at this moment; null: they go on for as long as it is served. */
  busyUntil: number | null;
  pending: { readonly towards: 'healthy' | 'unhealthy'; readonly cancel: Cancel } | null;
  /** Whether the proxy can tell how many requests are under way. */
  readonly countKnown: boolean;
}

/** The daemon counts the deregistration delay from its decision; the proxy hears of it a little later, or much later when it is slow. */
const LATE_MS = 500;
const LATE_WHEN_SLOW_MS = 20_000;

export interface ProxyModel {
  /** Replaces the table; `acknowledged` is called when every worker serves it, never when the proxy dies meanwhile. */
  install(table: RouteTable, acknowledged: () => void): void;
  /** Null while it is away. */
  view(): ProxyView | null;
  watch(listener: (view: ProxyView | null) => void): Cancel;
  /** The table that is served now. */
  serving(): RouteTable | null;
  /** Requests that failed because of us, in words. */
  readonly failures: string[];
  /** The process ends and comes back with no table. */
  restart(downMs: number): void;
  setSlow(slow: boolean): void;
  /** Targets on these engines may leave the table while they serve: nobody can know them. */
  setExcused(excused: (engine: EngineModel) => boolean): void;
  /** The daemon has just come back: what it decided before it died it asks for only now. */
  expectLate(): void;
  /** What the daemon has just decided: a new deregistration delay counts from then on, also for what drains already. */
  decided(table: RouteTable): void;
  /** For so long the daemon may hand over late what it decided before. */
  expectDelay(ms: number): void;
  /** The wall clock was set forward: the daemon's delays are over sooner. */
  timePassed(ms: number): void;
  /** How long the requests under way on a draining target take at most, times its deregistration delay. */
  setPatience(factor: number): void;
}

/** A proxy in front of `engines`, whose addresses are all different. */
export function proxyModel(time: VirtualTime, random: Random, engines: ReadonlyMap<string, EngineModel>): ProxyModel {
  const listeners = new Set<(view: ProxyView | null) => void>();
  const targets = new Map<string, SimTarget>();
  const failures: string[] = [];
  /** The deregistration delays that were asked for last, by target group. */
  const delays = new Map<string, number>();
  /** When a target was first asked to drain. */
  const drainAsked = new Map<string, { readonly at: number; readonly lateMs: number }>();
  let table: RouteTable | null = null;
  let alive = true;
  let life = 0;
  let [asked, applied] = [0, 0];
  let slow = false;
  let lateUntil = 0;
  /** The next table is the first of a daemon's life: when it decided what stands in it, before its death or after, nobody knows. */
  let firstOfLife = false;
  let excused: (engine: EngineModel) => boolean = () => false;
  let patience = 1.3;
  let told = '';
  let telling = false;

  /** What answers at a target's address: after a restart of its engine that may be somebody else. */
  const answersAt = (route: RouteTarget): SimContainer | null => {
    const engine = engineAt(engines, route);
    const container = (engine?.address === route.host ? engine.atPort(route.port) : engine?.atAddress(route.host)) ?? null;
    return container?.state === 'running' ? container : null;
  };
  const containerOf = (route: RouteTarget): SimContainer | null => {
    const container = answersAt(route);
    return container?.identity && route.id.includes(container.identity.task) ? container : null;
  };
  const inFlight = (target: SimTarget): number | null => {
    if (!target.countKnown) return null;
    if (target.busyUntil === null) return target.state === 'healthy' ? 2 : 0;
    return time.now() < target.busyUntil ? 1 : 0;
  };
  const targetView = (target: SimTarget): TargetView => ({
    id: target.route.id,
    state: target.state,
    reason: target.state === 'unhealthy' ? 'Target.FailedHealthChecks' : '',
    inFlight: inFlight(target),
  });
  const view = (): ProxyView | null => {
    if (!alive) return null;
    return {
      version: table?.version ?? '',
      targets: new Map([...targets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, target]) => [key, targetView(target)])),
      refused: [],
    };
  };
  /** Tells the listeners what there is to see, a moment later and only when it differs. */
  const tell = (): void => {
    if (telling) return;
    telling = true;
    time.after(random.whole(1, 5), () => {
      telling = false;
      const seen = view();
      const text =
        seen === null ? 'away' : seen.version + [...seen.targets.values()].map((one) => one.id + one.state + one.inFlight).join();
      if (text === told) return;
      told = text;
      for (const listener of listeners) listener(seen);
    });
  };

  const become = (target: SimTarget, state: TargetState): void => {
    target.pending?.cancel();
    target.pending = null;
    if (target.state === state) return;
    target.state = state;
    tell();
  };
  /** What the next probes of a target will find, and when that will have changed its state. */
  const probe = (target: SimTarget): void => {
    if (target.state === 'draining') return;
    const towards = answersAt(target.route)?.answering === true ? 'healthy' : 'unhealthy';
    if (target.state === towards) {
      target.pending?.cancel();
      target.pending = null;
      return;
    }
    if (target.pending?.towards === towards) return;
    target.pending?.cancel();
    const { intervalMs, healthyThreshold, unhealthyThreshold } = target.settings;
    const probes = towards === 'unhealthy' ? unhealthyThreshold : target.state === 'initial' ? 0 : healthyThreshold;
    // A target that has never answered is given all of the time; one that did is found out between two probes.
    const spread = target.state === 'initial' ? -0.1 : 1;
    const delay = probes === 0 ? random.whole(1, 250) : intervalMs * (probes - spread * random.unit());
    target.pending = { towards, cancel: time.after(delay, () => become(target, towards)) };
  };
  const drain = (target: SimTarget): void => {
    if (target.state === 'draining') return;
    const busy = target.state === 'healthy' && random.chance(0.8);
    const longest = Math.round(target.settings.deregistrationDelayMs * patience);
    target.busyUntil = time.now() + (busy ? random.whole(1, Math.max(1, longest)) : 0);
    if (busy) time.at(target.busyUntil, tell);
    become(target, 'draining');
  };
  /** What the users of a target would suffer if it ended now; null: nothing. */
  const harm = (target: SimTarget): string | null => {
    if (target.state === 'healthy') return 'is still sent requests';
    if (target.state !== 'draining' || target.busyUntil === null || time.now() >= target.busyUntil) return null;
    const asked = drainAsked.get(target.route.id);
    const patientUntil = (asked?.at ?? 0) + (delays.get(target.group) ?? 0) - (asked?.lateMs ?? 0);
    return time.now() < patientUntil ? 'has requests under way and time left for them' : null;
  };
  const leave = (target: SimTarget): void => {
    const container = containerOf(target.route);
    const engine = engineAt(engines, target.route);
    const gone = container === null || !engine || hasDeadSibling(engine, container);
    const suffering = gone || excused(engine) ? null : harm(target);
    if (suffering) failures.push(`target ${target.route.id} left the table although it ${suffering}`);
    target.pending?.cancel();
    targets.delete(target.route.id);
    tell();
  };

  const apply = (next: RouteTable): void => {
    table = next;
    const named = new Set<string>();
    for (const group of next.targetGroups) {
      for (const route of group.targets) {
        named.add(route.id);
        const known = targets.get(route.id);
        const target = known ?? arrive(route, group);
        if (!isSameTarget(target.route, route) && target.state !== 'draining') become(target, 'initial');
        target.route = route;
        target.settings = group.settings;
        if (route.state === 'draining') drain(target);
        else if (target.state === 'draining') Object.assign(target, { busyUntil: null, state: 'initial' });
        probe(target);
      }
    }
    for (const target of [...targets.values()]) if (!named.has(target.route.id)) leave(target);
    tell();
  };
  const arrive = (route: RouteTarget, group: RouteGroup): SimTarget => {
    const drains = route.state === 'draining';
    const target: SimTarget = {
      route,
      settings: group.settings,
      group: group.name,
      state: drains ? 'draining' : route.lastKnown,
      busyUntil: drains ? time.now() : null,
      pending: null,
      countKnown: random.chance(0.9),
    };
    targets.set(route.id, target);
    return target;
  };

  const follow = (engine: EngineModel): void => {
    engine.onTouched(() => {
      for (const target of targets.values()) probe(target);
    });
    engine.onSignal((container) => {
      if (hasDeadSibling(engine, container)) return;
      for (const target of targets.values()) {
        const suffering = containerOf(target.route) === container ? harm(target) : null;
        if (suffering) failures.push(`container ${container.name} was stopped although its target ${suffering}`);
      }
    });
  };
  for (const engine of engines.values()) follow(engine);
  return {
    install: (next, acknowledged) => {
      const mine = life;
      const order = ++asked;
      if (firstOfLife) lateUntil = Math.max(lateUntil, time.now() + 5_000);
      const lateMs = firstOfLife ? Number.POSITIVE_INFINITY : time.now() < lateUntil ? LATE_WHEN_SLOW_MS : LATE_MS;
      firstOfLife = false;
      learnDelays(delays, next);
      for (const group of next.targetGroups) {
        for (const route of group.targets) {
          if (route.state === 'serving') drainAsked.delete(route.id);
          else if (!drainAsked.has(route.id)) drainAsked.set(route.id, { at: time.now(), lateMs });
        }
      }
      time.after(slow ? random.whole(1_000, 15_000) : random.whole(1, 30), () => {
        if (!alive || life !== mine) return;
        if (order > applied) apply(next);
        applied = Math.max(applied, order);
        acknowledged();
      });
    },
    view,
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    serving: () => (alive ? table : null),
    failures,
    restart: (downMs) => {
      alive = false;
      life++;
      table = null;
      for (const target of targets.values()) target.pending?.cancel();
      targets.clear();
      tell();
      time.after(downMs, () => {
        alive = true;
        tell();
      });
    },
    expectLate: () => void (firstOfLife = true),
    decided: (next) => learnDelays(delays, next),
    expectDelay: (ms) => void (lateUntil = Math.max(lateUntil, time.now() + ms)),
    setExcused: (test) => void (excused = test),
    setSlow: (value) => {
      slow = value;
      lateUntil = value ? Number.POSITIVE_INFINITY : time.now() + LATE_WHEN_SLOW_MS;
    },
    timePassed: (ms) => {
      for (const [id, asked] of drainAsked) drainAsked.set(id, { ...asked, at: asked.at - ms });
    },
    setPatience: (factor) => {
      patience = factor;
    },
  };
}

/** The engine that a target is reached on: at its own address, or at that of one of its containers. */
function engineAt(engines: ReadonlyMap<string, EngineModel>, { host }: RouteTarget): EngineModel | undefined {
  for (const engine of engines.values()) if (engine.address === host || engine.atAddress(host) !== null) return engine;
  return undefined;
}

/** At the same address, or the same start of a container at another one. */
function isSameTarget(a: RouteTarget, b: RouteTarget): boolean {
  return (a.host === b.host && a.port === b.port) || (a.run !== undefined && a.run === b.run);
}

function learnDelays(delays: Map<string, number>, table: RouteTable): void {
  for (const group of table.targetGroups) delays.set(group.name, group.settings.deregistrationDelayMs);
}

/**
 * ECS: when an essential container ends, the others of its task are stopped at once, whatever they serve. One that somebody made again
 * without its labels is gone as well.
 */
function hasDeadSibling(engine: EngineModel, container: SimContainer): boolean {
  const { identity } = container;
  if (identity === null) return false;
  for (const other of engine.containers.values()) {
    if (other.identity?.task === identity.task && other.state === 'exited') return true;
    if (other.identity === null && other.name.includes(identity.task.slice(0, 12))) return true;
  }
  return false;
}
