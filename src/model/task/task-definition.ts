// A task definition: the containers that run together on one instance. A revision (`family:n`) is given once per content.
import { z } from 'zod';
import { ContainerDefinition } from './container-definition.ts';
import { KeyValue } from './container-environment.ts';
import { type SinglePort, singlePorts } from './port-mapping.ts';
import { Name } from '../name.ts';
import { PlacementConstraint } from '../cluster/placement.ts';
import { Tags } from '../tags.ts';
import { TaskExtension } from './extension.ts';
import { Volume } from './volume.ts';
import { approximated, ignored, refused } from '../fate.ts';
import { parseCpuUnits, parseMemoryMib } from '../../lang/size.ts';
import { readAs } from '../syntax.ts';
import type { FateNote } from '../fate.ts';

/** Read as units or MiB in digits, as ECS normalises them: `1 vCPU` is "1024". */
const TaskCpu = z.union([z.string(), z.int()]).transform(readAs(parseCpuUnits, 'bad-size'));
const TaskMemory = z.union([z.string(), z.int()]).transform(readAs(parseMemoryMib, 'bad-size'));
/** ECS takes an empty text for no role. */
const RoleReference = z.string().max(2_048);

const WINDOWS = [
  'WINDOWS_SERVER_2016_FULL',
  'WINDOWS_SERVER_2004_CORE',
  'WINDOWS_SERVER_20H2_CORE',
  'WINDOWS_SERVER_2019_CORE',
  'WINDOWS_SERVER_2019_FULL',
  'WINDOWS_SERVER_2022_CORE',
  'WINDOWS_SERVER_2022_FULL',
  'WINDOWS_SERVER_2025_CORE',
  'WINDOWS_SERVER_2025_FULL',
] as const;

const RuntimePlatform = z.strictObject({
  cpuArchitecture: z.enum(['X86_64', 'ARM64']).optional().meta({
    description: 'Processor that the images are made for: where it is given, tasks run on instances that have it.',
    default: 'X86_64',
  }),
  operatingSystemFamily: z
    .enum(['LINUX', ...WINDOWS])
    .optional()
    .meta({
      description: 'Operating system that the images are made for.',
      default: 'LINUX',
      valueFates: each(WINDOWS, refused('the engines run Linux containers').fate),
    }),
});

const ProxyConfiguration = z.strictObject({
  type: z.enum(['APPMESH']).optional().meta({ description: 'Kind of proxy.', default: 'APPMESH' }),
  containerName: z.string().min(1).meta({ description: 'Container that is the proxy.' }),
  properties: z.array(KeyValue).optional().meta({ description: 'What is sent through the proxy.' }),
});

const MemberOf = PlacementConstraint.extend({
  type: z.enum(['memberOf']).meta({ description: 'A task definition knows memberOf only.' }),
});

