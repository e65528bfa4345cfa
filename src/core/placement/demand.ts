// What one task takes from an instance, and what it needs there (spec 5.7).
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import { SUBPATH_SINCE } from '../../model/task/container-mount.ts';
import { apiAttribute } from '../../model/cluster/container-instance.ts';
import type { HostRange } from '../../model/task/host-range.ts';
import { type TaskDefinition, networkModeOf, reservedPorts } from '../../model/task/task-definition.ts';
import { cpuUnits, memoryMib } from '../../lang/size.ts';
import { portRanges } from '../../model/task/port-mapping.ts';

/** CPU units, MiB, whole devices, and fixed host ports as `tcp/8080`. */
export interface Demand {
  readonly cpu: number;
  readonly memory: number;
  readonly gpus: number;
  readonly ports: readonly string[];
  /** Runs of host ports that are chosen with the place. */
  readonly ranges: readonly RangeAsk[];
  /** Processor that the images are made for, as ECS's attribute has it (`x86_64`, `arm64`); null: the author does not say. */
  readonly architecture: string | null;
  /** Attributes that an instance must have. */
  readonly attributes: readonly RequiredAttribute[];
  /** Instances that have a local-only image; null: the image can be pulled anywhere. */
  readonly imageOn: ReadonlySet<string> | null;
}

/** A range of a container's ports that needs a run of host ports. */
export type RangeAsk = Omit<HostRange, 'hostPort'>;

/** A task that waits until its capacity provider has another instance. */
export interface WaitingTask {
  readonly provider: string;
  readonly demand: Demand;
  readonly distinct: boolean;
}

export interface RequiredAttribute {
  readonly name: string;
  /** Null: any value will do. */
  readonly value: string | null;
  /** The field of the manifest that asks for it, and what would have it; absent: the attribute says it itself. */
  readonly asked?: string;
}

/** ECS: the task's size, or the sum over its containers: cpu, and memoryReservation where there is one, else memory. */
export function demandOf(definition: TaskDefinition, imageOn: ReadonlySet<string> | null): Demand {
  const containers = definition.containerDefinitions;
  const cpu = definition.cpu === undefined ? null : cpuUnits(definition.cpu);
  const memory = definition.memory === undefined ? null : memoryMib(definition.memory);
  const { cpuArchitecture, operatingSystemFamily } = definition.runtimePlatform ?? {};
  return {
    cpu: cpu ?? containers.reduce((sum, container) => sum + (container.cpu ?? 0), 0),
    memory: memory ?? containers.reduce((sum, container) => sum + (container.memoryReservation ?? container.memory ?? 0), 0),
    gpus: containers.reduce((sum, container) => sum + gpusOf(container.resourceRequirements ?? []), 0),
    ports: reservedPorts(definition).map((port) => `${port.protocol}/${port.hostPort}`),
    ranges: rangesOf(definition),
    architecture: cpuArchitecture?.toLowerCase() ?? null,
    attributes: [
      ...(operatingSystemFamily === undefined
        ? []
        : [{ name: 'ecs.os-type', value: operatingSystemFamily === 'LINUX' ? 'linux' : 'windows' }]),
      ...(containers.some(mountsSubpath) ? [{ name: apiAttribute(SUBPATH_SINCE), value: null, asked: SUBPATH_ASKED }] : []),
    ],
    imageOn,
  };
}

const SUBPATH_ASKED = `x-longshore.subpath of a mount point needs an engine with API ${SUBPATH_SINCE} (Docker 26) or later`;

/** Whether a container needs an engine that can mount a folder inside of a volume. */
function mountsSubpath({ mountPoints }: ContainerDefinition): boolean {
  return mountPoints?.some((point) => point['x-longshore']?.subpath !== undefined) ?? false;
}

/** ECS: only in bridge a range needs ports of the instance. */
function rangesOf(definition: TaskDefinition): readonly RangeAsk[] {
  if (networkModeOf(definition) !== 'bridge') return [];
  return definition.containerDefinitions.flatMap(({ name, portMappings }) =>
    portRanges(portMappings).map(({ containerPort, length, protocol }) => ({ container: name, protocol, containerPort, length })),
  );
}

/** `ALL` takes one at least: how many there are is not known here. */
function gpusOf(requirements: readonly { readonly type: string; readonly value: string }[]): number {
  return requirements.reduce((sum, { type, value }) => sum + (type !== 'GPU' ? 0 : value === 'ALL' ? 1 : Number(value)), 0);
}
