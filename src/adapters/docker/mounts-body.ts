// From the mounts of a container to HostConfig's Binds and Mounts. A folder of the instance is bound by Binds, which makes one that is not
// there on every version of the engine; Mounts refuses it, which is what createHostPath: false asks for.
import type { BindMount, ContainerMount, VolumeMount } from '../../model/task/container-mount.ts';

/** `Binds`, `Mounts` and `VolumesFrom`; what is empty is not sent. */
export function mountsBody(
  mounts: readonly ContainerMount[],
  volumesFrom: readonly { readonly container: string; readonly readOnly: boolean }[],
): Record<string, unknown> {
  const binds = mounts.filter((mount): mount is BindMount => mount.kind === 'bind' && mount.createHostPath);
  const others = mounts.filter((mount) => mount.kind === 'volume' || !mount.createHostPath);
  return {
    ...(binds.length > 0 && { Binds: binds.map(bindText) }),
    ...(others.length > 0 && { Mounts: others.map((mount) => (mount.kind === 'bind' ? bindBody(mount) : volumeBody(mount))) }),
    ...(volumesFrom.length > 0 && { VolumesFrom: volumesFrom.map(({ container, readOnly }) => `${container}${readOnly ? ':ro' : ''}`) }),
  };
}

function bindText({ hostPath, containerPath, readOnly, propagation, selinux }: BindMount): string {
  const options = [readOnly ? 'ro' : 'rw', propagation, selinux].filter((option) => option !== undefined);
  return `${hostPath}:${containerPath}:${options.join(',')}`;
}

function bindBody({ hostPath, containerPath, readOnly, propagation }: BindMount): Record<string, unknown> {
  return {
    ...{ Type: 'bind', Source: hostPath, Target: containerPath, ReadOnly: readOnly },
    ...(propagation !== undefined && { BindOptions: { Propagation: propagation } }),
  };
}

function volumeBody({
  name,
  containerPath,
  readOnly,
  noCopy,
  labels,
  driver,
  driverOptions,
  subpath,
}: VolumeMount): Record<string, unknown> {
  const options = {
    NoCopy: noCopy,
    Labels: labels,
    DriverConfig: { Name: driver, Options: driverOptions },
    ...(subpath !== undefined && { Subpath: subpath }),
  };
  return { Type: 'volume', Source: name, Target: containerPath, ReadOnly: readOnly, VolumeOptions: options };
}
