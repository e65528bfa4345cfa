// The pictures of the engines. A picture is kept fresh by the engine's event stream and by the answers to our own calls, and repaired
// by a full listing now and then. A silent engine is disconnected and keeps its last picture; it is never empty. It is connected again
// with a full listing and not before: what its events say meanwhile waits for that listing, so that no turn sees a container gone from an
// engine on which nothing may be placed yet. A ping tells a frozen engine from a quiet one sooner than the next listing would.
import type { EngineFacts } from '../model/cluster/container-instance.ts';
import type { ContainerState, ContainerView, InstanceView } from '../model/turn/observed.ts';
import type { DaemonLimits } from './config.ts';
import type { Engine, EnginePicture, Ports } from './ports.ts';
import type { Engines } from './engines.ts';
import { byText } from '../std/order.ts';
import { reasonOf, withDeadline } from './deadline.ts';
import { same } from '../std/diff.ts';
import { volumesAfter } from '../model/task/task-volumes.ts';
import type { Action } from '../model/turn/plan.ts';
import type { RelayState, RelayView } from '../model/cluster/relay.ts';
import { relayAfter, relayKey } from '../model/cluster/relay.ts';

export interface Pictures {
  instances(): ReadonlyMap<string, InstanceView>;
  /** Lists every engine once; resolves when each has answered or run into its deadline. */
  lookAtAll(): Promise<void>;
  /** A mark in the stream of events, to be taken before a call. */
  mark(): number;
  /**
   * Writes the container of a finished call into the picture; a null view: it is gone. An answer to a call that began (`since`) before an
   * event of the same container was heard is older than that event, and is left out unless it shows the container further along.
   */
  patch(instance: string, id: string, view: ContainerView | null, since: number): void;
  patchNetwork(instance: string, network: string, there: boolean): void;
  /** Writes what an action that succeeded has made or removed of the volumes of tasks. */
  patchVolumes(action: Action): void;
  /** Writes what an action that succeeded has made of the relay, unless something newer (`since`) was heard of it. */
  patchRelay(action: Action, since: number): void;
  /** A call got no answer: the effect is unknown, look again. */
  doubt(instance: string): void;
  close(): void;
}

/** Marks kept; beyond it all are forgotten, and the next listing repairs what a late answer may spoil. */
const HEARD_KEPT = 20_000;

interface Picture {
  view: InstanceView;
  /** Containers patched since the listing under way began: the listing may be older than they are. */
  patched: Map<string, ContainerView | null> | null;
  /** The listing under way, or the last one. */
  listing: Promise<void>;
  again: boolean;
  failures: number;
  /** The next listing comes sooner than its wait, because something was heard of an engine that was silent. */
  hastened: boolean;
  cancel: (() => void) | null;
  cancelPing: (() => void) | null;
  unwatch: (() => void) | null;
  /** Its engine is not followed any more. */
  gone: boolean;
}