export const TaskDefinition = z
  .strictObject({
    family: Name.meta({ description: 'Name of the family; each new content becomes its next revision.' }),
    cpu: TaskCpu.optional().meta({ description: 'CPU units or "n vCPU" for the whole task.' }),
    memory: TaskMemory.optional().meta({ description: 'MiB or "n GB" for the whole task.' }),
    networkMode: z
      .enum(['bridge', 'host', 'awsvpc', 'none', 'default'])
      .optional()
      .meta({
        description:
          'bridge: each container has an address on the network of its cluster. awsvpc: the task has one address for all its containers. host: they use the network of the instance. none: they have no network. default: bridge, on Linux.',
        default: 'bridge',
        valueFates: {
          default: approximated('it is bridge, the default network of Linux engines').fate,
        },
      }),
    requiresCompatibilities: z
      .array(z.enum(['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES']))
      .optional()
      .meta({
        description: 'Kinds of capacity whose rules the definition must meet when it is checked.',
        valueFates: each(['FARGATE', 'MANAGED_INSTANCES'], approximated('the tasks run on the instances of their cluster').fate),
      }),
    runtimePlatform: RuntimePlatform.optional().meta({ description: 'Operating system and processor that the images are made for.' }),
    taskRoleArn: RoleReference.optional().meta({
      description: 'Role (name or ARN) that the containers of the task act under.',
      ...approximated('the containers get the credentials that the configuration of the daemon gives for the role; without any, none'),
    }),
    executionRoleArn: RoleReference.optional().meta({
      description:
        'Role (name or ARN) whose policies say which secrets, files of variables and images of ECR the task may use, where a document of kind Role declares it.',
    }),
    pidMode: z.enum(['host', 'task']).optional().meta({
      description: 'Whose processes the containers see; absent: each its own.',
    }),
    ipcMode: z.enum(['host', 'task', 'none']).optional().meta({
      description: 'Whose shared memory the containers see; absent: as the engine does it.',
    }),
    volumes: z.array(Volume).optional().meta({ description: 'Volumes that the containers of the task can mount.' }),
    ephemeralStorage: z
      .strictObject({ sizeInGiB: z.int().min(21).max(200).meta({ description: 'GiB of the disk of a task on Fargate, 21 to 200.' }) })
      .optional()
      .meta({ description: 'Size of the disk of a task on Fargate.', ...ignored('a task has the disk of its instance') }),
    placementConstraints: z.array(MemberOf).max(10).optional().meta({ description: 'Instances on which the tasks may run; at most 10.' }),
    proxyConfiguration: ProxyConfiguration.optional().meta({
      description: 'Proxy of App Mesh.',
      ...ignored('App Mesh has ended, and requests go straight to the containers'),
    }),
    inferenceAccelerators: z
      .array(
        z.strictObject({
          deviceName: z.string().meta({ description: 'Name of the accelerator.' }),
          deviceType: z.string().meta({ description: 'Type of the accelerator.' }),
        }),
      )
      .optional()
      .meta({
        description: 'Elastic Inference accelerators; ECS itself refuses them since the service has ended.',
        ...refused('Elastic Inference has ended, and ECS refuses the field, too'),
      }),
    enableFaultInjection: z
      .boolean()
      .optional()
      .meta({
        description: 'Whether faults can be asked for through the metadata endpoint of a task.',
        default: false,
        ...ignored('no fault can be asked for'),
      }),
    tags: Tags.optional().meta({ description: 'Tags; at most 50.', ...ignored('nothing reads them') }),
    containerDefinitions: z
      .array(ContainerDefinition)
      .min(1)
      .max(10)
      .meta({ description: 'The containers of a task; at least one is essential.' }),
    'x-longshore': TaskExtension.optional().meta({ description: 'What Docker can say of a task and ECS cannot.' }),
  })
  .meta({ title: 'TaskDefinition', description: 'The containers that run together as a task (ECS RegisterTaskDefinition).' });
export type TaskDefinition = z.infer<typeof TaskDefinition>;

/** ECS: bridge, when nothing else is said; `default` is what the engine has, which on Linux is bridge. */
export function networkModeOf({ networkMode }: TaskDefinition): 'bridge' | 'host' | 'awsvpc' | 'none' {
  return networkMode === undefined || networkMode === 'default' ? 'bridge' : networkMode;
}

/** The ports of an instance that a task takes for itself: fixed ones in bridge, all of them in host; awsvpc and none take none. */
export function reservedPorts(definition: TaskDefinition): readonly SinglePort[] {
  const mode = networkModeOf(definition);
  if (mode === 'awsvpc' || mode === 'none') return [];
  const ports = definition.containerDefinitions.flatMap((container) => singlePorts(container.portMappings));
  return mode === 'host'
    ? ports.map((port) => ({ ...port, hostPort: port.containerPort }))
    : ports.filter(({ hostPort }) => hostPort !== 0);
}

/** One fate for several values. */
function each(values: readonly string[], fate: FateNote): Record<string, FateNote> {
  return Object.fromEntries(values.map((value) => [value, fate]));
}
