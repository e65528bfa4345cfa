// What ECS asks of the volumes of a task and of their mounts (RegisterTaskDefinition, spec 1.9, 1.11).
import { VOLUME_KINDS } from '../../model/task/volume.ts';
import { nearest } from '../../std/text.ts';
import { onKey, onValue } from '../finding.ts';
import { repeated } from './repeated.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';
import type { Volume } from '../../model/task/volume.ts';

/** What is wrong with the volumes of a task and with what mounts them. */
export function volumeFindings(definition: TaskDefinition): Finding[] {
  const volumes = definition.volumes ?? [];
  const twice = repeated(volumes, ({ name }) => name).map(({ index, first, key }) =>
    onValue(
      'duplicate-volume',
      ['volumes', index, 'name'],
      `volumes[${index}] is called "${key}" like volumes[${first}]`,
      'give each volume of a task definition its own name',
    ),
  );
  const each = volumes.flatMap((volume, index) => ofVolume(volume, ['volumes', index]));
  return [...twice, ...each, ...atLaunch(definition, volumes), ...mounts(definition, volumes)];
}

function ofVolume(volume: Volume, path: Path): Finding[] {
  const kinds = VOLUME_KINDS.filter((kind) => isAsked(volume[kind]));
  const [first, second] = kinds;
  if (first !== undefined && second !== undefined) {
    const message = `volume "${volume.name}" is of two kinds, ${first} and ${second}`;
    return [onKey('fields-exclude-each-other', [...path, second], message, 'keep one of them')];
  }
  const docker = volume.dockerVolumeConfiguration;
  if (docker?.autoprovision === true && (docker.scope ?? 'task') === 'task') {
    const place = [...path, 'dockerVolumeConfiguration', 'autoprovision'];
    const message = `volume "${volume.name}" has autoprovision, which is for shared volumes: one of scope task is always made`;
    return [onKey('autoprovision-of-task-volume', place, message, 'remove autoprovision, or set scope: shared')];
  }
  if (docker?.['x-longshore']?.name !== undefined && (docker.scope ?? 'task') === 'task') {
    const place = [...path, 'dockerVolumeConfiguration', 'x-longshore', 'name'];
    const message = `volume "${volume.name}" has a name of its own on the engine, which is for shared volumes: one of scope task is called after its task`;
    return [onKey('fields-exclude-each-other', place, message, 'remove the name, or set scope: shared')];
  }
  return [...hostPath(volume, path), ...encryption(volume, path), ...accessPoint(volume, path)];
}

/** An engine takes paths of its own machine only: a folder beside the manifest is in the repository and not there. */
function hostPath({ name, host }: Volume, path: Path): Finding[] {
  const source = host?.sourcePath;
  if (source === undefined || source.startsWith('/')) return [];
  const message = `volume "${name}" is "${source}", and an engine has only folders that begin with /: what lies beside a manifest is not there`;
  const hint = 'name a path of the instance, or put the files into the image';
  return [onValue('host-path-relative', [...path, 'host', 'sourcePath'], message, hint)];
}

/** An empty host, or a switch that is off, is what a volume is anyway. */
function isAsked(kind: Volume[(typeof VOLUME_KINDS)[number]]): boolean {
  return typeof kind === 'object' ? Object.keys(kind).length > 0 : kind === true;
}

function encryption({ name, efsVolumeConfiguration: efs }: Volume, path: Path): Finding[] {
  if (efs === undefined || efs.transitEncryption === 'ENABLED') return [];
  const { authorizationConfig, transitEncryptionPort } = efs;
  const asking =
    authorizationConfig?.iam === 'ENABLED'
      ? 'IAM'
      : authorizationConfig?.accessPointId !== undefined
        ? 'an access point'
        : transitEncryptionPort === undefined
          ? null
          : 'a transitEncryptionPort';
  if (asking === null) return [];
  const message = `volume "${name}" has ${asking} without encryption in transit`;
  return [
    onKey('efs-not-encrypted', [...path, 'efsVolumeConfiguration'], message, 'set transitEncryption: ENABLED in efsVolumeConfiguration'),
  ];
}

function accessPoint(volume: Volume, path: Path): Finding[] {
  const { efsVolumeConfiguration: efs, s3filesVolumeConfiguration: s3 } = volume;
  const [field, point, directory] =
    efs === undefined
      ? ['s3filesVolumeConfiguration', s3?.accessPointArn, s3?.rootDirectory]
      : ['efsVolumeConfiguration', efs.authorizationConfig?.accessPointId, efs.rootDirectory];
  if (point === undefined || directory === undefined || directory === '/') return [];
  const message = `volume "${volume.name}" has an access point, which says what folder is mounted, and the rootDirectory ${directory}`;
  return [onValue('access-point-directory', [...path, field, 'rootDirectory'], message, 'remove rootDirectory')];
}

/** ECS: one volume at most is configured by the service or the run, and some container mounts it. */
function atLaunch(definition: TaskDefinition, volumes: readonly Volume[]): Finding[] {
  const mounted = new Set(
    definition.containerDefinitions.flatMap(({ mountPoints }) => (mountPoints ?? []).map((each) => each.sourceVolume)),
  );
  const places = [...volumes.entries()].filter(([, volume]) => volume.configuredAtLaunch === true);
  const unmounted = places.flatMap(([index, { name }]) => {
    const message = `volume "${name}" is configured at launch, and no container mounts it`;
    const hint = 'add it to the mountPoints of a container, or remove it';
    return mounted.has(name) ? [] : [onValue('unmounted-volume', ['volumes', index, 'name'], message, hint)];
  });
  const more = places.slice(1).map(([index, { name }]) => {
    const message = `volume "${name}" is the second one that is configured at launch; a task definition has one at most`;
    return onKey('two-launch-volumes', ['volumes', index, 'configuredAtLaunch'], message, 'keep one of them');
  });
  return [...unmounted, ...more];
}

function mounts(definition: TaskDefinition, volumes: readonly Volume[]): Finding[] {
  const names = volumes.map(({ name }) => name);
  return definition.containerDefinitions.flatMap((container, index) => {
    const path: Path = ['containerDefinitions', index, 'mountPoints'];
    const points = container.mountPoints ?? [];
    const unknown = points.flatMap(({ sourceVolume }, place) => {
      if (names.includes(sourceVolume)) return [];
      const meant = nearest(sourceVolume, names);
      const hint = meant === null ? `add it to volumes: { name: ${sourceVolume} }` : `did you mean ${meant}?`;
      const message = `container "${container.name}" mounts the volume "${sourceVolume}", which the task definition does not have`;
      return [onValue('unknown-volume', [...path, place, 'sourceVolume'], message, hint)];
    });
    const twice = repeated(points, ({ containerPath }) => containerPath).map(({ index: place, key }) =>
      onValue(
        'duplicate-mount',
        [...path, place, 'containerPath'],
        `container "${container.name}" mounts two volumes at ${key}`,
        'mount one volume at a path',
      ),
    );
    const folders = points.flatMap((point, place) => {
      const isFolder = volumes.find(({ name }) => name === point.sourceVolume)?.host?.sourcePath !== undefined;
      if (!isFolder || point['x-longshore']?.subpath === undefined) return [];
      const message = `container "${container.name}" mounts a subpath of "${point.sourceVolume}", which is a folder of the instance`;
      const hint = 'write the whole path into host.sourcePath of a volume of its own, and remove subpath';
      return [onKey('fields-exclude-each-other', [...path, place, 'x-longshore', 'subpath'], message, hint)];
    });
    return [...unknown, ...twice, ...folders];
  });
}
