// The swarms that clusters take their instances from: the manager of each is asked for its nodes every few seconds. The last listing stays while a
// manager is silent, and nothing is decided here: what becomes of the nodes is for the core.
import type { DaemonLimits } from './config.ts';
import type { DesiredState } from '../model/turn/desired.ts';
import type { Observed } from '../model/turn/observed.ts';
import type { Ports, NodeSource } from './ports.ts';
import type { SwarmNode, SwarmSource, SwarmView } from '../model/cluster/swarm.ts';
import { reasonOf, withDeadline } from './deadline.ts';
import { SECOND } from '../std/time.ts';
import { same } from '../std/diff.ts';
import { sortedBy } from '../std/order.ts';

export interface Swarms {
  /** By cluster; the same reference as long as nothing changed. Empty where no cluster has one. */
  observed(): Pick<Observed, 'swarms'>;
  /** Whether every swarm of the desired state in force was asked for its nodes, whatever came of it, and the turns know the answers. */
  isAsked(): boolean;
  /** The desired state in force is another one now. */
  follow(desired: DesiredState): void;
  close(): void;
}

/** Between two listings; a node that is new or drained shows within this time. */
const EVERY_MS = 5 * SECOND;

interface Followed {
  readonly cluster: string;
  readonly source: SwarmSource;
  readonly lister: NodeSource;
  view: SwarmView;
  cancel: (() => void) | null;
  gone: boolean;
}

/** Follows the swarms of the desired state. `wake` is called when anything is known otherwise than before. */
export function followSwarms(
  ports: Pick<Ports, 'swarm' | 'clock' | 'log'>,
  limits: DaemonLimits,
  stop: AbortSignal,
  wake: () => void,
): Swarms {
  const { clock, log } = ports;
  const followed = new Map<string, Followed>();
  let desired: DesiredState | null = null;
  let snapshot: Pick<Observed, 'swarms'> | null = {};
  let shown: Pick<Observed, 'swarms'> | null = null;

  const learn = (swarm: Followed, view: SwarmView): void => {
    const { cluster } = swarm;
    if (same(swarm.view, view)) return;
    if (view.silence !== null && view.silence !== swarm.view.silence)
      log.write('warn', 'the manager of a swarm does not answer, its nodes stay as they were', { cluster, reason: view.silence });
    if (view.silence === null && swarm.view.silence !== null) log.write('info', 'the manager of a swarm answers again', { cluster });
    swarm.view = view;
    snapshot = null;
    wake();
  };

  const list = async (swarm: Followed): Promise<void> => {
    try {
      const nodes = await withDeadline(clock, limits.observeMs, stop, (signal) => swarm.lister.nodes(signal));
      if (!swarm.gone) learn(swarm, { nodes: kept(swarm.view.nodes, nodes), silence: null });
    } catch (error) {
      if (!swarm.gone && !stop.aborted) learn(swarm, { nodes: swarm.view.nodes, silence: reasonOf(error) });
    }
    if (!swarm.gone && !stop.aborted) swarm.cancel = clock.timer(clock.now() + EVERY_MS, () => void list(swarm));
  };

  const leave = (swarm: Followed): void => {
    swarm.gone = true;
    swarm.cancel?.();
    swarm.lister.close();
    followed.delete(swarm.cluster);
    snapshot = null;
  };

  return {
    observed: () => {
      snapshot ??= followed.size === 0 ? {} : { swarms: new Map([...followed].map(([cluster, { view }]) => [cluster, view])) };
      shown = snapshot;
      return snapshot;
    },
    isAsked: () => shown === snapshot && [...followed.values()].every(({ view }) => view.nodes !== null || view.silence !== null),
    follow: (next) => {
      if (next === desired) return;
      desired = next;
      for (const swarm of [...followed.values()]) if (!same(next.clusters.get(swarm.cluster)?.swarm, swarm.source)) leave(swarm);
      for (const { name, swarm: source } of next.clusters.values()) {
        if (source === undefined || followed.has(name)) continue;
        const swarm: Followed = {
          ...{ cluster: name, source, lister: ports.swarm(source) },
          view: { nodes: null, silence: null },
          cancel: null,
          gone: false,
        };
        followed.set(name, swarm);
        snapshot = null;
        void list(swarm);
      }
    },
    close: () => {
      for (const swarm of [...followed.values()]) leave(swarm);
    },
  };
}

/** The listing in order of the nodes' ids; the one before where it says the same. */
function kept(before: readonly SwarmNode[] | null, listed: readonly SwarmNode[]): readonly SwarmNode[] {
  const nodes = sortedBy(listed, ({ id }) => id);
  return before !== null && same(before, nodes) ? before : nodes;
}
