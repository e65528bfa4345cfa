// Where the ports of a container are reached. In awsvpc the task has one address and its pause container publishes for all, in host mode a
// container is reached where it listens, else each publishes its own.
import type { ContainerAddress, ContainerView, PublishedPort } from '../../model/turn/observed.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import { PAUSE } from '../../model/task/pause.ts';
import type { ServiceLoadBalancer } from '../../model/service/service.ts';
import { type HostRange, rangeText } from '../../model/task/host-range.ts';
import { type SinglePort, portRanges, singlePorts } from '../../model/task/port-mapping.ts';
import type { TargetReach } from '../../model/cluster/target-reach.ts';
import type { Task } from '../../model/task/task.ts';
import { type TaskDefinition, networkModeOf } from '../../model/task/task-definition.ts';
import { viewNamed } from './container-state.ts';

/** ECS: what a container's port is bound to; a range is one binding. */
export type NetworkBinding =
  | PublishedPort
  | { readonly containerPortRange: string; readonly hostPortRange: string; readonly protocol: 'tcp' | 'udp' };

/** The ports of a container as they are published now; none unless it runs. */
export function portsSeen(views: readonly ContainerView[], container: string): readonly PublishedPort[] {
  const view = viewNamed(views, container);
  if (view?.state !== 'running') return [];
  const pause = viewNamed(views, PAUSE);
  return pause?.state === 'running' && pause.ports.length > 0 ? pause.ports : view.ports;
}

/** The ports of a container as the ledger remembers them, for an engine that has not been looked at yet. */
export function portsRemembered(task: Task, container: string): readonly PublishedPort[] {
  const ports = (name: string): readonly PublishedPort[] => task.containers.find((each) => each.name === name)?.ports ?? [];
  return ports(PAUSE).length > 0 ? ports(PAUSE) : ports(container);
}

/** Where a container may be reached: its published ports, and its own addresses. */
export interface Reachable {
  readonly ports: readonly PublishedPort[];
  readonly addresses: readonly ContainerAddress[];
}

/** How a container is reached now; nowhere unless it runs. */
export function reachableSeen(views: readonly ContainerView[], container: string): Reachable {
  const view = viewNamed(views, container);
  if (view?.state !== 'running') return { ports: [], addresses: [] };
  const pause = viewNamed(views, PAUSE);
  const isIn = pause?.state === 'running' && (pause.addresses ?? []).length > 0;
  return { ports: portsSeen(views, container), addresses: (isIn ? pause.addresses : view.addresses) ?? [] };
}

/** The same as the ledger remembers it. */
export function reachableRemembered(task: Task, container: string): Reachable {
  const addresses = (name: string): readonly ContainerAddress[] => task.containers.find((each) => each.name === name)?.addresses ?? [];
  return { ports: portsRemembered(task, container), addresses: addresses(PAUSE).length > 0 ? addresses(PAUSE) : addresses(container) };
}

/** Where the proxy sends what is for a port of a container. `host` null: to the address of the instance. */
export interface ReachedAt {
  readonly way: TargetReach;
  readonly host: string | null;
  readonly port: number;
}

/**
 * Where the proxy reaches a TCP port of a container; null: nowhere. What is preferred comes first, and what else there is after it: a task on
 * an internal network publishes nothing, and one on the network of its host has no address of its own.
 */
export function reachedAt(
  { ports, addresses }: Reachable,
  { containerPort }: Pick<ServiceLoadBalancer, 'containerPort'>,
  reach: TargetReach | undefined,
): ReachedAt | null {
  const published = ports.find((port) => port.containerPort === containerPort && port.protocol === 'tcp');
  const here = addresses.find(({ isHere }) => isHere);
  const own = here ?? addresses[0];
  const prefersOwn = reach === undefined ? here !== undefined : reach === 'containerAddress';
  if (own !== undefined && (prefersOwn || published === undefined))
    return { way: 'containerAddress', host: own.address, port: containerPort };
  return published === undefined ? null : { way: 'publishedPort', host: null, port: published.hostPort };
}

/**
 * The ports that a container is to publish. ECS, awsvpc: hostPort is no port of the instance; only what a load balancer sends to is
 * published, anywhere, because the proxy has to reach it, unless it is to reach tasks at their own addresses. host: each port is the same on the instance.
 * `hostRanges`: the host ports that the task got for its ranges.
 */
export function portsWanted(
  definition: ContainerDefinition,
  task: TaskDefinition,
  loadBalancers: readonly ServiceLoadBalancer[],
  hostRanges: readonly HostRange[],
  reach: TargetReach | undefined,
): readonly SinglePort[] {
  const mode = networkModeOf(task);
  if (mode === 'bridge') return [...singlePorts(definition.portMappings), ...rangedPorts(definition, hostRanges)];
  if (mode === 'host') return singlePorts(definition.portMappings).map((port) => ({ ...port, hostPort: port.containerPort }));
  if (mode === 'none' || definition.name !== PAUSE || reach === 'containerAddress') return [];
  const ports = new Set(loadBalancers.map(({ containerPort }) => containerPort));
  return [...ports].map((containerPort) => ({ containerPort, hostPort: 0, protocol: 'tcp' }));
}

/** The ports of a container that are in none of its ranges. */
export function outsideRanges(ports: readonly PublishedPort[], ranges: readonly HostRange[], container: string): readonly PublishedPort[] {
  const own = ranges.filter((range) => range.container === container);
  return own.length === 0 ? ports : ports.filter((port) => !own.some((range) => isIn(port, range)));
}

/** The published ports of a container in ECS's words: those of a range are one binding, as soon as they are there. */
export function networkBindings(
  ports: readonly PublishedPort[],
  ranges: readonly HostRange[],
  container: string,
): readonly NetworkBinding[] {
  const bound = ranges.filter((range) => range.container === container && ports.some((port) => isIn(port, range)));
  return [
    ...outsideRanges(ports, ranges, container),
    ...bound.map(({ containerPort, hostPort, length, protocol }) => ({
      containerPortRange: rangeText(containerPort, length),
      hostPortRange: rangeText(hostPort, length),
      protocol,
    })),
  ];
}

/** The ports of a container's ranges one by one, as an engine publishes them. */
function rangedPorts({ name, portMappings }: ContainerDefinition, hostRanges: readonly HostRange[]): readonly SinglePort[] {
  return portRanges(portMappings).flatMap(({ containerPort, length, protocol, ...address }) => {
    const got = hostRanges.find(
      (range) =>
        range.container === name && range.protocol === protocol && range.containerPort === containerPort && range.length === length,
    );
    if (got === undefined) return [];
    return Array.from({ length }, (_, offset) => ({
      containerPort: containerPort + offset,
      hostPort: got.hostPort + offset,
      protocol,
      ...address,
    }));
  });
}

function isIn(port: PublishedPort, { protocol, containerPort, hostPort, length }: HostRange): boolean {
  const offset = port.containerPort - containerPort;
  return port.protocol === protocol && offset >= 0 && offset < length && port.hostPort === hostPort + offset;
}
