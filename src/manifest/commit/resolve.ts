// Resources of all files -> the desired state: each thing is defined once, and what is named exists. What a broken document defines
// counts as defined, so that one mistake is told once. Nothing is decided here: no default is written into a spec.
import { DEFAULT_CLUSTER, DEFAULT_PULL_BEHAVIOR } from '../../model/cluster/cluster.ts';
import { KINDS, KIND_NAMES } from '../kind.ts';
import { groupsOf, referencesOf } from './references.ts';
import { capacityProviderNames, providersOf, sharedProviders } from './capacity-providers.ts';
import { crowdedFindings } from './crowded.ts';
import { forwarding } from './forwarding.ts';
import { type Beside, environmentFileFindings } from './environment-files.ts';
import { definitionHash, serviceHash } from './spec-hash.ts';
import { lintFindings } from './lint.ts';
import { nearest } from '../../std/text.ts';
import { baselessOverlays } from '../environment.ts';
import { onValue } from '../finding.ts';
import { overrideFindings } from './overrides.ts';
import { placeName } from '../text/text.ts';
import { offsetOf } from '../text/tree.ts';
import { problemOfFinding } from '../problem.ts';
import { roleFindings } from './roles.ts';
import { sharedInstances, sharedSwarms } from './instance-clusters.ts';
import { secretRanges } from '../text/secrets.ts';
import { inNamespace, serviceConnectFindings } from './service-connect.ts';
import { type GroupNames, desiredGroups, groupNames, groupsOf as groupsOfService, groupFindings } from './security-groups.ts';
import { serviceFindings } from '../rules/service.ts';
import { serviceLoops } from './service-order.ts';
import { sharedMetricFindings } from '../rules/scaling.ts';
import { sortedMap } from '../../std/order.ts';
import type { ChosenEnvironment } from '../environment.ts';
import type { DeployableService, DesiredCluster, DesiredService, DesiredState, DesiredTaskDefinition } from '../../model/turn/desired.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import type { Finding } from '../finding.ts';
import type { KindName } from '../kind.ts';
import type { Path } from '../text/tree.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service/service.ts';
import type { ReadFile, Resource, ResourceOf } from '../document.ts';

export interface Resolved {
  /** To be used only when no problem is an error. */
  readonly desired: DesiredState;
  readonly problems: readonly Problem[];
}

/** Joins the files of a commit. `files` are in order of their paths: of two definitions the first one counts. */
export function resolve(files: readonly ReadFile[], commit: string, environment: ChosenEnvironment | null, beside: Beside): Resolved {
  const problems: Problem[] = [];
  const names = namesOf(files);
  const resources = uniqueOf(
    files.flatMap((file) => file.resources),
    problems,
  );
  const of = <K extends KindName>(kind: K): ResourceOf<K>[] =>
    resources.filter((resource): resource is ResourceOf<K> & Resource => resource.kind === kind);
  const definitions = new Map(of('TaskDefinition').map((resource) => [resource.identity, resource.spec]));
  const attached = attachedGroups(of('LoadBalancer'));
  for (const resource of resources) {
    const findings = [
      ...missingReferences(resource, names),
      ...(resource.kind === 'Service' ? serviceFindings(resource.spec, definitions.get(resource.spec.taskDefinition ?? '') ?? null) : []),
      ...overrideFindings(resource, definitions),
      ...(resource.kind === 'TaskDefinition' ? environmentFileFindings(resource.spec, beside) : []),
      ...(resource.kind === 'Service' && names.complete ? unattached(resource, names, attached) : []),
    ];
    problems.push(...findings.map((finding) => problemOf(resource, finding)));
  }
  for (const { rest } of files.flatMap((file) => file.broken))
    if (rest !== undefined) problems.push(...missingReferences(rest, names).map((finding) => problemOf(rest, finding)));
  problems.push(...sharedPorts(of('LoadBalancer')), ...(names.complete ? baselessOverlays(environment, names.of) : []));
  problems.push(
    ...[...crowdedFindings(resources), ...lintFindings(resources), ...together(of, resources, names)].map(({ resource, finding }) =>
      problemOf(resource, finding),
    ),
  );
  problems.push(...loops(of('Service'), files));
  const policies = of('ScalingPolicy');
  const shared = sharedMetricFindings(policies.map(({ spec }) => spec));
  problems.push(...policies.flatMap((policy, index) => (shared[index] ?? []).map((finding) => problemOf(policy, finding))));
  return { desired: desiredOf(of, commit), problems };
}

/** Services that wait for each other; a compose project has told its own circles already. */
function loops(services: readonly ResourceOf<'Service'>[], files: readonly ReadFile[]): Problem[] {
  const found = serviceLoops(services).map(({ resource, finding }) => problemOf(resource, finding));
  if (found.length === 0) return [];
  const placed = ({ file, line, column }: Problem): string => `${file}:${line}:${column}`;
  const told = new Set(files.flatMap(({ problems }) => problems.filter(({ code }) => code === 'compose-loop-of-dependencies').map(placed)));
  return found.filter((problem) => !told.has(placed(problem)));
}

