// One life of the daemon: from its start to kill -9. Everything it asks of the world passes here, so that it can be ended between any two
// steps, before or after a call took effect. A dead daemon hears no answer, no timer and no event; what it set going goes on without it.
import type { Clock } from '../../src/daemon/ports.ts';

export interface Life {
  alive(): boolean;
  /** A call of a port: its effect may be the last thing of this life, and a dead caller never hears the answer. */
  call<T>(effect: () => Promise<T>): Promise<T>;
  /** Ends it now. */
  end(): void;
  /** Ends it at the `calls`-th call from now on; `after`: that call still takes effect. */
  endAt(calls: number, after: boolean): void;
  /** The daemon's clock in this life. */
  clock(world: Clock): Clock;
}

/** A life that has just begun; `ended` is called once when it ends. */
export function beginLife(ended: () => void = () => {}): Life {
  let alive = true;
  let deadline: { calls: number; after: boolean } | null = null;
  const end = (): void => {
    if (!alive) return;
    alive = false;
    ended();
  };
  /** Never settles: nobody is there to hear it. */
  const silence = <T>(): Promise<T> => new Promise<T>(() => {});
  const heard = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      const value = await answer;
      return alive ? value : await silence<T>();
    } catch (error) {
      if (alive) throw error;
      return silence<T>();
    }
  };
  return {
    alive: () => alive,
    end,
    endAt: (calls, after) => {
      deadline = { calls, after };
    },
    call: (effect) => {
      if (!alive) return silence();
      const last = deadline !== null && deadline.calls-- <= 0;
      if (!last) return heard(effect());
      if (deadline?.after) effect().catch(() => undefined);
      end();
      return silence();
    },
    clock: (world) => ({
      now: () => world.now(),
      timer: (at, fire) =>
        world.timer(at, () => {
          if (alive) fire();
        }),
    }),
  };
}

/** `reason` as an Error. */
export function errorOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
