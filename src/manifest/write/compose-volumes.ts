// Volumes of a task definition -> mounts of a compose service and the volumes of the file. A folder of the instance is a bind mount, a volume
// of the engine one of the file under its own name, and one that lives as long as its task a nameless one.
import { defined, nonEmpty } from './compose-values.ts';
import { isKey, keyInProject } from './compose-project.ts';
import { engineVolumeName } from '../../model/task/volume.ts';
import { volumeName } from '../projects/compose/to-volumes.ts';
import type { Fields } from './compose-values.ts';
import type { Pair, Project } from './compose-project.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';
import type { Volume } from '../../model/task/volume.ts';

type MountPoint = NonNullable<Pair['container']['mountPoints']>[number];

/** The task with its volumes as Compose would call them: what has no name in a compose file is called after its mount. Null when its volumes
 * can't be written there: other containers of the task see them, too, or they are file systems of AWS. */
export function withComposeNames({ task, container }: Pair): TaskDefinition | null {
  const mounts = container.mountPoints ?? [];
  const others = task.containerDefinitions.filter((other) => other !== container);
  const elsewhere = new Set(others.flatMap(({ mountPoints = [] }) => mountPoints.map(({ sourceVolume }) => sourceVolume)));
  const volumes = new Map((task.volumes ?? []).map((volume) => [volume.name, volume]));
  const made: Volume[] = [];
  const names = new Map<string, string>();
  const points: MountPoint[] = [];
  for (const [index, mount] of mounts.entries()) {
    const volume = volumes.get(mount.sourceVolume);
    const source = volume === undefined ? null : sourceOf(volume);
    if (volume === undefined || source === null) return null;
    const name = source.type === 'shared' ? volumeName(engineVolumeName(volume), names) : `${source.type}-${index}`;
    if (elsewhere.has(volume.name) && (source.type !== 'shared' || name !== volume.name)) return null;
    if (!made.some((each) => each.name === name)) made.push(source.type === 'shared' ? calledOn(volume, name) : { ...volume, name });
    points.push({ ...mount, sourceVolume: name });
  }
  const mounted = new Set(mounts.map(({ sourceVolume }) => sourceVolume));
  const rest = (task.volumes ?? []).filter(({ name }) => !mounted.has(name));
  if (made.length + rest.length === 0) return task;
  const containers = task.containerDefinitions.map((each) =>
    each === container && points.length > 0 ? { ...each, mountPoints: points } : each,
  );
  return { ...task, volumes: [...made, ...rest], containerDefinitions: containers };
}

/** A shared volume under another name of ECS's, and under the same on its engine. */
function calledOn(volume: Volume, name: string): Volume {
  const engineName = engineVolumeName(volume);
  const { 'x-longshore': _, ...docker } = volume.dockerVolumeConfiguration ?? {};
  const more = name === engineName ? {} : { 'x-longshore': { name: engineName } };
  return { ...volume, name, dockerVolumeConfiguration: { ...docker, ...more } };
}

interface Source {
  readonly type: 'bind' | 'anonymous' | 'shared';
  readonly path?: string;
}

/** Null for what a compose file has nothing for. */
function sourceOf(volume: Volume): Source | null {
  const { name: _, host, dockerVolumeConfiguration: docker, ...rest } = volume;
  if (docker?.scope === 'shared') return isKey(engineVolumeName(volume)) ? { type: 'shared' } : null;
  if (docker !== undefined) return { type: 'anonymous' };
  if (host?.sourcePath !== undefined) return /^[./~]/.test(host.sourcePath) ? { type: 'bind', path: host.sourcePath } : null;
  return Object.keys(rest).length === 0 ? { type: 'anonymous' } : null;
}

/** The mounts of the container, short where that says all. */
export function mountsOf({ task, container }: Pair, project: Project): readonly (string | Fields)[] | undefined {
  const mounts = (container.mountPoints ?? []).flatMap((mount) => {
    const volume = task.volumes?.find(({ name }) => name === mount.sourceVolume);
    const source = volume === undefined ? null : sourceOf(volume);
    if (volume === undefined || source === null) return [];
    return [
      mountOf(mount, source.type === 'shared' ? keyInProject(engineVolumeName(volume), project).key : source.path, source.type === 'bind'),
    ];
  });
  return nonEmpty(mounts);
}

function mountOf(mount: MountPoint, source: string | undefined, isBind: boolean): string | Fields {
  const { containerPath: target, readOnly, 'x-longshore': extension } = mount;
  const colon = [source, target].some((path) => path?.includes(':') === true);
  if (extension === undefined && !colon && (source !== undefined || readOnly !== true))
    return [source, target, readOnly === true ? 'ro' : undefined].filter((part) => part !== undefined).join(':');
  const { bindPropagation, createHostPath, noCopy, selinux, subpath } = extension ?? {};
  const bind = nonEmpty(defined({ propagation: bindPropagation, create_host_path: createHostPath, selinux }));
  const volume = nonEmpty(defined({ nocopy: noCopy, subpath }));
  return defined({ type: isBind ? 'bind' : 'volume', source, target, read_only: readOnly, ...(isBind ? { bind } : { volume }) });
}

/** The volumes of the engine that the container mounts, as the file declares them. */
export function volumesOf({ task, container }: Pair, project: Project): Readonly<Record<string, Fields | null>> {
  const mounted = new Set((container.mountPoints ?? []).map(({ sourceVolume }) => sourceVolume));
  return Object.fromEntries(
    (task.volumes ?? []).flatMap((volume): [string, Fields | null][] => {
      const docker = volume.dockerVolumeConfiguration;
      const name = engineVolumeName(volume);
      if (docker?.scope !== 'shared' || !mounted.has(volume.name) || !isKey(name)) return [];
      const { key, named } = keyInProject(name, project);
      if (docker.autoprovision !== true)
        return [[key, { ...named, external: true, ...(project.name !== null && key !== name ? { name } : {}) }]];
      const fields = { ...named, driver: docker.driver, driver_opts: nonEmpty(docker.driverOpts), labels: nonEmpty(docker.labels) };
      return [[key, nonEmpty(defined(fields)) ?? null]];
    }),
  );
}
