// Which networks a container joins, under which names (spec 1.6, 4.8), and which networks have to be there first. In bridge each container
// stands on the network of its cluster, or on those that its x-longshore names; in awsvpc the pause container stands there for all, or on the
// networks of the security groups of its service.
import { type ContainerDefinition, isEssential } from '../../model/task/container-definition.ts';
import type { ContainerIdentity } from '../../model/turn/observed.ts';
import {
  APART,
  BRIDGE,
  type ContainerNetwork,
  type NetworkEndpoint,
  type NetworkOptions,
  OVERLAY,
  SHARED,
  SPANNING,
  type ServiceName,
} from '../../model/task/container-network.ts';
import { isRouter, routerAlias } from './firelens.ts';
import { PAUSE } from '../../model/task/pause.ts';
import { type TaskDefinition, networkModeOf } from '../../model/task/task-definition.ts';
import { containerName, networkName } from '../../model/turn/identity.ts';

type Attachment = NonNullable<NonNullable<ContainerDefinition['x-longshore']>['networks']>[number];

/** A network that a task needs, under the engine's name; `cluster`: whose network it is, null for one that definitions name. */
export interface NeededNetwork {
  readonly network: string;
  readonly cluster: string | null;
  readonly options: NetworkOptions;
  /** The instance that makes it for all; null: none that could answers. Absent: each instance makes its own. */
  readonly maker?: string | null;
  /** Whether it was seen where it is made for all. Absent: whether it is there is what the instance shows. */
  readonly isThere?: boolean;
}

/** The swarm that an instance is a node of. */
export interface SwarmSite {
  /** The instance whose engine makes networks for all nodes; null: none answers that could. */
  readonly maker: string | null;
  /** Names of the networks that are there for all nodes; none while nobody can say. */
  readonly networks: ReadonlySet<string>;
  /** Every network of ours that an instance shows which could make one. */
  readonly shown: ReadonlySet<string>;
}

/** The network of a cluster. */
export interface HomeNetwork extends NeededNetwork {
  /** Absent: the instance is no node of a swarm. */
  readonly swarm?: SwarmSite;
  /** It is somebody else's, and only joined. */
  readonly isExternal?: true;
}

/** Where the service of a task is found, and by whom. */
export interface Reach {
  /** Its names beside `service.cluster`. */
  readonly names: readonly ServiceName[];
  /** The networks of its security groups, the one of the default route first; null: it has none, and is on the network of its cluster. */
  readonly groupNetworks: readonly string[] | null;
  /** The network of its cluster; absent: a bridge of its instance. */
  readonly home?: HomeNetwork | undefined;
}

/** How a container of a task is connected. */
export function networkOf(
  definition: ContainerDefinition,
  task: TaskDefinition,
  identity: ContainerIdentity,
  { names, groupNetworks, home }: Reach,
): ContainerNetwork {
  const mode = networkModeOf(task);
  const isPause = definition.name === PAUSE;
  if (mode === 'none' || (definition.disableNetworking ?? false)) return { kind: 'none' };
  if (mode === 'host') return { kind: isPause ? 'none' : 'host' };
  if (mode === 'awsvpc' && !isPause) return { kind: 'container', container: containerName({ ...identity, container: PAUSE }) };
  if (mode === 'bridge' && isPause) return { kind: 'none' };
  const attachments = definition['x-longshore']?.networks ?? [];
  const aliases = namesOf(definition, task, identity, names);
  if (isPause && groupNetworks !== null) return { kind: 'networks', endpoints: groupEndpoints(groupNetworks, identity, names) };
  const links = (definition.links ?? []).map((link) => {
    const [name = '', alias = name] = link.split(':');
    return { container: containerName({ ...identity, container: name }), alias };
  });
  if (attachments.length === 0) return { kind: 'networks', endpoints: [{ network: (home ?? bridgeOf(identity)).network, aliases, links }] };
  // The network of the highest priority gives the default route: an engine takes the one that a container is created with.
  const ordered = [...attachments].sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0));
  return { kind: 'networks', endpoints: ordered.map((attachment) => endpointOf(attachment, aliases, links)) };
}

function endpointOf(attachment: Attachment, aliases: readonly string[], links: NetworkEndpoint['links']): NetworkEndpoint {
  const { name, ipv4Address, ipv6Address, macAddress } = attachment;
  return { network: name, aliases: [...new Set([...(attachment.aliases ?? []), ...aliases])], links, ipv4Address, ipv6Address, macAddress };
}

/** Where the security groups of a task want its pause container. Names are found on the networks that tasks share, and not where they are apart. */
export function groupEndpoints(
  groupNetworks: readonly string[],
  { service, cluster }: Pick<ContainerIdentity, 'service' | 'cluster'>,
  names: readonly ServiceName[],
): readonly NetworkEndpoint[] {
  const aliases = [`${service}.${cluster}`, ...names.map(({ name }) => name)];
  return groupNetworks.map((network, index) => ({ network, aliases: index === 0 ? [] : aliases, links: [] }));
}

