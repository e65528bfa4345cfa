// Volumes of a task definition, and how containers mount them. A volume has exactly one kind; without any it is an empty folder that
// lives as long as the task.
import { z } from 'zod';
import { approximated, ignored, refused } from '../fate.ts';
import { MountExtension, VolumeExtension } from './extension.ts';
import { Name } from '../name.ts';

const Texts = z.record(z.string(), z.string());
const Switch = z.enum(['ENABLED', 'DISABLED']);
const Port = z.int().min(0).max(65_535);

const HostVolume = z.strictObject({
  sourcePath: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Path on the instance; absent: an empty folder that lives as long as the task.' }),
});

const DockerVolume = z.strictObject({
  scope: z
    .enum(['task', 'shared'])
    .optional()
    .meta({ description: 'task: removed with the task. shared: stays, and is shared by the tasks of an instance.', default: 'task' }),
  autoprovision: z
    .boolean()
    .optional()
    .meta({ description: 'Whether a shared volume that is not there is made; with scope shared only.', default: false }),
  driver: z.string().min(1).optional().meta({ description: 'Volume driver of the engine.', default: 'local' }),
  driverOpts: Texts.optional().meta({ description: 'Options of the driver.' }),
  labels: Texts.optional().meta({ description: 'Labels of the volume.' }),
  'x-longshore': VolumeExtension.optional().meta({ description: 'What Docker can say of a volume and ECS cannot.' }),
});

const EfsVolume = z.strictObject({
  fileSystemId: z
    .string()
    .min(1)
    .meta({
      description: 'EFS file system.',
      ...approximated("the engine mounts it by NFS, from the server that the daemon's configuration gives for it (efs)"),
    }),
  rootDirectory: z
    .string()
    .regex(/^\/(?!(?:.*\/)?\.\.(?:\/|$))/, 'must begin with / and have no ".." in it')
    .optional()
    .meta({ description: 'Folder of the file system that is mounted.', default: '/' }),
  transitEncryption: Switch.optional().meta({
    description: 'Whether the way to the file system is encrypted.',
    default: 'DISABLED',
    valueFates: {
      ENABLED: approximated(
        'the way is encrypted where the network is, or where the mount options in the configuration of the daemon ask for it',
      ).fate,
    },
  }),
  transitEncryptionPort: Port.optional().meta({
    description: 'Port of the encrypted way; absent: any.',
    ...ignored('no tunnel is made'),
  }),
  authorizationConfig: z
    .strictObject({
      accessPointId: z
        .string()
        .min(1)
        .optional()
        .meta({
          description: 'EFS access point.',
          ...approximated(
            'the path that the configuration of the daemon gives for it is mounted; whose files they are is for the server to say',
          ),
        }),
      iam: Switch.optional().meta({
        description: 'Whether the role of the task is asked.',
        default: 'DISABLED',
        valueFates: { ENABLED: approximated('the server says what the instance may do, and no role is asked').fate },
      }),
    })
    .optional()
    .meta({ description: 'How access is granted.' }),
});

const FsxVolume = z.strictObject({
  fileSystemId: z.string().min(1).meta({ description: 'FSx file system.' }),
  rootDirectory: z.string().min(1).meta({ description: 'Folder of the file system that is mounted.' }),
  authorizationConfig: z
    .strictObject({
      credentialsParameter: z.string().min(1).meta({ description: 'ARN of a secret or parameter with the credentials.' }),
      domain: z.string().min(1).meta({ description: 'Active Directory domain.' }),
    })
    .meta({ description: 'How access is granted.' }),
});

const S3FilesVolume = z.strictObject({
  fileSystemArn: z.string().min(1).meta({ description: 'ARN of the S3 file system.' }),
  rootDirectory: z.string().min(1).optional().meta({ description: 'Folder of the file system that is mounted.', default: '/' }),
  transitEncryptionPort: Port.optional().meta({ description: 'Port of the encrypted way; absent: any.' }),
  accessPointArn: z.string().min(1).optional().meta({ description: 'ARN of an S3 access point.' }),
});

export const Volume = z.strictObject({
  name: Name.meta({ description: 'Name of the volume, unique in its task definition.' }),
  host: HostVolume.optional().meta({
    description: 'A folder of the instance, or an empty one of the task.',
  }),
  dockerVolumeConfiguration: DockerVolume.optional().meta({ description: 'A volume of the Docker engine.' }),
  efsVolumeConfiguration: EfsVolume.optional().meta({ description: 'An EFS file system.' }),
  fsxWindowsFileServerVolumeConfiguration: FsxVolume.optional().meta({
    description: 'An FSx file system for Windows.',
    ...refused('Linux engines do not mount file systems of Windows'),
  }),
  s3filesVolumeConfiguration: S3FilesVolume.optional().meta({
    description: 'An S3 file system.',
    ...refused('it is mounted by a program of AWS that Docker engines do not have'),
  }),
  configuredAtLaunch: z
    .boolean()
    .optional()
    .meta({
      description: 'Whether what it is stands in volumeConfigurations of the service or the run.',
      default: false,
      ...approximated('each task has a volume of its engine, on the disk of its instance, and it goes with the task'),
    }),
});
export type Volume = z.infer<typeof Volume>;

/** The name of a volume on its engine, before a volume of one task gets the name of the task: ECS's own, unless another one is given. */
export function engineVolumeName({ name, dockerVolumeConfiguration }: Pick<Volume, 'name' | 'dockerVolumeConfiguration'>): string {
  return dockerVolumeConfiguration?.['x-longshore']?.name ?? name;
}

/** The fields of which a volume has one at most. */
export const VOLUME_KINDS = [
  'host',
  'dockerVolumeConfiguration',
  'efsVolumeConfiguration',
  'fsxWindowsFileServerVolumeConfiguration',
  's3filesVolumeConfiguration',
  'configuredAtLaunch',
] as const;

export const MountPoint = z.strictObject({
  sourceVolume: z.string().min(1).meta({ description: 'Volume of the task definition.' }),
  containerPath: z.string().min(1).meta({ description: 'Path in the container.' }),
  readOnly: z.boolean().optional().meta({ description: 'Whether the container can only read it.', default: false }),
  'x-longshore': MountExtension.optional().meta({ description: 'What Docker can say of a mount and ECS cannot.' }),
});

export const VolumeFrom = z.strictObject({
  sourceContainer: z.string().min(1).meta({ description: 'Container of this task whose volumes are mounted.' }),
  readOnly: z.boolean().optional().meta({ description: 'Whether they can only be read.', default: false }),
});
