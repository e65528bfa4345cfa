// The picture of an engine at level 1, where no daemon keeps it: listed at first and after each gap, kept fresh by events and by answers to calls.
import type { ContainerView, InstanceView } from '../../src/model/turn/observed.ts';
import type { EngineModel } from './engine-model.ts';
import type { RelayState, RelayView } from '../../src/model/cluster/relay.ts';

export interface Picture {
  readonly engine: EngineModel;
  readonly containers: Map<string, ContainerView>;
  networks: ReadonlySet<string>;
  volumes: ReadonlyMap<string, string>;
  relay: RelayView | undefined;
  /** When an event told of a container last: an answer from before is older news. */
  readonly heard: Map<string, number>;
  connected: boolean;
  silentSince: number | undefined;
  leave: (() => void) | null;
  observedAt: number | null;
  view: InstanceView | null;
}

/** Of an engine that was not looked at yet. */
export function emptyPicture(engine: EngineModel): Picture {
  return {
    engine,
    containers: new Map(),
    networks: new Set(),
    volumes: new Map(),
    relay: undefined,
    heard: new Map(),
    connected: false,
    silentSince: undefined,
    observedAt: null,
    view: null,
    leave: null,
  };
}

/** What was heard of its relay; null: nothing. */
export function seeRelay(picture: Picture, state: RelayState | null): void {
  if (state === null || picture.relay === undefined || picture.relay.state === state) return;
  picture.relay = { ...picture.relay, state };
  picture.view = null;
}

/** How far a container has come: it never goes back, so what is further along is newer, whatever was heard first. */
export function progress(view: ContainerView | null | undefined): number {
  if (view === undefined) return 0;
  return view === null ? 4 : ['created', 'running', 'exited'].indexOf(view.state) + 1;
}

/** The picture as the core is shown it. */
export function viewOf(picture: Picture, declared: true | undefined): InstanceView {
  const { engine } = picture;
  return {
    id: engine.id,
    clusters: null,
    ...(declared && { declared }),
    address: engine.address,
    connected: picture.connected,
    ...(picture.connected || picture.silentSince === undefined ? {} : { silence: 'it does not answer', silentSince: picture.silentSince }),
    observedAt: picture.observedAt,
    cpu: engine.cpu,
    memory: engine.memory,
    containers: new Map([...picture.containers].sort(([a], [b]) => (a < b ? -1 : 1))),
    networks: picture.networks,
    volumes: picture.volumes,
    ...(picture.relay !== undefined && { relay: picture.relay }),
  };
}

/** The set that is known, while its members are the same: what the core remembers goes by reference. */
export function withSame(known: ReadonlySet<string>, listed: ReadonlySet<string>): ReadonlySet<string> {
  return known.size === listed.size && [...listed].every((name) => known.has(name)) ? known : listed;
}
