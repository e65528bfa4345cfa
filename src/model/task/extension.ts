// `x-longshore` of task definitions and the objects in them: what Docker and compose files can say of a container and ECS can't.
// A field stands here only when it changes what runs. What ECS has a field for is written there and not here.
import { z } from 'zod';
import { later } from '../fate.ts';

const Texts = z.record(z.string(), z.string());

/** Of a port mapping. */
export const PortExtension = z.strictObject({
  hostIp: z.string().min(1).optional().meta({ description: 'Address of the instance that the port is published on; absent: all of them.' }),
});

/** Of a health check: times that ECS's limits leave no room for. Each takes the place of the field of its name. */
export const HealthCheckExtension = z.strictObject({
  interval: z.number().gt(0).optional().meta({ description: 'Seconds between two checks, below 5 or above 300.' }),
  timeout: z.number().gt(0).optional().meta({ description: 'Seconds until a check counts as failed, below 2 or above 60.' }),
  retries: z.int().min(1).optional().meta({ description: 'Consecutive failures that make a container unhealthy, above 10.' }),
  startPeriod: z.number().min(0).optional().meta({
    description: 'Seconds after the start in which failures do not count, above 300 or with fractions.',
  }),
  startInterval: z.number().gt(0).optional().meta({ description: 'Seconds between two checks within startPeriod.' }),
});

/** Of a volume of the engine. */
export const VolumeExtension = z.strictObject({
  // Docker: names of volumes
  name: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/, 'must be 2 to 255 letters, digits, ".", "_" or "-", beginning with a letter or a digit')
    .optional()
    .meta({ description: 'Its name on the engine, which may have dots; with scope shared only. Absent: the name of the volume.' }),
});

/** Of a mount point. */
export const MountExtension = z.strictObject({
  bindPropagation: z
    .enum(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'])
    .optional()
    .meta({ description: 'Whether mounts below a host path are seen on the other side.' }),
  createHostPath: z.boolean().optional().meta({ description: 'Whether a host path that is not there is made as a folder.', default: true }),
  noCopy: z
    .boolean()
    .optional()
    .meta({ description: 'Whether a new volume stays empty instead of getting what the image has there.', default: false }),
  selinux: z.enum(['z', 'Z']).optional().meta({ description: 'SELinux label: z shared, Z of this container alone.' }),
  subpath: z
    .string()
    .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$)).+$/, 'must be a path inside the volume, without / at its beginning and without ..')
    .optional()
    .meta({
      description:
        'Folder inside the volume that is mounted instead of all of it; it must be there. For engines with API 1.45 (Docker 26) or later.',
    }),
});

const NetworkAttachment = z.strictObject({
  name: z.string().min(1).meta({ description: 'Name of the network.' }),
  aliases: z.array(z.string().min(1)).optional().meta({ description: 'Names that the container has on this network.' }),
  ipv4Address: z.string().min(1).optional().meta({ description: 'Fixed IPv4 address.' }),
  ipv6Address: z.string().min(1).optional().meta({ description: 'Fixed IPv6 address.' }),
  macAddress: z.string().min(1).optional().meta({ description: 'Fixed MAC address.' }),
  priority: z.int().optional().meta({ description: 'The network of the highest number gives the default gateway.', default: 0 }),
});

const ContainerFile = z.strictObject({
  containerPath: z.string().min(1).meta({ description: 'Path of the file in the container.' }),
  content: z.string().optional().meta({ description: 'Text of the file; no place for secrets.' }),
  hostPath: z.string().min(1).optional().meta({ description: 'File of the instance that is shown there, instead of content.' }),
  valueFrom: z.string().min(1).optional().meta({ description: 'Secret whose value is the text, instead of content.' }),
  uid: z.string().min(1).optional().meta({ description: 'User that owns the file.', default: '0' }),
  gid: z.string().min(1).optional().meta({ description: 'Group that owns the file.', default: '0' }),
  mode: z
    .string()
    .regex(/^0?[0-7]{3,4}$/, 'must be a mode in octal digits')
    .optional()
    .meta({
      description: 'Permissions in octal digits, such as "0400".',
      default: '0444',
    }),
});

