// Images that nobody needs any more (ECS agent: automated image cleanup). Only what Longshore itself brought onto an instance, under the name
// under which it brought it; never what a revision or a deployment of the ledger names, and nothing that a container uses: the engine's
// adapter looks for those, too. Asks for no wake: the daemon turns often enough for something that is due in an hour.
// Deliberately absent: how full a disk is. An engine that says that its disk is full has all that nobody needs removed at once.
import type { ImageRow, Revision, ServiceRow } from '../../model/turn/ledger.ts';
import type { InstanceView } from '../../model/turn/observed.ts';
import type { Outcome } from '../../model/turn/outcome.ts';
import { imageReferenceText, parseImageReference } from '../../lang/image-reference.ts';
import { HOUR, MINUTE } from '../../std/time.ts';
import { type Turn, emit } from '../turn.ts';
import { digestReference } from './images.ts';
import { pullsOn } from '../task/advance.ts';

/** ECS_IMAGE_CLEANUP_INTERVAL, ECS_IMAGE_MINIMUM_CLEANUP_AGE, ECS_NUM_IMAGES_DELETE_PER_CYCLE: the agent's defaults. */
const CYCLE_MS = 30 * MINUTE;
const MINIMUM_AGE_MS = HOUR;
const IMAGES_PER_CYCLE = 5;
/** Images that we know to be ours, per instance; one more is used like any other, and never removed. */
const IMAGES_KEPT = 1_000;

/** Notes what was brought, says when what nobody needs goes, and removes what is due. */
export function cleanImages(turn: Turn): void {
  noteOutcomes(turn);
  const [any] = turn.draft.images.values();
  if (any === undefined) return;
  const needed = neededIn(turn);
  const used = new Map<string, ReadonlySet<string>>();
  for (const row of turn.draft.images.values()) {
    const instance = turn.world.observed.instances.get(row.instance);
    if (instance === undefined) {
      // It is no instance of ours any more.
      turn.draft.images.delete(row.id);
      continue;
    }
    const isKept = isNeeded(row, needed) || keepsImages(turn, instance) || usedOn(instance, used).has(row.image.id);
    if (isKept) {
      if (row.removeAt !== null) turn.draft.images.set(row.id, { ...row, removeAt: null });
      continue;
    }
    const due = { ...row, removeAt: row.removeAt ?? cycleFor(turn, row.instance) };
    if (row.removeAt === null) turn.draft.images.set(row.id, due);
    if (due.removeAt <= turn.now && instance.connected && instance.observedAt !== null) remove(turn, row);
  }
}

function remove(turn: Turn, row: ImageRow): void {
  emit(turn, {
    kind: 'remove-image',
    key: removalKey(row),
    instance: row.instance,
    reference: row.reference,
    because: 'no revision, deployment or container needs it',
  });
}

function removalKey(row: ImageRow): string {
  return `remove-image/${row.id}`;
}

/** What became of removals first: an image that was removed may have been brought again meanwhile. */
function noteOutcomes(turn: Turn): void {
  for (const row of turn.outcomes.size === 0 ? [] : turn.draft.images.values()) {
    const outcome = turn.outcomes.get(removalKey(row));
    if (outcome?.error === null) turn.draft.images.delete(row.id);
    // A container uses it, or the engine was busy: the next cycle will do.
    else if (outcome !== undefined) turn.draft.images.set(row.id, { ...row, removeAt: cycleFor(turn, row.instance) });
  }
  for (const outcome of turn.outcomes.values()) {
    if (outcome.image !== undefined) noteImage(turn, outcome, outcome.image);
    if (outcome.error?.code === 'DiskFull') hurry(turn, outcome);
  }
}

/** A tag that has moved leaves its old image behind under the digest alone: that one is ours as well. */
function noteImage(turn: Turn, outcome: Outcome, image: ImageRow['image']): void {
  for (const { id: instance } of turn.world.observed.instances.values()) {
    const prefix = pullsOn(instance);
    if (!outcome.key.startsWith(prefix)) continue;
    const [reference = ''] = outcome.key.slice(prefix.length).split(' ');
    const known = turn.draft.images.get(`${instance}/${reference}`);
    if (known === undefined && outcome.brought !== true) continue;
    const before = known?.image ?? image;
    if (before.digest !== null && before.digest !== image.digest) note(turn, instance, digestReference(reference, before.digest), before);
    note(turn, instance, reference, image);
  }
}

