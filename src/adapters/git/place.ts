// Where a repository's objects lie: a folder of this machine (local.ts) or our mirror of a remote (remote.ts).
// Deliberately absent: what is read from it; that is the same for both (repository.ts).
import { nearest } from '../../std/text.ts';
import { RepositoryError } from './errors.ts';

export interface Place {
  /** The branch that is followed; null while it is not known, and where a head is only read once. */
  branch(): string | null;
  /** As in the Repository port. */
  head(signal: AbortSignal): Promise<string | null>;
  /** The folder whose git holds the objects of `commit`, as far as that is known without reading them. */
  folder(signal: AbortSignal): Promise<string>;
  /** Added to the environment of every command in that folder. */
  readonly env: Readonly<Record<string, string>>;
  /** Called when reading `commit` failed by `error`; true: something was done about it, another try is worth it. */
  repair(commit: string, error: RepositoryError, signal: AbortSignal): Promise<boolean>;
  watch(changed: () => void): () => void;
  close(): void;
}

/** The error for a branch that is not among `branches`. */
export function branchMissing(subject: string, branch: string, branches: readonly string[]): RepositoryError {
  const guess = nearest(branch, branches);
  const known = branches.slice(0, 10).join(', ') + (branches.length > 10 ? ', ...' : '');
  return new RepositoryError(
    'branch-missing',
    `${subject}: there is no branch "${branch}"`,
    guess === null ? `Its branches: ${known}` : `Did you mean "${guess}"? Its branches: ${known}`,
  );
}

/** The branch of a reference such as `refs/heads/main`; null for any other, and for none. */
export function branchOf(reference: string): string | null {
  return /^refs\/heads\/(.+)$/.exec(reference)?.[1] ?? null;
}

/**
 * The error for a HEAD that names no branch when the branch to follow is wanted. Its commit is not enough: where a rebase or a bisect
 * stands at this moment is nobody's wish for what should run.
 */
export function detachedHead(subject: string): RepositoryError {
  return new RepositoryError(
    'detached-head',
    `${subject}: HEAD is detached, so it names no branch to follow`,
    'Name the branch with --branch, or check one out.',
  );
}

/** Branch names as git allows them (git-check-ref-format), cut to what can stand in a command line. Throws RepositoryError. */
export function checkBranch(branch: string): void {
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  const bad = /^[-/.]|[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/[/.]|[/.]$|\.lock$|\.lock\/|^@$/;
  if (branch !== '' && branch.length <= 255 && !bad.test(branch)) return;
  throw new RepositoryError('bad-option', `${JSON.stringify(branch)} is no name of a branch`, 'Give the name as `git branch` prints it.');
}
