// Which image a deployment runs: resolved once, so that every task of it runs the same (spec 1.4 versionConsistency, 1.10 pull behavior).
// A local-only image is pinned by its id on each engine. Resolving one service never waits for another.
import type { Action, Look } from '../../model/turn/plan.ts';
import type { Answer, InstanceView } from '../../model/turn/observed.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import { type ImageIdentity, type Outcome, isBlameless } from '../../model/turn/outcome.ts';
import type { ImagePullBehavior } from '../../model/cluster/cluster.ts';
import type { PinnedImage } from '../../model/service/deployment.ts';
import { pullKey, pullTerms } from '../task/advance.ts';

export interface ResolveScene {
  readonly service: string;
  readonly revision: string;
  readonly containers: readonly ContainerDefinition[];
  readonly behavior: ImagePullBehavior;
  readonly pullFailed: boolean;
  /** What was pinned in earlier turns. */
  readonly pinned: readonly PinnedImage[];
  /** Connected instances of the cluster, in order of their ids. */
  readonly instances: readonly InstanceView[];
  readonly answers: ReadonlyMap<string, Answer>;
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

export interface Resolved {
  /** What is pinned so far. */
  readonly pinned: readonly PinnedImage[];
  /** Whether every container's image is pinned. */
  readonly done: boolean;
  readonly looks: readonly Look[];
  readonly actions: readonly Action[];
  /** A pull by tag that failed: what was pulled, and why not in words; null when none did. */
  readonly failure: PullFailure | null;
  /** An engine could not say what it has: look again in a while. */
  readonly again: boolean;
}

/** Instances that are asked for an image before all others: 100 services on 500 instances would be 50,000 questions. */
const ASKED_FIRST = 20;

export interface PullFailure {
  readonly reference: string;
  readonly reason: string;
}

type Step =
  | PinnedImage
  | { readonly looks?: readonly Look[]; readonly action?: Action; readonly failure?: PullFailure; readonly again?: true };

/** Pins each container's image, or says what must be asked first. */
export function resolveImages(scene: ResolveScene): Resolved {
  const steps = scene.containers.map((container) => known(scene, container) ?? resolveOne(scene, container));
  const pinned = steps.filter((step): step is PinnedImage => 'reference' in step);
  const pending = steps.filter((step): step is Exclude<Step, PinnedImage> => !('reference' in step));
  return {
    pinned,
    done: pending.length === 0,
    looks: pending.flatMap((step) => step.looks ?? []),
    actions: pending.flatMap((step) => (step.action ? [step.action] : [])),
    again: pending.some((step) => step.again === true),
    failure: pending.find((step) => step.failure !== undefined)?.failure ?? null,
  };
}

/** What to create a container with on an instance: the digest, the local id, or the reference as it was written. */
export function imageFor(pinned: PinnedImage | undefined, container: ContainerDefinition, instance: string): string {
  if (pinned === undefined) return container.image;
  if (pinned.digest !== null) return digestReference(pinned.reference, pinned.digest);
  return pinned.ids.find((each) => each.instance === instance)?.id ?? container.image;
}

/** Whether a registry may be asked for the image of a container. */
export function isPullable(container: ContainerDefinition): boolean {
  return container['x-longshore']?.pullPolicy !== 'never';
}

/** `repository@digest`: the image of a reference, whatever its tag comes to mean. */
export function digestReference(reference: string, digest: string): string {
  return `${repositoryOf(reference)}@${digest}`;
}

/** Instances that have every local-only image; null when each image can be pulled. */
export function instancesWithImages(images: readonly PinnedImage[]): ReadonlySet<string> | null {
  const local = images.filter((image) => image.digest === null && image.ids.length > 0 && image.anywhere !== true);
  const [first, ...others] = local;
  if (first === undefined) return null;
  return new Set(
    first.ids
      .map((each) => each.instance)
      .filter((instance) => others.every((image) => image.ids.some((each) => each.instance === instance))),
  );
}

/** The key of the look that asks an instance for an image. */
export function lookKey(instance: string, reference: string): string {
  return `image/${instance}/${reference}`;
}

/** `host/path` of `host:port/path:tag@digest`. */
function repositoryOf(reference: string): string {
  const [named = ''] = reference.split('@');
  const colon = named.lastIndexOf(':');
  return colon > named.lastIndexOf('/') ? named.slice(0, colon) : named;
}

function known(scene: ResolveScene, container: ContainerDefinition): PinnedImage | undefined {
  return scene.pinned.find((image) => image.container === container.name && image.reference === container.image);
}

function resolveOne(scene: ResolveScene, container: ContainerDefinition): Step {
  const reference = container.image;
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1];
  if (digest !== undefined && isPullable(container)) return { container: container.name, reference, digest, ids: [] };
  const policy = container['x-longshore']?.pullPolicy;
  const behavior = policy === undefined ? scene.behavior : BEHAVIORS[policy];
  const asksRegistry = behavior === 'always' || (behavior === 'default' && !scene.pullFailed);
  return asksRegistry ? pull(scene, container) : fromEngines(scene, container);
}

