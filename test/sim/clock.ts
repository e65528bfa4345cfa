// Virtual time: a queue of moments. Nothing waits; whoever drives a simulation steps from one moment to the next.
// What is due at one moment runs in the order in which it was asked for, so that a seed always gives the same run.
import type { Clock } from '../../src/daemon/ports.ts';

export type Cancel = () => void;

interface Entry {
  readonly at: number;
  readonly order: number;
  fire: (() => void) | null;
}

export interface VirtualTime {
  now(): number;
  /** Runs `fire` at `moment`, or now when that has passed; the returned function takes it back. */
  at(moment: number, fire: () => void): Cancel;
  /** Runs `fire` in `delayMs`. */
  after(delayMs: number, fire: () => void): Cancel;
  /** The next moment at which something is due; null when nothing is. */
  next(): number | null;
  /** Goes on to `moment` and runs what is due there and before. */
  advanceTo(moment: number): void;
  /** Goes on to the next due entry and runs that one only; false when nothing is due. */
  step(): boolean;
}

/** Time that starts at `start` and goes on only when it is told to. */
export function virtualTime(start: number): VirtualTime {
  const heap: Entry[] = [];
  let now = start;
  let order = 0;
  const next = (): number | null => {
    while (heap[0] && heap[0].fire === null) pop(heap);
    return heap[0]?.at ?? null;
  };
  const step = (): boolean => {
    if (next() === null) return false;
    const entry = pop(heap);
    now = Math.max(now, entry.at);
    const fire = entry.fire;
    entry.fire = null;
    fire?.();
    return true;
  };
  const at = (moment: number, fire: () => void): Cancel => {
    const entry: Entry = { at: Math.max(moment, now), order: order++, fire };
    push(heap, entry);
    return () => {
      entry.fire = null;
    };
  };
  return {
    now: () => now,
    at,
    after: (delayMs, fire) => at(now + Math.max(0, Math.round(delayMs)), fire),
    next,
    advanceTo: (moment) => {
      for (let due = next(); due !== null && due <= moment; due = next()) step();
      now = Math.max(now, moment);
    },
    step,
  };
}

/** A Clock over virtual time whose wall clock can be set forward, as by a person or after a sleep. */
export interface SteppableClock extends Clock {
  stepForward(ms: number): void;
}

/** The daemon's clock over `time`. */
export function virtualClock(time: VirtualTime): SteppableClock {
  let offset = 0;
  const waiting = new Set<{ at: number; cancel: Cancel; fire: () => void }>();
  const arm = (timer: { at: number; cancel: Cancel; fire: () => void }): void => {
    timer.cancel = time.at(timer.at - offset, () => {
      waiting.delete(timer);
      timer.fire();
    });
  };
  return {
    now: () => time.now() + offset,
    timer: (at, fire) => {
      const timer = { at, cancel: () => {}, fire };
      waiting.add(timer);
      arm(timer);
      return () => {
        waiting.delete(timer);
        timer.cancel();
      };
    },
    stepForward: (ms) => {
      offset += ms;
      for (const timer of waiting) {
        timer.cancel();
        arm(timer);
      }
    },
  };
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (!above || !before(entry, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): Entry {
  const first = heap[0];
  const last = heap.pop();
  if (!first || !last) throw new Error('an empty queue has no first entry');
  if (heap.length === 0) return first;
  let index = 0;
  for (;;) {
    const left = heap[index * 2 + 1];
    if (!left) break;
    const right = heap[index * 2 + 2];
    const smaller = right && before(right, left) ? right : left;
    if (!before(smaller, last)) break;
    heap[index] = smaller;
    index = smaller === left ? index * 2 + 1 : index * 2 + 2;
  }
  heap[index] = last;
  return first;
}