/** What services and clusters say of each other. */
function together(of: <K extends KindName>(kind: K) => ResourceOf<K>[], resources: readonly Resource[], names: Names) {
  const clusters = new Map<string, Cluster | null>(names.broken.map((name) => [name, null]));
  for (const { identity, spec } of of('Cluster')) clusters.set(identity, spec);
  const services = of('Service');
  const groups = of('SecurityGroup');
  return [
    ...(names.complete ? serviceConnectFindings(services, clusters) : []),
    ...(names.complete ? capacityProviderNames(resources, names.of.CapacityProvider, clusters) : []),
    ...sharedProviders(resources),
    ...sharedInstances(of('Cluster')),
    ...sharedSwarms(of('Cluster')),
    // of a group that is broken nobody knows under which names it would be found
    ...(names.complete && groups.length === names.of.SecurityGroup.size ? groupFindings(services, groups, groupNames(groups)) : []),
    ...roleFindings(of('TaskDefinition'), of('Role'), {
      roles: names.of.Role,
      repositories: names.of.Repository,
      complete: names.complete,
    }),
  ];
}

interface Names {
  readonly of: Readonly<Record<KindName, ReadonlySet<string>>>;
  /** Clusters that are defined and broken. */
  readonly broken: readonly string[];
  /** Whether every file could be read: else nobody knows what is missing. */
  readonly complete: boolean;
  /** Kinds of which something may be defined that can't be read. */
  readonly unsure: ReadonlySet<KindName>;
}

function namesOf(files: readonly ReadFile[]): Names {
  const of = Object.fromEntries(KIND_NAMES.map((kind) => [kind, new Set<string>()])) as Record<KindName, Set<string>>;
  of.Cluster.add(DEFAULT_CLUSTER);
  for (const file of files) {
    for (const { kind, identity } of [...file.resources, ...file.broken]) of[kind].add(identity);
  }
  const broken = files.flatMap((file) => file.broken.flatMap(({ kind, identity }) => (kind === 'Cluster' ? [identity] : [])));
  const unnamed = files.flatMap((file) => file.unnamed ?? []);
  const isUnread = files.some(({ unread }) => unread);
  return { of, broken, complete: !isUnread && unnamed.length === 0, unsure: new Set(isUnread ? KIND_NAMES : unnamed) };
}

function problemOf(resource: Resource, finding: Finding): Problem {
  const guard = { exact: true, secrets: secretRanges(resource.tree) };
  return problemOfFinding(resource.file, resource.tree, finding, guard);
}

