// From a container definition to what an engine is asked to create (spec 1.3, 1.4). Pure translation, no decision.
import { type ContainerDefinition, DEFAULT_STOP_TIMEOUT_SECONDS } from '../../model/task/container-definition.ts';
import { healthCommand, healthTimes } from '../../model/task/health-check.ts';
import type { ContainerIdentity } from '../../model/turn/observed.ts';
import type { ContainerSpec } from '../../model/turn/plan.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';
import type { ServiceLoadBalancer } from '../../model/service/service.ts';
import type { TargetReach } from '../../model/cluster/target-reach.ts';
import type { EfsConfig } from '../../model/task/file-system.ts';
import { containerName, labelsOf } from '../../model/turn/identity.ts';
import { mountsOf } from './mounts.ts';
import { containerSettings } from './settings.ts';
import { logOf } from './log.ts';
import { routerVariables } from './firelens.ts';
import { type Reach, networkOf } from './network.ts';
import { portsWanted } from './ports.ts';
import { cpuUnits, memoryMib } from '../../lang/size.ts';

const MIB = 1_048_576;
/** ECS agent: a container without cpu, or with 1, gets 2 shares; the kernel takes 262144 at most. */
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
/** Docker refuses a memory limit under 6 MiB; the ECS agent raises it. */
const MIN_MEMORY_MIB = 6;

/**
 * What a container depends on beside its task: where its service is reached and by whom, where file
 * systems are, what its instance can do.
 */
export interface Surroundings extends Reach {
  readonly loadBalancers: readonly ServiceLoadBalancer[];
  /** Where the proxy prefers to reach it; absent: as is found best. */
  readonly reach?: TargetReach | undefined;
  readonly efs?: EfsConfig | undefined;
  /** Whether the instance can write to CloudWatch Logs. */
  readonly hasAwsLogs?: boolean;
}

const NOTHING_AROUND: Surroundings = { loadBalancers: [], names: [], groupNetworks: null };

/**
 * The engine's view of one container of a task.
 * `image`: pinned reference or id. Task-level cpu and memory become limits of the container when it has none of its own (spec 1.3, DOCKER).
 */
export function containerSpec(
  definition: ContainerDefinition,
  task: TaskDefinition,
  identity: ContainerIdentity,
  image: string,
  around: Surroundings = NOTHING_AROUND,
): ContainerSpec {
  const taskCpu = task.cpu === undefined ? null : cpuUnits(task.cpu);
  const taskMemory = task.memory === undefined ? null : memoryMib(task.memory);
  const memory = definition.memory ?? taskMemory;
  const memoryBytes = memory === null ? null : Math.max(MIN_MEMORY_MIB, memory) * MIB;
  const cores = definition['x-longshore']?.cpus ?? (taskCpu === null ? null : taskCpu / 1_024);
  const { healthCheck } = definition;
  const platform = definition['x-longshore']?.platform;
  const log = logOf(definition, identity, around.hasAwsLogs ?? false);
  return {
    image,
    ...(platform !== undefined && { platform }),
    entryPoint: definition['x-longshore']?.noEntryPoint === true ? [] : (definition.entryPoint ?? null),
    command: definition.command ?? null,
    workingDirectory: definition.workingDirectory ?? null,
    user: definition.user ?? null,
    environment: [...(definition.environment ?? []), ...routerVariables(definition, task, identity)],
    environmentFiles: (definition.environmentFiles ?? []).map(({ value }) => value),
    secrets: definition.secrets ?? [],
    // Another driver than the one that is asked for has not its options.
    logSecrets: log?.driver === definition.logConfiguration?.logDriver ? (definition.logConfiguration?.secretOptions ?? []) : [],
    taskRoleArn: task.taskRoleArn === undefined || task.taskRoleArn === '' ? null : task.taskRoleArn,
    labels: { ...definition.dockerLabels, ...labelsOf(identity) },
    cpuShares: Math.min(MAX_SHARES, Math.max(MIN_SHARES, definition.cpu ?? 0)),
    nanoCpus: cores === null ? null : Math.round(cores * 1e9),
    memoryBytes,
    memoryReservationBytes:
      definition.memoryReservation === undefined ? null : Math.max(MIN_MEMORY_MIB, definition.memoryReservation) * MIB,
    readonlyRootFilesystem: definition.readonlyRootFilesystem ?? false,
    ports: portsWanted(definition, task, around.loadBalancers, identity.hostRanges ?? [], around.reach),
    healthCheck: healthCheck === undefined ? null : { command: healthCommand(healthCheck.command), ...healthTimes(healthCheck) },
    stopTimeoutSeconds: stopTimeout(definition),
    network: networkOf(definition, task, identity, around),
    settings: { ...containerSettings(definition, task, memoryBytes, identity), log },
    mounts: mountsOf(definition, task, identity, around.efs),
    volumesFrom: (definition.volumesFrom ?? []).map(({ sourceContainer, readOnly }) => ({
      container: containerName({ ...identity, container: sourceContainer }),
      readOnly: readOnly ?? false,
    })),
  };
}

/** ECS: seconds between SIGTERM and SIGKILL. */
export function stopTimeout(definition: ContainerDefinition | undefined): number {
  return definition?.stopTimeout ?? DEFAULT_STOP_TIMEOUT_SECONDS;
}
