// Builders for tests: a whole world out of the few facts that a table row is about; whatever a row does not mention is filled in here.
// There is no YAML and no decision in this file: what is built is what a loader, an engine and a store would have given.
import type { CapacityRow } from '../src/model/cluster/capacity-provider.ts';
import { DEFAULT_CLUSTER, DEFAULT_PULL_BEHAVIOR } from '../src/model/cluster/cluster.ts';
import { containerName } from '../src/model/turn/identity.ts';
import { EMPTY_LEDGER, type ImageRow } from '../src/model/turn/ledger.ts';
import { hashOf } from '../src/std/hash.ts';
import { sortedMap } from '../src/std/order.ts';
import type {
  Answer,
  ContainerIdentity,
  ContainerView,
  InstanceView,
  Observed,
  ProxyView,
  TargetState,
} from '../src/model/turn/observed.ts';
import type { DesiredInstance } from '../src/model/cluster/container-instance.ts';
import type { ContainerNetwork } from '../src/model/task/container-network.ts';
import type { ContainerDefinition } from '../src/model/task/container-definition.ts';
import type { HealthCheck } from '../src/model/task/health-check.ts';
import type { Deployment, ServiceRevision, TaskSet } from '../src/model/service/deployment.ts';
import { desiredService, serviceOf } from './build-service.ts';
import type { DeployableService, DesiredSecurityGroup, DesiredState, DesiredTaskDefinition } from '../src/model/turn/desired.ts';
import type { InstanceRow, Ledger, Registration, Retry, Revision, ServiceRow } from '../src/model/turn/ledger.ts';
import type { DeployableLoadBalancer as LoadBalancer } from '../src/model/turn/desired.ts';
import type { TargetGroup } from '../src/model/traffic/target-group.ts';
import type { DeploymentCircuitBreaker } from '../src/model/service/service-deployment.ts';
import type { PlacementConstraint } from '../src/model/cluster/placement.ts';
import type { ImagePullBehavior } from '../src/model/cluster/cluster.ts';
import type { Task } from '../src/model/task/task.ts';
import type { TaskDefinition } from '../src/model/task/task-definition.ts';
import type { World } from '../src/model/turn/plan.ts';

/** The moment at which every built world stands: 2026-01-01T00:00:00Z. */
export const NOW = Date.UTC(2026, 0, 1);
export const INSTALLATION = 'test';

/** What one application declares: its definition, its service, and what stands in front of it. */
export interface Declared {
  readonly cluster: string;
  readonly taskDefinition: TaskDefinition;
  readonly service: DeployableService;
  readonly targetGroup: TargetGroup | null;
  readonly loadBalancer: LoadBalancer | null;
}

/** The few things about an application that tests vary; times in seconds, memory in MiB. */
export interface AppOptions {
  readonly cluster?: string;
  readonly family?: string;
  readonly image?: string;
  readonly count?: number;
  /** One task on each instance, instead of a number of them. */
  readonly daemon?: boolean;
  readonly constraints?: readonly PlacementConstraint[];
  readonly min?: number;
  readonly max?: number;
  readonly breaker?: DeploymentCircuitBreaker | boolean;
  readonly healthCheck?: HealthCheck | boolean;
  readonly healthyAfter?: number;
  readonly gracePeriod?: number;
  readonly force?: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly hostPort?: number;
  /** A range of ports of its first container, such as `5000-5010`. */
  readonly portRange?: string;
  readonly stopTimeout?: number;
  readonly environment?: readonly { name: string; value: string }[];
  /** A listener port: the application stands behind a load balancer. */
  readonly listen?: number;
  /** Deregistration delay of its target group. */
  readonly delay?: number;
  /** Services that its first task waits for. */
  readonly dependsOn?: readonly { readonly serviceName: string; readonly condition: 'STARTED' | 'HEALTHY' }[];
  /** Security groups that its service names. */
  readonly securityGroups?: readonly string[];
  readonly networkMode?: TaskDefinition['networkMode'];
  readonly pidMode?: TaskDefinition['pidMode'];
  /** Merged over the first container. */
  readonly container?: Partial<ContainerDefinition>;
  /** A volume that lives as long as the task, mounted by its first container and through it by the others. */
  readonly volume?: string;
  /** Further containers of the task. */
  readonly sidecars?: readonly ContainerDefinition[];
}