/** What Compose calls missing and never is done by looking at what engines have. */
const BEHAVIORS = { always: 'always', missing: 'prefer-cached', never: 'prefer-cached' } as const;

/**
 * prefer-cached and once: any engine that has it decides; the registry is asked only when none has, and never where the container says so. Of
 * many engines the first are asked before the others: a digest from one of them is that of all, and where none of them has the image, the
 * registry is asked before the rest. All are asked for what is known by its id on each engine, and for what no registry has.
 */
function fromEngines(scene: ResolveScene, container: ContainerDefinition): Step {
  const { image: reference } = container;
  const first = looksAt(scene.instances.slice(0, ASKED_FIRST), reference);
  if (first.length === 0 || !areAnswered(scene, first)) return { looks: first };
  if (first.length === scene.instances.length) return decided(scene, container, first);
  const found = foundBy(scene, first);
  if (isPullable(container) && found.some(({ image }) => image.digest !== null)) return decided(scene, container, first);
  const all = looksAt(scene.instances, reference);
  if (areAnswered(scene, all)) return decided(scene, container, all);
  if (found.length > 0 || !isPullable(container)) return { looks: all };
  if (isUnanswered(scene, first)) return { again: true };
  const step = pull(scene, container);
  if ('reference' in step) return step;
  return step.failure === undefined ? { ...step, looks: first } : { looks: all };
}

/** What follows from the answers of engines that were all asked. */
function decided(scene: ResolveScene, container: ContainerDefinition, looks: readonly Look[]): Step {
  const reference = container.image;
  const found = foundBy(scene, looks);
  const isPulled = isPullable(container);
  // What is never pulled runs where it is, and there it is known by its id.
  const digest = isPulled ? (found.find((each) => each.image.digest !== null)?.image.digest ?? null) : null;
  if (found.length > 0)
    return {
      container: container.name,
      reference,
      digest,
      ids: digest === null ? found.map((each) => ({ instance: each.instance, id: each.image.id })) : [],
    };
  // An engine that could not say is not an engine without the image: it is asked again, and nobody has failed.
  if (isUnanswered(scene, looks)) return { again: true };
  if (!isPulled) {
    const reason = `CannotPullContainerError: no instance has ${reference}, and the pullPolicy of container ${container.name} is never`;
    return { failure: { reference, reason } };
  }
  // The looks are asked along with the pull: their answers are kept only as long as somebody asks.
  const step = pull(scene, container);
  return 'reference' in step ? step : { ...step, looks };
}

function looksAt(instances: readonly InstanceView[], reference: string): readonly Look[] {
  return instances.map(({ id }): Look => ({ kind: 'image', key: lookKey(id, reference), instance: id, reference }));
}

function areAnswered({ answers }: ResolveScene, looks: readonly Look[]): boolean {
  return looks.every(({ key }) => answers.has(key));
}

function isUnanswered({ answers }: ResolveScene, looks: readonly Look[]): boolean {
  return looks.some(({ key }) => answers.get(key)?.error);
}

function foundBy(
  { answers }: ResolveScene,
  looks: readonly Look[],
): readonly { readonly instance: string; readonly image: ImageIdentity }[] {
  return looks.flatMap(({ key, instance }) => {
    const image = answers.get(key)?.image;
    return image ? [{ instance, image }] : [];
  });
}

function pull(scene: ResolveScene, container: ContainerDefinition): Step {
  const reference = container.image;
  const [instance] = scene.instances;
  if (instance === undefined) return {};
  const terms = pullTerms(container);
  const key = pullKey(instance.id, reference, terms);
  const outcome = scene.outcomes.get(key);
  if (outcome?.error && !isBlameless(outcome.error))
    return { failure: { reference, reason: `CannotPullContainerError: ${outcome.error.message}` } };
  if (outcome?.image) return pinnedBy(container, instance.id, outcome.image);
  return {
    action: {
      kind: 'pull-image',
      key,
      instance: instance.id,
      reference,
      service: scene.service,
      ...terms,
      because: `${scene.revision} needs ${reference} and its digest is not known yet`,
    },
  };
}

function pinnedBy(container: ContainerDefinition, instance: string, image: ImageIdentity): PinnedImage {
  const ids = image.digest === null ? [{ instance, id: image.id }] : [];
  return { container: container.name, reference: container.image, digest: image.digest, ids };
}
