// The real clock over hand-driven sources, and its timers in real time.
import { describe, expect, it } from 'vitest';
import { clockOver, systemClock } from '../../src/adapters/clock.ts';

describe('now', () => {
  it('is the wall clock, and follows it forward', () => {
    let wall = 1_000;
    let elapsed = 5;
    const clock = clockOver(
      () => wall,
      () => elapsed,
    );
    expect(clock.now()).toBe(1_000);
    wall = 1_100;
    elapsed = 105;
    expect(clock.now()).toBe(1_100);
    wall = 900_000;
    expect(clock.now()).toBe(900_000);
    const before = Date.now();
    expect(systemClock().now()).toBeGreaterThanOrEqual(before);
  });

  it('goes on, and never back, when the wall clock is set back, until that has caught up', () => {
    let wall = 100_000;
    let elapsed = 0;
    const clock = clockOver(
      () => wall,
      () => elapsed,
    );
    wall = 99_000;
    expect(clock.now()).toBe(100_000);
    const pass = (ms: number): number => {
      wall += ms;
      elapsed += ms;
      return clock.now();
    };
    expect(pass(1_000)).toBe(100_900);
    // Steps below a millisecond add up.
    for (let step = 0; step < 1_000; step++) pass(0.5);
    expect(Math.abs(clock.now() - 101_350)).toBeLessThanOrEqual(1);
    expect(pass(10_000)).toBe(Math.floor(wall));
  });
});

describe('timers', () => {
  const clock = systemClock();

  it('fire once, at or after their moment', async () => {
    const at = clock.now() + 30;
    const fired: number[] = [];
    await new Promise<void>((resolve) => clock.timer(at, () => resolve(void fired.push(clock.now()))));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(fired).toHaveLength(1);
    expect(fired[0]).toBeGreaterThanOrEqual(at);
  });

  it('of the past fire soon, but not before the caller has gone on', async () => {
    const order: string[] = [];
    const fired = new Promise<void>((resolve) => clock.timer(0, () => resolve(void order.push('fired'))));
    order.push('went on');
    await fired;
    expect(order).toEqual(['went on', 'fired']);
  });

  it('of the far future wait instead of firing at once', async () => {
    let fired = 0;
    const back = [2 ** 31, 2 ** 33, Number.POSITIVE_INFINITY].map((ahead) => clock.timer(clock.now() + ahead, () => fired++));
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (const cancel of back) cancel();
    expect(fired).toBe(0);
  });

  it('can be taken back, also between two slices of their wait', async () => {
    let fired = 0;
    let wall = 0;
    const stepped = clockOver(
      () => wall,
      () => 0,
    );
    const cancel = stepped.timer(10, () => fired++);
    // Time stands still: the timer wakes after 10 ms, finds its moment not come and waits again.
    await new Promise((resolve) => setTimeout(resolve, 30));
    cancel();
    wall = 100;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(fired).toBe(0);
  });
});