function note(turn: Turn, instance: string, reference: string, image: ImageRow['image']): void {
  const id = `${instance}/${reference}`;
  if (turn.draft.images.get(id) === undefined && rowsOf(turn, instance).length >= IMAGES_KEPT) return;
  turn.draft.images.set(id, { id, instance, reference, image, removeAt: null });
}

/** The disk of an instance is full: what waits for its hour there goes now. */
function hurry(turn: Turn, outcome: Outcome): void {
  for (const instance of turn.world.observed.instances.values()) {
    const [, second = ''] = outcome.key.split('/');
    if (!outcome.key.startsWith(pullsOn(instance.id)) && turn.draft.tasks.get(second)?.instance !== instance.id) continue;
    for (const row of rowsOf(turn, instance.id)) turn.draft.images.set(row.id, { ...row, removeAt: turn.now });
  }
}

/** The first cycle after the minimum age in which an instance has fewer than the most removals. */
function cycleFor(turn: Turn, instance: string): number {
  const rows = rowsOf(turn, instance);
  let cycle = Math.ceil((turn.now + MINIMUM_AGE_MS) / CYCLE_MS) * CYCLE_MS;
  while (rows.filter((row) => row.removeAt === cycle).length >= IMAGES_PER_CYCLE) cycle += CYCLE_MS;
  return cycle;
}

function rowsOf(turn: Turn, instance: string): readonly ImageRow[] {
  return [...turn.draft.images.values()].filter((row) => row.instance === instance);
}

/** One cluster of an instance that keeps its images keeps all of them: an image belongs to no cluster. */
function keepsImages(turn: Turn, { clusters }: InstanceView): boolean {
  for (const [name, { imageCleanup }] of turn.world.desired.clusters)
    if (imageCleanup === 'disabled' && (clusters === null || clusters.includes(name))) return true;
  return false;
}

function usedOn(instance: InstanceView, known: Map<string, ReadonlySet<string>>): ReadonlySet<string> {
  const used = known.get(instance.id) ?? new Set([...instance.containers.values()].map((view) => view.imageId));
  known.set(instance.id, used);
  return used;
}

function isNeeded(row: ImageRow, needed: ReadonlySet<string>): boolean {
  const names = NAMES.get(row) ?? namesOf(row.reference, row.image.digest);
  NAMES.set(row, names);
  return names.some((name) => needed.has(name));
}

/** The names of a row, in full, worked out once. */
const NAMES = new WeakMap<ImageRow, readonly string[]>();

/** A reference in full, and its repository with the digest: `nginx` and `docker.io/library/nginx:latest` are one image. */
function namesOf(reference: string, digest: string | null): readonly string[] {
  return [reference, ...(digest === null ? [] : [digestReference(reference, digest)])].map((name) => {
    const parsed = parseImageReference(name).value;
    if (parsed === null) return name;
    return imageReferenceText({ ...parsed, tag: parsed.digest === null ? (parsed.tag ?? 'latest') : null });
  });
}

/** What the rows of a ledger's services and revisions name, worked out once for each pair of tables. */
const NEEDED = new WeakMap<ReadonlyMap<string, ServiceRow>, { revisions: ReadonlyMap<string, Revision>; names: ReadonlySet<string> }>();

/** References as they are written, and `repository@digest` of what was resolved: for a rollback to any revision or deployment that is kept. */
function neededIn(turn: Turn): ReadonlySet<string> {
  const services = turn.draft.services.result();
  const revisions = turn.draft.revisions.result();
  const known = NEEDED.get(services);
  if (known?.revisions === revisions) return known.names;
  const names = new Set<string>();
  const add = (reference: string, digest: string | null): void => namesOf(reference, digest).forEach((name) => names.add(name));
  for (const { spec } of revisions.values()) for (const container of spec?.containerDefinitions ?? []) add(container.image, null);
  for (const { deployments, taskSets } of services.values()) {
    const pinned = [
      ...deployments.flatMap((one) => [...one.pinned, ...(one.target.images ?? [])]),
      ...taskSets.flatMap((set) => set.target.images ?? []),
    ];
    for (const { reference, digest } of pinned) add(reference, digest);
  }
  NEEDED.set(services, { revisions, names });
  return names;
}
