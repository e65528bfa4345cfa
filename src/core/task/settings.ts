// From a container definition to the settings that its container is created with (spec 1.4, 1.8). Pure translation: a field of ECS's and
// the field of x-longshore that says more become one; log.ts says where its output goes. Rights, namespaces and kernel settings reach the engine as they are written.
import { type ContainerDefinition, joinedIn } from '../../model/task/container-definition.ts';
import type { ContainerIdentity } from '../../model/turn/observed.ts';
import type { ContainerSettings, SharedWith } from '../../model/task/container-settings.ts';
import { PAUSE } from '../../model/task/pause.ts';
import { type TaskDefinition, networkModeOf } from '../../model/task/task-definition.ts';
import { containerName } from '../../model/turn/identity.ts';

const MIB = 1_048_576;

/** The settings of one container. `memoryBytes`: its hard limit, from which swap is counted; null without one. */
export function containerSettings(
  definition: ContainerDefinition,
  task: TaskDefinition,
  memoryBytes: number | null,
  identity: ContainerIdentity,
): Omit<ContainerSettings, 'log'> {
  const more = definition['x-longshore'] ?? {};
  const isPause = definition.name === PAUSE;
  const pause = { container: containerName({ ...identity, container: PAUSE }) };
  // What shares a network has the names of its owner; an engine refuses to be told others.
  const isJoined = networkModeOf(task) === 'awsvpc' && !isPause;
  return {
    ...(isJoined ? {} : namesOf(definition)),
    ...rightsOf(definition),
    ...memoryOf(definition, memoryBytes),
    interactive: definition.interactive,
    pseudoTerminal: definition.pseudoTerminal,
    initProcessEnabled: definition.linuxParameters?.initProcessEnabled,
    stopSignal: more.stopSignal,
    ulimits: definition.ulimits,
    systemControls: controlsOf(definition, task),
    pidsLimit: more.pidsLimit,
    cpuset: more.cpuset,
    cgroupParent: more.cgroupParent,
    cgroupNamespace: more.cgroupNamespace,
    pidMode: namespaceIn(more.pidMode, identity) ?? (more.pidMode as 'host' | undefined) ?? sharedBy(task.pidMode, isPause, pause),
    ipcMode: ipcModeOf(definition, task, identity, pause),
    usernsMode: more.usernsMode,
    utsMode: more.utsMode,
    runtime: more.runtime,
    storageOptions: more.storageOptions,
    annotations: more.annotations,
  };
}

/** ECS: in awsvpc the parameters of the network are those of the task, so its pause container has them; the others are of each container. */
function controlsOf(definition: ContainerDefinition, task: TaskDefinition): Readonly<Record<string, string>> | undefined {
  const isShared = networkModeOf(task) === 'awsvpc';
  const isPause = definition.name === PAUSE;
  const written = isPause ? task.containerDefinitions.flatMap((one) => one.systemControls ?? []) : definition.systemControls;
  const own = written?.filter(({ namespace }) => !isShared || namespace.startsWith('net.') === isPause);
  return own === undefined || (isPause && own.length === 0) ? undefined : Object.fromEntries(own.map((one) => [one.namespace, one.value]));
}

type IpcWord = 'host' | 'none' | 'private' | 'shareable';

/** What others join has to be shareable, which an engine does not do by itself. */
function ipcModeOf(
  definition: ContainerDefinition,
  task: TaskDefinition,
  identity: ContainerIdentity,
  pause: SharedWith,
): ContainerSettings['ipcMode'] {
  const isPause = definition.name === PAUSE;
  if (task.ipcMode === 'task' && isPause) return 'shareable';
  const mode = definition['x-longshore']?.ipcMode;
  const own = namespaceIn(mode, identity) ?? (mode as IpcWord | undefined) ?? sharedBy(task.ipcMode, isPause, pause);
  const isJoined = task.containerDefinitions.some((other) => joinedIn(other['x-longshore']?.ipcMode) === definition.name);
  return own ?? (isJoined ? 'shareable' : undefined);
}

