// From the volumes of a task definition to what one of its containers mounts (spec 1.9). Volumes of the task carry its labels, so that they
// are recognised and removed when it is gone; shared ones carry none and are never removed.
import { type ContainerMount, type FileInContainer, type VolumeMount, taskVolumeName } from '../../model/task/container-mount.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { ContainerIdentity } from '../../model/turn/observed.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';
import { type EfsConfig, nfsDriverOptions, nfsMountOf, nfsVolumeName } from '../../model/task/file-system.ts';
import { engineVolumeName } from '../../model/task/volume.ts';
import { isRouter, routerConfig, socketMount } from './firelens.ts';
import { volumeLabels } from '../../model/turn/identity.ts';

type MountPoint = NonNullable<ContainerDefinition['mountPoints']>[number];
type Volume = NonNullable<TaskDefinition['volumes']>[number];

/**
 * The mounts of a container, in the order of its mountPoints. A volume that the task definition does not name is left out: rules refuse it.
 * So is a file system that nobody knows the place of: its task is not started (volumeFault).
 */
export function mountsOf(
  definition: ContainerDefinition,
  task: TaskDefinition,
  identity: ContainerIdentity,
  efs: EfsConfig | undefined,
): readonly ContainerMount[] {
  const mounts = (definition.mountPoints ?? []).flatMap((point) => {
    const volume = task.volumes?.find(({ name }) => name === point.sourceVolume);
    if (volume === undefined) return [];
    return volume.efsVolumeConfiguration === undefined ? [mountOf(point, volume, identity)] : fileSystem(point, volume, efs);
  });
  const shown = (definition['x-longshore']?.files ?? []).flatMap(({ containerPath, hostPath }): ContainerMount[] =>
    hostPath === undefined ? [] : [{ kind: 'bind', containerPath, hostPath, readOnly: true, createHostPath: false }],
  );
  return [...mounts, ...shown, ...(isRouter(definition, task) ? [socketMount(identity)] : [])];
}

/** Docker Compose: 0444, of root. */
const DEFAULT_MODE = '0444';

/** The files that are put into a container before it starts; those of the instance are mounted instead. */
export function filesOf(definition: ContainerDefinition, task: TaskDefinition, identity: ContainerIdentity): readonly FileInContainer[] {
  const own = (definition['x-longshore']?.files ?? []).flatMap(({ containerPath, content, valueFrom, hostPath, uid, gid, mode }) =>
    hostPath !== undefined
      ? []
      : [
          {
            containerPath,
            content: content ?? null,
            valueFrom: valueFrom ?? null,
            uid: uid ?? '0',
            gid: gid ?? '0',
            mode: Number.parseInt(mode ?? DEFAULT_MODE, 8),
          },
        ],
  );
  return isRouter(definition, task) ? [routerConfig(definition, task, identity), ...own] : own;
}

/** One volume of the engine for all tasks that mount the same, never removed: what is in it is the server's. */
function fileSystem(point: MountPoint, { efsVolumeConfiguration: volume }: Volume, efs: EfsConfig | undefined): readonly ContainerMount[] {
  const mount = volume && nfsMountOf(volume, efs);
  if (volume === undefined || mount === undefined || 'fault' in mount) return [];
  return [
    {
      ...{ kind: 'volume', containerPath: point.containerPath, readOnly: point.readOnly ?? false },
      ...{ name: nfsVolumeName(volume.fileSystemId, mount), driver: 'local', driverOptions: nfsDriverOptions(mount), labels: {} },
      ...{ noCopy: point['x-longshore']?.noCopy ?? false, mustExist: false, ...subpathOf(point) },
    },
  ];
}

function mountOf(point: MountPoint, volume: Volume, identity: ContainerIdentity): ContainerMount {
  const more = point['x-longshore'] ?? {};
  const common = { containerPath: point.containerPath, readOnly: point.readOnly ?? false };
  const hostPath = volume.host?.sourcePath;
  if (hostPath !== undefined) {
    const { bindPropagation: propagation, selinux, createHostPath = true } = more;
    return { ...common, kind: 'bind', hostPath, createHostPath, propagation, selinux };
  }
  // ECS: the scope is task where none is written, and a volume of no kind at all is an empty folder of the task.
  const { scope = 'task', autoprovision = false, driver = 'local', driverOpts = {}, labels = {} } = volume.dockerVolumeConfiguration ?? {};
  const isShared = scope === 'shared';
  return {
    ...common,
    kind: 'volume',
    name: isShared ? engineVolumeName(volume) : taskVolumeName(identity, volume.name),
    driver,
    driverOptions: driverOpts,
    labels: isShared ? labels : { ...labels, ...volumeLabels(identity) },
    // ECS: a volume of EBS begins empty and hides what the image has there.
    noCopy: more.noCopy ?? volume.configuredAtLaunch ?? false,
    mustExist: isShared && !autoprovision,
    ...subpathOf(point),
  };
}

function subpathOf(point: MountPoint): Pick<VolumeMount, 'subpath'> {
  const subpath = point['x-longshore']?.subpath;
  return subpath === undefined ? {} : { subpath };
}
