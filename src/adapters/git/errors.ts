// Why a repository can't be read, in words for the person who has to mend it: git's own answer sorted into stable codes with hints.
// Deliberately absent: git's command line and environment. They may hold credentials; a message quotes git's last words, cleaned.
import { cut } from '../../std/text.ts';

export type RepositoryErrorCode =
  | 'missing'
  | 'branch-missing'
  | 'detached-head'
  | 'commit-missing'
  | 'path-missing'
  | 'not-permitted'
  | 'unauthorized'
  | 'unreachable'
  | 'timeout'
  | 'busy'
  | 'corrupt'
  | 'unsafe-path'
  | 'too-large'
  | 'bad-option'
  | 'git-missing'
  | 'failed';

export class RepositoryError extends Error {
  readonly code: RepositoryErrorCode;
  /** What to do next. */
  readonly hint: string;

  constructor(code: RepositoryErrorCode, message: string, hint: string) {
    super(message);
    this.name = 'RepositoryError';
    this.code = code;
    this.hint = hint;
  }
}

/** Whoever reads an error may have asked once (a plan) or run the daemon: said so that it is true for both. */
export const ASKED_AGAIN = 'A daemon asks again by itself and keeps the last good commit in force.';
const FSCK_HINT = 'Run git fsck in the repository; a damaged one is best cloned anew.';

/** Rules over git's answer in the C locale, most specific first; each was seen from git 2.39 or stands in its source. */
const RULES: readonly { readonly pattern: RegExp; readonly code: RepositoryErrorCode; readonly hint: string }[] = [
  {
    pattern: /dubious ownership/,
    code: 'not-permitted',
    hint:
      'The repository belongs to another user, and git reads such a one only when told so. As the user that runs Longshore: ' +
      'git config --global --add safe.directory <its folder>',
  },
  {
    pattern:
      /authentication failed|could not read (username|password)|permission denied \(|terminal prompts disabled|error: 40[13]|host key verification/i,
    code: 'unauthorized',
    hint: 'Check the token or key and its right to read this repository; for ssh, that the host is in known_hosts.',
  },
  { pattern: /permission denied|eacces/i, code: 'not-permitted', hint: 'Give the user that runs Longshore the right to read it.' },
  {
    pattern:
      /could not resolve host|connection (refused|timed out|reset|closed)|failed to connect|network is unreachable|no route to host|early eof|hung up|operation too slow|error: 5\d\d|operation timed out/i,
    code: 'unreachable',
    hint: `Check the address and the network. ${ASKED_AGAIN}`,
  },
  {
    pattern: /couldn't find remote ref/i,
    code: 'branch-missing',
    hint: `The branch went away while it was read: check that it is still there. ${ASKED_AGAIN}`,
  },
  {
    pattern: /\.lock': file exists/i,
    code: 'busy',
    hint: `Another git process writes to the mirror in the state folder; it is done in a moment. ${ASKED_AGAIN}`,
  },
  {
    pattern: /not a tree object|not a valid object name|bad revision|unknown revision|not our ref|unadvertised object/i,
    code: 'commit-missing',
    hint: 'The commit is no longer in the repository: a force-push and a clean-up removed it.',
  },
  {
    pattern:
      /corrupt|bad object|unable to (read|find|parse)|loose object|missing (blob|tree|commit|object)|inflate|packfile|pack (has|is)|index file|bad config|broken ref|cannot lock ref|bad ref|invalid sha1 pointer/i,
    code: 'corrupt',
    hint: FSCK_HINT,
  },
  {
    pattern: /not a git repository|does not exist|does not appear to be a git repository|not found|no such file/i,
    code: 'missing',
    hint: 'Give the top folder of a work tree, a bare repository, or the URL of one.',
  },
];

/** Anything that went wrong while `subject` (without credentials) was read, as a RepositoryError; such an error passes unchanged. */
export function repositoryError(error: unknown, subject: string): RepositoryError {
  if (error instanceof RepositoryError) return error;
  const text = lastWords(error instanceof Error ? error.message : String(error));
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT' && /spawn git/.test(error.message)) {
    return new RepositoryError('git-missing', 'git is not installed', 'Install git 2.31 or newer and see that it is on the PATH.');
  }
  const rule = RULES.find(({ pattern }) => pattern.test(text));
  if (rule !== undefined) return new RepositoryError(rule.code, `${subject}: ${text}`, rule.hint);
  return new RepositoryError('failed', `${subject}: ${text}`, `Check that git can read it from here by hand. ${ASKED_AGAIN}`);
}

/** The error for objects that are not what git wrote. */
export function corrupt(message: string): RepositoryError {
  return new RepositoryError('corrupt', message, FSCK_HINT);
}

/** A URL or text without the user names and passwords of the URLs in it, and without their query strings. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@'"]*@)?([^\s'"?]*)(\?[^\s'"]*)?/gi, '$1$2');
}

/** The lines of git's answer that say something, in one line of at most 300 characters. */
function lastWords(text: string): string {
  const lines = withoutCredentials(text)
    // oxlint-disable-next-line no-control-regex -- a remote's text goes to a terminal: no escape sequences
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f]/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling = lines.filter((line) => /^(fatal|error|remote):/.test(line));
  return cut((telling.length > 0 ? telling : lines).join('; '), 300);
}
