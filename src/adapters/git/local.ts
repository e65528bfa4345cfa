// A repository on this machine: a work tree, a bare repository, or a worktree whose .git is a file. Only its git folder is read.
// Deliberately absent: the search upwards. git would find a repository around the folder, and so another one when this one is removed.
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '../../daemon/ports.ts';
import { git } from './command.ts';
import { corrupt, RepositoryError, repositoryError } from './errors.ts';
import { watchFolder } from './local-watch.ts';
import { branchMissing, branchOf, detachedHead } from './place.ts';
import type { Place } from './place.ts';

export interface LocalOptions {
  /** Absolute. */
  readonly path: string;
  /** Null: the branch that HEAD names when the head is first read. */
  readonly branch: string | null;
  /** The head is read and never followed: it is what HEAD is, whatever that names. */
  readonly once: boolean;
  readonly safetyPollMs: number;
  readonly log: Log;
}

/** The repository at a path; it need not be there yet, and may go and come back. */
export function localPlace(options: LocalOptions): Place {
  const { path, once, log } = options;
  let followed = options.branch;
  const closing = new AbortController();
  let warned = false;
  const call = async (signal: AbortSignal, ...args: string[]): Promise<string> => {
    const folder = realFolder(path);
    return git({ folder, args, subject: path, signal, env: { GIT_CEILING_DIRECTORIES: dirname(folder) } });
  };

  /** Why there is no commit: the rare case, so it may cost a few commands. */
  const withoutCommit = async (branch: string | null, signal: AbortSignal): Promise<null> => {
    const reference = branch === null ? 'HEAD' : `refs/heads/${branch}`;
    if ((await call(signal, 'rev-parse', '--verify', '--quiet', reference)) !== '') {
      throw corrupt(`${path}: ${reference} names a commit that can't be read`);
    }
    const branches = (await call(signal, 'for-each-ref', '--format=%(refname:short)', '--count=100', 'refs/heads'))
      .split('\n')
      .filter(Boolean);
    const unborn = branchOf(await call(signal, 'symbolic-ref', '--quiet', 'HEAD'));
    if (branch !== null && branch !== unborn && branches.length > 0) throw branchMissing(path, branch, branches);
    if (branches.length > 0 && !warned) {
      warned = true;
      log.write('warn', `the branch ${branch ?? unborn ?? 'HEAD'} has no commit yet, other branches have`, {
        repository: path,
        branches: branches.slice(0, 10),
      });
    }
    return null;
  };

  /** The branch that HEAD names now; a detached one is refused. */
  const namedByHead = async (signal: AbortSignal): Promise<string> => {
    const branch = branchOf(await call(signal, 'symbolic-ref', '--quiet', 'HEAD'));
    if (branch === null) throw detachedHead(path);
    return branch;
  };

  const head = async (signal: AbortSignal): Promise<string | null> => {
    const branch = once ? followed : (followed ?? (await namedByHead(signal)));
    const commit = await call(signal, 'rev-parse', '--verify', '--quiet', `${branch === null ? 'HEAD' : `refs/heads/${branch}`}^{commit}`);
    if (commit === '') return withoutCommit(branch, signal);
    // Settled by the first commit: an empty repository whose HEAD says master may still become one that is pushed to as main.
    if (followed === null && branch !== null) {
      followed = branch;
      log.write('info', 'HEAD names the branch that is followed from now on', { repository: path, branch });
    }
    return commit;
  };

  return {
    branch: () => followed,
    head,
    folder: async () => realFolder(path),
    get env() {
      return { GIT_CEILING_DIRECTORIES: dirname(realFolder(path)) };
    },
    repair: async () => false,
    watch: (changed) =>
      watchFolder(
        {
          locate: async () => {
            const folders = await call(closing.signal, 'rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir');
            const [gitFolder = '', commonFolder = ''] = folders.split('\n');
            return { gitFolder, commonFolder };
          },
          head: () => head(closing.signal),
          branch: () => followed,
          safetyPollMs: options.safetyPollMs,
          report: (message, error) => log.write('warn', message, { repository: path, error }),
        },
        changed,
      ),
    close: () => closing.abort(new Error('the repository was closed')),
  };
}

/** The folder without symbolic links: git compares ceilings with real paths. */
function realFolder(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new RepositoryError(
        'missing',
        `${path} does not exist`,
        'Give the top folder of a work tree, a bare repository, or the URL of one.',
      );
    }
    throw repositoryError(error, path);
  }
}
