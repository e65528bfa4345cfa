// Paths inside of containers: an engine takes those that begin with /, and puts nothing into a root that can only be read. ECS registers all of
// them, and the start fails; here the commit says it. Deliberately absent: paths of the instance (task-definition-volumes.ts).
import { onValue } from '../finding.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** What is wrong with the paths in the containers of a task. */
export function pathFindings(definition: TaskDefinition): Finding[] {
  // Their paths begin with a drive; the definition is refused for its system.
  if ((definition.runtimePlatform?.operatingSystemFamily ?? 'LINUX') !== 'LINUX') return [];
  return definition.containerDefinitions.flatMap((container, index) => {
    const path: Path = ['containerDefinitions', index];
    return [...relative(container, path), ...unwritable(container, path)];
  });
}

interface Place {
  readonly path: Path;
  readonly text: string;
}

function relative(container: ContainerDefinition, path: Path): Finding[] {
  const { mountPoints, linuxParameters, workingDirectory, 'x-longshore': more } = container;
  const held = (list: readonly { readonly containerPath: string }[] | undefined, ...way: Path): Place[] =>
    (list ?? []).map(({ containerPath: text }, place) => ({ path: [...path, ...way, place, 'containerPath'], text }));
  const places = [
    ...held(mountPoints, 'mountPoints'),
    ...held(linuxParameters?.tmpfs, 'linuxParameters', 'tmpfs'),
    ...held(more?.tmpfs, 'x-longshore', 'tmpfs'),
    ...held(more?.files, 'x-longshore', 'files'),
    ...(workingDirectory === undefined ? [] : [{ path: [...path, 'workingDirectory'], text: workingDirectory }]),
  ];
  return places.flatMap(({ path: place, text }) => {
    if (text.startsWith('/')) return [];
    const message = `"${text}" in container "${container.name}" does not begin with /, and an engine takes no other path in a container`;
    const isDrive = /^[A-Za-z]:[\\/]/.test(text);
    const hint = isDrive ? 'the engines run Linux containers' : `write the whole path, such as /${text.replace(/^(?:\.?\/)+/, '')}`;
    return [onValue('container-path-relative', place, message, hint)];
  });
}

/** Files are put into the root of a container that is made and not started; an engine refuses that where the root can only be read. */
function unwritable({ name, readonlyRootFilesystem, 'x-longshore': more }: ContainerDefinition, path: Path): Finding[] {
  const index = (more?.files ?? []).findIndex(({ hostPath }) => hostPath === undefined);
  if (readonlyRootFilesystem !== true || index === -1) return [];
  const message = `files can't be put into container "${name}", whose root file system can only be read`;
  const hint = 'remove readonlyRootFilesystem, or show a file of the instance with hostPath';
  return [onValue('file-in-readonly-root', [...path, 'x-longshore', 'files', index], message, hint)];
}
