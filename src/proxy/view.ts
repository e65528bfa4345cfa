// What others see of the proxy: the small view for the daemon, as a whole and as changes on a watch stream, and the state for people.
// A watcher gets the whole view first and then a line for each change, written once per turn of the event loop. A request that comes or
// goes is no change, unless it was the last one on a draining target: counts in between are as old as the target's last line.
import type { TargetState, TargetView } from '../model/turn/observed.ts';
import { PROXY_BEAT_MS, type ProxyViewJson, type ProxyWatchLine, type RefusedPort } from '../model/traffic/proxy.ts';
import { MAX_WATCHERS, MAX_WATCH_BUFFER } from './limits.ts';
import { targetsOf, type Serving } from './table.ts';
import { inFlightOf, stateOf, type Target } from './target.ts';

/** A task in several groups is one target of the view: it is as bad as its worst group says. */
const WORST: readonly TargetState[] = ['healthy', 'initial', 'unhealthy', 'draining'];

/** Where watch lines go: a response of the control door. */
export interface Watcher {
  write(line: string): boolean;
  readonly writableLength: number;
  destroy(): void;
}

export interface Watchers {
  /** Sends the whole view, then every change; false when there are too many already. */
  add(watcher: Watcher): boolean;
  remove(watcher: Watcher): void;
  /** A target's state, or the emptiness of a draining one, changed. */
  changed(target: Target): void;
  /** The table or the refused ports changed: everybody gets the whole view again. */
  renewed(): void;
  close(): void;
}

/** All targets of `serving` as the daemon knows them. `version`: of the table whose ports are open. */
export function viewOf(serving: Serving, version: string, refused: readonly RefusedPort[]): ProxyViewJson {
  return { version, targets: targetViews(targetsOf(serving)), refused };
}

/** One view per target id. */
export function targetViews(targets: Iterable<Target>): readonly TargetView[] {
  const views = new Map<string, TargetView>();
  for (const target of targets) {
    const before = views.get(target.id);
    const state = stateOf(target);
    const inFlight = inFlightOf(target) + (before?.inFlight ?? 0);
    const worse = !before || WORST.indexOf(state) > WORST.indexOf(before.state);
    views.set(
      target.id,
      worse ? { id: target.id, state, reason: reasonOf(target), inFlight, ...failureOf(target) } : { ...before, inFlight },
    );
  }
  return [...views.values()];
}

/** `view` gives the whole view, `serving` the table it is made of. */
export function createWatchers(view: () => ProxyViewJson, serving: () => Serving): Watchers {
  const watchers = new Set<Watcher>();
  const moved = new Set<string>();
  let whole = false;
  let due: NodeJS.Immediate | null = null;

  const send = (line: ProxyWatchLine): void => {
    const text = `${JSON.stringify(line)}\n`;
    for (const watcher of watchers) {
      watcher.write(text);
      if (watcher.writableLength > MAX_WATCH_BUFFER) {
        watchers.delete(watcher);
        watcher.destroy();
      }
    }
  };
  const flush = (): void => {
    due = null;
    if (whole) send({ kind: 'view', ...view() });
    else send({ kind: 'targets', targets: targetViews([...targetsOf(serving())].filter((target) => moved.has(target.id))) });
    whole = false;
    moved.clear();
  };
  const soon = (): void => {
    if (watchers.size > 0) due ??= setImmediate(flush);
    else moved.clear();
  };
  const beat = setInterval(() => send({ kind: 'beat' }), PROXY_BEAT_MS);
  beat.unref();

  return {
    add(watcher) {
      if (watchers.size >= MAX_WATCHERS) return false;
      watchers.add(watcher);
      watcher.write(`${JSON.stringify({ kind: 'view', ...view() } satisfies ProxyWatchLine)}\n`);
      return true;
    },
    remove: (watcher) => watchers.delete(watcher),
    changed(target) {
      moved.add(target.id);
      soon();
    },
    renewed() {
      whole = true;
      soon();
    },
    close() {
      clearInterval(beat);
      if (due) clearImmediate(due);
      for (const watcher of watchers) watcher.destroy();
      watchers.clear();
    },
  };
}

/** A healthy target that failed a check has not failed yet. */
function failureOf({ draining, health }: Target): Pick<TargetView, 'failure'> {
  return draining || health.failure === undefined || health.state === 'healthy' ? {} : { failure: health.failure };
}

function reasonOf(target: Target): string {
  return target.draining ? 'Target.DeregistrationInProgress' : target.health.reason;
}
