// A repository elsewhere: asked for news by `ls-remote` (one exchange, no lock, no write) and brought into a mirror only when there are
// some. A force-push is followed; a damaged mirror is made anew.
// Deliberately absent: the credentials of the URL on disk, on a command line or in an error. They travel in git's environment.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../daemon/ports.ts';
import { hashOf } from '../../std/hash.ts';
import { SECOND } from '../../std/time.ts';
import { git, settledBy } from './command.ts';
import { corrupt, RepositoryError } from './errors.ts';
import { remoteMirror } from './mirror.ts';
import type { Mirror } from './mirror.ts';
import { branchMissing, branchOf, detachedHead } from './place.ts';
import type { Place } from './place.ts';
import type { RemoteAddress } from './address.ts';

export interface RemoteOptions {
  readonly address: RemoteAddress;
  /** Null: the branch that the remote's HEAD names when the head is first read. */
  readonly branch: string | null;
  /** The head is read and never followed: it is what HEAD is, whatever that names. */
  readonly once: boolean;
  readonly stateFolder: string;
  readonly pollMs: number;
  readonly log: Log;
}

const ASK_DEADLINE_MS = 30 * SECOND;
/** What the poll has seen answers the question that it causes; older news are asked for again. */
const NEWS_MS = 5 * SECOND;

/** The repository at a URL. */
export function remotePlace(options: RemoteOptions): Place {
  const { address, log } = options;
  let followed = options.branch;
  const root = join(options.stateFolder, 'git');
  const closing = new AbortController();
  const mirror = remoteMirror(join(root, `${hashOf({ url: address.shown, branch: options.branch }, 16)}.git`), address, closing.signal);
  let refreshing: Promise<string | null> | null = null;
  let news: { readonly commit: string; readonly seenAt: number } | null = null;

  const discard = (error: RepositoryError): boolean => {
    const discarded = mirror.discard();
    if (discarded) log.write('warn', 'the mirror of the repository is damaged and is made anew', { repository: address.shown, error });
    return discarded;
  };
  const refresh = async (): Promise<string | null> => {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    const found = await askRemote(root, { ...options, branch: followed }, closing.signal);
    if (found === null) return null;
    const commit = await bringHead(mirror, found.reference, found.commit, discard);
    if (followed === null && !options.once) {
      followed = branchOf(found.reference);
      log.write('info', 'HEAD names the branch that is followed from now on', { repository: address.shown, branch: followed });
    }
    return commit;
  };
  /** One refresh at a time, shared by all who ask: two fetches would wait for each other's locks. */
  const refreshed = async (signal: AbortSignal): Promise<string | null> => {
    refreshing ??= refresh().finally(() => (refreshing = null));
    return settledBy(signal, refreshing);
  };

  return {
    branch: () => followed,
    env: {},
    head: async (signal) => {
      signal.throwIfAborted();
      const known = news;
      news = null;
      return known !== null && performance.now() - known.seenAt < NEWS_MS ? known.commit : refreshed(signal);
    },
    folder: async (signal) => {
      await settledBy(signal, mirror.make());
      return mirror.folder;
    },
    repair: async (commit, error, signal) => {
      if (error.code === 'commit-missing') {
        // The branch has left it behind (a force-push, then a clean-up of the mirror): many servers still give it by its id.
        const refusal = await settledBy(signal, mirror.bring(commit));
        if (refusal === null || !isDamage(refusal)) return refusal === null;
      } else if (!isDamage(error)) return false;
      if (!discard(error)) return false;
      return (await refreshed(signal)) === commit || (await settledBy(signal, mirror.bring(commit))) === null;
    },
    watch: (changed) =>
      pollFor(refreshed, options.pollMs, (commit) => {
        news = commit === null ? null : { commit, seenAt: performance.now() };
        changed();
      }),
    close: () => closing.abort(new Error('the repository was closed')),
  };
}

interface RemoteHead {
  /** To be fetched: the branch, or HEAD where it is only read once. */
  readonly reference: string;
  readonly commit: string;
}

/** The commit of the branch at the remote; null while nothing was pushed, or its HEAD names a branch without commits. */
async function askRemote(folder: string, { address, branch, once }: RemoteOptions, signal: AbortSignal): Promise<RemoteHead | null> {
  const call = async (...args: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const answer = await git({ folder, args, subject: address.shown, signal, deadlineMs: ASK_DEADLINE_MS, env: address.env });
    return parseReferences(answer);
  };
  const asked = branch === null ? 'HEAD' : `refs/heads/${branch}`;
  const answer = await call('ls-remote', '--symref', '--', address.url, asked);
  const commit = answer.get(asked);
  if (commit !== undefined) {
    const reference = branch === null && !once ? (answer.get(SYMBOLIC) ?? '') : asked;
    if (reference === 'HEAD' || branchOf(reference) !== null) return { reference, commit };
    throw detachedHead(address.shown);
  }
  const branches = [...(await call('ls-remote', '--heads', '--', address.url)).keys()].map((name) => name.replace('refs/heads/', ''));
  if (branch !== null && branches.length > 0) throw branchMissing(address.shown, branch, branches);
  return null;
}

/** Brings `commit`, which `reference` pointed to a moment ago, into the mirror; gives the commit that it has then. */
async function bringHead(mirror: Mirror, reference: string, commit: string, discard: (error: RepositoryError) => boolean): Promise<string> {
  try {
    await mirror.make();
    if ((await mirror.commit()) !== commit) await mirror.follow(reference);
    const now = await mirror.commit();
    if (now === '') throw corrupt('the mirror has no commit after a fetch');
    return now;
  } catch (error) {
    // The remote has just answered, so what is missing or damaged is the mirror. `discard` allows one more round, not two.
    if (!(error instanceof RepositoryError) || !isDamage(error) || !discard(error)) throw error;
    return bringHead(mirror, reference, commit, discard);
  }
}

function isDamage(error: RepositoryError): boolean {
  return error.code === 'corrupt' || error.code === 'missing';
}

/** Refreshes every `pollMs`, counted from the end of the last; tells when the answer, or the reason of a failure, is another one. */
function pollFor(
  refreshed: (signal: AbortSignal) => Promise<string | null>,
  pollMs: number,
  tell: (commit: string | null) => void,
): () => void {
  const ending = new AbortController();
  let seen: string | null = null;
  const poll = async (): Promise<void> => {
    let commit: string | null = null;
    let state: string;
    try {
      commit = await refreshed(ending.signal);
      state = `at ${commit}`;
    } catch (error) {
      // Whoever asks for the head next is told; here it only matters that this is another state than before.
      state = `away: ${error instanceof RepositoryError ? error.code : String(error)}`;
    }
    if (ending.signal.aborted) return;
    if (seen !== state) tell(commit);
    seen = state;
    timer = setTimeout(() => void poll(), pollMs);
  };
  let timer = setTimeout(() => void poll(), pollMs);
  return () => {
    ending.abort(new Error('the watch was ended'));
    clearTimeout(timer);
  };
}

/** Stands for the line `ref: refs/heads/main TAB HEAD`; no reference is called so. */
const SYMBOLIC = 'ref:';

/** Commits by reference, from the lines `<id> TAB <reference>`; under SYMBOLIC what HEAD names. */
function parseReferences(text: string): ReadonlyMap<string, string> {
  const references = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [id, name] = line.split('\t');
    if (id === undefined || name === undefined) continue;
    if (id.startsWith('ref: ')) references.set(SYMBOLIC, id.slice('ref: '.length));
    else references.set(name, id);
  }
  return references;
}
