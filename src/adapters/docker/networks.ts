// The networks of clusters, and those that definitions name, on one engine. Ours carry the installation as a label; others are joined where
// a definition says so, and never changed.
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL_CLUSTER, LABEL_INSTALLATION } from '../../model/turn/identity.ts';
import type { NetworkEndpoint, NetworkOptions } from '../../model/task/container-network.ts';
import { byText } from '../../std/order.ts';
import type { Client, EngineCall } from './client.ts';
import { EngineRefusal } from './errors.ts';

/** A swarm takes some 50 ms. */
const READY_AGAIN_MS = 50;
/** Docker 27.4, with its experimental features. */
const WITHOUT_IPV4_SINCE = '1.47';

interface NetworkInspection {
  readonly Name: string;
  readonly Driver?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** The names of this installation's networks, sorted. */
export async function listNetworks(client: Client, installation: string, signal: AbortSignal): Promise<readonly string[]> {
  const filters = { label: [`${LABEL_INSTALLATION}=${installation}`] };
  const networks = await client.call<readonly NetworkInspection[]>({ method: 'GET', path: '/networks', query: { filters } }, signal);
  return networks
    .filter(isReady)
    .map((network) => network.Name)
    .sort(byText);
}

/** A swarm has an overlay before it has worked out its addresses, and shows it without a driver: containers wait 20 s for it, and fail. */
function isReady({ Driver }: NetworkInspection): boolean {
  return Driver !== '';
}

interface NetworkOwner {
  readonly installation: string;
  /** Null: a network that definitions name. */
  readonly cluster: string | null;
}

/** Creates a network of ours; one that is there with our labels is as good. Rejects when a foreign one holds the name. */
export async function createNetwork(
  client: Client,
  name: string,
  options: NetworkOptions,
  labels: NetworkOwner,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.call(networkCall(name, options, labels), signal);
    if (options.driver === 'overlay') await untilReady(client, name, signal);
  } catch (error) {
    if (!(error instanceof EngineRefusal) || error.status !== 409) throw error;
    const holder = await inspectNetwork(client, name, signal);
    if (holder?.Labels?.[LABEL_INSTALLATION] === labels.installation && (holder.Labels[LABEL_CLUSTER] ?? null) === labels.cluster) return;
    throw new EngineRefusal(409, `a network named ${name} is there, but it is not ours: remove it, or declare it as external: true`);
  }
}

/** Returns when a swarm has made a network ready; rejects as the signal does when it never does. */
async function untilReady(client: Client, name: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const network = await inspectNetwork(client, name, signal);
    if (network === null || isReady(network)) return;
    await sleep(READY_AGAIN_MS, undefined, { signal });
  }
}

/** `POST /networks/create`; in the version in which an engine refuses what it would pass over in an older one. */
export function networkCall(name: string, options: NetworkOptions, labels: NetworkOwner): EngineCall {
  const own = { [LABEL_INSTALLATION]: labels.installation, ...(labels.cluster !== null && { [LABEL_CLUSTER]: labels.cluster }) };
  const body = {
    Name: name,
    Driver: options.driver,
    CheckDuplicate: true, // engines before API 1.44 would allow a second network of the same name
    Internal: options.internal,
    EnableIPv4: options.enableIpv4,
    EnableIPv6: options.enableIpv6,
    // What is not local to one engine can be joined by single containers only when it is made for that.
    Attachable: options.driver === 'overlay',
    Options: options.driverOptions,
    ...(options.subnets.length > 0 && { IPAM: { Config: options.subnets.map((subnet) => ({ Subnet: subnet })) } }),
    Labels: { ...options.labels, ...own },
  };
  return { method: 'POST', path: '/networks/create', body, ...(!options.enableIpv4 && { apiVersion: WITHOUT_IPV4_SINCE }) };
}

/** One network of a container, as the engine wants it. */
export function endpointBody({ aliases, links, ipv4Address, ipv6Address, macAddress }: NetworkEndpoint): Record<string, unknown> {
  return {
    Aliases: aliases,
    Links: links.map(({ container, alias }) => `${container}:${alias}`),
    ...((ipv4Address !== undefined || ipv6Address !== undefined) && {
      IPAMConfig: { IPv4Address: ipv4Address, IPv6Address: ipv6Address },
    }),
    ...(macAddress !== undefined && { MacAddress: macAddress }),
  };
}

/** Joins a container to a network; one that has joined already is as good. */
export async function joinNetwork(client: Client, container: string, endpoint: NetworkEndpoint, signal: AbortSignal): Promise<void> {
  const body = { Container: container, EndpointConfig: endpointBody(endpoint) };
  try {
    await client.call({ method: 'POST', path: `/networks/${encodeURIComponent(endpoint.network)}/connect`, body }, signal);
  } catch (error) {
    if (!(error instanceof EngineRefusal) || !/already exists in network|already attached/i.test(error.message)) throw error;
  }
}

/** Takes a container off a network; one that is not on it is as good, and so are a container and a network that are gone. */
export async function leaveNetwork(client: Client, container: string, network: string, signal: AbortSignal): Promise<void> {
  const body = { Container: container, Force: false };
  try {
    await client.call({ method: 'POST', path: `/networks/${encodeURIComponent(network)}/disconnect`, body }, signal);
  } catch (error) {
    const isGone = error instanceof EngineRefusal && (error.status === 404 || /is not connected to (?:the )?network/i.test(error.message));
    if (!isGone) throw error;
  }
}

/** Removes a network of ours; one that is gone is as good. Rejects while containers use it, and when it is foreign. */
export async function removeNetwork(client: Client, name: string, installation: string, signal: AbortSignal): Promise<void> {
  const network = await inspectNetwork(client, name, signal);
  if (network === null) return;
  if (network.Labels?.[LABEL_INSTALLATION] !== installation)
    throw new EngineRefusal(409, `the network ${name} is not ours: it was left alone`);
  try {
    await client.call({ method: 'DELETE', path: `/networks/${encodeURIComponent(name)}` }, signal);
  } catch (error) {
    if (!(error instanceof EngineRefusal) || error.status !== 404) throw error;
  }
}

async function inspectNetwork(client: Client, name: string, signal: AbortSignal): Promise<NetworkInspection | null> {
  try {
    return await client.call<NetworkInspection>({ method: 'GET', path: `/networks/${encodeURIComponent(name)}` }, signal);
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return null;
    throw error;
  }
}
