// What was last seen of each container, so that its end can be told from the `die` event alone. The engine writes that event first and then
// takes the container's network apart with the container locked: an inspection waits for that, 108 to 189 ms in ten tries on a busy machine.
// Where the engine's bookkeeping matters before something else may start (fixed host ports, memory kills), the inspection is waited for.
import type { ContainerView } from '../../model/turn/observed.ts';
import { type Inspection, viewOf } from './container-view.ts';

/** An entry of the engine's event stream, as far as it is read. */
export interface ContainerEvent {
  /** `die`, `oom`, `health_status: healthy`, ... */
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch by the engine's clock; null when it does not say. */
  readonly at: number | null;
}

export interface LastSeen {
  /** The views of a full listing, without foreign containers; what is not in it is forgotten. */
  listed(inspections: readonly (Inspection | null)[]): readonly ContainerView[];
  /**
   * The view of one inspected container; null: it is gone. Undefined: nothing to tell, because it is foreign, or because the inspection
   * began before the end that was already told.
   */
  saw(id: string, inspection: Inspection | null): ContainerView | null | undefined;
  /** The container's view after this event, where the event says all of it; null: it has to be inspected. */
  ended(event: ContainerEvent): ContainerView | null;
  /** We stop this container: nobody is in a hurry to hear of its end, and its removal would only wait on the engine. */
  stopping(id: string): void;
}

interface Sight {
  readonly view: ContainerView;
  readonly hasFixedPorts: boolean;
  /** Its end is told by an event or expected: the next inspection says the rest. */
  readonly waits: boolean;
}

/** An empty memory for the containers of one installation on one engine. It holds one entry a container and forgets those that are gone. */
export function lastSeen(installation: string): LastSeen {
  let sights = new Map<string, Sight>();
  const sightOf = (inspection: Inspection | null): Sight | null => {
    const view = inspection && viewOf(inspection, installation);
    return view && { view, hasFixedPorts: hasFixedPorts(inspection), waits: false };
  };
  const wait = (id: string, sight: Sight): void => void sights.set(id, { ...sight, waits: true });
  return {
    listed: (inspections) => {
      const found = inspections.map(sightOf).filter((sight) => sight !== null);
      sights = new Map(found.map((sight) => [sight.view.id, newer(sights.get(sight.view.id), sight)]));
      return found.map((sight) => sight.view);
    },
    saw: (id, inspection) => {
      const sight = sightOf(inspection);
      if (sight === null) {
        sights.delete(id);
        return inspection === null ? null : undefined;
      }
      const before = sights.get(id);
      const kept = newer(before, sight);
      sights.set(id, kept);
      return kept === before ? undefined : sight.view;
    },
    ended: ({ action, id, attributes, at }) => {
      const sight = sights.get(id);
      if (sight === undefined || sight.view.state !== 'running') return null;
      if (action === 'oom') wait(id, sight);
      const exitCode = Number(attributes['exitCode'] || Number.NaN);
      if (action !== 'die' || sight.waits || sight.hasFixedPorts || !Number.isInteger(exitCode) || at === null) return null;
      // When it ended says whether it ran for long enough to be started again (restartPolicy).
      const { addresses: _, ...rest } = sight.view;
      const view: ContainerView = { ...rest, state: 'exited', exitCode, ports: [], finishedAt: at };
      sights.set(id, { ...sight, view });
      return view;
    },
    stopping: (id) => {
      const sight = sights.get(id);
      if (sight !== undefined) wait(id, sight);
    },
  };
}

/** What to remember of two sights: an end that was told outlives an inspection that began before it. */
function newer(before: Sight | undefined, sight: Sight): Sight {
  if (before === undefined || sight.view.state !== 'running' || sight.view.startedAt !== before.view.startedAt) return sight;
  if (before.view.state === 'exited') return before;
  return { ...sight, waits: before.waits };
}

/** Whether the container holds a host port that its successor may ask for as well; the engine lets go of it after the `die` event. */
function hasFixedPorts(inspection: Inspection | null): boolean {
  const bindings = Object.values(inspection?.HostConfig?.PortBindings ?? {}).flatMap((each) => each ?? []);
  return bindings.some(({ HostPort }) => Number(HostPort ?? 0) > 0);
}
