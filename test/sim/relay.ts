// The relay of a simulated engine, where its containers need one: opened and removed by calls, lost again and again when nobody asked, and with its
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

const LOST_WITHIN_MS = 120_000;

interface Options {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly relays?: number;
}

/** None at first. The listeners are told of each change. */
export function relayOn(options: Options, listeners: ReadonlySet<(change: EngineChange) => void>): SimRelay {
  const { time, relays: until = 0 } = options;
  const wanted = options.relays !== undefined;
  const random = options.random.branch('relay');
  /** Another program has its address, for as long as things go wrong. */
  const isTaken = options.random.branch('taken').chance(0.15);
  let state: RelayState = 'absent';
  const become = (next: RelayState): void => {
    if (state === next) return;
    state = next;
    for (const listener of listeners) listener({ kind: 'relay', state: next });
  };
  const lose = (): void => {
    if (state === 'up') become('down');
  };
  const loseInTime = (): void => {
    if (time.now() <= until) lose();
  };
  return {
    view: () => (wanted || state !== 'absent' ? { wanted, state } : undefined),
    perform: (kind) => {
      if (kind === 'open-relay' && isTaken && time.now() <= until) return { error: { code: 'Failed', message: 'the address is taken' } };
      if (kind === 'open-relay' && state !== 'up' && time.now() < until) time.after(random.whole(1_000, LOST_WITHIN_MS), loseInTime);
      become(kind === 'open-relay' ? 'up' : 'absent');
      return { error: null };
    },
    lose,
  };
}