/** What the networks of a task's security groups are made with: those that tasks share on the nodes of a swarm by a manager, for all of them. */
export function groupNetworksNeeded(groupNetworks: readonly string[], swarm: SwarmSite | undefined): readonly NeededNetwork[] {
  return groupNetworks.map((network, index) => {
    if (index === 0 || swarm === undefined) return { network, cluster: null, options: index === 0 ? APART : SHARED };
    return { network, cluster: null, options: SPANNING, maker: swarm.maker, isThere: swarm.networks.has(network) };
  });
}

/** The bridge that an instance makes for a cluster. */
function bridgeOf({ installation, cluster }: Pick<ContainerIdentity, 'installation' | 'cluster'>): HomeNetwork {
  return { network: networkName(installation, cluster), cluster, options: BRIDGE };
}

/**
 * The networks that have to be there before the containers of a task are made, those that are `external` left out. `home`: the network of its
 * cluster; absent: a bridge of its instance.
 */
export function networksNeeded(
  task: TaskDefinition,
  installation: string,
  cluster: string,
  groupNetworks: readonly string[] | null,
  home: HomeNetwork = bridgeOf({ installation, cluster }),
): readonly NeededNetwork[] {
  const mode = networkModeOf(task);
  if (mode === 'none' || mode === 'host') return [];
  const own = home.isExternal === true ? [] : [home];
  if (mode === 'awsvpc') return groupNetworks === null ? own : groupNetworksNeeded(groupNetworks, home.swarm);
  const needed = new Map<string, NeededNetwork>();
  for (const definition of task.containerDefinitions) {
    if (definition.disableNetworking) continue;
    const attachments = definition['x-longshore']?.networks ?? [];
    if (attachments.length === 0) for (const one of own) needed.set(one.network, one);
    for (const { name } of attachments) {
      const declared = task['x-longshore']?.networks?.find((network) => network.name === name);
      if (!declared?.external) needed.set(name, declaredNetwork(name, optionsOf(declared), home.swarm));
    }
  }
  return [...needed.values()];
}

/** A network that definitions name: an overlay is made for all nodes of a swarm by one of its managers, everything else by each instance. */
function declaredNetwork(network: string, options: NetworkOptions, swarm: SwarmSite | undefined): NeededNetwork {
  const base = { network, cluster: null, options };
  if (options.driver !== OVERLAY.driver || swarm === undefined) return base;
  return { ...base, maker: swarm.maker, isThere: swarm.shown.has(network) };
}

/** The overlays that definitions declare, by name: on the nodes of a swarm each of them is that of all. */
export function declaredOverlays(definitions: Iterable<TaskDefinition | null>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const definition of definitions)
    for (const { name, driver, external } of definition?.['x-longshore']?.networks ?? [])
      if (driver === OVERLAY.driver && external !== true) names.add(name);
  return names;
}

type Declared = NonNullable<NonNullable<TaskDefinition['x-longshore']>['networks']>[number];

function optionsOf(declared: Declared | undefined): NetworkOptions {
  if (declared === undefined) return BRIDGE;
  return {
    driver: declared.driver ?? BRIDGE.driver,
    driverOptions: declared.driverOpts ?? {},
    internal: declared.internal ?? false,
    enableIpv4: declared.enableIpv4 ?? true,
    enableIpv6: declared.enableIpv6 ?? false,
    subnets: declared.subnets ?? [],
    labels: declared.labels ?? {},
  };
}

/** The names of one container: those that are given to it, and those of its service where it speaks for the service. */
function namesOf(
  definition: ContainerDefinition,
  task: TaskDefinition,
  identity: ContainerIdentity,
  names: readonly ServiceName[],
): readonly string[] {
  const speaks = definition.name === PAUSE || definition.name === spokesmanOf(task, identity);
  const router = isRouter(definition, task) ? [routerAlias(identity)] : [];
  const own = names.filter(({ container }) => definition.name === PAUSE || (container === null ? speaks : container === definition.name));
  return [...(speaks ? [`${identity.service}.${identity.cluster}`] : []), ...router, ...own.map(({ name }) => name)];
}

/** Which container is found under the name of its service: the first essential one that has a port, or else the first essential one. */
function spokesmanOf(task: TaskDefinition, identity: ContainerIdentity): string {
  const essential = task.containerDefinitions.filter(isEssential);
  const [speaker = essential[0]] = essential.filter(({ portMappings }) => (portMappings ?? []).length > 0);
  return speaker?.name ?? identity.container;
}
