// A clock that runs faster than the wall's: what takes minutes of a scaling loop takes seconds of a proof. Everything outside of the daemon goes
// on at its own pace, so limits of calls are lengthened alike.
import type { Clock } from '../../src/daemon/ports.ts';
import type { DaemonLimits } from '../../src/daemon/config.ts';

/** Begins now, and then runs `pace` times as fast. */
export function fastClock(pace: number): Clock {
  const began = Date.now();
  const elapsed = performance.now();
  const now = (): number => Math.floor(began + (performance.now() - elapsed) * pace);
  return {
    now,
    timer: (at, fire) => {
      let handle: NodeJS.Timeout;
      // A timer of the machine may be early by a hair, which is `pace` hairs here.
      const wait = (): void => {
        handle = setTimeout(() => (now() >= at ? fire() : wait()), Math.max(1, (at - now()) / pace));
      };
      wait();
      return () => clearTimeout(handle);
    },
  };
}

/** The limits with each time made longer. */
export function lengthened(limits: DaemonLimits, pace: number): DaemonLimits {
  const entries = Object.entries(limits).map(([name, value]: [string, number]) => [name, name.endsWith('Ms') ? value * pace : value]);
  return { ...limits, ...Object.fromEntries(entries) };
}