/** Starts to follow every engine. `wake` is called after each change. */
export function followEngines(ports: Ports, engines: Engines, limits: DaemonLimits, stop: AbortSignal, wake: () => void): Pictures {
  const pictures = new Map<string, Picture>();
  let snapshot: ReadonlyMap<string, InstanceView> | null = null;
  /** The mark at which an event of a container was heard last. */
  const heard = new Map<string, number>();
  let mark = 0;
  /** Whether everything was looked at once: an engine that comes later is looked at as it comes. */
  let looked = false;

  const changed = (): void => {
    snapshot = null;
    wake();
  };

  const list = async (engine: Engine, picture: Picture): Promise<void> => {
    if (picture.patched !== null) picture.again = true;
    else picture.listing = listNow(engine, picture);
    return picture.listing;
  };

  const listNow = async (engine: Engine, picture: Picture): Promise<void> => {
    picture.cancel?.();
    picture.hastened = false;
    picture.patched = new Map();
    try {
      const listed = await withDeadline(ports.clock, limits.observeMs, stop, (signal) => engine.observe(signal));
      if (!picture.view.connected) ports.log.write('info', 'engine connected', { instance: engine.id });
      picture.view = merged(picture, listed, ports.clock.now());
      picture.failures = 0;
    } catch (error) {
      silent(picture, reasonOf(error));
    }
    picture.patched = null;
    if (stop.aborted || picture.gone) return;
    const wait =
      picture.failures === 0
        ? limits.relistMs
        : Math.min(limits.retryLongestMs, limits.retryFirstMs * 2 ** Math.min(picture.failures - 1, 10));
    picture.cancel = ports.clock.timer(ports.clock.now() + (picture.again ? 0 : wait), () => void list(engine, picture));
    picture.again = false;
    changed();
  };

  const silent = (picture: Picture, reason: string): void => {
    const { id, connected } = picture.view;
    // Calls that our own end has cut off say nothing of an engine.
    if (stop.aborted) return;
    if (connected || picture.failures === 0) ports.log.write('warn', 'engine does not answer', { instance: id, reason });
    // The first reason stays: that of a later try says less.
    picture.view = {
      ...picture.view,
      connected: false,
      silence: connected ? reason : (picture.view.silence ?? reason),
      silentSince: (connected ? undefined : picture.view.silentSince) ?? ports.clock.now(),
    };
    picture.failures += 1;
  };

  const ping = async (engine: Engine, picture: Picture): Promise<void> => {
    if (picture.view.connected) {
      const began = ports.clock.now();
      try {
        await withDeadline(ports.clock, limits.pingMs, stop, (signal) => engine.ping(signal));
      } catch (error) {
        if (stop.aborted) return;
        // A refusal at once is judged by the listing, which says more; only silence is enough by itself.
        if (picture.view.connected && ports.clock.now() - began >= limits.pingMs) {
          silent(picture, `no answer to a ping: ${reasonOf(error)}`);
          changed();
        }
        void list(engine, picture);
      }
    }
    if (!stop.aborted && !picture.gone)
      picture.cancelPing = ports.clock.timer(ports.clock.now() + limits.pingEveryMs, () => void ping(engine, picture));
  };

  /** Lists a silent engine of which something was heard, at most every `retryFirstMs`. */
  const hasten = (engine: Engine, picture: Picture): void => {
    if (picture.patched !== null || picture.hastened || stop.aborted) return;
    picture.hastened = true;
    picture.cancel?.();
    picture.cancel = ports.clock.timer(ports.clock.now() + limits.retryFirstMs, () => void list(engine, picture));
  };

  const apply = (instance: string, id: string, view: ContainerView | null): void => {
    const engine = engines.get(instance);
    const picture = pictures.get(instance);
    if (engine === undefined || picture === undefined) return;
    picture.patched?.set(id, view);
    if (!picture.view.connected) {
      hasten(engine, picture);
      return;
    }
    picture.view = { ...picture.view, containers: withContainer(picture.view.containers, id, view) };
    changed();
  };

  const relayed = (picture: Picture, state: RelayState): void => {
    const { relay } = picture.view;
    if (relay === undefined || relay.state === state) return;
    picture.view = { ...picture.view, relay: { ...relay, state } };
    changed();
  };

  const came = (engine: Engine): void => {
    const picture = emptyPicture(engine, engines.isDeclared(engine.id));
    pictures.set(engine.id, picture);
    snapshot = null;
    picture.cancelPing = ports.clock.timer(ports.clock.now() + limits.pingEveryMs, () => void ping(engine, picture));
    picture.unwatch = engine.watch((change) => {
      if (stop.aborted) return;
      if (change.kind === 'container') {
        if (heard.size >= HEARD_KEPT) heard.clear();
        heard.set(change.id, ++mark);
        apply(engine.id, change.id, change.view);
      } else if (change.kind === 'relay') {
        heard.set(relayKey(engine.id), ++mark);
        relayed(picture, change.state);
      } else void list(engine, picture);
    });
    if (looked) void list(engine, picture);
  };
  const went = (engine: Engine): void => {
    const picture = pictures.get(engine.id);
    if (picture === undefined) return;
    leave(picture);
    pictures.delete(engine.id);
    changed();
  };
  engines.onChange(came, went);

  const listById = (instance: string): void => {
    const engine = engines.get(instance);
    const picture = pictures.get(instance);
    if (engine !== undefined && picture !== undefined) void list(engine, picture);
  };

  return {
    instances: () => (snapshot ??= new Map([...pictures].map(([id, picture]) => [id, picture.view]))),
    lookAtAll: async () => {
      looked = true;
      await Promise.all(
        [...engines.all()].map(async (engine) => {
          const picture = pictures.get(engine.id) ?? emptyPicture(engine, engines.isDeclared(engine.id));
          // Only time in which it was looked at counts as silence.
          if (!picture.view.connected) picture.view = { ...picture.view, silentSince: undefined };
          // A listing under way may have begun before the jump: it proves nothing.
          await picture.listing;
          await list(engine, picture);
        }),
      );
    },
    mark: () => mark,
    patch: (instance, id, view, since) => {
      const known = knownView(pictures.get(instance), id);
      const unheard = (heard.get(id) ?? 0) <= since;
      if (unheard ? !isFurtherBack(view, known) : isFurther(view, known)) apply(instance, id, view);
    },
    patchNetwork: (instance, network, there) => {
      const picture = pictures.get(instance);
      if (picture === undefined) return;
      const networks = new Set(picture.view.networks);
      if (there) networks.add(network);
      else networks.delete(network);
      picture.view = { ...picture.view, networks };
      changed();
    },
    patchVolumes: (action) => {
      const picture = pictures.get(action.instance);
      if (picture === undefined) return;
      const volumes = volumesAfter(picture.view.volumes, action);
      if (volumes === picture.view.volumes) return;
      picture.view = { ...picture.view, volumes };
      changed();
    },
    patchRelay: (action, since) => {
      const state = relayAfter(action.kind);
      const picture = pictures.get(action.instance);
      if (state !== null && picture !== undefined && (heard.get(relayKey(action.instance)) ?? 0) <= since) relayed(picture, state);
    },
    doubt: listById,
    close: () => {
      for (const picture of pictures.values()) leave(picture);
    },
  };
}

