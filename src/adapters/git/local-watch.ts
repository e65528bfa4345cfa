// Notices that a local repository's head may have moved: file events of HEAD, packed-refs and the one branch file that counts, and a slow
// look as a safety net (network file systems, an exhausted inotify limit, the reftable format tell us nothing).
// Deliberately absent: watching refs/ or objects/ whole. A repository with 10,000 branches must not cost 10,000 watches.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { watch } from 'chokidar';
import type { FSWatcher } from 'chokidar';
import { SECOND } from '../../std/time.ts';

export interface WatchedFolder {
  /** Where git keeps HEAD, and where it keeps the branches: they differ in a worktree. Rejects while there is no repository. */
  locate(): Promise<GitFolders>;
  head(): Promise<string | null>;
  /** The branch that is followed; null: the one that HEAD names. */
  branch(): string | null;
  readonly safetyPollMs: number;
  report(message: string, error: unknown): void;
}

interface GitFolders {
  readonly gitFolder: string;
  readonly commonFolder: string;
}

/** A repository that is away is looked for this often: nothing can be watched then. */
const ABSENT_POLL_MS = 2 * SECOND;

/** Calls `changed` when the head may have moved, also when the repository comes or goes; the returned function ends it. */
export function watchFolder(folder: WatchedFolder, changed: () => void): () => void {
  let ended = false;
  let seen: string | null = null;
  /** An event has told of the change; the look after it only puts the watcher onto the right files. */
  let told = false;
  const files = refWatcher(folder, () => {
    if (ended) return;
    told = true;
    changed();
    looks.now();
  });
  const looks = repeated(async () => {
    let found = false;
    let state: string;
    try {
      await files.standOn(await folder.locate());
      found = true;
      state = `at ${await folder.head()}`;
    } catch (error) {
      // Whoever asks for the head is told why; here it only matters that this is another state than before.
      state = `away: ${error instanceof Error ? error.message : String(error)}`;
      if (!found) await files.standOn(null);
    }
    if (seen !== null && seen !== state && !told && !ended) changed();
    told = false;
    seen = state;
    return found ? folder.safetyPollMs : Math.min(ABSENT_POLL_MS, folder.safetyPollMs);
  });
  return () => {
    ended = true;
    looks.end();
    files.end();
  };
}

/** Runs `look` at once, whenever `now` is called, and again after the time it gives (ms); never two at a time. */
function repeated(look: () => Promise<number>): { now(): void; end(): void } {
  let timer: NodeJS.Timeout | null = null;
  let running = false;
  let again = false;
  let ended = false;
  const now = (): void => {
    again = running;
    if (running || ended) return;
    running = true;
    if (timer !== null) clearTimeout(timer);
    void look().then((pauseMs) => {
      running = false;
      if (!ended) timer = setTimeout(now, again ? 0 : pauseMs);
    });
  };
  now();
  return {
    now,
    end: () => {
      ended = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** The watcher of the files that name the head; `standOn` moves it when other folders, or another branch, count from now on. */
function refWatcher(folder: WatchedFolder, event: () => void): { standOn(on: GitFolders | null): Promise<void>; end(): void } {
  let watcher: FSWatcher | null = null;
  let standing = '';
  let ended = false;
  return {
    standOn: async (on) => {
      const branch = folder.branch();
      const reference = on === null ? null : branch === null ? headReference(on.gitFolder) : `refs/heads/${branch}`;
      const next = on === null ? '' : [on.gitFolder, inode(on.gitFolder), on.commonFolder, inode(on.commonFolder), reference].join('\n');
      if (ended || next === standing) return;
      standing = next;
      await watcher?.close();
      watcher = ended || on === null ? null : startWatcher(on, reference, event, folder.report);
    },
    end: () => {
      ended = true;
      void watcher?.close();
    },
  };
}

function startWatcher(
  { gitFolder, commonFolder }: GitFolders,
  reference: string | null,
  event: () => void,
  report: (message: string, error: unknown) => void,
): FSWatcher {
  const wanted = new Set([gitFolder, join(gitFolder, 'HEAD'), commonFolder, join(commonFolder, 'packed-refs')]);
  // Each folder on the way to the branch's file: git makes and removes those of `feature/x` as it needs them.
  const parts = reference?.split('/') ?? [];
  for (let depth = 1; depth <= parts.length; depth++) wanted.add(join(commonFolder, ...parts.slice(0, depth)));
  const watcher = watch([...new Set([gitFolder, commonFolder])], {
    ignored: (path) => !wanted.has(path),
    ignoreInitial: true,
    // A ref is replaced by a rename, never written in place: there is no half-written state to wait out.
    atomic: false,
  });
  watcher.on('all', event);
  // A commit between the last look and this moment has made no event.
  watcher.on('ready', event);
  watcher.on('error', (error) => report('file events of the repository failed; it is looked at now and then instead', error));
  return watcher;
}

/** What HEAD points to, or null when it is detached. Read as a file: git would refuse a branch without commits. */
function headReference(gitFolder: string): string | null {
  const [, reference = null] = /^ref: (refs\/\S+)/.exec(readFileSync(join(gitFolder, 'HEAD'), 'utf8')) ?? [];
  return reference;
}

/** Tells a folder from another one that took its place. */
function inode(folder: string): string {
  const { dev, ino } = statSync(folder);
  return `${dev}:${ino}`;
}
