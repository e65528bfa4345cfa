// Volumes of a task definition -> mounts of compose services and the volumes of the file. A folder of the instance is a bind mount, a volume
// of the engine one of the file under its own name, and one that lives as long as its task a nameless one.
import { defined, nonEmpty } from './compose-values.ts';
import type { ContainerDefinition } from '../../model/container-definition.ts';
import type { Fields } from './compose-values.ts';
import type { TaskDefinition } from '../../model/task-definition.ts';
import type { Volume } from '../../model/volume.ts';

type MountPoint = NonNullable<ContainerDefinition['mountPoints']>[number];

/** The mounts of a container, short where that says all, and the volumes that a compose file cannot declare. */
export function mountsOf(
  container: ContainerDefinition,
  task: TaskDefinition,
): { readonly mounts: readonly (string | Fields)[] | undefined; readonly lost: readonly string[] } {
  const lost: string[] = [];
  const mounts = (container.mountPoints ?? []).flatMap((mount) => {
    const volume = task.volumes?.find(({ name }) => name === mount.sourceVolume);
    const source = volume === undefined ? null : sourceOf(volume);
    if (source !== null) return [mountOf(mount, source)];
    lost.push(`the volume ${mount.sourceVolume} at ${mount.containerPath}`);
    return [];
  });
  return { mounts: nonEmpty(mounts), lost };
}

/** A mount's source and what it is; `source` absent: a nameless volume. */
interface Source {
  readonly type: 'bind' | 'volume';
  readonly source?: string;
}

/** Null for file systems of AWS. */
function sourceOf(volume: Volume): Source | null {
  const { name, host, dockerVolumeConfiguration: docker } = volume;
  if (docker !== undefined) return docker.scope === 'shared' ? { type: 'volume', source: name } : { type: 'volume' };
  if (host?.sourcePath !== undefined) return host.sourcePath.startsWith('/') ? { type: 'bind', source: host.sourcePath } : null;
  const elsewhere = volume.efsVolumeConfiguration ?? volume.fsxWindowsFileServerVolumeConfiguration ?? volume.s3filesVolumeConfiguration;
  return elsewhere === undefined && volume.configuredAtLaunch !== true ? { type: 'volume' } : null;
}

function mountOf(mount: MountPoint, { type, source }: Source): string | Fields {
  const { containerPath: target, readOnly, 'x-longshore': extension } = mount;
  const colon = [source, target].some((path) => path?.includes(':') === true);
  if (extension === undefined && !colon && (source !== undefined || readOnly !== true))
    return [source, target, readOnly === true ? 'ro' : undefined].filter((part) => part !== undefined).join(':');
  const { bindPropagation, createHostPath, noCopy, selinux, subpath } = extension ?? {};
  const bind = nonEmpty(defined({ propagation: bindPropagation, create_host_path: createHostPath, selinux }));
  const volume = nonEmpty(defined({ nocopy: noCopy, subpath }));
  return defined({ type, source, target, read_only: readOnly, ...(type === 'bind' ? { bind } : { volume }) });
}

/** The volumes of the engine that a task definition names, as the file declares them. */
export function volumesOf(task: TaskDefinition): Readonly<Record<string, Fields>> {
  return Object.fromEntries(
    (task.volumes ?? []).flatMap(({ name, dockerVolumeConfiguration: docker }): [string, Fields][] => {
      if (docker?.scope !== 'shared') return [];
      const external = docker.autoprovision === true ? undefined : true;
      const made =
        external === true ? {} : { driver: docker.driver, driver_opts: nonEmpty(docker.driverOpts), labels: nonEmpty(docker.labels) };
      return [[name, defined({ name, external, ...made })]];
    }),
  );
}
