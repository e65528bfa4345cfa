// From the settings of a container to the fields of `POST /containers/create`, under Docker's names. An undefined field is not sent.
import type { ContainerDevice, ContainerSettings, ContainerTmpfs, SharedWith } from '../../model/task/container-settings.ts';

/** What stands beside HostConfig. */
export function configOf(settings: ContainerSettings): Record<string, unknown> {
  return {
    Hostname: settings.hostname,
    Domainname: settings.domainname,
    OpenStdin: settings.interactive,
    Tty: settings.pseudoTerminal,
    StopSignal: settings.stopSignal,
  };
}

/** What stands inside HostConfig. */
export function hostConfigOf(settings: ContainerSettings): Record<string, unknown> {
  return {
    Dns: settings.dnsServers,
    DnsSearch: settings.dnsSearchDomains,
    DnsOptions: settings.dnsOptions,
    ExtraHosts: settings.extraHosts?.map(({ hostname, ipAddress }) => `${hostname}:${ipAddress}`),
    Init: settings.initProcessEnabled,
    Privileged: settings.privileged,
    CapAdd: settings.capabilitiesAdded,
    CapDrop: settings.capabilitiesDropped,
    SecurityOpt: settings.securityOptions,
    GroupAdd: settings.groups,
    Devices: settings.devices?.map(deviceBody),
    DeviceCgroupRules: settings.deviceCgroupRules,
    DeviceRequests: settings.gpus === undefined ? undefined : [gpuRequest(settings.gpus)],
    Ulimits: settings.ulimits?.map(({ name, softLimit, hardLimit }) => ({ Name: name, Soft: softLimit, Hard: hardLimit })),
    Sysctls: settings.systemControls,
    ShmSize: settings.sharedMemoryBytes,
    Tmpfs: settings.tmpfs && Object.fromEntries(settings.tmpfs.map((mount) => [mount.containerPath, tmpfsOptions(mount)])),
    MemorySwap: settings.memorySwapBytes,
    MemorySwappiness: settings.swappiness,
    OomKillDisable: settings.oomKillDisable,
    OomScoreAdj: settings.oomScoreAdjustment,
    PidsLimit: settings.pidsLimit,
    CpusetCpus: settings.cpuset,
    CgroupParent: settings.cgroupParent,
    CgroupnsMode: settings.cgroupNamespace,
    PidMode: namespaceBody(settings.pidMode),
    IpcMode: namespaceBody(settings.ipcMode),
    UsernsMode: settings.usernsMode,
    UTSMode: settings.utsMode,
    Runtime: settings.runtime,
    StorageOpt: settings.storageOptions,
    Annotations: settings.annotations,
    LogConfig: settings.log && { Type: settings.log.driver, Config: settings.log.options },
  };
}

/** Docker: a word, or `container:<name>`. */
function namespaceBody(mode: string | SharedWith | undefined): string | undefined {
  return typeof mode === 'object' ? `container:${mode.container}` : mode;
}

/** Docker: the letters r, w and m. */
function deviceBody({ hostPath, containerPath, permissions }: ContainerDevice): Record<string, string> {
  return { PathOnHost: hostPath, PathInContainer: containerPath, CgroupPermissions: permissions.map((one) => one.charAt(0)).join('') };
}

/** Docker: -1 is all of them. */
function gpuRequest(gpus: number | 'ALL'): Record<string, unknown> {
  return { Driver: 'nvidia', Count: gpus === 'ALL' ? -1 : gpus, Capabilities: [['gpu']] };
}

function tmpfsOptions({ sizeBytes, options }: ContainerTmpfs): string {
  return [...(sizeBytes === null ? [] : [`size=${sizeBytes}`]), ...options].join(',');
}
