// The fake Repository: a branch whose head moves on virtual time, goes back, names a broken commit or disappears. A commit's content is
// its name; `loadCommit` says what it declares, so that a simulation costs no parsing (the real loader has tests of its own).
import { desired } from '../build.ts';
import { errorOf, type Life } from './life.ts';
import { onAbort } from './engine.ts';
import type { DaemonConfig } from '../../src/daemon/config.ts';
import type { DesiredState } from '../../src/model/turn/desired.ts';
import type { DrawnCommit } from './draw.ts';
import type { Repository } from '../../src/daemon/ports.ts';
import type { VirtualTime } from './clock.ts';

export interface RepositoryModel {
  /** Moves the head to a new commit that declares these applications. */
  commit(drawn: Omit<DrawnCommit, 'afterMs'>): void;
  /** Moves the head to a commit that can't be loaded. */
  commitBroken(): void;
  /** Moves the head back to what it was before the last commit. */
  forcePush(): void;
  setAway(away: boolean): void;
  head(): string | null;
  /** What the daemon should hold after it has read every commit so far. */
  port(life: Life): Repository;
  readonly load: DaemonConfig['load'];
}

/** The real adapter looks by itself now and then, for changes that nobody told of. */
const POLL_MS = 30_000;

/** What a commit declares. */
export function declaredBy({ apps, pull, groups, fleet }: Omit<DrawnCommit, 'afterMs'>): DesiredState {
  return desired(apps, { pull, ...(groups && { groups }), ...fleet });
}

/** An empty repository. */
export function repositoryModel(time: VirtualTime, chance: { chance(probability: number): boolean }): RepositoryModel {
  const commits = new Map<string, DesiredState | null>();
  const history: string[] = [];
  const listeners = new Set<() => void>();
  let away = false;
  const moved = (): void => {
    // A wake may be lost, or come twice.
    if (chance.chance(0.2)) return;
    for (const listener of listeners) time.after(20, listener);
    if (chance.chance(0.2)) for (const listener of listeners) time.after(40, listener);
  };
  const push = (state: DesiredState | null): void => {
    const name = `commit-${String(commits.size + 1).padStart(4, '0')}`;
    commits.set(name, state && { ...state, commit: name });
    history.push(name);
    moved();
  };
  const model: RepositoryModel = {
    commit: (drawn) => push(declaredBy(drawn)),
    commitBroken: () => push(null),
    forcePush: () => {
      if (history.length < 2) return;
      history.pop();
      moved();
    },
    setAway: (gone) => {
      away = gone;
    },
    head: () => history.at(-1) ?? null,
    load: (_, commit) => {
      const state = commits.get(commit) ?? null;
      if (state) return { desired: state, problems: [] };
      const problem = {
        code: 'broken',
        severity: 'error',
        file: 'web.yaml',
        line: 1,
        column: 1,
        message: 'broken',
        hint: 'mend it',
      } as const;
      return { desired: null, problems: [problem] };
    },
    port: (life) => portOf(model, life, time, listeners, () => away),
  };
  return model;
}

function portOf(model: RepositoryModel, life: Life, time: VirtualTime, listeners: Set<() => void>, away: () => boolean): Repository {
  let mine: (() => void) | null = null;
  let cancelPoll: (() => void) | null = null;
  const answer = <T>(signal: AbortSignal, value: () => T): Promise<T> =>
    life.call(
      () =>
        new Promise<T>((resolve, reject) => {
          if (onAbort(signal, (reason) => reject(errorOf(reason)))) return;
          time.after(15, () => (away() ? reject(new Error('the repository is away')) : resolve(value())));
        }),
    );
  return {
    key: 'simulated',
    name: 'simulated',
    head: (signal) => answer(signal, () => model.head()),
    files: (commit, signal) => answer(signal, () => [{ path: 'web.yaml', id: commit, kind: 'file', size: 0, content: new Uint8Array() }]),
    watch: (changed) => {
      const poll = (): void => {
        if (!life.alive()) return;
        changed();
        cancelPoll = time.after(POLL_MS, poll);
      };
      mine = () => {
        if (life.alive()) changed();
      };
      listeners.add(mine);
      cancelPoll = time.after(POLL_MS, poll);
      return () => {
        if (mine) listeners.delete(mine);
        cancelPoll?.();
      };
    },
    close: () => {
      if (mine) listeners.delete(mine);
      cancelPoll?.();
    },
  };
}
