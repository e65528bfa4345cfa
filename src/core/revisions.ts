// Revisions: each content of a family gets its number once, and numbers are never used again (spec 1.1). A content that comes back
// gets its old number back, so that a revert in git is a revert of revisions.
import type { DesiredState, DesiredTaskDefinition } from '../model/turn/desired.ts';
import type { Draft } from './draft.ts';
import { REVISIONS_KEPT, type Revision } from '../model/turn/ledger.ts';
import { groupBy } from '../std/order.ts';

/** Revisions in which every definition of a commit was found. */
const REGISTERED = new WeakMap<ReadonlyMap<string, Revision>, DesiredState>();

/** Gives every declared definition its revision. */
export function registerRevisions(draft: Draft, desired: DesiredState): void {
  if (REGISTERED.get(draft.revisions.result()) === desired) return;
  const known = new Map<string, Revision>();
  for (const revision of draft.revisions.values()) known.set(`${revision.family} ${revision.hash}`, revision);
  for (const declared of desired.taskDefinitions.values()) {
    const revision = known.get(`${declared.family} ${declared.hash}`);
    if (revision === undefined) register(draft, declared);
    else if (revision.spec === null) draft.revisions.set(revision.id, { ...revision, spec: declared.spec });
  }
  REGISTERED.set(draft.revisions.result(), desired);
}

/** Forgets revisions that nothing uses, beside the newest REVISIONS_KEPT of each family that git declares. */
export function pruneRevisions(draft: Draft, desired: DesiredState): void {
  const byFamily = groupBy(draft.revisions.values(), (revision) => revision.family);
  const crowded = [...byFamily].filter(([family, revisions]) => revisions.length > REVISIONS_KEPT || !desired.taskDefinitions.has(family));
  if (crowded.length === 0) return;
  const used = new Set<string>();
  for (const task of draft.tasks.values()) used.add(task.revision);
  for (const row of draft.services.values()) {
    for (const deployment of row.deployments) used.add(deployment.target.taskDefinition);
    for (const set of row.taskSets) used.add(set.target.taskDefinition);
  }
  for (const [family, revisions] of crowded) {
    const kept = desired.taskDefinitions.has(family) ? REVISIONS_KEPT : 0;
    const oldest = [...revisions].sort((a, b) => b.number - a.number).slice(kept);
    for (const revision of oldest) {
      const declared = desired.taskDefinitions.get(revision.family)?.hash === revision.hash;
      if (!declared && !used.has(revision.id)) draft.revisions.delete(revision.id);
    }
  }
}

function register(draft: Draft, declared: DesiredTaskDefinition): void {
  const number = draft.families.get(declared.family) ?? 1;
  const id = `${declared.family}:${number}`;
  draft.families.set(declared.family, number + 1);
  draft.revisions.set(id, { id, family: declared.family, number, hash: declared.hash, spec: declared.spec });
}
