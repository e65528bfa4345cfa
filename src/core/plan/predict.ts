// What one action, look or route table brings about when all goes well. The forecast calls `reconcile` and this in turns.
// Deliberately absent: faults and chance (the simulator has its own engine, times drawn apart from these: an engine made of this file
// would agree with itself), and every decision.
import type { PlannedAction, Look, World } from '../../model/turn/plan.ts';
import type { Answer, ContainerView, InstanceView, Observed, ProxyView, PublishedPort, TargetView } from '../../model/turn/observed.ts';
import { healthTimes } from '../../model/task/health-check.ts';
import type { SinglePort } from '../../model/task/port-mapping.ts';
import { PAUSE_IMAGE, containersOf } from '../../model/task/pause.ts';
import { portsWanted } from '../task/ports.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { ContainerIdentity } from '../../model/turn/observed.ts';
import type { Ledger } from '../../model/turn/ledger.ts';
import type { ImageIdentity, Outcome, OutcomeError } from '../../model/turn/outcome.ts';
import { secretKey, secretUses } from '../../model/access/secret.ts';
import type { RouteTable } from '../../model/traffic/route.ts';
import { SECOND } from '../../std/time.ts';
import { lookKey } from '../image/images.ts';
import { assumedDigest } from '../../model/service/deployment.ts';
import { hashOf } from '../../std/hash.ts';
import { byText, sortedMap } from '../../std/order.ts';
import { type NetworkEndpoint, networksOf } from '../../model/task/container-network.ts';
import { volumesAfter } from '../../model/task/task-volumes.ts';

/** How long things take, in milliseconds. */
export interface Timings {
  readonly pullMs: number;
  readonly createMs: number;
  readonly startMs: number;
  readonly stopMs: number;
  readonly removeMs: number;
  readonly networkMs: number;
  readonly lookMs: number;
  /** Until every proxy worker serves a new route table. */
  readonly routeMs: number;
  /** From a target's registration to its first good check. */
  readonly healthyMs: number;
  /** Until the requests under way on a draining target have ended; the deregistration delay ends the wait in any case. */
  readonly drainMs: number;
  /** From the start of a container whose end others wait for to that end. */
  readonly runMs: number;
  /** Null: equal things take equally long. A label: each takes its own time, decided by its name and the label. */
  readonly variant: string | null;
  /** What the variant makes take long takes little, and the reverse: of two equal things the other one is done first. */
  readonly mirrored: boolean;
}

/** Medians of dockerd 20.10 on 2 cores (create 9, start 329, stop 106, remove 8, network 69 ms); a pull of some 40 MB; a service that answers after 2 s. */
export const DEFAULT_TIMINGS: Timings = {
  pullMs: 3 * SECOND,
  createMs: 10,
  startMs: 330,
  stopMs: 110,
  removeMs: 10,
  networkMs: 70,
  lookMs: 5,
  routeMs: 5,
  healthyMs: 2 * SECOND,
  drainMs: 0,
  runMs: SECOND,
  variant: null,
  mirrored: false,
};

/** Linux hands out ephemeral ports from here on. */
const FIRST_DYNAMIC_PORT = 32_768;
/** 128 + SIGTERM: what a process that honours the stop signal by dying of it leaves behind. */
const EXIT_TERMINATED = 143;

