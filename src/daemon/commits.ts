// From a moved head to a desired state. Any error keeps the last good commit of the repository whole and publishes what is wrong;
// nothing that runs stops because a file is wrong or git is away.
import type { DaemonConfig } from './config.ts';
import type { DesiredState } from '../model/turn/desired.ts';
import type { Event } from '../model/turn/event.ts';
import type { Ports } from './ports.ts';
import { inOneLine } from '../model/problem.ts';
import type { Problem } from '../model/problem.ts';
import { reasonOf, withDeadline } from './deadline.ts';
import { routeEvents } from '../core/traffic/reroute.ts';
import { shareUnchanged } from '../core/share.ts';

export interface Commits {
  /** The desired state in force; null before the first good commit. */
  desired(): DesiredState | null;
  refusedCommit(): string | null;
  problems(): readonly Problem[];
  repositoryError(): string | null;
  /** Why the store did not take the newest commit; null when it did. */
  storeError(): string | null;
  /** Whether the newest head that git told of was read. */
  upToDate(): boolean;
  close(): void;
}

/** Follows the repository, starting with the last good commit. `wake` is called when anything changed. */
export function followRepository(ports: Ports, config: DaemonConfig, stop: AbortSignal, wake: () => void): Commits {
  const { repository, store, clock, log } = ports;
  let desired: DesiredState | null = null;
  let refused: { readonly commit: string; readonly problems: readonly Problem[] } | null = null;
  let repositoryError: string | null = null;
  let storeFailure: { readonly error: unknown } | null = null;
  let reading = false;
  let dirty = true;
  let failures = 0;
  let cancel: (() => void) | null = null;
  let closed = false;

  const load = async (commit: string): Promise<{ desired: DesiredState | null; problems: readonly Problem[] }> => {
    const files = await withDeadline(clock, config.limits.repositoryMs, stop, (signal) => repository.files(commit, signal));
    return config.load(files, commit);
  };

  /** After a restart over a bad head, what was in force before stays in force. */
  const resume = async (): Promise<void> => {
    const commit = await store.readCommit(repository.key);
    if (commit === null) return;
    const loaded = await load(commit);
    desired = loaded.desired;
  };

  /** A store that refuses (a full disk) is not the repository's fault, and must not be shown as such. */
  const recorded = async (write: Promise<void>): Promise<void> => {
    try {
      await write;
    } catch (error) {
      storeFailure = { error };
      throw error;
    }
  };

  const accept = async (commit: string, next: DesiredState, problems: readonly Problem[]): Promise<void> => {
    await recorded(store.writeCommit(repository.key, commit));
    const accepted = commitEvent(clock.now(), 'commit-accepted', `commit ${commit.slice(0, 12)} is in force`);
    const routes = routeEvents(desired, next, clock.now());
    await recorded(store.write([], [accepted, ...routes]));
    log.write('info', 'commit accepted', { commit, repository: repository.name });
    for (const event of routes) log.write('info', event.message, { event: event.kind });
    for (const problem of problems) log.write('warn', problem.message, { file: problem.file, line: problem.line, code: problem.code });
    desired = shareUnchanged(desired, next);
    refused = null;
  };

  const refuse = async (commit: string, problems: readonly Problem[]): Promise<void> => {
    if (refused?.commit === commit) return;
    refused = { commit, problems };
    const first = problems.find((problem) => problem.severity === 'error');
    const message = `commit ${commit.slice(0, 12)} is refused: ${first === undefined ? 'it is unreadable' : inOneLine(first)}`;
    await recorded(store.write([], [commitEvent(clock.now(), 'commit-refused', message)]));
    log.write('error', 'commit refused, the last good one stays in force', { commit, problems: problems.length, first: message });
  };

  const readHead = async (): Promise<void> => {
    const lost = desired === null && refused === null ? await resume().then(nothingLost, (error: unknown) => ({ error })) : null;
    const head = await withDeadline(clock, config.limits.repositoryMs, stop, (signal) => repository.head(signal));
    if (lost !== null) {
      // Rewritten history: a good head comes into force although the commit before it is gone.
      if (head === null) throw lost.error;
      log.write('warn', 'the last good commit can not be read any more', { repository: repository.name, reason: reasonOf(lost.error) });
    }
    repositoryError = head === null ? 'the branch has no commit yet' : null;
    if (head === null || head === desired?.commit) {
      if (head !== null) refused = null;
      return;
    }
    if (refused?.commit === head) return;
    const loaded = await load(head);
    if (loaded.desired === null) await refuse(head, loaded.problems);
    else await accept(head, loaded.desired, loaded.problems);
  };

  const read = async (): Promise<void> => {
    if (reading || stop.aborted) return;
    reading = true;
    cancel?.();
    while (dirty && !stop.aborted) {
      dirty = false;
      try {
        await readHead();
        failures = 0;
        storeFailure = null;
      } catch (error) {
        // Ctrl-C in a terminal ends git before it reaches us: what a stop breaks off is no news, and not tried again.
        if (closed || stop.aborted) break;
        failures += 1;
        const reason = withHint(error);
        if (error === storeFailure?.error) {
          log.write('error', 'the commit could not be recorded, it is not in force', { repository: repository.name, reason });
        } else {
          if (reason !== repositoryError) log.write('warn', 'repository could not be read', { repository: repository.name, reason });
          repositoryError = reason;
        }
      }
      wake();
    }
    reading = false;
    if (failures === 0 || closed || stop.aborted) return;
    const wait = Math.min(30_000, config.limits.retryFirstMs * 2 ** Math.min(failures, 10));
    cancel = clock.timer(clock.now() + wait, changed);
  };

  const changed = (): void => {
    dirty = true;
    void read();
  };

  const unwatch = repository.watch(changed);
  changed();
  return {
    desired: () => desired,
    refusedCommit: () => refused?.commit ?? null,
    problems: () => refused?.problems ?? [],
    repositoryError: () => repositoryError,
    storeError: () => (storeFailure === null ? null : reasonOf(storeFailure.error)),
    upToDate: () => !dirty && !reading && failures === 0,
    close: () => {
      closed = true;
      cancel?.();
      unwatch();
    },
  };
}

function nothingLost(): null {
  return null;
}

/** Why, and what to do about it where the repository knows that. */
function withHint(error: unknown): string {
  const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? ` (${error.hint})` : '';
  return `${reasonOf(error)}${hint}`;
}

function commitEvent(at: number, kind: Event['kind'], message: string): Event {
  return { at, kind, service: '', task: null, deployment: null, message };
}
