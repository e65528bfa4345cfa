// From a container spec to the body of `POST /containers/create`. Pure translation; the engine never restarts a container (policy `no`), so that
// its daemon and Longshore do not race, and the exit code of a dead one stays readable.
import type { ContainerNetwork } from '../../model/task/container-network.ts';
import type { ContainerSpec } from '../../model/turn/plan.ts';
import { compareVersions } from './client.ts';
import { isOwnAddress } from '../link-local.ts';
import { mountsBody } from './mounts-body.ts';
import { endpointBody } from './networks.ts';
import { configOf, hostConfigOf } from './settings-body.ts';

const NANOSECONDS = 1_000_000_000;
/** API 1.44 probes every 5 s within the start period unless it is told otherwise. */
const START_INTERVAL_SINCE = '1.44';

/** Before API 1.44 a MAC address is one of the container; that of an endpoint is passed over in silence. */
const MAC_OF_ENDPOINT_SINCE = '1.44';

/**
 * The create body for `spec`.
 * `dynamicPortAddress`: where ports that the engine chooses are published; fixed ones are published on all addresses, as ECS does.
 */
export function createBody(spec: ContainerSpec, dynamicPortAddress: string, apiVersion: string): Record<string, unknown> {
  return {
    Image: spec.image,
    ...(spec.entryPoint && { Entrypoint: spec.entryPoint }),
    ...(spec.command && { Cmd: spec.command }),
    ...(spec.workingDirectory !== null && { WorkingDir: spec.workingDirectory }),
    ...(spec.user !== null && { User: spec.user }),
    Env: spec.environment.map(({ name, value }) => `${name}=${value}`),
    Labels: spec.labels,
    StopTimeout: spec.stopTimeoutSeconds,
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [`${port.containerPort}/${port.protocol}`, {}])),
    ...configOf(spec.settings),
    ...(spec.healthCheck && { Healthcheck: healthCheckBody(spec.healthCheck, apiVersion) }),
    HostConfig: {
      RestartPolicy: { Name: 'no' },
      NetworkMode: networkMode(spec.network),
      // In the network of the instance a container is reached where it listens: nothing is published.
      PortBindings: spec.network.kind === 'networks' ? portBindings(spec.ports, dynamicPortAddress) : {},
      CpuShares: spec.cpuShares,
      ...(spec.nanoCpus !== null && { NanoCpus: spec.nanoCpus }),
      ...(spec.memoryBytes !== null && { Memory: spec.memoryBytes }),
      ...(spec.memoryReservationBytes !== null && { MemoryReservation: spec.memoryReservationBytes }),
      ReadonlyRootfs: spec.readonlyRootFilesystem,
      ...hostConfigOf(spec.settings),
      ...mountsBody(spec.mounts, spec.volumesFrom),
    },
    ...networkingBody(spec.network, apiVersion),
  };
}

/** Docker: a word, the name of a network, or `container:<name>`. */
function networkMode(network: ContainerNetwork): string {
  switch (network.kind) {
    case 'none':
    case 'host':
      return network.kind;
    case 'container':
      return `container:${network.container}`;
    case 'networks':
      return network.endpoints[0]?.network ?? 'none';
  }
}

/** The network that a container is created with; before API 1.44 an engine takes one, so further ones are joined before its start. */
function networkingBody(network: ContainerNetwork, apiVersion: string): Record<string, unknown> {
  const first = network.kind === 'networks' ? network.endpoints[0] : undefined;
  if (first === undefined) return {};
  const isOfContainer = first.macAddress !== undefined && compareVersions(apiVersion, MAC_OF_ENDPOINT_SINCE) < 0;
  return {
    ...(isOfContainer && { MacAddress: first.macAddress }),
    NetworkingConfig: { EndpointsConfig: { [first.network]: endpointBody(first) } },
  };
}

/**
 * Where dynamic ports are published: on the engine's own address when this machine has it (a loopback demo stays invisible from outside),
 * else on all addresses, because the engine may not know the address by which we reach it.
 */
export function dynamicPortAddress(address: string): string {
  return isOwnAddress(address) ? address : '0.0.0.0';
}

function portBindings(ports: ContainerSpec['ports'], dynamicAddress: string): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { containerPort, hostPort, protocol, hostIp } of ports) {
    const address = hostIp ?? (hostPort === 0 ? dynamicAddress : '0.0.0.0');
    const binding = { HostIp: address, HostPort: hostPort === 0 ? '' : String(hostPort) };
    (bindings[`${containerPort}/${protocol}`] ??= []).push(binding);
  }
  return bindings;
}

function healthCheckBody(check: NonNullable<ContainerSpec['healthCheck']>, apiVersion: string): Record<string, unknown> {
  const { command, interval, timeout, retries, startPeriod, startInterval = interval } = check;
  return {
    Test: command,
    Interval: Math.round(interval * NANOSECONDS),
    Timeout: Math.round(timeout * NANOSECONDS),
    Retries: retries,
    StartPeriod: Math.round(startPeriod * NANOSECONDS),
    ...(compareVersions(apiVersion, START_INTERVAL_SINCE) >= 0 && { StartInterval: Math.round(startInterval * NANOSECONDS) }),
  };
}
