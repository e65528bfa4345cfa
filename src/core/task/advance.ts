// What to do for one task now: an engine call whose precondition has been seen, or nothing. The second half of a task's small machine.
import type { Action } from '../../model/turn/plan.ts';
import { type ContainerDefinition, isEssential, joinedBy } from '../../model/task/container-definition.ts';
import type { ContainerIdentity, ContainerView } from '../../model/turn/observed.ts';
import type { Task, TaskContainer } from '../../model/task/task.ts';
import type { ServiceLoadBalancer } from '../../model/service/service.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';
import { type HomeNetwork, type NeededNetwork, groupEndpoints, groupNetworksNeeded, networkOf, networksNeeded } from './network.ts';
import type { NetworkEndpoint, ServiceName } from '../../model/task/container-network.ts';
import { PAUSE, containersOf, hasPause } from '../../model/task/pause.ts';
import { containerName, isOverlay } from '../../model/turn/identity.ts';
import { isComplete, membershipActions } from './membership.ts';
import { containerSpec, stopTimeout } from './container.ts';
import { dependentsOf, readiness } from './order.ts';
import { mayRestart, viewNamed } from './container-state.ts';
import type { TargetReach } from '../../model/cluster/target-reach.ts';
import type { EfsConfig } from '../../model/task/file-system.ts';
import type { FileInContainer } from '../../model/task/container-mount.ts';
import { filesOf } from './mounts.ts';
import { isRouted, routerOf } from '../../model/task/firelens.ts';

export interface AdvanceScene {
  readonly task: Task;
  readonly installation: string;
  /** Null when the revision is known only by its labels: nothing new can be created for it. */
  readonly definition: TaskDefinition | null;
  readonly specHash: string;
  readonly serviceHash: string;
  readonly views: readonly ContainerView[];
  readonly now: number;
  /** Networks of ours that are there. */
  readonly networks: ReadonlySet<string>;
  /** The relay through which its containers would ask about themselves is being opened: nothing is created before. */
  readonly awaitsRelay: boolean;
  readonly loadBalancers: readonly ServiceLoadBalancer[];
  readonly names: readonly ServiceName[];
  readonly efs: EfsConfig | undefined;
  /** Where the proxy prefers to reach it. */
  readonly reach: TargetReach | undefined;
  /** Whether the instance can write to CloudWatch Logs. */
  readonly hasAwsLogs: () => boolean;
  readonly securityGroups: readonly string[] | undefined;
  readonly groupNetworks: readonly string[] | null;
  /** The network of the cluster; undefined: a bridge of the instance. */
  readonly home: HomeNetwork | undefined;
  /** The image of a container on this instance: what to create with, and what to pull when it is missing. */
  readonly image: (container: ContainerDefinition) => string;
}

/** The actions a task needs now, independent of each other. The instance must be connected. */
export function advance(scene: AdvanceScene): readonly Action[] {
  const { task } = scene;
  if (task.desiredStatus === 'RUNNING') return [...(task.lastStatus === 'PENDING' ? bringUp(scene) : stay(scene)), ...restarts(scene)];
  if (task.lastStatus === 'DEACTIVATING') return stay(scene);
  if (task.lastStatus === 'STOPPING') return stops(scene);
  if (task.lastStatus === 'STOPPED') return scene.views.map((view) => remove(scene, view));
  return [];
}

/** The idempotency key of an action on a container of a task. */
export function containerKey(kind: 'create' | 'start' | 'stop' | 'remove', task: string, container: string): string {
  return `${kind}/${task}/${container}`;
}

/** The key of making a network: every task on the instance that waits for it shares it. */
export function networkKey(instance: string, network: string): string {
  return `network/${instance}/${network}`;
}

/** The instance whose engine makes a network that a task on `instance` needs; null: none that could answers. */
export function makerOf({ maker }: NeededNetwork, instance: string): string | null {
  return maker === undefined ? instance : maker;
}

/** How an image is pulled, where its container says it. */
export interface PullTerms {
  /** The secret that holds the login; absent: the operator's logins will do. */
  readonly credentials?: string;
  /** Absent: that of the engine. */
  readonly platform?: string;
}

/** The key of a pull: every task on the instance that waits for the same reference, on the same terms, shares it. */
export function pullKey(instance: string, reference: string, { credentials, platform }: PullTerms): string {
  const terms = [credentials, platform === undefined ? undefined : `platform=${platform}`].filter((term) => term !== undefined);
  return [`${pullsOn(instance)}${reference}`, ...terms].join(' ');
}

/** What the keys of an instance's pulls begin with; the reference follows, up to the first blank. */
export function pullsOn(instance: string): string {
  return `pull/${instance}/`;
}

/** How the image of a container is pulled. */
export function pullTerms(container: ContainerDefinition): PullTerms {
  const credentials = container.repositoryCredentials?.credentialsParameter;
  const platform = container['x-longshore']?.platform;
  return { ...(credentials !== undefined && { credentials }), ...(platform !== undefined && { platform }) };
}