/** A container definition that runs `image`. */
export function container(name: string, image: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition {
  return { name, image, memory: 64, ...more };
}

/** An application called `name`: two tasks of `<name>:1`, no load balancer, no check, unless the options say otherwise. */
export function app(name: string, options: AppOptions = {}): Declared {
  const listen = options.listen;
  const family = options.family ?? name;
  const ports = listen === undefined && options.hostPort === undefined ? [] : [{ containerPort: 8080, hostPort: options.hostPort ?? 0 }];
  const ranges = options.portRange === undefined ? [] : [{ containerPortRange: options.portRange }];
  const mappings = [...ports, ...ranges];
  const check: HealthCheck | undefined =
    options.healthCheck === true ? { command: ['CMD', '/check'], interval: 5, retries: 2 } : options.healthCheck || undefined;
  const first: ContainerDefinition = {
    name: 'main',
    image: options.image ?? `${name}:1`,
    memory: options.memory ?? 64,
    ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
    ...(mappings.length === 0 ? {} : { portMappings: mappings }),
    ...(check === undefined ? {} : { healthCheck: check }),
    ...(options.stopTimeout === undefined ? {} : { stopTimeout: options.stopTimeout }),
    ...(options.environment === undefined ? {} : { environment: [...options.environment] }),
    ...(options.volume === undefined ? {} : { mountPoints: [{ sourceVolume: options.volume, containerPath: '/data' }] }),
    ...options.container,
  };
  // The first container may wait for a log router, which then can't wait for its mounts.
  const through = options.volume === undefined ? {} : { volumesFrom: [{ sourceContainer: first.name }] };
  const sidecars = (options.sidecars ?? []).map((sidecar) => (sidecar.firelensConfiguration ? sidecar : { ...sidecar, ...through }));
  const group: TargetGroup = {
    name: `${name}-tg`,
    healthCheckIntervalSeconds: 5,
    targetGroupAttributes: [{ key: 'deregistration_delay.timeout_seconds', value: String(options.delay ?? 10) }],
  };
  return {
    cluster: options.cluster ?? DEFAULT_CLUSTER,
    taskDefinition: {
      family,
      containerDefinitions: [first, ...sidecars],
      ...(options.volume === undefined ? {} : { volumes: [{ name: options.volume }] }),
      ...(options.networkMode === undefined ? {} : { networkMode: options.networkMode }),
      ...(options.pidMode === undefined ? {} : { pidMode: options.pidMode }),
    },
    service: serviceOf(name, family, options),
    targetGroup: listen === undefined ? null : group,
    loadBalancer:
      listen === undefined
        ? null
        : { name: `${name}-lb`, listeners: [{ port: listen, defaultActions: [{ type: 'forward', targetGroupArn: group.name }] }] },
  };
}

/** The desired state of a commit that declares these applications. */
export function desired(
  apps: readonly Declared[] = [],
  more: {
    commit?: string;
    pull?: ImagePullBehavior;
    instances?: readonly DesiredInstance[];
    groups?: readonly DesiredSecurityGroup[];
    graceSeconds?: number;
  } = {},
): DesiredState {
  const definitions = apps.map((one) => [one.taskDefinition.family, definitionOf(one.taskDefinition)] as const);
  const byFamily = new Map(definitions);
  const services = apps.map((one) => {
    const service = desiredService(one, byFamily.get(one.taskDefinition.family)?.hash ?? '', more.groups ?? []);
    return [service.id, service] as const;
  });
  const pull = more.pull ?? DEFAULT_PULL_BEHAVIOR;
  const grace = more.graceSeconds === undefined ? {} : { graceSeconds: more.graceSeconds };
  const clusters = new Set([DEFAULT_CLUSTER, ...apps.map((one) => one.cluster)]);
  return {
    commit: more.commit ?? hashOf([...definitions, ...services], 40),
    clusters: sortedMap([...clusters].map((name) => [name, { name, imagePullBehavior: pull, ...grace }] as const)),
    instances: sortedMap((more.instances ?? []).map((one) => [one.name, one] as const)),
    taskDefinitions: sortedMap(definitions),
    services: sortedMap(services),
    targetGroups: sortedMap(apps.flatMap((one) => (one.targetGroup ? [[one.targetGroup.name, one.targetGroup] as const] : []))),
    loadBalancers: sortedMap(apps.flatMap((one) => (one.loadBalancer ? [[one.loadBalancer.name, one.loadBalancer] as const] : []))),
    securityGroups: sortedMap((more.groups ?? []).map((group) => [group.name, group] as const)),
  };
}

/** An instance that answers, with 4 vCPU and 8 GiB, running `containers`. */
export function instance(id: string, containers: readonly ContainerView[] = [], more: Partial<InstanceView> = {}): InstanceView {
  return {
    id,
    clusters: null,
    address: '127.0.0.1',
    connected: true,
    observedAt: NOW,
    cpu: 4_096,
    memory: 8_192,
    containers: sortedMap(containers.map((view) => [view.id, view] as const)),
    networks: new Set(),
    volumes: new Map(),
    ...more,
  };
}

/** What is observed: one instance called `local` unless others are given, a proxy that serves nothing yet, no answers. */
export function observed(instances: readonly InstanceView[] = [instance('local')], more: Partial<Observed> = {}): Observed {
  return {
    instances: sortedMap(instances.map((view) => [view.id, view] as const)),
    proxy: proxy('', []),
    answers: new Map(),
    secrets: new Map(),
    ...more,
  };
}

/** The proxy's view: the acknowledged version and `[target, state, requests under way]`. */
export function proxy(version: string, targets: readonly (readonly [string, TargetState, (number | null)?])[]): ProxyView {
  const views = targets.map(
    ([id, state, inFlight]) =>
      [id, { id, state, reason: state === 'unhealthy' ? 'Target.Timeout' : '', inFlight: inFlight === undefined ? 0 : inFlight }] as const,
  );
  return { version, targets: sortedMap(views), refused: [] };
}

/** The answer to an image look: the image `id`, or absent when it is null. */
export function answer(key: string, id: string | null, digest: string | null = null): Answer {
  return { key, at: NOW, error: null, image: id === null ? null : { id, digest } };
}

/** A world in which nothing has happened yet. */
export function world(parts: Partial<World> = {}): World {
  return { installation: INSTALLATION, desired: desired(), observed: observed(), outcomes: [], ledger: EMPTY_LEDGER, now: NOW, ...parts };
}

/** The identity of container `main` of task number `slot` of service `web`. */
export function identity(more: Partial<ContainerIdentity> = {}): ContainerIdentity {
  const slot = more.slot ?? 1;
  return {
    installation: INSTALLATION,
    cluster: DEFAULT_CLUSTER,
    service: 'web',
    task: hashOf(['task', more.service ?? 'web', slot]),
    taskSet: 'set-1',
    deployment: 'ecs-svc/1',
    revision: 'web:1',
    specHash: 'v1:spec',
    serviceHash: 'v1:service',
    container: 'main',
    slot,
    attempt: 1,
    targets: [],
    essential: true,
    ...more,
  };
}

/** A container that takes nothing from outside. */
export const NO_SECRETS_OF_SPEC = { environmentFiles: [], secrets: [], logSecrets: [], taskRoleArn: null } as const;

/** One network that a container is created on, and its names there. */
export function onNetwork(network: string, ...aliases: readonly string[]): ContainerNetwork {
  return { kind: 'networks', endpoints: [{ network, aliases, links: [] }] };
}

/** A running container of ours. */
export function containerView(who: ContainerIdentity, more: Partial<ContainerView> = {}): ContainerView {
  const state = more.state ?? 'running';
  return {
    id: hashOf(['container', who.task, who.container], 64),
    name: containerName(who),
    identity: who,
    state,
    exitCode: state === 'exited' ? 0 : null,
    oomKilled: false,
    health: 'none',
    ports: [],
    networks: [],
    imageId: 'sha256:1',
    startedAt: state === 'created' ? null : NOW,
    finishedAt: state === 'exited' ? NOW : null,
    ...more,
  };
}

/** The ledger row of a RUNNING task number `slot` of service `web`. */
export function task(more: Partial<Task> = {}): Task {
  const who = identity({ slot: more.slot ?? 1, service: more.service ?? 'web' });
  return {
    id: who.task,
    cluster: who.cluster,
    service: who.service,
    taskSet: who.taskSet,
    deployment: who.deployment,
    revision: who.revision,
    slot: who.slot,
    attempt: who.attempt,
    instance: 'local',
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    health: 'UNKNOWN',
    everHealthy: false,
    failed: false,
    createdAt: NOW,
    startedAt: NOW,
    stoppingAt: null,
    stoppedAt: null,
    stopCode: null,
    stoppedReason: null,
    containers: [{ name: 'main', pull: 'none', exitCode: null, ports: [] }],
    ...more,
  };
}

/** What a deployment of `web:1` brings, its image resolved. */
export function serviceRevision(more: Partial<ServiceRevision> = {}): ServiceRevision {
  return { hash: 'v1:service', taskDefinition: 'web:1', loadBalancers: [], images: [], ...more };
}

/** A deployment in progress. */
export function deployment(more: Partial<Deployment> = {}): Deployment {
  return {
    id: 'ecs-svc/1',
    number: 1,
    target: serviceRevision(),
    taskSet: 'set-1',
    startedAt: NOW,
    finishedAt: null,
    rollout: 'IN_PROGRESS',
    reason: '',
    failedTasks: 0,
    startFailures: 0,
    retryAt: null,
    lastFailure: null,
    pullFailed: false,
    pinned: [],
    rollbackOf: null,
    ...more,
  };
}

/** A task set that holds all of the desired count and all of the traffic. */
export function taskSet(more: Partial<TaskSet> = {}): TaskSet {
  return { id: 'set-1', target: serviceRevision(), scale: 100, weight: 100, launches: 0, ...more };
}

/** The row of a service with one deployment and one task set. */
export function serviceRow(more: Partial<ServiceRow> = {}): ServiceRow {
  return {
    id: `${DEFAULT_CLUSTER}/web`,
    cluster: DEFAULT_CLUSTER,
    name: 'web',
    desiredCount: 1,
    requested: 'v1:service',
    deployments: [deployment()],
    taskSets: [taskSet()],
    nextDeployment: 2,
    status: 'ACTIVE',
    steady: false,
    message: null,
    ...more,
  };
}

/** A ledger of these rows; the family counters go on above the highest revision. */
export function ledger(
  rows: {
    revisions?: readonly Revision[];
    services?: readonly ServiceRow[];
    tasks?: readonly Task[];
    retries?: readonly Retry[];
    instances?: readonly InstanceRow[];
    images?: readonly ImageRow[];
    registrations?: readonly Registration[];
    providers?: readonly CapacityRow[];
  } = {},
): Ledger {
  const families = new Map<string, number>();
  for (const one of rows.revisions ?? []) families.set(one.family, Math.max(families.get(one.family) ?? 1, one.number + 1));
  return {
    revisions: sortedMap((rows.revisions ?? []).map((one) => [one.id, one] as const)),
    families: sortedMap(families),
    deploymentNumbers: new Map(),
    commands: new Map(),
    services: sortedMap((rows.services ?? []).map((one) => [one.id, one] as const)),
    tasks: sortedMap((rows.tasks ?? []).map((one) => [one.id, one] as const)),
    retries: sortedMap((rows.retries ?? []).map((one) => [one.key, one] as const)),
    instances: sortedMap((rows.instances ?? []).map((one) => [one.id, one] as const)),
    registrations: sortedMap((rows.registrations ?? []).map((one) => [one.id, one] as const)),
    providers: sortedMap((rows.providers ?? []).map((one) => [one.id, one] as const)),
    images: sortedMap((rows.images ?? []).map((one) => [one.id, one] as const)),
  };
}

/** Hash and spec of a definition, as the loader gives them. */
export function definitionOf(spec: TaskDefinition): DesiredTaskDefinition {
  return { family: spec.family, hash: `v1:${hashOf(spec)}`, spec };
}
