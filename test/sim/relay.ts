// The relay of a simulated engine, where its containers need one: opened and removed by calls, lost a few times when nobody asked, and with its
// engine, and with the daemon that holds it.
import type { ActResult, EngineChange } from '../../src/daemon/ports.ts';
import type { Random } from './random.ts';
import type { RelayState, RelayView } from '../../src/model/cluster/relay.ts';
import type { VirtualTime } from './clock.ts';

export interface SimRelay {
  /** Undefined: there is none, and none is wanted. */
  view(): RelayView | undefined;
  perform(kind: 'open-relay' | 'remove-relay'): ActResult;
  /** Its program has ended, or whoever held it is gone. */
  lose(): void;
}

/** So often a relay is lost by itself: a world must come to rest. */
const MOST_LOSSES = 3;
const LOST_WITHIN_MS = 120_000;

interface Options {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly relays?: boolean;
}

/** None at first. The listeners are told of each change. */
export function relayOn(options: Options, listeners: ReadonlySet<(change: EngineChange) => void>): SimRelay {
  const { time, relays: wanted = false } = options;
  const random = options.random.branch('relay');
  let state: RelayState = 'absent';
  let losses = 0;
  const become = (next: RelayState): void => {
    if (state === next) return;
    state = next;
    for (const listener of listeners) listener({ kind: 'relay', state: next });
  };
  const lose = (): void => {
    if (state === 'up') become('down');
  };
  return {
    view: () => (wanted || state !== 'absent' ? { wanted, state } : undefined),
    perform: (kind) => {
      if (kind === 'open-relay' && state !== 'up' && losses++ < MOST_LOSSES) time.after(random.whole(10_000, LOST_WITHIN_MS), lose);
      become(kind === 'open-relay' ? 'up' : 'absent');
      return { error: null };
    },
    lose,
  };
}
