// The real clock: wall time that never goes back, and timers for moments any distance away.
// Deliberately absent: the judgement of a forward jump (a laptop that slept); that is the daemon's, which sees two turns far apart.
import type { Clock } from '../daemon/ports.ts';
import { assert } from '../std/assert.ts';
import { MINUTE } from '../std/time.ts';

/**
 * One wait of a timer. setTimeout fires at once beyond 2^31 ms (24.8 days), and it counts time in which the machine ran, not wall
 * time: looking again each minute keeps far timers right after a sleep or a step of the clock, at no cost that could be measured.
 */
const TIMER_SLICE_MS = MINUTE;
/** Pace while the wall clock is behind us: an hour set back is caught up in ten, and no duration is off by more than a tenth. */
const CATCH_UP_PACE = 0.9;

/** The clock of this machine. */
export function systemClock(): Clock {
  return clockOver(Date.now, () => performance.now());
}

/**
 * A clock over two sources in milliseconds: `wall` may step either way, `elapsed` counts evenly from anywhere. `now` follows the
 * wall clock forward; when that is set back, `now` goes on slowly from where it was until the wall clock has caught up.
 */
export function clockOver(wall: () => number, elapsed: () => number): Clock {
  let last = wall();
  let lastElapsed = elapsed();
  const now = (): number => {
    const passed = Math.max(0, elapsed() - lastElapsed);
    lastElapsed += passed;
    last = Math.max(wall(), last + passed * CATCH_UP_PACE);
    return Math.floor(last);
  };
  return {
    now,
    timer: (at, fire) => {
      assert(!Number.isNaN(at), 'a timer needs a moment');
      let handle: NodeJS.Timeout;
      const wait = (): void => {
        const left = at - now();
        // A timer may fire up to a millisecond early by our reckoning; `fire` may rely on now() >= at.
        handle = setTimeout(() => (now() >= at ? fire() : wait()), Math.min(Math.max(left, 0), TIMER_SLICE_MS));
      };
      wait();
      return () => clearTimeout(handle);
    },
  };
}
