// Linux-specific settings of a container definition: capabilities, devices, memory file systems, swap; ulimits and kernel parameters.
import { z } from 'zod';

/** What the kernel knows, and ALL: ECS takes no other names. */
const CAPABILITIES = [
  'ALL',
  'AUDIT_CONTROL',
  'AUDIT_READ',
  'AUDIT_WRITE',
  'BLOCK_SUSPEND',
  'BPF',
  'CHECKPOINT_RESTORE',
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'IPC_LOCK',
  'IPC_OWNER',
  'KILL',
  'LEASE',
  'LINUX_IMMUTABLE',
  'MAC_ADMIN',
  'MAC_OVERRIDE',
  'MKNOD',
  'NET_ADMIN',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_RAW',
  'PERFMON',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_CHROOT',
  'SYS_MODULE',
  'SYS_NICE',
  'SYS_PACCT',
  'SYS_PTRACE',
  'SYS_RAWIO',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'SYSLOG',
  'WAKE_ALARM',
] as const;
const Capability = z.enum(CAPABILITIES);

const KernelCapabilities = z.strictObject({
  add: z.array(Capability).optional().meta({ description: 'Capabilities beyond those that Docker gives.' }),
  drop: z.array(Capability).optional().meta({ description: 'Capabilities of those that Docker gives to take away.' }),
});

const Device = z.strictObject({
  hostPath: z.string().min(1).meta({ description: 'Path of the device on the instance.' }),
  containerPath: z.string().min(1).optional().meta({ description: 'Path in the container; absent: the same.' }),
  permissions: z
    .array(z.enum(['read', 'write', 'mknod']))
    .optional()
    .meta({ description: 'What the container may do with it.', default: ['read', 'write', 'mknod'] }),
});

const Tmpfs = z.strictObject({
  containerPath: z.string().min(1).meta({ description: 'Absolute path in the container.' }),
  size: z.int().min(1).meta({ description: 'Most MiB that it holds.' }),
  mountOptions: z.array(z.string().min(1)).optional().meta({ description: 'Mount options, such as noexec or mode=1777.' }),
});

export const LinuxParameters = z.strictObject({
  capabilities: KernelCapabilities.optional().meta({ description: 'Kernel capabilities that are added and taken away.' }),
  devices: z.array(Device).optional().meta({ description: 'Devices of the instance that the container sees.' }),
  initProcessEnabled: z.boolean().optional().meta({
    description: 'Whether an init process forwards signals and reaps processes.',
    default: false,
  }),
  sharedMemorySize: z.int().min(0).optional().meta({ description: 'MiB of /dev/shm; absent: 64.' }),
  tmpfs: z.array(Tmpfs).optional().meta({ description: 'File systems in memory.' }),
  maxSwap: z.int().min(0).optional().meta({
    description: 'MiB of swap beyond memory; 0: none, absent: as the instance has it.',
  }),
  swappiness: z.int().min(0).max(100).optional().meta({
    description: 'How eagerly memory is swapped out, a number from 0 to 100; counts with maxSwap only.',
    default: 60,
  }),
});

export const Ulimit = z.strictObject({
  name: z
    .enum([
      'core',
      'cpu',
      'data',
      'fsize',
      'locks',
      'memlock',
      'msgqueue',
      'nice',
      'nofile',
      'nproc',
      'rss',
      'rtprio',
      'rttime',
      'sigpending',
      'stack',
    ])
    .meta({ description: 'Resource that is limited.' }),
  softLimit: z.int().min(-1).meta({ description: 'Limit that the process starts with, in the unit of the resource; -1: none.' }),
  hardLimit: z.int().min(-1).meta({ description: 'Limit up to which the process may raise it, in the unit of the resource; -1: none.' }),
});

export const SystemControl = z.strictObject({
  namespace: z
    .string()
    .min(1)
    .meta({ description: 'Kernel parameter of the container: net.*, fs.mqueue.*, kernel.shm*, kernel.msg*, kernel.sem.' }),
  value: z.string().meta({ description: 'Its value; quote numbers.' }),
});
