// Our bare mirror of one branch of a remote, in the state folder. It holds nothing that the remote can't give again, so a damaged one
// is removed and made anew instead of mended.
// Deliberately absent: a configured remote. The URL is given with each command, and no credential is written down.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MINUTE, SECOND } from '../../std/time.ts';
import { git } from './command.ts';
import { RepositoryError } from './errors.ts';
import type { RemoteAddress } from './address.ts';

export interface Mirror {
  readonly folder: string;
  /** Makes it when it is not there. */
  make(): Promise<void>;
  /** The mirrored commit; '' when there is none yet. */
  commit(): Promise<string>;
  /** Follows `reference` of the remote wherever it points now, a force-push included. */
  follow(reference: string): Promise<void>;
  /** Brings one commit by its id; null, or why the remote did not give it. */
  bring(commit: string): Promise<RepositoryError | null>;
  /** Removes it; false when that was done a moment ago and did not help. */
  discard(): boolean;
}

/** The one reference of a mirror: what git keeps from its own clean-up, and tells the remote that we have. */
const MIRRORED = 'refs/longshore/head';
/** The first fetch of a large repository; later ones take what one exchange takes. */
const FETCH_DEADLINE_MS = 10 * MINUTE;
const LOCAL_DEADLINE_MS = 30 * SECOND;
/** git holds a lock of a reference for milliseconds; an older one is left over from a killed process. */
const LOCK_AGE_MS = MINUTE;
/** A remote whose own objects are damaged must not be cloned whole at each poll. */
const ANEW_PAUSE_MS = 5 * MINUTE;

/** The mirror of `address` in `folder`; `signal` ends its commands. */
export function remoteMirror(folder: string, address: RemoteAddress, signal: AbortSignal): Mirror {
  let discardedAt: number | null = null;
  const call = async (args: readonly string[], deadlineMs: number): Promise<string> =>
    git({ folder, args, subject: address.shown, signal, deadlineMs, env: address.env });
  const fetch = async (what: string): Promise<void> => {
    const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    await call(['fetch', ...options, '--', address.url, what], FETCH_DEADLINE_MS);
  };
  return {
    folder,
    make: async () => {
      if (!existsSync(join(folder, 'HEAD'))) {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        await call(['init', '--quiet', '--bare', '.'], LOCAL_DEADLINE_MS);
      }
      removeOldLocks(folder);
    },
    commit: async () => call(['rev-parse', '--verify', '--quiet', `${MIRRORED}^{commit}`], LOCAL_DEADLINE_MS),
    follow: async (reference) => fetch(`+${reference}:${MIRRORED}`),
    bring: async (commit) => {
      try {
        await fetch(commit);
        return null;
      } catch (error) {
        if (error instanceof RepositoryError) return error;
        throw error;
      }
    },
    discard: () => {
      if (discardedAt !== null && performance.now() - discardedAt < ANEW_PAUSE_MS) return false;
      discardedAt = performance.now();
      rmSync(folder, { recursive: true, force: true });
      return true;
    },
  };
}

/** A daemon that was killed while git held a lock would else never fetch again. Nobody but us writes to the mirror. */
function removeOldLocks(mirror: string): void {
  for (const folder of [mirror, join(mirror, 'refs/longshore')]) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.lock'))) {
      const lock = join(folder, name);
      if (Date.now() - statSync(lock).mtimeMs > LOCK_AGE_MS) rmSync(lock, { force: true });
    }
  }
}