export interface Prediction {
  readonly observed: Observed;
  readonly outcomes: readonly Outcome[];
  /** When the effect is there, in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The world's picture after `action`, started now, has ended: it succeeds, except that a container can't be created from an image
 * that its instance is known not to have.
 * `failing`: hashes of service revisions whose containers exit with code 1 as soon as they are started (the path where a release fails).
 */
export function predict(world: World, action: PlannedAction, timings: Timings, failing: ReadonlySet<string> = new Set()): Prediction {
  const { observed, ledger } = world;
  const at = world.now + durationOf(action, timings);
  const outcome: Outcome = { key: action.key, at, error: null };
  const instance = observed.instances.get(action.instance);
  if (instance === undefined) return { observed, outcomes: [outcome], at };
  if (action.kind === 'pull-image') return pulled(world, action, outcome);
  if (action.kind === 'create-container' && isMissing(world, action)) {
    return { observed, outcomes: [{ ...outcome, error: { code: 'ImageMissing', message: `No such image: ${action.spec.image}` } }], at };
  }
  const unread = unreadable(world, action);
  if (unread !== null) return { observed, outcomes: [{ ...outcome, error: unread }], at };
  const after = effectOn(instance, action, ledger, at, failing);
  return { observed: { ...observed, instances: replaced(observed.instances, after.id, after) }, outcomes: [outcome], at };
}

/** Milliseconds that an action takes. */
export function durationOf(action: PlannedAction, timings: Timings): number {
  return varied(baseDuration(action, timings), action.key, timings);
}

/** A duration of the thing called `key`; with `timings.variant`, between half and twice as long. */
export function varied(ms: number, key: string, timings: Timings): number {
  if (timings.variant === null) return ms;
  const part = Number.parseInt(hashOf([timings.variant, key], 4), 16) / 0xffff;
  return Math.round(ms * (0.5 + 1.5 * (timings.mirrored ? 1 - part : part)));
}

function baseDuration(action: PlannedAction, timings: Timings): number {
  switch (action.kind) {
    case 'create-network':
    case 'remove-network':
    case 'connect-network':
    case 'disconnect-network':
      return timings.networkMs;
    case 'remove-volume':
      return timings.removeMs;
    case 'pull-image':
      return timings.pullMs;
    case 'create-container':
      return timings.createMs;
    case 'start-container':
      return timings.startMs;
    case 'stop-container':
      return timings.stopMs;
    case 'remove-container':
      return timings.removeMs;
  }
}

/** The answer to a look that nobody could perform: the image is there. The forecast states this as an assumption. */
export function predictedAnswer(look: Look, at: number): Answer {
  return { key: look.key, at, error: null, image: assumedImage(look.reference) };
}

/**
 * The proxy once it serves `table`: known targets keep their state, new ones start from what the core recorded last.
 * `busy`: a target that begins to drain still has a request under way.
 */
export function predictedProxy(before: ProxyView | null, table: RouteTable, busy = false): ProxyView {
  const targets = table.targetGroups.flatMap((group) =>
    group.targets.map((target): readonly [string, TargetView] => {
      const known = before?.targets.get(target.id);
      if (target.state === 'draining') {
        const inFlight = known?.state === 'draining' ? known.inFlight : busy && known !== undefined ? 1 : 0;
        return [target.id, { id: target.id, state: 'draining', reason: '', inFlight }];
      }
      const state = known === undefined || known.state === 'draining' ? target.lastKnown : known.state;
      return [target.id, { id: target.id, state, reason: known?.reason ?? '', inFlight: 0 }];
    }),
  );
  return { version: table.version, targets: sortedMap(targets), refused: before?.refused ?? [] };
}

/** The definition behind a container of ours; undefined when its revision is known only from labels. */
export function definitionOf(identity: ContainerIdentity, ledger: Ledger): ContainerDefinition | undefined {
  const spec = ledger.revisions.get(identity.revision)?.spec;
  return spec ? containersOf(spec).find((container) => container.name === identity.container) : undefined;
}

/** Whether other containers of its task wait for the end of a container: then it is taken to end, and well. */
export function isEndAwaited(identity: ContainerIdentity, ledger: Ledger): boolean {
  const containers = ledger.revisions.get(identity.revision)?.spec?.containerDefinitions ?? [];
  return containers.some(({ dependsOn }) =>
    dependsOn?.some(
      ({ containerName, condition }) => containerName === identity.container && (condition === 'COMPLETE' || condition === 'SUCCESS'),
    ),
  );
}

/** Milliseconds from a container's start to the end of its first health check: Docker waits one interval before it. Null without a check. */
export function firstCheckMs(definition: ContainerDefinition | undefined): number | null {
  if (definition?.healthCheck === undefined) return null;
  const { interval, startPeriod, startInterval } = healthTimes(definition.healthCheck);
  return (startPeriod > 0 ? (startInterval ?? interval) : interval) * SECOND;
}

/** An instance with one container's view replaced. */
export function withContainer(instance: InstanceView, view: ContainerView): InstanceView {
  return { ...instance, containers: replaced(instance.containers, view.id, view) };
}

/** Afterwards a look at the same reference would find the image. What never came from a registry can't be pulled from one. */
function pulled(world: World, action: Extract<PlannedAction, { kind: 'pull-image' }>, outcome: Outcome): Prediction {
  const { observed } = world;
  if (isLocalOnly(world, action)) {
    const error = { code: 'CannotPullContainerError', message: `no registry is known to have ${action.reference}` } as const;
    return { observed, outcomes: [{ ...outcome, error }], at: outcome.at };
  }
  const reference = writtenReference(world, action);
  const image = assumedImage(reference);
  const key = lookKey(action.instance, reference);
  const known = observed.answers.get(key) ?? { key, at: outcome.at, error: null, image };
  const answers = replaced(observed.answers, key, { ...known, image });
  return { observed: { ...observed, answers }, outcomes: [{ ...outcome, image }], at: outcome.at };
}

/** Whether the instance holds the image under this reference, and holds it without a digest: built or loaded there, never pulled. */
export function isLocalOnly(world: World, action: Extract<PlannedAction, { kind: 'pull-image' }>): boolean {
  const image = world.observed.answers.get(lookKey(action.instance, action.reference))?.image;
  return image != null && image.digest === null;
}

/**
 * The look whose answer decides how an action ends: whether an instance has the image that a container is created from or that is pulled.
 * Null for other actions, and for an image that is named by its id: it was seen there.
 */
export function decisiveLook(world: World, action: PlannedAction): Look | null {
  const reference = referenceOf(world, action);
  if (reference === null) return null;
  return { kind: 'image', key: lookKey(action.instance, reference), instance: action.instance, reference };
}

function referenceOf(world: World, action: PlannedAction): string | null {
  if (action.kind === 'pull-image') return action.reference.includes('@') ? null : action.reference;
  if (action.kind !== 'create-container' || action.spec.image.startsWith('sha256:')) return null;
  // The engine's adapter has it, whatever the engine holds.
  if (action.spec.image === PAUSE_IMAGE) return null;
  return definitionOf(action.identity, world.ledger)?.image ?? null;
}

/** The reference that the manifest holds, for a pull by digest. */
function writtenReference(world: World, action: Extract<PlannedAction, { kind: 'pull-image' }>): string {
  const images = world.ledger.services.get(action.service)?.deployments.flatMap((deployment) => deployment.target.images ?? []) ?? [];
  return images.find((image) => image.digest !== null && action.reference.endsWith(`@${image.digest}`))?.reference ?? action.reference;
}

/** Whether the instance is known not to have the image, or to have another one under the same tag. */
function isMissing(world: World, action: Extract<PlannedAction, { kind: 'create-container' }>): boolean {
  const look = decisiveLook(world, action);
  const answer = look === null ? undefined : world.observed.answers.get(look.key);
  if (look === null || answer === undefined || answer.error !== null) return false;
  if (answer.image === null) return true;
  const pinned = action.spec.image.split('@')[1];
  const isKnown = pinned !== undefined && pinned !== assumedDigest(look.reference);
  const held = answer.image.digest;
  return isKnown && held !== pinned && held !== assumedDigest(look.reference);
}

/** Why a container can't be created: a secret that it needs is known not to be there. A provider that is away is taken to answer. */
function unreadable({ observed, ledger }: World, action: PlannedAction): OutcomeError | null {
  const definition = action.kind === 'create-container' ? definitionOf(action.identity, ledger) : undefined;
  const faults = (definition ? secretUses(definition) : []).flatMap((use) => observed.secrets.get(secretKey(use))?.fault ?? []);
  const final = faults.find(({ code }) => code !== 'away');
  return final === undefined ? null : { code: 'ResourceInitializationError', message: `${final.message}. ${final.hint}` };
}

function effectOn(
  instance: InstanceView,
  action: Exclude<PlannedAction, { kind: 'pull-image' }>,
  ledger: Ledger,
  at: number,
  failing: ReadonlySet<string>,
): InstanceView {
  switch (action.kind) {
    case 'create-network':
      return { ...instance, networks: new Set([...instance.networks, action.network]) };
    case 'remove-network':
      return { ...instance, networks: new Set([...instance.networks].filter((network) => network !== action.network)) };
    case 'create-container':
      return { ...withContainer(instance, createdView(action)), volumes: volumesAfter(instance.volumes, action) };
    case 'remove-volume':
      return { ...instance, volumes: volumesAfter(instance.volumes, action) };
    case 'remove-container': {
      const containers = new Map(instance.containers);
      containers.delete(action.container);
      return { ...instance, containers };
    }
    case 'start-container': {
      const view = instance.containers.get(action.container);
      if (view === undefined) return instance;
      const fails = failing.has(view.identity.serviceHash);
      const joined = { ...view, networks: joinedBy(view.networks, action.further) };
      return withContainer(instance, fails ? exitedView(joined, 1, at, at) : startedView(instance, joined, ledger, at));
    }
    case 'connect-network':
      return withNetworks(instance, action.container, (networks) => [...networks, action.endpoint.network]);
    case 'disconnect-network':
      return withNetworks(instance, action.container, (networks) => networks.filter((network) => network !== action.network));
    case 'stop-container': {
      const view = instance.containers.get(action.container);
      return view === undefined ? instance : withContainer(instance, exitedView(view, EXIT_TERMINATED, view.startedAt, at));
    }
  }
}

function createdView(action: Extract<PlannedAction, { kind: 'create-container' }>): ContainerView {
  return {
    id: hashOf(['container', action.name], 64),
    name: action.name,
    identity: action.identity,
    state: 'created',
    exitCode: null,
    oomKilled: false,
    health: 'none',
    ports: [],
    // An engine creates a container on one network.
    networks: networksOf(action.spec.network).slice(0, 1),
    imageId: assumedImage(action.spec.image).id,
    startedAt: null,
    finishedAt: null,
  };
}

function joinedBy(networks: readonly string[], further: readonly NetworkEndpoint[]): readonly string[] {
  return [...new Set([...networks, ...further.map(({ network }) => network)])].sort(byText);
}

/** A container that has joined a network, or left one. */
function withNetworks(instance: InstanceView, id: string, change: (networks: readonly string[]) => readonly string[]): InstanceView {
  const view = instance.containers.get(id);
  return view === undefined ? instance : withContainer(instance, { ...view, networks: [...new Set(change(view.networks))].sort(byText) });
}

function startedView(instance: InstanceView, view: ContainerView, ledger: Ledger, at: number): ContainerView {
  const definition = definitionOf(view.identity, ledger);
  return {
    ...view,
    state: 'running',
    exitCode: null,
    health: definition?.healthCheck === undefined ? 'none' : 'starting',
    ports: publishedPorts(instance, portsOf(view.identity, definition, ledger)),
    startedAt: at,
    finishedAt: null,
  };
}

/** A container that has ended at `finishedAt`. */
export function exitedView(view: ContainerView, exitCode: number, startedAt: number | null, finishedAt: number): ContainerView {
  return { ...view, state: 'exited', exitCode, ports: [], startedAt, finishedAt };
}

/** What a container publishes, by its definition and the load balancers of its task set. */
function portsOf(identity: ContainerIdentity, definition: ContainerDefinition | undefined, ledger: Ledger): readonly SinglePort[] {
  const spec = ledger.revisions.get(identity.revision)?.spec;
  if (!spec || definition === undefined) return [];
  const sets = ledger.services.get(`${identity.cluster}/${identity.service}`)?.taskSets ?? [];
  const loadBalancers = sets.find(({ id }) => id === identity.taskSet)?.target.loadBalancers ?? [];
  // What has no address in a forecast is reached at a port, whatever the instance prefers.
  return portsWanted(definition, spec, loadBalancers, identity.hostRanges ?? [], undefined);
}

/** Host ports as an engine would hand them out: the declared one, else the lowest dynamic port that no container of ours holds. */
function publishedPorts(instance: InstanceView, wanted: readonly SinglePort[]): readonly PublishedPort[] {
  const taken = new Set([...instance.containers.values()].flatMap((view) => view.ports.map((port) => port.hostPort)));
  let next = FIRST_DYNAMIC_PORT;
  return wanted.map(({ containerPort, protocol, hostPort: written }) => {
    let hostPort = written;
    if (hostPort === 0) {
      while (taken.has(next)) next++;
      hostPort = next;
    }
    taken.add(hostPort);
    return { containerPort, protocol, hostPort };
  });
}

/** An image nobody has seen: id and digest are made from the reference, so that every instance agrees on them. */
function assumedImage(reference: string): ImageIdentity {
  const id = reference.startsWith('sha256:') ? reference : `sha256:${hashOf(['image', reference], 64)}`;
  return { id, digest: assumedDigest(reference) };
}

function replaced<T>(map: ReadonlyMap<string, T>, id: string, value: T): ReadonlyMap<string, T> {
  const copy = new Map(map);
  copy.set(id, value);
  return copy;
}
