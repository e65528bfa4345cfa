// A file system that is small enough to be filled at will: a tmpfs, and a file in it that takes all the room there is. Linux and root.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk {
  readonly folder: string;
  /** Takes the room that is left, to the last byte; returns how many KiB it took. */
  fill(): number;
  /** Gives the room back. */
  free(): void;
  dispose(): void;
}

const PIECES = [65_536, 4_096, 1];

/** Mounts a tmpfs of `megabytes` on `folder`, which is made and, at the end, removed. */
export function mountSmallDisk(folder: string, megabytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'longshore-proof', folder]);
  return {
    ...diskAt(folder),
    dispose: () => {
      spawnSync('umount', ['-l', folder], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Filling and freeing a file system that somebody else has mounted at `folder`. */
export function diskAt(folder: string): Omit<SmallDisk, 'dispose'> {
  const ballast = join(folder, 'ballast');
  return { folder, fill: () => fill(ballast), free: () => rmSync(ballast, { force: true }) };
}

function fill(ballast: string): number {
  const file = openSync(ballast, 'a', 0o600);
  let bytes = 0;
  try {
    for (const size of PIECES) {
      const piece = Buffer.alloc(size);
      let full = false;
      while (!full) {
        try {
          bytes += writeSync(file, piece);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          full = true;
        }
      }
    }
  } finally {
    closeSync(file);
  }
  return Math.round(bytes / 1_024);
}