/** The resources without those that an earlier one has defined already. */
function uniqueOf(resources: readonly Resource[], problems: Problem[]): Resource[] {
  const first = new Map<string, Resource>();
  for (const resource of resources) {
    const key = resource.identity === '' ? `${resource.kind} without a name, ${first.size}` : `${resource.kind} ${resource.identity}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, resource);
      continue;
    }
    // two ecspresso configs may share one task definition
    if (earlier.file.path === resource.file.path && earlier.tree.start === resource.tree.start) continue;
    const path: Path = [KINDS[resource.kind].nameField];
    const place = placeName(earlier.file, offsetOf(earlier.tree, path, 'value'));
    const message = `the ${KINDS[resource.kind].words} "${resource.identity}" is defined twice, first at ${place}`;
    problems.push(problemOf(resource, onValue('duplicate-definition', path, message, 'rename one of the two, or remove it')));
  }
  return [...first.values()];
}

/** What a resource names and nobody defines. */
function missingReferences(resource: Resource, names: Names): Finding[] {
  return referencesOf(resource.kind, resource.spec).flatMap(({ kind, name, path, code }) => {
    if (names.of[kind].has(name) || names.unsure.has(kind)) return [];
    const { words, nameField, within } = KINDS[kind];
    const meant = nearest(name, names.of[kind]);
    const hint =
      meant === null
        ? `add a document of kind ${kind} with ${nameField}: ${within === undefined ? name : name.slice(name.lastIndexOf('/') + 1)}`
        : `did you mean ${meant}?`;
    return [onValue(code, path, `the ${words} "${name}" is not defined`, hint)];
  });
}

function attachedGroups(balancers: readonly ResourceOf<'LoadBalancer'>[]): ReadonlySet<string> {
  return new Set(balancers.flatMap(({ spec }) => groupsOf(spec)).map(({ name }) => name));
}

/** ECS refuses a service whose target group no load balancer forwards to: no request would ever reach it. */
function unattached(service: ResourceOf<'Service'>, names: Names, attached: ReadonlySet<string>): Finding[] {
  return (service.spec.loadBalancers ?? []).flatMap((entry, index) => {
    const name = entry.targetGroupArn;
    if (attached.has(name) || !names.of.TargetGroup.has(name)) return [];
    const hint = 'forward to it from a listener or a rule of a LoadBalancer';
    return [
      onValue(
        'unattached-target-group',
        ['loadBalancers', index, 'targetGroupArn'],
        `no listener forwards to the target group "${name}"`,
        hint,
      ),
    ];
  });
}

/** All listeners are served by one proxy, so a port belongs to one of them. */
function sharedPorts(balancers: readonly ResourceOf<'LoadBalancer'>[]): Problem[] {
  const first = new Map<number, { balancer: ResourceOf<'LoadBalancer'>; path: Path }>();
  const problems: Problem[] = [];
  for (const balancer of balancers) {
    for (const [index, listener] of balancer.spec.listeners.entries()) {
      const path: Path = ['listeners', index, 'port'];
      const earlier = first.get(listener.port);
      if (earlier === undefined) {
        first.set(listener.port, { balancer, path });
        continue;
      }
      const where = placeName(earlier.balancer.file, offsetOf(earlier.balancer.tree, earlier.path, 'value'));
      const message = `port ${listener.port} has a listener already, in load balancer "${earlier.balancer.identity}" at ${where}`;
      problems.push(problemOf(balancer, onValue('duplicate-listener-port', path, message, 'give each listener its own port')));
    }
  }
  return problems;
}

function desiredOf(of: <K extends KindName>(kind: K) => ResourceOf<K>[], commit: string): DesiredState {
  const definitions = sortedMap(
    of('TaskDefinition').map(({ spec }): [string, DesiredTaskDefinition] => [
      spec.family,
      { family: spec.family, hash: definitionHash(spec), spec },
    ]),
  );
  const groups = groupNames(of('SecurityGroup'));
  return {
    commit,
    clusters: clustersOf(of('Cluster'), of('Service')),
    instances: sortedMap(
      of('Cluster').flatMap(({ identity, spec }) =>
        (spec['x-longshore']?.instances ?? []).map((instance) => [instance.name, { ...instance, cluster: identity }] as const),
      ),
    ),
    taskDefinitions: definitions,
    services: sortedMap(
      of('Service').flatMap(({ spec }) => {
        const counted = spec.schedulingStrategy === 'DAEMON' ? { ...spec, desiredCount: 0 } : spec;
        return isDeployable(counted) ? [serviceOf(inNamespace(counted, of('Cluster')), definitions, groups)] : [];
      }),
    ),
    targetGroups: sortedMap(of('TargetGroup').map(({ spec }) => [spec.name, spec])),
    loadBalancers: sortedMap(
      of('LoadBalancer').flatMap(({ spec }) => forwarding(spec).map((deployable) => [spec.name, deployable] as const)),
    ),
    securityGroups: desiredGroups(of('SecurityGroup'), groups),
    ...providersOf(of('CapacityProvider'), of('Cluster')),
  };
}

/** ECS: the cluster `default` is there as soon as a service names no other. */
function clustersOf(
  clusters: readonly ResourceOf<'Cluster'>[],
  services: readonly ResourceOf<'Service'>[],
): ReadonlyMap<string, DesiredCluster> {
  const implicit = services.some(({ spec }) => (spec.cluster ?? DEFAULT_CLUSTER) === DEFAULT_CLUSTER);
  const found = new Map<string, DesiredCluster>();
  if (implicit) found.set(DEFAULT_CLUSTER, { name: DEFAULT_CLUSTER, imagePullBehavior: DEFAULT_PULL_BEHAVIOR });
  for (const { identity, spec } of clusters) {
    const { imagePullBehavior, imageCleanup, disconnectedGraceSeconds, reach, swarm } = spec['x-longshore'] ?? {};
    const { defaultCapacityProviderStrategy: strategy = [] } = spec;
    found.set(identity, {
      name: identity,
      imagePullBehavior: imagePullBehavior ?? DEFAULT_PULL_BEHAVIOR,
      ...(imageCleanup === 'disabled' && { imageCleanup }),
      ...(disconnectedGraceSeconds !== undefined && { graceSeconds: disconnectedGraceSeconds }),
      ...(reach !== undefined && { reach }),
      ...(swarm !== undefined && { swarm }),
      ...(strategy.length > 0 && { defaultStrategy: strategy }),
    });
  }
  return sortedMap(found);
}

/** What cannot be deployed has a problem of its own: it is on the way to a version that can, or its fields contradict each other. */
function isDeployable(service: Service): service is DeployableService {
  return service.taskDefinition !== undefined && service.desiredCount !== undefined;
}

function serviceOf(
  spec: DesiredService['spec'],
  definitions: ReadonlyMap<string, DesiredTaskDefinition>,
  groups: GroupNames,
): [string, DesiredService] {
  const cluster = spec.cluster ?? DEFAULT_CLUSTER;
  const id = `${cluster}/${spec.serviceName}`;
  const loadBalancers = spec.loadBalancers ?? [];
  const securityGroups = groupsOfService(spec, groups);
  const hash = serviceHash(spec, definitions.get(spec.taskDefinition)?.hash ?? '', securityGroups);
  const grouped = securityGroups.length === 0 ? {} : { securityGroups };
  return [id, { id, cluster, name: spec.serviceName, family: spec.taskDefinition, spec, loadBalancers, hash, ...grouped }];
}
