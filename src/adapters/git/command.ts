// One git command at a time: through simple-git where the answer is a few lines, through a stream of our own where it may be large.
// Every command has a deadline, the same small environment, no system configuration, and nobody to ask for a password.
// Deliberately absent: a shell, and any command that writes to somebody else's repository; work-tree.ts alone commits, because a person asked.
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { simpleGit } from 'simple-git';
import { SECOND } from '../../std/time.ts';
import { ASKED_AGAIN, RepositoryError, repositoryError } from './errors.ts';

export interface GitCall {
  /** Working folder of the command. */
  readonly folder: string;
  readonly args: readonly string[];
  /** Names the repository in errors; without credentials. */
  readonly subject: string;
  readonly signal: AbortSignal;
  readonly deadlineMs?: number;
  /** Added to the environment: credentials, ceilings. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that touches no network. A cold disk under a large repository took 4 s. */
const LOCAL_DEADLINE_MS = 30 * SECOND;
/** git's last words; a broken remote may send megabytes. */
const STDERR_KEPT_BYTES = 8_192;

/** What git may see of our own environment: no GIT_DIR, no GIT_CONFIG_*, no editor, no pager. */
const PASSED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  // git as root trusts the repositories of the user behind sudo.
  'SUDO_UID',
  'SSH_AUTH_SOCK',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'GIT_SSH_COMMAND',
  'GIT_ASKPASS',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
];

/** ssh must neither ask nor hang: simple-git ends only the git at the top, these end the ssh below it. */
const SSH_COMMAND = 'ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3';

/** A transfer below 1 byte/s for 20 s is over; the deadline alone would leave git's http helper running. */
const CONFIG = ['http.lowSpeedLimit=1', 'http.lowSpeedTime=20', 'gc.autoDetach=false', 'maintenance.autoDetach=false'];

function environment(extra: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of PASSED) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    GIT_SSH_COMMAND: SSH_COMMAND,
    ...env,
    // Messages are read by our rules, so they must not be translated.
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    // `git replace` and `ext::` URLs would let a repository choose what we read and run.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file',
    GIT_OPTIONAL_LOCKS: '0',
    ...extra,
  };
}

/** Runs a command and gives its output, trimmed. A refusal without a word on stderr (`--quiet`) gives ''. Rejects with RepositoryError. */
export async function git(call: GitCall): Promise<string> {
  return limited(call, async (signal) => {
    const env = environment(call.env ?? {});
    const runner = simpleGit({
      baseDir: call.folder,
      abort: signal,
      config: CONFIG,
      allowEnvironment: Object.keys(env).filter((name) => name.startsWith('GIT_')),
      // Ours, or the operator's own: neither comes from a repository or a manifest.
      unsafe: { allowUnsafeSshCommand: true, allowUnsafeAskPass: true, allowUnsafeConfigEnvCount: true },
    }).env(env);
    return (await runner.raw([...call.args])).trim();
  });
}

/** Runs a command, sends it `input`, and hands over its output piece by piece; an exception of `take` ends it. Rejects with RepositoryError. */
export async function gitStream(call: GitCall, input: string, take: (piece: Buffer) => void): Promise<void> {
  await limited(call, async (signal) => {
    await new Promise<void>((resolve, reject) => {
      const child = spawn('git', [...call.args], { cwd: call.folder, env: environment(call.env ?? {}), signal, killSignal: 'SIGKILL' });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (stderr.length < STDERR_KEPT_BYTES) stderr += text;
      });
      child.stdout.on('data', (piece: Buffer) => {
        try {
          take(piece);
        } catch (error) {
          reject(error);
          child.kill('SIGKILL');
        }
      });
      // git may end before it has read all of its input; its exit says why.
      child.stdin.on('error', () => {}).end(input);
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(stderr || `git ended with ${code}`))));
    });
  });
}

/** Settles when the work does, the caller's signal aborts (with its reason), or the deadline passes. */
async function limited<T>(call: GitCall, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  call.signal.throwIfAborted();
  const deadline = AbortSignal.timeout(call.deadlineMs ?? LOCAL_DEADLINE_MS);
  const signal = AbortSignal.any([call.signal, deadline]);
  if (!existsSync(call.folder)) throw repositoryError(new Error(`${call.folder} does not exist`), call.subject);
  if (!statSync(call.folder).isDirectory())
    throw repositoryError(new Error(`not a git repository: ${call.folder} is a file`), call.subject);
  try {
    return await settledBy(signal, work(signal));
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    if (deadline.aborted) throw timeout(call);
    throw repositoryError(error, call.subject);
  }
}

/** `promise`, or the signal's reason as soon as that aborts. */
export async function settledBy<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function timeout(call: GitCall): RepositoryError {
  const seconds = (call.deadlineMs ?? LOCAL_DEADLINE_MS) / SECOND;
  const hint = `Check that the disk or the network is quick enough. ${ASKED_AGAIN}`;
  return new RepositoryError('timeout', `${call.subject}: git ${call.args[0] ?? ''} took more than ${seconds} s`, hint);
}