const Hook = z.strictObject({
  command: z.array(z.string()).min(1).meta({ description: 'Program and arguments.' }),
  user: z.string().min(1).optional().meta({ description: 'User that it runs as; absent: that of the container.' }),
  privileged: z.boolean().optional().meta({ description: 'Whether it may do what root of the instance may.', default: false }),
  workingDirectory: z.string().min(1).optional().meta({ description: 'Folder that it runs in; absent: that of the container.' }),
  environment: z
    .array(
      z.strictObject({
        name: z.string().min(1).meta({ description: 'Name of the variable.' }),
        value: z.string().meta({ description: 'Its value.' }),
      }),
    )
    .optional()
    .meta({ description: 'Further environment variables.' }),
});

/** Of a container definition. */
export const ContainerExtension = z.strictObject({
  annotations: Texts.optional().meta({ description: 'Annotations of the container, for its runtime.' }),
  cgroupNamespace: z.enum(['host', 'private']).optional().meta({ description: 'Whether the container sees the cgroups of its instance.' }),
  cgroupParent: z.string().min(1).optional().meta({ description: 'Cgroup under which that of the container is made.' }),
  cpus: z.number().gt(0).optional().meta({ description: 'Hard limit in cores; fractions are possible.' }),
  cpuset: z.string().min(1).optional().meta({ description: 'Cores that the container may run on, such as 0-2,4.' }),
  deviceCgroupRules: z
    .array(z.string().min(1))
    .optional()
    .meta({ description: 'Devices that the container may open, as the kernel writes them: c 1:3 rwm.' }),
  dnsOptions: z.array(z.string().min(1)).optional().meta({ description: 'Options for resolv.conf.' }),
  domainname: z.string().min(1).optional().meta({ description: 'NIS domain of the container.' }),
  files: z
    .array(ContainerFile)
    .max(100)
    .optional()
    .meta({ description: 'Files that are put into the container: configs and secrets of compose files; at most 100.' }),
  groupAdd: z.array(z.string().min(1)).optional().meta({ description: 'Further groups of the user, by name or number.' }),
  ipcMode: z
    .string()
    .regex(/^(?:private|shareable|none|host|container:.+)$/, 'must be private, shareable, none, host or container:NAME')
    .optional()
    .meta({
      description:
        'Shared memory of this container, whatever ipcMode of the task says: private, shareable, none, host, or container:NAME, that of another container of the task.',
    }),
  logging: z
    .strictObject({
      driver: z.string().min(1).optional().meta({ description: 'Log driver of the engine; absent: its own default.' }),
      options: Texts.optional().meta({ description: 'Options of the driver.' }),
    })
    .optional()
    .meta({ description: 'Log driver that ECS does not know, or options for the default driver.' }),
  memorySwap: z
    .int()
    .min(-1)
    .optional()
    .meta({ description: 'MiB of memory and swap together, where maxSwap cannot say it; -1: no limit.' }),
  networks: z
    .array(NetworkAttachment)
    .optional()
    .meta({ description: 'Networks that the container joins, and its names there; absent: that of its cluster.' }),
  noEntryPoint: z.boolean().optional().meta({
    description: 'Whether the ENTRYPOINT of the image is taken away, so that its command is the program; entryPoint replaces it.',
    default: false,
  }),
  oomKillDisable: z
    .boolean()
    .optional()
    .meta({ description: 'Whether the kernel spares the container when memory is short.', default: false }),
  oomScoreAdj: z
    .int()
    .min(-1_000)
    .max(1_000)
    .optional()
    .meta({ description: 'How early the kernel kills it when memory is short, a number; 1000 first.', default: 0 }),
  pidMode: z
    .string()
    .regex(/^(?:host|container:.+)$/, 'must be host or container:NAME')
    .optional()
    .meta({
      description:
        'Processes that this container sees, whatever pidMode of the task says: host, or container:NAME, those of another container of the task.',
    }),
  pidsLimit: z.int().min(-1).optional().meta({ description: 'Most processes and threads; -1: no limit.' }),
  platform: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+){0,2}$/, 'must be an operating system and a processor, such as linux/arm64')
    .optional()
    .meta({ description: 'Platform of the image, such as linux/arm64; absent: that of the instance.' }),
  postStart: z
    .array(Hook)
    .optional()
    .meta({ description: 'Commands that run in the container when it has started.', ...later('no command is run') }),
  preStop: z
    .array(Hook)
    .optional()
    .meta({ description: 'Commands that run in the container before it is stopped.', ...later('no command is run') }),
  pullPolicy: z.enum(['always', 'missing', 'never']).optional().meta({
    description:
      'Whether the registry is asked for the image of a deployment: always, when no instance has it (missing), never; absent: as its cluster says.',
  }),
  runtime: z.string().min(1).optional().meta({ description: 'Runtime of the engine that runs the container.' }),
  securityOptions: z
    .array(z.string().min(1))
    .optional()
    .meta({ description: 'Security options that dockerSecurityOptions does not take, such as seccomp=unconfined.' }),
  stopSignal: z.string().min(1).optional().meta({ description: 'Signal that stops the container; absent: that of the image.' }),
  storageOptions: Texts.optional().meta({ description: 'Options of the storage driver.' }),
  tmpfs: z
    .array(
      z.strictObject({
        containerPath: z.string().min(1).meta({ description: 'Path in the container.' }),
        size: z.int().min(1).optional().meta({ description: 'Most bytes; absent: half of the memory of the instance.' }),
        options: z.array(z.string().min(1)).optional().meta({ description: 'Mount options, such as noexec or mode=1777.' }),
      }),
    )
    .optional()
    .meta({ description: 'File systems in memory whose size linuxParameters.tmpfs cannot say.' }),
  unlimitedMemory: z
    .boolean()
    .optional()
    .meta({ description: 'Whether the container may do without a limit of memory, which ECS asks for.', default: false }),
  usernsMode: z.enum(['host']).optional().meta({ description: 'host: users are not mapped, where the engine maps them.' }),
  utsMode: z.enum(['host']).optional().meta({ description: 'host: the host name of the instance is seen.' }),
});
export type ContainerExtension = z.infer<typeof ContainerExtension>;

