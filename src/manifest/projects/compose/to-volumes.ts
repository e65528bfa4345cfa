// Mounts of a compose service -> volumes of its task definition, and where they are mounted. A named volume is a volume of the engine under
// Compose's own name (project_volume, dots and all), shared by all tasks of an instance; a bind mount is a path of the instance.
import { fieldAt, isTrue, itemsOf, listAt, mappingAt, numberIn, textIn, valueAt } from './made.ts';
import { ecsName, notYet } from './translation.ts';
import type { Translation } from './translation.ts';
import type { Tree } from '../../text/tree.ts';

export interface Mounts {
  readonly volumes: Tree | null;
  readonly mountPoints: Tree | null;
  readonly tmpfs: readonly (Tree | null)[];
  /** Whether two copies of a task could write to one place. */
  readonly isShared: boolean;
}

/** What the mounts of a service become. `defined`: the volumes of the project. */
export function mountsOf(mounts: Tree | null, defined: Tree | null, project: string, translation: Translation): Mounts {
  const volumes = new Map<string, Tree | null>();
  const names = new Map<string, string>();
  const points: (Tree | null)[] = [];
  const tmpfs: (Tree | null)[] = [];
  let isShared = false;
  for (const [index, mount] of itemsOf(mounts).entries()) {
    const type = textIn(fieldAt(mount, 'type'));
    if (type === 'tmpfs') {
      tmpfs.push(memoryOf(mount));
      continue;
    }
    const made = type === 'bind' ? bindOf(mount, index) : type === 'volume' ? namedOf(mount, index, { defined, project, names }) : null;
    if (made === null) {
      notYet(translation, 'volumes', mount, `a mount of type ${type ?? 'unknown'} is not made`);
      continue;
    }
    isShared ||= made.isShared && !isTrue(fieldAt(mount, 'read_only'));
    volumes.set(made.name, made.volume);
    points.push(pointOf(mount, made.name));
  }
  const place = mounts;
  return {
    volumes: place === null ? null : listAt(place, [...volumes.values()]),
    mountPoints: place === null ? null : listAt(place, points),
    tmpfs,
    isShared,
  };
}

interface Made {
  readonly name: string;
  readonly volume: Tree | null;
  readonly isShared: boolean;
}

function bindOf(mount: Tree, index: number): Made {
  const source = fieldAt(mount, 'source') ?? mount;
  const name = `bind-${index}`;
  const volume = mappingAt(mount, { name: valueAt(mount, name), host: mappingAt(mount, { sourcePath: source }) });
  return { name, volume, isShared: true };
}

/** What the names of volumes depend on; `names` grows: names on the engine, and what ECS calls them. */
interface Naming {
  readonly defined: Tree | null;
  readonly project: string;
  readonly names: Map<string, string>;
}

function namedOf(mount: Tree, index: number, { defined, project, names }: Naming): Made {
  const source = fieldAt(mount, 'source');
  if (source === null) {
    const name = `anonymous-${index}`;
    return { name, volume: mappingAt(mount, { name: valueAt(mount, name) }), isShared: false };
  }
  const key = textIn(source) ?? '';
  const definition = fieldAt(defined, key);
  const external = isTrue(fieldAt(definition, 'external'));
  const own = textIn(fieldAt(definition, 'name'));
  const engineName = own ?? (external || project === '' ? key : `${project}_${key}`);
  const name = volumeName(engineName, names);
  const configuration = mappingAt(source, {
    scope: valueAt(source, 'shared'),
    autoprovision: external ? null : valueAt(source, true),
    driver: fieldAt(definition, 'driver'),
    driverOpts: fieldAt(definition, 'driver_opts'),
    labels: fieldAt(definition, 'labels'),
    'x-longshore': name === engineName ? null : mappingAt(source, { name: valueAt(source, engineName) }),
  });
  return { name, volume: mappingAt(source, { name: valueAt(source, name), dockerVolumeConfiguration: configuration }), isShared: true };
}

/**
 * What ECS calls a volume of the engine: ECS has no dots in its names, and two volumes of a task (`a.b`, `a-b`) have two names. `names`: those
 * that are given already, by the name on the engine; it grows.
 */
export function volumeName(engineName: string, names: Map<string, string>): string {
  const known = names.get(engineName);
  if (known !== undefined) return known;
  const taken = new Set(names.values());
  const plain = ecsName(engineName);
  let name = plain;
  for (let number = 2; taken.has(name); number++) name = ecsName(`${plain.slice(0, 250)}-${number}`);
  names.set(engineName, name);
  return name;
}

function pointOf(mount: Tree, name: string): Tree | null {
  const bind = fieldAt(mount, 'bind');
  const volume = fieldAt(mount, 'volume');
  const creates = fieldAt(bind, 'create_host_path');
  return mappingAt(mount, {
    sourceVolume: valueAt(mount, name),
    containerPath: fieldAt(mount, 'target'),
    readOnly: isTrue(fieldAt(mount, 'read_only')) ? fieldAt(mount, 'read_only') : null,
    'x-longshore': mappingAt(mount, {
      bindPropagation: fieldAt(bind, 'propagation'),
      createHostPath: creates?.kind === 'scalar' && creates.value === false ? creates : null,
      noCopy: isTrue(fieldAt(volume, 'nocopy')) ? fieldAt(volume, 'nocopy') : null,
      selinux: fieldAt(bind, 'selinux'),
      subpath: fieldAt(volume, 'subpath'),
    }),
  });
}

function memoryOf(mount: Tree): Tree | null {
  const size = fieldAt(mount, 'tmpfs') === null ? null : fieldAt(fieldAt(mount, 'tmpfs'), 'size');
  const mode = numberIn(fieldAt(fieldAt(mount, 'tmpfs'), 'mode'));
  return mappingAt(mount, {
    containerPath: fieldAt(mount, 'target'),
    size,
    options: mode === null ? null : listAt(mount, [valueAt(mount, `mode=${mode.toString(8)}`)]),
  });
}
