// When a pull stands still: in the words of the classic store and of containerd's. No engine here.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PullStoodStill, standstill } from '../../../src/adapters/docker/standstill.ts';

const downloading = (id: string, current: number): unknown => ({
  id,
  status: 'Downloading',
  progressDetail: { current, total: 4_194_304 },
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('news puts the end off, a line that was said before does not', () => {
  const still = standstill('app:1', 10_000);
  const progress = { layers: 2, layersDone: 1, bytes: 1_048_576, totalBytes: 4_194_304 };
  vi.advanceTimersByTime(9_000);
  still.heard(downloading('a', 1), null);
  still.heard(downloading('b', 1), progress);
  vi.advanceTimersByTime(9_000);
  expect(still.signal.aborted).toBe(false);
  still.heard(downloading('a', 1), null);
  still.heard(downloading('b', 1), null);
  vi.advanceTimersByTime(1_000);
  expect(still.signal.reason).toBeInstanceOf(PullStoodStill);
  expect(String(still.signal.reason)).toContain('the pull of app:1 stood still for 10 s, at 1 of 2 layers, 1.0 of 4.0 MiB: look whether');
});

it('a layer that is unpacked for long says so', () => {
  const still = standstill('app:1', 10_000);
  for (let second = 0; second < 60; second += 5) {
    still.heard({ id: 'a', status: 'Extracting', progressDetail: { current: second, units: 's' } }, null);
    vi.advanceTimersByTime(5_000);
  }
  expect(still.signal.aborted).toBe(false);
  still.end();
});

it('an engine that says nothing at all is given up, and one that has ended is not', () => {
  const silent = standstill('app:1', 10_000);
  const over = standstill('app:1', 10_000);
  over.end();
  vi.advanceTimersByTime(10_000);
  expect(String(silent.signal.reason)).toContain('before its first layer');
  expect(over.signal.aborted).toBe(false);
});
