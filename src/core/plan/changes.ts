// What a plan changes, thing by thing: the world before against the world at the end of the forecast. Deliberately absent: how it is
// shown (render), and anything about the way there (turns).
import { assumedDigest, type Deployment, type PinnedImage } from '../../model/service/deployment.ts';
import { type Difference, differences } from '../../std/diff.ts';
import type { Ledger, ServiceRow } from '../../model/turn/ledger.ts';
import { type ServiceSettings, serviceSettings } from '../../model/service/service.ts';
import type { Action, World } from '../../model/turn/plan.ts';
import type { DesiredService } from '../../model/turn/desired.ts';
import { type NfsMount, nfsMountOf } from '../../model/task/file-system.ts';
import type { Play } from './turns.ts';
import { type RouteChange, type ServedRoutes, NOTHING_SERVED, openPorts, routeChanges, routesOf } from '../traffic/reroute.ts';
import { isOfGroups } from '../../model/turn/identity.ts';
import { NO_TABLE } from '../../model/traffic/proxy.ts';
import { byText } from '../../std/order.ts';
import { desiredWithSecrets, rotated } from '../secrets.ts';

/** repair: git asks for nothing new, but the engines are not (or not yet) as it declares. */
export type ChangeKind = 'create' | 'update' | 'delete' | 'repair';

export interface ImageChange {
  readonly container: string;
  readonly before: ShownImage | null;
  readonly after: ShownImage | null;
}

export interface ShownImage {
  readonly reference: string;
  /** Null while it is not known, and for an image that exists only locally. */
  readonly digest: string | null;
}

/** A volume that is mounted by NFS. */
export interface MountedFileSystem extends NfsMount {
  /** Its name in the task definition. */
  readonly volume: string;
}

export interface ServiceChange {
  readonly subject: 'service';
  /** `cluster/name`. */
  readonly id: string;
  readonly kind: ChangeKind;
  /** `family:n`; null where the service does not exist. */
  readonly revision: { readonly before: string | null; readonly after: string | null };
  readonly desiredCount: { readonly before: number | null; readonly after: number | null };
  /** Null for a service that git no longer declares. */
  readonly settings: ServiceSettings | null;
  readonly images: readonly ImageChange[];
  /** File systems that its tasks mount from now on. */
  readonly fileSystems: readonly MountedFileSystem[];
  /** Fields of the task definition; null when the old content is not known. */
  readonly definition: readonly Difference[] | null;
  /** Fields of the service. */
  readonly service: readonly Difference[];
  /** Whether a deployment starts. */
  readonly deploys: boolean;
  /** Whether an earlier deployment is still under way at the beginning. */
  readonly isUnderway: boolean;
}

/** A change of a cluster's networks, beside any service. */
export interface ClusterChange {
  readonly subject: 'cluster';
  readonly id: string;
  readonly kind: ChangeKind;
}