function bringUp(scene: AdvanceScene): readonly Action[] {
  const { task, definition } = scene;
  const missing = missingNetworks(scene);
  if (missing.length > 0) return missing.flatMap((one) => network(scene, one));
  const actions: Action[] = [];
  for (const container of task.containers) {
    const view = viewNamed(scene.views, container.name);
    const wanted = definitionsOf(scene).find((candidate) => candidate.name === container.name);
    if (view?.state === 'created' && container.exitCode === null && isReady(scene, wanted) && isConnected(scene, view))
      actions.push(start(scene, view));
    // What waits for others is created and its image pulled at once: only its start waits. What had ended is not made again.
    if (view !== undefined || container.exitCode !== null || definition === null || wanted === undefined) continue;
    // An engine creates nothing with the mounts, or in the network or another namespace, of a container that is not there.
    const sources = [
      ...(wanted.volumesFrom ?? []).map(({ sourceContainer }) => sourceContainer),
      ...joinedBy(wanted),
      // Nor does it know where the socket of a log router is before that has been made.
      ...(isRouted(wanted) ? [routerOf(definition)?.name ?? []].flat() : []),
      ...(hasPause(definition) && wanted.name !== PAUSE ? [PAUSE] : []),
    ];
    if (scene.awaitsRelay && container.pull !== 'needed') continue;
    if (sources.every((source) => viewNamed(scene.views, source) !== undefined)) actions.push(create(scene, definition, wanted, container));
  }
  return [...actions, ...memberships(scene)];
}

/** What keeps a task that has started on the networks of its security groups. */
function stay(scene: AdvanceScene): readonly Action[] {
  const { groupNetworks } = scene;
  if (groupNetworks === null) return [];
  const missing = missingOf(scene, groupNetworksNeeded(groupNetworks, scene.home?.swarm));
  return [...missing.flatMap((one) => network(scene, one)), ...memberships(scene)];
}

function missingNetworks(scene: AdvanceScene): readonly NeededNetwork[] {
  const { definition, installation, task, groupNetworks, home } = scene;
  return definition === null ? [] : missingOf(scene, networksNeeded(definition, installation, task.cluster, groupNetworks, home));
}

function missingOf({ networks }: AdvanceScene, needed: readonly NeededNetwork[]): readonly NeededNetwork[] {
  return needed.filter(({ network: name, isThere = networks.has(name) }) => !isThere);
}

/** What takes the pause container onto the networks of the task's security groups, and off those that are not theirs. */
function memberships(scene: AdvanceScene): readonly Action[] {
  const view = viewNamed(scene.views, PAUSE);
  const endpoints = groupEndpointsOf(scene);
  if (view === undefined || view.state === 'exited' || endpoints === null) return [];
  return membershipActions({ ...scene, view, endpoints, networks: joinable(scene) });
}

/** A worker shows an overlay only while a container of its own is on it: which ones there are to join is what a manager shows. */
function joinable({ installation, networks, home }: AdvanceScene): ReadonlySet<string> {
  if (home?.swarm === undefined) return networks;
  return new Set([...[...networks].filter((name) => !isOverlay(installation, name)), ...home.swarm.networks]);
}

/** The pause container of a task with security groups starts when it has been seen on all of their networks. */
function isConnected(scene: AdvanceScene, view: ContainerView): boolean {
  const endpoints = view.identity.container === PAUSE ? groupEndpointsOf(scene) : null;
  return endpoints === null || isComplete(view, endpoints);
}

/** Null: the task has no security groups. */
function groupEndpointsOf({ task, groupNetworks, names }: AdvanceScene): readonly NetworkEndpoint[] | null {
  return groupNetworks === null ? null : groupEndpoints(groupNetworks, task, names);
}

/** Whether what a container waits for is there. Of a revision that is known only by its labels nobody knows what waits for what. */
function isReady(scene: AdvanceScene, container: ContainerDefinition | undefined): boolean {
  const { task, views, now } = scene;
  if (container === undefined) return true;
  return readiness({ definitions: definitionsOf(scene), views, rows: task.containers, now }, container).kind === 'ready';
}

/** The containers of the task; empty when the revision is known only by its labels. */
function definitionsOf({ definition }: AdvanceScene): readonly ContainerDefinition[] {
  return definition === null ? [] : containersOf(definition);
}

/** ECS: a container with a restartPolicy is started again where it stands, while its task goes on. */
function restarts(scene: AdvanceScene): Action[] {
  return scene.task.containers.flatMap((row) => {
    const view = viewNamed(scene.views, row.name);
    const wanted = definitionsOf(scene).find(({ name }) => name === row.name);
    if (view === undefined || !mayRestart(wanted, view, row)) return [];
    return [{ ...start(scene, view), because: `container ${row.name} ended with exit code ${view.exitCode} and is started again` }];
  });
}