/** The namespace of another container of the task, where a mode names one; other modes are words of Docker's. */
function namespaceIn(mode: string | undefined, identity: ContainerIdentity): SharedWith | undefined {
  const joined = joinedIn(mode);
  return joined === null ? undefined : { container: containerName({ ...identity, container: joined }) };
}

/** A namespace that the pause container owns is joined by all others. */
function sharedBy<Mode extends string>(
  mode: Mode | undefined,
  isPause: boolean,
  pause: SharedWith,
): Exclude<Mode, 'task'> | SharedWith | undefined {
  if (mode === undefined) return undefined;
  if (mode === 'task') return isPause ? undefined : pause;
  return isPause ? undefined : (mode as Exclude<Mode, 'task'>);
}

function namesOf(definition: ContainerDefinition): ContainerSettings {
  const more = definition['x-longshore'] ?? {};
  return {
    hostname: definition.hostname,
    domainname: more.domainname,
    dnsServers: definition.dnsServers,
    dnsSearchDomains: definition.dnsSearchDomains,
    dnsOptions: more.dnsOptions,
    extraHosts: definition.extraHosts,
  };
}

function rightsOf(definition: ContainerDefinition): ContainerSettings {
  const more = definition['x-longshore'] ?? {};
  const { capabilities, devices } = definition.linuxParameters ?? {};
  const options = [...(definition.dockerSecurityOptions ?? []).map(withEqualsSign), ...(more.securityOptions ?? [])];
  const gpu = definition.resourceRequirements?.find(({ type }) => type === 'GPU')?.value;
  return {
    privileged: definition.privileged,
    capabilitiesAdded: capabilities?.add,
    capabilitiesDropped: capabilities?.drop,
    securityOptions: options.length === 0 ? undefined : options,
    groups: more.groupAdd,
    devices: devices?.map(({ hostPath, containerPath, permissions }) => ({
      hostPath,
      containerPath: containerPath ?? hostPath,
      permissions: permissions ?? ['read', 'write', 'mknod'],
    })),
    deviceCgroupRules: more.deviceCgroupRules,
    gpus: gpu === undefined || gpu === 'ALL' ? gpu : Number(gpu),
  };
}

/** ECS: swap is maxSwap beyond the hard limit, swappiness counts with it only; without a hard limit there is nothing to count from. */
function memoryOf(definition: ContainerDefinition, memoryBytes: number | null): ContainerSettings {
  const { sharedMemorySize, tmpfs = [], maxSwap, swappiness } = definition.linuxParameters ?? {};
  const more = definition['x-longshore'] ?? {};
  const beyond = maxSwap === undefined || memoryBytes === null ? undefined : memoryBytes + maxSwap * MIB;
  const together = more.memorySwap === undefined || more.memorySwap === -1 ? more.memorySwap : more.memorySwap * MIB;
  const mounts = [
    ...tmpfs.map((one) => ({ containerPath: one.containerPath, sizeBytes: one.size * MIB, options: one.mountOptions ?? [] })),
    ...(more.tmpfs ?? []).map((one) => ({ containerPath: one.containerPath, sizeBytes: one.size ?? null, options: one.options ?? [] })),
  ];
  return {
    sharedMemoryBytes: sharedMemorySize === undefined ? undefined : sharedMemorySize * MIB,
    tmpfs: mounts.length === 0 ? undefined : mounts,
    memorySwapBytes: beyond ?? together,
    swappiness: beyond === undefined ? undefined : swappiness,
    oomKillDisable: more.oomKillDisable,
    oomScoreAdjustment: more.oomScoreAdj,
  };
}

/** ECS writes the options of the security modules with a colon, as Docker once did. */
function withEqualsSign(option: string): string {
  return option.includes('=') ? option : option.replace(':', '=');
}
