// One file of a person's own work tree, changed and committed: what `longshore instance register` does instead of an editor and git. The
// commit is made by the person's git: their name, their hooks, their signature.
// Deliberately absent: anything that would take along what else lies there. A staged file or a changed one is a refusal.
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SECOND } from '../../std/time.ts';
import { parseAddress } from './address.ts';
import { git } from './command.ts';
import { RepositoryError, repositoryError } from './errors.ts';

/** Hooks of the person's own run before a commit, and a signature may want a touch of a key. */
const COMMIT_DEADLINE_MS = 120 * SECOND;
/** Who writes the commit, as git itself is told it; files of the system's configuration count here, too. */
const AUTHOR = ['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_NAME', 'GIT_COMMITTER_EMAIL', 'GPG_TTY', 'GNUPGHOME', 'EMAIL'];

export interface WorkTree {
  /** Fails when a file is not as HEAD has it; null: of a file that is to be made. */
  checkUnchanged(path: string): Promise<void>;
  /** Writes a file and commits it alone; the commit's full name. Whatever fails, the file is as it was. */
  commitFile(path: string, text: string, message: string): Promise<string>;
  /** Whether there is another repository that the commit could be pushed to. */
  hasRemote(): Promise<boolean>;
}

/** The work tree of a repository in which nothing is half done. Throws RepositoryError, with a hint what to do first. */
export async function openWorkTree(repository: string, signal: AbortSignal): Promise<WorkTree> {
  const address = parseAddress(repository);
  if (address.kind === 'remote')
    throw new RepositoryError(
      'bad-option',
      `${address.shown} is a remote repository`,
      `Clone it, run this in the clone, and push: git clone ${address.shown}`,
    );
  if (!existsSync(address.path))
    throw new RepositoryError('missing', `${address.path} does not exist`, 'Give the top folder of a work tree with --repo.');
  const folder = realpathSync(address.path);
  const author = AUTHOR.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]));
  const env = { GIT_CEILING_DIRECTORIES: dirname(folder), GIT_CONFIG_NOSYSTEM: '0', ...Object.fromEntries(author) };
  const call = async (...args: string[]): Promise<string> =>
    git({ folder, args, subject: folder, signal, env, ...(args[0] === 'commit' && { deadlineMs: COMMIT_DEADLINE_MS }) });
  if ((await call('rev-parse', '--is-inside-work-tree')) !== 'true')
    throw new RepositoryError(
      'bad-option',
      `${folder} has no work tree to change`,
      `Clone it, run this in the clone, and push: git clone ${folder}`,
    );
  if ((await call('symbolic-ref', '--quiet', 'HEAD')) === '')
    throw new RepositoryError(
      'detached-head',
      `${folder}: HEAD is on no branch, so nothing would hold the commit`,
      'Check out the branch that the daemon follows: git checkout main',
    );
  const staged = (await call('diff', '--cached', '--name-only')).split('\n').filter(Boolean);
  if (staged.length > 0)
    throw new RepositoryError(
      'busy',
      `${folder}: ${staged.length === 1 ? `${staged[0]} is` : `${staged.length} files are`} staged for another commit`,
      'Commit that first, or take it back: git restore --staged .',
    );
  return {
    checkUnchanged: async (path) => {
      if ((await call('status', '--porcelain', '--', path)) !== '')
        throw new RepositoryError(
          'busy',
          `${path} has changes that are not committed`,
          `Commit or stash them first; git diff -- ${path} shows them.`,
        );
    },
    commitFile: async (path, text, message) => committed({ folder, call, path, text, message }),
    hasRemote: async () => (await call('remote')) !== '',
  };
}

interface Commit {
  readonly folder: string;
  readonly call: (...args: string[]) => Promise<string>;
  readonly path: string;
  readonly text: string;
  readonly message: string;
}

async function committed({ folder, call, path, text, message }: Commit): Promise<string> {
  const file = join(folder, path);
  const before = existsSync(file) ? readFileSync(file) : null;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    await call('add', '--', path);
    await call('commit', '--quiet', '--only', `--message=${message}`, '--', path);
    return await call('rev-parse', 'HEAD');
  } catch (error) {
    // What undoes it may fail for the same reason, which is the one to tell.
    await call('reset', '--quiet', '--', path).catch(() => {});
    if (before === null) rmSync(file, { force: true });
    else writeFileSync(file, before);
    throw refusedCommit(error, folder);
  }
}

function refusedCommit(error: unknown, folder: string): RepositoryError {
  const { code, message } = repositoryError(error, folder);
  const isAnonymous = /ident|auto-detect email|tell me who you are|user\.(name|email)/i.test(message);
  const hint = isAnonymous
    ? 'Tell git who you are: git config user.name and git config user.email. Nothing is changed.'
    : 'Nothing is changed. With --dry-run the change is printed, to be committed by hand.';
  return new RepositoryError(code, `the commit was not made: ${message}`, hint);
}