/** Ends all that keeps a picture fresh. */
function leave(picture: Picture): void {
  picture.gone = true;
  picture.cancel?.();
  picture.cancelPing?.();
  picture.unwatch?.();
}

/** How far a container has come. It never goes back (restart policy `no`), so what is further along was seen later, whatever was heard first. */
const PROGRESS: Readonly<Record<ContainerState, number>> = { created: 0, running: 1, exited: 2 };

/** Whether an answer is certainly newer than the picture. A removal that succeeded is newer than anything; what is gone stays gone. */
function isFurther(view: ContainerView | null, known: ContainerView | undefined): boolean {
  return known !== undefined && (view === null || PROGRESS[view.state] > PROGRESS[known.state]);
}

/** Whether an answer is certainly older than the picture: another call of ours, or a listing, has shown more while events were lost. */
function isFurtherBack(view: ContainerView | null, known: ContainerView | undefined): boolean {
  return view !== null && known !== undefined && PROGRESS[view.state] < PROGRESS[known.state];
}

/** What was heard of a container last, even while it waits for the listing under way; undefined: nothing, or that it is gone. */
function knownView(picture: Picture | undefined, id: string): ContainerView | undefined {
  const patched = picture?.patched?.get(id);
  return patched === undefined ? picture?.view.containers.get(id) : (patched ?? undefined);
}

function emptyPicture(engine: Engine, declared: boolean): Picture {
  const view: InstanceView = {
    id: engine.id,
    clusters: engine.clusters,
    ...(declared && { declared }),
    address: engine.address,
    connected: false,
    observedAt: null,
    cpu: 0,
    memory: 0,
    containers: new Map(),
    networks: new Set(),
    volumes: new Map(),
  };
  return {
    view,
    patched: null,
    listing: Promise.resolve(),
    again: false,
    failures: 0,
    hastened: false,
    cancel: null,
    cancelPing: null,
    unwatch: null,
    gone: false,
  };
}

/** The listing, except for containers about which something newer was heard while it was being made. */
function merged(picture: Picture, listed: EnginePicture, now: number): InstanceView {
  const before = picture.view.containers;
  const containers = new Map<string, ContainerView>();
  for (const view of listed.containers) {
    const known = before.get(view.id);
    // Equal views keep their reference: a listing that shows nothing new must not make every service be worked out again.
    containers.set(view.id, known !== undefined && same(known, view) ? known : view);
  }
  for (const [id, view] of picture.patched ?? []) {
    if (view === null) containers.delete(id);
    else containers.set(id, view);
  }
  const unchanged = containers.size === before.size && [...containers].every(([id, view]) => before.get(id) === view);
  const networks = new Set(listed.networks);
  const volumes = new Map(listed.volumes);
  const { id, clusters, declared, address } = picture.view;
  return {
    id,
    clusters,
    ...(declared === true && { declared }),
    address,
    connected: true,
    observedAt: now,
    cpu: listed.cpu,
    memory: listed.memory,
    ...engineOf(picture.view.engine, listed.facts),
    ...relayOf(picture.view.relay, listed.relay),
    containers: unchanged ? before : new Map([...containers].sort(([a], [b]) => byText(a, b))),
    networks:
      networks.size === picture.view.networks.size && [...networks].every((name) => picture.view.networks.has(name))
        ? picture.view.networks
        : networks,
    volumes:
      volumes.size === picture.view.volumes.size && [...volumes.keys()].every((name) => picture.view.volumes.has(name))
        ? picture.view.volumes
        : volumes,
  };
}

/** Equal facts keep their reference. */
function engineOf(before: EngineFacts | undefined, listed: EngineFacts | undefined): { readonly engine?: EngineFacts } {
  const engine = before !== undefined && same(before, listed) ? before : listed;
  return engine === undefined ? {} : { engine };
}

function relayOf(before: RelayView | undefined, listed: RelayView | undefined): { readonly relay?: RelayView } {
  const relay = before !== undefined && same(before, listed) ? before : listed;
  return relay === undefined ? {} : { relay };
}

function withContainer(
  containers: ReadonlyMap<string, ContainerView>,
  id: string,
  view: ContainerView | null,
): ReadonlyMap<string, ContainerView> {
  if (view === null && !containers.has(id)) return containers;
  const next = new Map(containers);
  if (view === null) next.delete(id);
  else next.set(id, view);
  return next;
}
