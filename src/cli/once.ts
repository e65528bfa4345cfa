// When `watch --once` is over, and how it went: a reading of the daemon's view, nothing else. Pure; the caller owns clock and timeout.
import { SECOND } from '../std/time.ts';
import { heldBySecrets } from '../core/secrets.ts';
import { inOneLine } from '../model/problem.ts';
import type { DaemonView } from '../daemon/view.ts';
import type { InstanceView } from '../model/turn/observed.ts';
import type { Result } from './exit-codes.ts';
import type { ServiceRow } from '../model/turn/ledger.ts';

export interface Verdict {
  readonly result: Result;
  /** Why, in one sentence. */
  readonly what: string;
  /** What to do next; null when all is well. */
  readonly hint: string | null;
}

/** A local repository is read in 50 ms, a remote one cloned in seconds: an error that stands this long is not a start-up matter. */
export const REPOSITORY_PATIENCE_MS = 3 * SECOND;
/** An engine that is being started answers within some 5 s. */
export const ENGINE_PATIENCE_MS = 5 * SECOND;
/** A first look at an engine of another machine has 15 s to succeed or to fail. */
export const FIRST_LOOK_MS = 16 * SECOND;

/** How a run ended after `elapsedMs`, or null while it goes on. */
export function onceVerdict(view: DaemonView, elapsedMs: number): Verdict | null {
  if (view.refusedCommit !== null && (view.commit === null || view.settled)) return refused(view);
  if (view.commit === null && view.repositoryError !== null && elapsedMs >= REPOSITORY_PATIENCE_MS) {
    return { result: 'ERROR', what: `${view.repository} can't be read: ${view.repositoryError}`, hint: 'Check --repo and --branch.' };
  }
  const instances = [...(view.world?.observed.instances.values() ?? [])];
  // Even a repository that declares no service is not in force where nobody looked: something may run that has to go.
  const unseen = instances.length > 0 && instances.every((instance) => instance.observedAt === null);
  const failed = instances.every((instance) => instance.silence !== undefined);
  if (unseen) return elapsedMs >= (failed ? ENGINE_PATIENCE_MS : FIRST_LOOK_MS) ? noEngine(instances) : null;
  return view.settled ? settled(view) : null;
}

/** What is still under way when the time is up. */
export function timeoutVerdict(view: DaemonView, timeoutMs: number): Verdict {
  const { world } = view;
  const held = world === null ? new Map<string, string>() : heldBySecrets(world);
  const rows = [...(world?.ledger.services.values() ?? [])].filter((row) => !row.steady || held.has(row.id));
  const waits = rows.map((row) => `${row.id}: ${held.get(row.id) ?? row.message ?? row.deployments[0]?.reason ?? 'not steady'}`);
  const what = `not settled after ${timeoutMs / SECOND} s${waits.length > 0 ? `: ${waits.join('; ')}` : ''}`;
  return { result: 'TIMED_OUT', what, hint: 'What was begun goes on when the daemon runs again; --timeout gives it more time.' };
}

function noEngine(instances: readonly InstanceView[]): Verdict {
  return {
    result: 'NO_ENGINE',
    what: `no engine answers: ${instances.map(({ id, silence }) => silence ?? `${id} says nothing`).join('; ')}`,
    hint: 'Is Docker running? Name where it is with --engine; docs/reaching-engines.md lists the ways and what they need.',
  };
}

function refused(view: DaemonView): Verdict {
  const commit = view.refusedCommit?.slice(0, 12) ?? '';
  const first = view.problems.find((problem) => problem.severity === 'error');
  const place = first ? `: ${inOneLine(first)}` : '';
  return {
    result: 'INVALID',
    what: `commit ${commit} is refused${place}`,
    hint: `\`longshore plan --commit ${commit}\` shows every problem.`,
  };
}

function settled(view: DaemonView): Verdict {
  const rows = [...(view.world?.ledger.services.values() ?? [])];
  const failed = rows.filter((row) => row.deployments[0]?.rollout === 'FAILED');
  const back = rows.filter((row) => row.deployments[0]?.rollbackOf != null);
  const hint = '`longshore events` tells how it went; commit a revision that works.';
  if (failed.length > 0) return { result: 'FAILED', what: failed.map((row) => reasonOf(row, 0)).join('; '), hint };
  if (back.length > 0) return { result: 'ROLLED_BACK', what: back.map((row) => reasonOf(row, 1)).join('; '), hint };
  return { result: 'OK', what: 'every service is as git declares it', hint: null };
}

/** `cluster/name: web:2 FAILED: why`, of the newest deployment or the one that it undid. */
function reasonOf(row: ServiceRow, index: 0 | 1): string {
  const newest = row.deployments[0];
  const failed = index === 0 ? newest : row.deployments.find((deployment) => deployment.id === newest?.rollbackOf);
  const why = failed?.lastFailure ?? failed?.reason ?? '';
  const now = index === 0 || newest === undefined ? '' : `, ${newest.target.taskDefinition} runs again`;
  return `${row.id}: ${failed?.target.taskDefinition ?? 'the deployment'} failed${why === '' ? '' : ` (${why})`}${now}`;
}
