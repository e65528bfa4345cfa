// File systems that task definitions name by AWS's ids (EFS), and how an engine mounts them: by NFS, as ECS itself does, from the server that
// the operator's configuration gives for the id. A manifest names a file system and never says where it is.
// Deliberately absent: the program of AWS (efs-utils) that encrypts the way and enters access points; an engine has none.
import { z } from 'zod';
import { hashOf } from '../../std/hash.ts';
import type { TaskDefinition } from './task-definition.ts';
import type { Volume } from './volume.ts';

const MAX_FILE_SYSTEMS = 200;
const MAX_ACCESS_POINTS = 120;
const MAX_OPTIONS = 20;

const ServerPath = z
  .string()
  .max(1_024)
  .regex(/^\/(?!(?:.*\/)?\.\.(?:\/|$))[^\n]*$/, 'must begin with / and have no ".." in it');

const AccessPoint = z.strictObject({
  accessPointId: z.string().min(1).max(128).meta({ description: 'The access point as task definitions name it.' }),
  path: ServerPath.meta({
    description: 'Path that is mounted for it. Whose the files are that are written there is the business of the server (all_squash).',
  }),
});

const FileSystem = z.strictObject({
  fileSystemId: z.string().min(1).max(128).meta({ description: 'The file system as task definitions name it: fs-0123456789abcdef0.' }),
  address: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$/, 'must be an address or the name of a host, without a port')
    .meta({ description: 'Its NFS server: an address, or a name that the engines can resolve.' }),
  path: ServerPath.optional().meta({ description: 'Path on the server that stands for its root.', default: '/' }),
  mountOptions: z
    .array(
      z
        .string()
        .regex(/^(?!addr=)[a-z_]+(?:=[A-Za-z0-9_.:@/-]+)?$/, 'must be one mount option, such as nfsvers=4.2; addr is not among them'),
    )
    .max(MAX_OPTIONS)
    .optional()
    .meta({ description: 'Options of the mount, instead of those that AWS advises for EFS.' }),
  accessPoints: z.array(AccessPoint).max(MAX_ACCESS_POINTS).optional().meta({
    description: 'Its access points. Absent: a task that names one is not started.',
  }),
});

export type FileSystem = z.infer<typeof FileSystem>;

export const EfsConfig = z.strictObject({
  fileSystems: z.array(FileSystem).max(MAX_FILE_SYSTEMS).optional().meta({ description: 'Where file systems are.' }),
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-[0-9]$/, 'must be a region of AWS, such as eu-west-1')
    .optional()
    .meta({
      description:
        'Region of AWS: a file system without an entry is looked for at fs-....efs.<region>.amazonaws.com. Absent: it is not mounted.',
    }),
});
export type EfsConfig = z.infer<typeof EfsConfig>;
type EfsVolume = NonNullable<Volume['efsVolumeConfiguration']>;

/** Where a file system is, and how it is mounted. */
export interface NfsMount {
  readonly server: string;
  readonly path: string;
  /** Options of the mount, without the address. */
  readonly options: readonly string[];
}

/** AWS: what it advises for mounting EFS without its own program (Amazon EFS user guide, "Recommended NFS mount options"). */
const ADVISED = ['nfsvers=4.1', 'rsize=1048576', 'wsize=1048576', 'hard', 'timeo=600', 'retrans=2', 'noresvport'];
const EFS_ID = /^fs-[0-9a-f]{8,40}$/;

/** How the file system of a volume is mounted, or why it can't be, in words. */
export function nfsMountOf(volume: EfsVolume, config: EfsConfig | undefined): NfsMount | { readonly fault: string } {
  const { fileSystemId, rootDirectory = '/' } = volume;
  const point = volume.authorizationConfig?.accessPointId;
  const entry = config?.fileSystems?.find((each) => each.fileSystemId === fileSystemId);
  const server = entry?.address ?? ofAws(fileSystemId, config?.region);
  if (server === null)
    return { fault: `the configuration of the daemon has no server for the file system ${fileSystemId}; add it to efs.fileSystems` };
  const options = entry?.mountOptions ?? ADVISED;
  if (point === undefined) return { server, path: joined(entry?.path ?? '/', rootDirectory), options };
  const found = entry?.accessPoints?.find(({ accessPointId }) => accessPointId === point);
  if (found !== undefined) return { server, path: joined(found.path, '/'), options };
  const hint = `add it to accessPoints of ${fileSystemId} under efs.fileSystems`;
  return { fault: `the configuration of the daemon has no path for the access point ${point} of ${fileSystemId}; ${hint}` };
}

/** Why a task can't be given its volumes, in ECS's words and the fault behind them; null when it can. */
export function volumeFault(task: TaskDefinition, config: EfsConfig | undefined): string | null {
  for (const { name, efsVolumeConfiguration } of task.volumes ?? []) {
    const mount = efsVolumeConfiguration && nfsMountOf(efsVolumeConfiguration, config);
    if (mount !== undefined && 'fault' in mount) return `ResourceInitializationError: volume ${name} can't be mounted: ${mount.fault}`;
  }
  return null;
}

/** Options of Docker's `local` driver. It resolves a name itself, when it mounts. */
export function nfsDriverOptions({ server, path, options }: NfsMount): Readonly<Record<string, string>> {
  return { type: 'nfs', o: [`addr=${server}`, ...options].join(','), device: `:${path}` };
}

/**
 * The engine's name for a volume that is mounted so. An engine keeps the options that a volume was made with, so other options are another
 * volume; equal ones are the same for all tasks.
 */
export function nfsVolumeName(fileSystemId: string, mount: NfsMount): string {
  return `longshore-${fileSystemId.replaceAll(/[^A-Za-z0-9_.-]/g, '-')}-${hashOf(nfsDriverOptions(mount), 8)}`;
}

function ofAws(id: string, region: string | undefined): string | null {
  if (region === undefined || !EFS_ID.test(id)) return null;
  return `${id}.efs.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

function joined(base: string, directory: string): string {
  return `${base}/${directory}`.replaceAll(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
}