const NetworkDefinition = z.strictObject({
  name: z.string().min(1).meta({ description: 'Name of the network; the same name is the same network for all task definitions.' }),
  external: z.boolean().optional().meta({ description: 'Whether it is there already and is never made.', default: false }),
  internal: z.boolean().optional().meta({ description: 'Whether it has no way to the outside.', default: false }),
  driver: z.string().min(1).optional().meta({ description: 'Network driver.', default: 'bridge' }),
  driverOpts: Texts.optional().meta({ description: 'Options of the driver.' }),
  enableIpv4: z
    .boolean()
    .optional()
    .meta({ description: 'Whether it has IPv4 addresses; false is for engines with API 1.47 or later, others refuse it.', default: true }),
  enableIpv6: z.boolean().optional().meta({ description: 'Whether it has IPv6 addresses.', default: false }),
  subnets: z.array(z.string().min(1)).optional().meta({ description: 'Subnets of its addresses; absent: the engine chooses.' }),
  labels: Texts.optional().meta({ description: 'Labels of the network.' }),
});

/** Of a task definition. */
export const TaskExtension = z.strictObject({
  networks: z
    .array(NetworkDefinition)
    .optional()
    .meta({ description: 'Networks that its containers join by x-longshore.networks; absent: that of the cluster.' }),
});
export type TaskExtension = z.infer<typeof TaskExtension>;
