// A container definition -> the fields of a compose service, in Compose's own spelling. What ECS says with a field of its own and Docker with
// another (x-longshore) is one here. ECS's defaults are written out where Compose has others: else `docker compose up` would do something else.
// What Compose has no field for is not written: the caller sees that and puts it into x-longshore.
import { defined, distinct, mapped, mebibytes, nonEmpty, seconds } from './compose-values.ts';
import { isIp } from '../../lang/port-mapping.ts';
import { DEFAULT_STOP_TIMEOUT_SECONDS } from '../../model/task/container-definition.ts';
import { HEALTH_CHECK_DEFAULTS } from '../../model/task/health-check.ts';
import { extensionFields } from './compose-extension.ts';
import type { Fields } from './compose-values.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { PortMapping } from '../../model/task/port-mapping.ts';

type Device = NonNullable<NonNullable<ContainerDefinition['linuxParameters']>['devices']>[number];

/** The fields of a compose service. Mounts and networks are the caller's: they need the task and the project. */
export function containerFields(container: ContainerDefinition): Fields {
  const { logConfiguration: logs, memory, linuxParameters, 'x-longshore': extension } = container;
  const linux = linuxFields(linuxParameters, memory);
  const further = extensionFields(extension);
  const fields: Fields = {
    image: container.image,
    entrypoint: extension?.noEntryPoint === true ? [] : container.entryPoint,
    command: container.command,
    working_dir: container.workingDirectory,
    user: container.user,
    environment: mapped(container.environment, ({ name, value }) => [name, value]),
    ports: nonEmpty(container.portMappings?.flatMap(portsOf)),
    healthcheck: isTest(container.healthCheck?.command) ? healthFields(container.healthCheck) : undefined,
    hostname: container.hostname,
    extra_hosts: hostsOf(container.extraHosts ?? []),
    dns: nonEmpty(container.dnsServers),
    dns_search: nonEmpty(container.dnsSearchDomains),
    network_mode: container.disableNetworking === true ? 'none' : undefined,
    cpu_shares: container.cpu === 0 ? undefined : container.cpu,
    mem_limit: mebibytes(memory),
    mem_reservation: mebibytes(container.memoryReservation),
    stop_grace_period: seconds(container.stopTimeout ?? DEFAULT_STOP_TIMEOUT_SECONDS),
    privileged: container.privileged,
    read_only: container.readonlyRootFilesystem,
    stdin_open: container.interactive,
    tty: container.pseudoTerminal,
    labels: nonEmpty(container.dockerLabels),
    logging: logs === undefined ? undefined : defined({ driver: logs.logDriver, options: nonEmpty(logs.options) }),
    ulimits: mapped(container.ulimits, ({ name, softLimit, hardLimit }) => [name, { soft: softLimit, hard: hardLimit }]),
    sysctls: mapped(container.systemControls, ({ namespace, value }) => [namespace, value]),
    ...linux,
    ...further,
    security_opt: distinct(container.dockerSecurityOptions, extension?.securityOptions),
    tmpfs: distinct(linux['tmpfs'], further['tmpfs']),
  };
  return defined(fields);
}

function linuxFields(linux: ContainerDefinition['linuxParameters'], memory: number | undefined): Fields {
  const { maxSwap } = linux ?? {};
  return {
    cap_add: nonEmpty(linux?.capabilities?.add),
    cap_drop: nonEmpty(linux?.capabilities?.drop),
    devices: nonEmpty(linux?.devices?.map(deviceOf)),
    init: linux?.initProcessEnabled,
    shm_size: mebibytes(linux?.sharedMemorySize),
    tmpfs: nonEmpty(linux?.tmpfs)?.map(({ containerPath, size, mountOptions }) =>
      [containerPath, [`size=${size}m`, ...(mountOptions ?? [])].join(',')].join(':'),
    ),
    memswap_limit: maxSwap === undefined || memory === undefined ? undefined : mebibytes(memory + maxSwap),
    mem_swappiness: linux?.swappiness,
  };
}

/** Names with their addresses; a name may have several. */
function hostsOf(hosts: NonNullable<ContainerDefinition['extraHosts']>): Fields | undefined {
  const names = [...new Set(hosts.map(({ hostname }) => hostname))];
  return mapped(names, (name) => {
    const addresses = hosts.filter(({ hostname }) => hostname === name).map(({ ipAddress }) => ipAddress);
    return [name, addresses.length === 1 ? addresses[0] : addresses];
  });
}

/** A device as one text where that says it. */
function deviceOf({ hostPath, containerPath, permissions = [] }: Device): string | Fields {
  const letters = permissions.length === 0 ? undefined : permissions.map((permission) => permission.slice(0, 1)).join('');
  const isLong = (containerPath === undefined && letters !== undefined) || [hostPath, containerPath].some((path) => path?.includes(':'));
  if (isLong) return defined({ source: hostPath, target: containerPath, permissions: letters });
  return [hostPath, containerPath, letters].filter((part) => part !== undefined).join(':');
}

/** What Docker knows as a test. */
function isTest(command: readonly string[] | undefined): boolean {
  return ['NONE', 'CMD', 'CMD-SHELL'].includes(command?.[0] ?? '');
}

function healthFields(check: ContainerDefinition['healthCheck']): Fields {
  const { command = [], 'x-longshore': extension, ...times } = check ?? {};
  const { interval, timeout, retries, startPeriod, startInterval } = { ...times, ...extension };
  const test = command.length === 2 && command[0] === 'CMD-SHELL' ? command[1] : command;
  return defined({
    test,
    interval: seconds(interval),
    timeout: seconds(timeout ?? (command[0] === 'NONE' ? undefined : HEALTH_CHECK_DEFAULTS.timeout)),
    retries,
    start_period: seconds(startPeriod),
    start_interval: seconds(startInterval),
  });
}

/** One text for a port, or the long form where it has a name. A range is written out: each of its ports gets one of the host. */
function portsOf(mapping: PortMapping): readonly (string | Fields)[] {
  const { containerPort, containerPortRange, hostPort, protocol, name, appProtocol, 'x-longshore': extension } = mapping;
  const [first, last] = (containerPortRange ?? `${containerPort}-${containerPort}`).split('-').map(Number);
  if (first === undefined || last === undefined) return [];
  const hostIp = isIp(extension?.hostIp ?? '') ? extension?.hostIp : undefined;
  return Array.from({ length: Math.min(100, last - first + 1) }, (_, index) => {
    const published = hostPort === undefined || hostPort === 0 ? undefined : String(hostPort);
    const target = first + index;
    if (name !== undefined || appProtocol !== undefined)
      return defined({ name, target, published, host_ip: hostIp, protocol, app_protocol: appProtocol });
    const ip = hostIp === undefined ? '' : `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:`;
    const host = published === undefined && ip === '' ? '' : `${ip}${published ?? ''}:`;
    return `${host}${target}${protocol === 'udp' ? '/udp' : ''}`;
  });
}
