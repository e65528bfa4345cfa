// How a container is connected: to networks, to another container's network, to that of its instance, or to nothing.

/** One network that a container joins. */
export interface NetworkEndpoint {
  /** The engine's name for it. */
  readonly network: string;
  /** Names under which the containers of this network find it. */
  readonly aliases: readonly string[];
  /** Other containers (the engine's names) under a name that only this one knows. */
  readonly links: readonly { readonly container: string; readonly alias: string }[];
  readonly ipv4Address?: string | undefined;
  readonly ipv6Address?: string | undefined;
  readonly macAddress?: string | undefined;
}

export type ContainerNetwork =
  | { readonly kind: 'none' }
  | { readonly kind: 'host' }
  /** It shares everything of the network of another container, named by the engine's name. */
  | { readonly kind: 'container'; readonly container: string }
  /** The first one gives it its default route. */
  | { readonly kind: 'networks'; readonly endpoints: readonly NetworkEndpoint[] };

/** What a network is made with; an absent field leaves it to the engine. */
export interface NetworkOptions {
  readonly driver: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly internal: boolean;
  readonly enableIpv4: boolean;
  readonly enableIpv6: boolean;
  readonly subnets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** A bridge with addresses of the engine's choice: the network of a cluster. */
export const BRIDGE: NetworkOptions = {
  driver: 'bridge',
  driverOptions: {},
  internal: false,
  enableIpv4: true,
  enableIpv6: false,
  subnets: [],
  labels: {},
};

/** The network of a cluster whose instances are nodes of a swarm; the engine makes it such that single containers may join. */
export const OVERLAY: NetworkOptions = { ...BRIDGE, driver: 'overlay' };

/** The network on which tasks of security groups are apart: an engine lets nobody on it reach another. */
export const APART: NetworkOptions = { ...BRIDGE, driverOptions: { 'com.docker.network.bridge.enable_icc': 'false' } };

/** A network that tasks of security groups share: it leads nowhere else, so it never gives a container its default route. */
export const SHARED: NetworkOptions = { ...BRIDGE, internal: true };

/** The same on the nodes of a swarm. */
export const SPANNING: NetworkOptions = { ...OVERLAY, internal: true };

/** The networks of a container by the engine's names; empty for one that has none of its own. */
export function networksOf(network: ContainerNetwork): readonly string[] {
  return network.kind === 'networks' ? network.endpoints.map((endpoint) => endpoint.network) : [];
}

/** A name under which the tasks of a service are found; `container` null: by the container that speaks for the service. */
export interface ServiceName {
  readonly container: string | null;
  readonly name: string;
}
