// What a proxy serves and the ledger does not know: the one case in which a new table must wait for the engines to be looked at.
import type { Ledger } from '../model/turn/ledger.ts';
import type { ProxyView } from '../model/turn/observed.ts';
import type { World } from '../model/turn/plan.ts';
import { taskOfTarget } from '../core/task/status.ts';

/** How long a daemon leaves a proxy alone that serves what the ledger does not know, while an engine has not been looked at yet. */
const UNKNOWN_TARGETS_MS = 15 * 60_000;

interface Known {
  readonly startedAt: number;
  /** Of the last turn. */
  readonly world: World | null;
  readonly proxy: ProxyView | null;
  readonly ledger: Ledger;
}

/**
 * After a lost ledger only a look at an engine tells what runs on it: until then the proxy goes on with the table it has. The same holds
 * for the next daemon when this one dies before it has seen every engine, so it is judged by what is served and not by an empty ledger.
 */
export function servesUnknown({ startedAt, world, proxy, ledger: { tasks } }: Known, now: number): boolean {
  if (now - startedAt >= UNKNOWN_TARGETS_MS) return false;
  if (![...(world?.observed.instances.values() ?? [])].some((instance) => instance.observedAt === null)) return false;
  // Not heard yet is not known either; a proxy that was not there is started by its supervisor, and then says that it serves nothing.
  if (proxy === null) return true;
  return [...proxy.targets.values()].some((target) => {
    // A task that is only coming up serves nothing yet: its id was given out a second time, and what is served is another copy of it.
    const status = tasks.get(taskOfTarget(target.id))?.lastStatus ?? 'PENDING';
    return target.state !== 'draining' && status === 'PENDING';
  });
}