/** ECS: the order of the start, backwards: a container gets its signal when everything that waits for it has ended. */
function stops(scene: AdvanceScene): Action[] {
  const running = scene.views.filter((view) => view.state === 'running');
  const names = new Set(running.map((view) => view.identity.container));
  const definitions = definitionsOf(scene);
  return running
    .filter((view) => !dependentsOf(definitions, view.identity.container).some(({ name }) => names.has(name)))
    .map((view) => stop(scene, view));
}

/** None while no instance answers that could make it. */
function network({ task }: AdvanceScene, needed: NeededNetwork): readonly Action[] {
  const { network: name, cluster, options, maker } = needed;
  const instance = makerOf(needed, task.instance);
  if (instance === null) return [];
  const where = maker === undefined ? `on ${instance}` : 'in its swarm';
  return [
    {
      kind: 'create-network',
      key: networkKey(instance, name),
      instance,
      network: name,
      cluster,
      options,
      because: cluster === null ? `${task.revision} needs it ${where}` : `cluster ${cluster} has no network ${where}`,
    },
  ];
}

function create(scene: AdvanceScene, definition: TaskDefinition, wanted: ContainerDefinition, container: TaskContainer): Action {
  const { task } = scene;
  const image = scene.image(wanted);
  if (container.pull === 'needed') {
    const terms = pullTerms(wanted);
    return {
      kind: 'pull-image',
      key: pullKey(task.instance, image, terms),
      instance: task.instance,
      reference: image,
      ...terms,
      service: `${task.cluster}/${task.service}`,
      because: `${task.revision} needs it and ${task.instance} does not have it`,
    };
  }
  const identity = identityFor(scene, wanted);
  return {
    kind: 'create-container',
    key: containerKey('create', task.id, wanted.name),
    instance: task.instance,
    name: containerName(identity),
    identity,
    spec: containerSpec(wanted, definition, identity, image, { ...scene, hasAwsLogs: scene.hasAwsLogs() }),
    because: `task ${task.id.slice(0, 8)} of ${task.revision} is placed on ${task.instance}`,
  };
}

function start(scene: AdvanceScene, view: ContainerView): Action {
  const { task } = scene;
  return {
    kind: 'start-container',
    key: containerKey('start', task.id, view.identity.container),
    instance: task.instance,
    container: view.id,
    identity: view.identity,
    further: furtherNetworks(scene, view),
    files: filesFor(scene, view),
    because: `task ${task.id.slice(0, 8)} of ${task.revision} is created`,
  };
}

function filesFor({ definition }: AdvanceScene, { identity }: ContainerView): readonly FileInContainer[] {
  const wanted = definition?.containerDefinitions.find(({ name }) => name === identity.container);
  return definition === null || wanted === undefined ? [] : filesOf(wanted, definition, identity);
}

/** An engine creates a container on one network; it joins the others before it starts. */
function furtherNetworks(scene: AdvanceScene, { identity }: ContainerView): readonly NetworkEndpoint[] {
  const wanted = scene.definition?.containerDefinitions.find(({ name }) => name === identity.container);
  if (scene.definition === null || wanted === undefined) return [];
  const network = networkOf(wanted, scene.definition, identity, scene);
  return network.kind === 'networks' ? network.endpoints.slice(1) : [];
}

function stop(scene: AdvanceScene, view: ContainerView): Action {
  const { task } = scene;
  const wanted = definitionsOf(scene).find((candidate) => candidate.name === view.identity.container);
  return {
    kind: 'stop-container',
    key: containerKey('stop', task.id, view.identity.container),
    instance: task.instance,
    container: view.id,
    identity: view.identity,
    timeoutSeconds: stopTimeout(wanted),
    because: task.stoppedReason ?? 'the task is to stop',
  };
}

function remove(scene: AdvanceScene, view: ContainerView): Action {
  const { task } = scene;
  return {
    kind: 'remove-container',
    key: containerKey('remove', task.id, view.identity.container),
    instance: task.instance,
    container: view.id,
    identity: view.identity,
    because: `task ${task.id.slice(0, 8)} is stopped`,
  };
}

function identityFor(scene: AdvanceScene, container: ContainerDefinition): ContainerIdentity {
  const { task } = scene;
  return {
    installation: scene.installation,
    cluster: task.cluster,
    service: task.service,
    task: task.id,
    taskSet: task.taskSet,
    deployment: task.deployment,
    revision: task.revision,
    specHash: scene.specHash,
    serviceHash: scene.serviceHash,
    container: container.name,
    slot: task.slot,
    attempt: task.attempt,
    targets: scene.loadBalancers
      .filter((each) => each.containerName === container.name)
      .map((each) => `${each.targetGroupArn}:${each.containerPort}`),
    essential: isEssential(container),
    ...(scene.securityGroups === undefined ? {} : { securityGroups: scene.securityGroups }),
    ...(task.hostRanges === undefined ? {} : { hostRanges: task.hostRanges }),
  };
}
