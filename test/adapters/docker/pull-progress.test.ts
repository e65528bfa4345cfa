// How far a pull is, from the lines that dockerd 20.10 to 28 writes of its layers. No engine here.
import { expect, it } from 'vitest';
import { pullProgress } from '../../../src/adapters/docker/pull-progress.ts';
import type { PullProgress } from '../../../src/daemon/ports.ts';

const line = (id: string, status: string, current?: number, total?: number) => ({
  id,
  status,
  progressDetail: current === undefined ? {} : { current, total },
});
const after = (lines: readonly unknown[]): PullProgress | null => {
  const read = pullProgress();
  return lines.map(read).findLast((progress) => progress !== null) ?? null;
};

it.each<[string, readonly unknown[], PullProgress | null]>([
  ['nothing is known at first', [line('1', 'Pulling from team/app')], null],
  ['lines of no layer say nothing', [{ status: 'Digest: sha256:aa' }, { status: 'Status: Downloaded newer image for app:1' }], null],
  ['a layer is known before its size', [line('a', 'Pulling fs layer')], { layers: 1, layersDone: 0, bytes: 0, totalBytes: 0 }],
  [
    'bytes of all layers are added up',
    [line('a', 'Downloading', 10, 100), line('b', 'Downloading', 5, 50), line('a', 'Downloading', 30, 100)],
    { layers: 2, layersDone: 0, bytes: 35, totalBytes: 150 },
  ],
  [
    'a layer that was downloaded is not there yet',
    [line('a', 'Downloading', 10, 100), line('a', 'Verifying Checksum'), line('a', 'Download complete')],
    { layers: 1, layersDone: 0, bytes: 100, totalBytes: 100 },
  ],
  [
    'what is extracted has another size and does not count',
    [line('a', 'Downloading', 10, 100), line('a', 'Extracting', 900, 1_000)],
    { layers: 1, layersDone: 0, bytes: 100, totalBytes: 100 },
  ],
  [
    'a layer that is there counts once',
    [line('a', 'Downloading', 10, 100), line('a', 'Pull complete'), line('a', 'Pull complete'), line('b', 'Already exists')],
    { layers: 2, layersDone: 2, bytes: 100, totalBytes: 100 },
  ],
  [
    'a download that begins anew does not go back',
    [line('a', 'Downloading', 60, 100), line('a', 'Downloading', 1, 100)],
    { layers: 1, layersDone: 0, bytes: 60, totalBytes: 100 },
  ],
])('%s', (_, lines, progress) => {
  expect(after(lines)).toEqual(progress);
});

it('counts no more layers than an image can have', () => {
  const lines = Array.from({ length: 2_000 }, (_, index) => line(`l${index}`, 'Waiting'));
  expect(after(lines)?.layers).toBe(1_000);
});