/** A change of who is on a network of security groups, beside the services that change themselves: another rule, or another member of a group. */
export interface NetworkChange {
  readonly subject: 'network';
  /** The engine's name for it. */
  readonly id: string;
  readonly kind: ChangeKind;
  /** Services whose tasks join it, and that leave it. */
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

export type Change = ServiceChange | RouteChange | ClusterChange | NetworkChange;

/**
 * Everything that changes between `before` and the end of `play`: services in order of their ids, networks, listeners, target groups.
 * `served`: what the proxy serves before; null: judged by what it says of itself.
 */
export function changesOf(before: World, played: Play, served: ServedRoutes | null): readonly Change[] {
  const actions = played.turns.flatMap((turn) => turn.actions);
  const touched = new Set(actions.flatMap((action) => (isMove(action) ? [] : (serviceOf(action) ?? []))));
  // A service that no ledger knows is found by its containers, and git may not declare it any more.
  const ids = new Set([...before.desired.services.keys(), ...before.ledger.services.keys(), ...touched]);
  const services = [...ids].sort(byText).flatMap((id) => serviceChange(id, before, played.end, touched) ?? []);
  const clusters = services.length > 0 ? [] : new Set(actions.flatMap((action) => clusterOf(before.installation, action) ?? []));
  const networks = [...clusters].map((id): ClusterChange => ({ subject: 'cluster', id, kind: 'update' }));
  const shared = networkChanges(before.installation, actions, new Set(services.map(({ id }) => id)));
  const after = routesOf(before.desired);
  // Another table while no service changes: then it is the routes that differ, if only in what nobody knows.
  const isRerouted = played.reroutes && services.length === 0;
  const routes = routeChanges(served ?? servedBy(before, after), after).filter((change) => change.isBeforeKnown || isRerouted);
  return [...services, ...networks, ...shared, ...routes];
}

/** A proxy without a table serves nothing; of another one it is only known that it serves something. */
function servedBy(before: World, after: ServedRoutes): ServedRoutes {
  return before.observed.proxy?.version === NO_TABLE ? NOTHING_SERVED : openPorts(after.listeners.keys());
}

/** The service on whose behalf an action is taken, as `cluster/name`; null for a network. */
export function serviceOf(action: Action): string | null {
  if (action.kind === 'pull-image') return action.service;
  return 'identity' in action ? `${action.identity.cluster}/${action.identity.service}` : null;
}

function clusterOf(installation: string, action: Action): string | null {
  if (action.kind === 'create-network') return action.cluster;
  return action.kind === 'remove-network' && !isOfGroups(installation, action.network) ? action.network : null;
}

type Move = Extract<Action, { kind: 'connect-network' | 'disconnect-network' }>;

function isMove(action: Action): action is Move {
  return action.kind === 'connect-network' || action.kind === 'disconnect-network';
}

function networkOf(action: Move): string {
  return action.kind === 'connect-network' ? action.endpoint.network : action.network;
}

/** Networks of security groups that are made, removed, joined or left, as far as no change of a service tells it. */
function networkChanges(installation: string, actions: readonly Action[], told: ReadonlySet<string>): readonly NetworkChange[] {
  const moves = actions.filter(isMove).filter((action) => !told.has(serviceOf(action) ?? ''));
  const made = (kind: 'create-network' | 'remove-network'): ReadonlySet<string> =>
    new Set(actions.flatMap((action) => (action.kind === kind && isOfGroups(installation, action.network) ? [action.network] : [])));
  const [created, removed] = [made('create-network'), made('remove-network')];
  const ids = new Set([...moves.map(networkOf), ...(told.size > 0 ? [] : [...created, ...removed])]);
  return [...ids].sort(byText).map((id): NetworkChange => {
    const by = (kind: Move['kind']): readonly string[] =>
      [...new Set(moves.flatMap((action) => (action.kind === kind && networkOf(action) === id ? (serviceOf(action) ?? []) : [])))].sort(
        byText,
      );
    const kind = created.has(id) ? 'create' : removed.has(id) ? 'delete' : 'update';
    return { subject: 'network', id, kind, joined: by('connect-network'), left: by('disconnect-network') };
  });
}

function serviceChange(id: string, before: World, end: World, touched: ReadonlySet<string>): ServiceChange | null {
  const desired = desiredWithSecrets(before).services.get(id);
  const rowBefore = before.ledger.services.get(id);
  const rowAfter = end.ledger.services.get(id);
  const kind = kindOf(desired, rowBefore, rowAfter, touched.has(id));
  if (kind === null) return null;
  const primaryBefore = rowBefore?.deployments[0];
  const primaryAfter = desired === undefined ? undefined : rowAfter?.deployments[0];
  const deploys = primaryAfter !== undefined && primaryAfter.id !== primaryBefore?.id;
  const isNew = kind === 'create';
  const found = rowBefore === undefined && !isNew ? foundOf(before, id) : null;
  return {
    subject: 'service',
    id,
    kind,
    revision: {
      before: isNew ? null : (primaryBefore?.target.taskDefinition ?? found?.revision ?? null),
      after: primaryAfter?.target.taskDefinition ?? null,
    },
    desiredCount: { before: isNew ? null : (rowBefore?.desiredCount ?? found?.tasks ?? null), after: desired?.spec.desiredCount ?? null },
    settings: desired === undefined ? null : serviceSettings(desired.spec),
    images: deploys || kind === 'delete' ? imageChanges(before.ledger, isNew ? undefined : primaryBefore, end.ledger, primaryAfter) : [],
    fileSystems: deploys ? fileSystemsOf(end, primaryAfter) : [],
    definition: deploys && !isNew ? definitionDifferences(before.ledger, primaryBefore, end.ledger, primaryAfter) : [],
    service: isNew || desired === undefined ? [] : serviceDifferences(rowBefore, primaryBefore, desired),
    deploys,
    isUnderway: primaryBefore?.rollout === 'IN_PROGRESS',
  };
}

/** What runs of a service that the ledger has no row of, told by its containers; of several revisions the last by name. */
function foundOf(world: World, id: string): { readonly tasks: number; readonly revision: string | null } {
  const identities = [...world.observed.instances.values()].flatMap((instance) =>
    [...instance.containers.values()].flatMap(({ identity }) => (`${identity.cluster}/${identity.service}` === id ? [identity] : [])),
  );
  const revisions = identities.map((identity) => identity.revision).sort(byText);
  return { tasks: new Set(identities.map((identity) => identity.task)).size, revision: revisions.at(-1) ?? null };
}

function kindOf(
  desired: DesiredService | undefined,
  before: ServiceRow | undefined,
  after: ServiceRow | undefined,
  touched: boolean,
): ChangeKind | null {
  if (desired === undefined) return before === undefined && !touched ? null : 'delete';
  if (before === undefined || before.status === 'DRAINING' || before.deployments.length === 0) return 'create';
  const deploys = before.requested !== desired.hash && after?.deployments[0]?.id !== before.deployments[0]?.id;
  if (deploys || before.desiredCount !== desired.spec.desiredCount) return 'update';
  return touched ? 'repair' : null;
}

function imageChanges(
  before: Ledger,
  primaryBefore: Deployment | undefined,
  after: Ledger,
  primaryAfter: Deployment | undefined,
): readonly ImageChange[] {
  const old = imagesOf(before, primaryBefore);
  const fresh = imagesOf(after, primaryAfter);
  const containers = new Set([...fresh.keys(), ...old.keys()]);
  return [...containers].flatMap((container): ImageChange[] => {
    const change = { container, before: old.get(container) ?? null, after: fresh.get(container) ?? null };
    const moved = change.before?.reference !== change.after?.reference || digestMoved(change.before, change.after);
    return moved ? [change] : [];
  });
}

/** Those that nobody knows the place of are left out: the deployment fails, and says so. */
function fileSystemsOf(world: World, { target }: Deployment): readonly MountedFileSystem[] {
  const volumes = world.ledger.revisions.get(target.taskDefinition)?.spec?.volumes ?? [];
  return volumes.flatMap(({ name, efsVolumeConfiguration }) => {
    const mount = efsVolumeConfiguration && nfsMountOf(efsVolumeConfiguration, world.efs);
    return mount === undefined || 'fault' in mount ? [] : [{ volume: name, ...mount }];
  });
}

/** Another digest under the same reference; an unknown one is no change. */
function digestMoved(before: ShownImage | null, after: ShownImage | null): boolean {
  return before !== null && after !== null && before.digest !== null && after.digest !== null && before.digest !== after.digest;
}

/** The images of a deployment by container: pinned ones where they are known, else as the definition writes them. */
function imagesOf(ledger: Ledger, deployment: Deployment | undefined): ReadonlyMap<string, ShownImage> {
  if (deployment === undefined) return new Map();
  const pinned = new Map(deployment.target.images?.map((image) => [image.container, shownImage(image)]));
  const containers = ledger.revisions.get(deployment.target.taskDefinition)?.spec?.containerDefinitions;
  if (containers === undefined) return pinned;
  return new Map(
    containers.map((container) => [container.name, pinned.get(container.name) ?? { reference: container.image, digest: null }]),
  );
}

function shownImage(image: PinnedImage): ShownImage {
  const isAssumed = image.digest === assumedDigest(image.reference);
  return { reference: image.reference, digest: isAssumed ? null : image.digest };
}

function definitionDifferences(
  before: Ledger,
  primaryBefore: Deployment | undefined,
  after: Ledger,
  primaryAfter: Deployment | undefined,
): readonly Difference[] | null {
  const old = before.revisions.get(primaryBefore?.target.taskDefinition ?? '')?.spec ?? null;
  const fresh = after.revisions.get(primaryAfter?.target.taskDefinition ?? '')?.spec ?? null;
  return old === null || fresh === null ? null : differences(old, fresh);
}

/** The ledger remembers of a service what a deployment depends on, and its count. */
function serviceDifferences(row: ServiceRow | undefined, primary: Deployment | undefined, desired: DesiredService): readonly Difference[] {
  const found = differences(
    { desiredCount: row?.desiredCount, loadBalancers: primary?.target.loadBalancers, securityGroups: primary?.target.securityGroups },
    { desiredCount: desired.spec.desiredCount, loadBalancers: desired.loadBalancers, securityGroups: desired.securityGroups },
  );
  return rotated(row?.requested, desired.hash) ? [...found, { path: 'secrets', before: 'as deployed', after: 'changed' }] : found;
}
