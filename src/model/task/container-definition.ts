// A container definition: what one container of a task is. Defaults are not written here (they stand in `containerDefaults`),
// so that the spec hash covers what the author wrote and a new default redeploys nothing.
import { z } from 'zod';
import { ContainerExtension } from './extension.ts';
import { EnvironmentFile, KeyValue, Secret } from './container-environment.ts';
import { FirelensConfiguration, LogConfiguration } from './log-configuration.ts';
import { HealthCheck } from './health-check.ts';
import { LinuxParameters, SystemControl, Ulimit } from './linux-parameters.ts';
import { MountPoint, VolumeFrom } from './volume.ts';
import { Name } from '../name.ts';
import { PortMapping } from './port-mapping.ts';
import { approximated, refused } from '../fate.ts';
import { isImagePlaceholder, parseImageReference } from '../../lang/image-reference.ts';
import { read } from '../../lang/parsed.ts';
import { parseSecretReference } from '../../lang/secret-reference.ts';
import { readable } from '../syntax.ts';

export const ContainerDependency = z.strictObject({
  containerName: z.string().min(1).meta({ description: 'Container of this task that is waited for.' }),
  condition: z.enum(['START', 'COMPLETE', 'SUCCESS', 'HEALTHY']).meta({
    description: 'Until it has started, has ended, has ended with exit code 0, or is healthy by its own healthCheck.',
  }),
});
export type ContainerDependency = z.infer<typeof ContainerDependency>;

const RestartPolicy = z.strictObject({
  enabled: z.boolean().meta({ description: 'Whether the container is started again when it ends, without a new task.' }),
  ignoredExitCodes: z
    .array(z.int().min(0).max(255))
    .max(50)
    .optional()
    .meta({ description: 'Exit codes, 0 to 255, after which it is not started again; at most 50.' }),
  restartAttemptPeriod: z
    .int()
    .min(60)
    .max(1_800)
    .optional()
    .meta({ description: 'Seconds that it must have run to be started again.', default: 300 }),
});

const ResourceRequirement = z.strictObject({
  type: z.enum(['GPU', 'InferenceAccelerator', 'NeuronDevice']).meta({
    description: 'Kind of device.',
    valueFates: {
      InferenceAccelerator: refused('Elastic Inference has ended').fate,
      NeuronDevice: refused('the engines hand out no such devices; a container gets single ones by linuxParameters.devices').fate,
    },
  }),
  value: z
    .string()
    .regex(/^(?:[1-9][0-9]{0,3}|ALL)$/, 'must be a number of devices, or ALL')
    .meta({
      description: 'Number of devices, or ALL; quote numbers.',
      ...approximated('the container sees that many GPUs of its instance, and others may see the same'),
    }),
});

const HostEntry = z.strictObject({
  hostname: z.string().min(1).meta({ description: 'Name in /etc/hosts.' }),
  ipAddress: z.string().min(1).meta({ description: 'Its address.' }),
});

const RepositoryCredentials = z.strictObject({
  credentialsParameter: z
    .string()
    .superRefine(readable(parseSecretReference, 'bad-secret-reference'))
    .meta({ description: 'ARN or name of a secret, or provider:name. It holds {"username": ..., "password": ...}.' }),
});

export const ContainerDefinition = z.strictObject({
  name: Name.meta({ description: 'Name of the container, unique in its task definition.' }),
  image: z
    .string()
    .max(255 + 72)
    .superRefine(readable((text) => (isImagePlaceholder(text) ? read(null) : parseImageReference(text)), 'bad-image'))
    .meta({ description: 'Image reference: repository[:tag][@digest].' }),
  repositoryCredentials: RepositoryCredentials.optional().meta({
    description: "Secret that the image is pulled with, instead of the logins of the daemon's user.",
  }),
  versionConsistency: z
    .enum(['enabled', 'disabled'])
    .optional()
    .meta({
      description: 'Whether all tasks of a deployment run the very image that its tag meant at first.',
      default: 'enabled',
      valueFates: { disabled: approximated('all tasks of a deployment run one digest, whatever the tag comes to mean').fate },
    }),
  cpu: z.int().min(0).max(196_608).optional().meta({ description: 'CPU units, 1024 a core; a share, not a limit.', default: 0 }),
  memory: z.int().min(4).optional().meta({ description: 'Hard limit in MiB.' }),
  memoryReservation: z.int().min(4).optional().meta({ description: 'Soft limit in MiB; what placement subtracts from the instance.' }),
  essential: z.boolean().optional().meta({ description: 'Whether the task ends when this container does.', default: true }),
  restartPolicy: RestartPolicy.optional().meta({ description: 'When the container alone is started again.' }),
  dependsOn: z.array(ContainerDependency).optional().meta({ description: 'What this container waits for before it starts.' }),
  startTimeout: z.int().min(0).optional().meta({
    description: 'Seconds in which it must be what others wait for; 0 or absent: no limit.',
    default: 0,
  }),
  stopTimeout: z.int().min(0).optional().meta({ description: 'Seconds between the stop signal and SIGKILL.', default: 30 }),
  entryPoint: z.array(z.string()).optional().meta({ description: 'Replaces the ENTRYPOINT of the image.' }),
  command: z.array(z.string()).optional().meta({ description: 'Replaces the CMD of the image.' }),
  workingDirectory: z.string().min(1).optional().meta({ description: 'Replaces the WORKDIR of the image.' }),
  environment: z.array(KeyValue).optional().meta({ description: 'Environment variables; no place for secrets.' }),
  environmentFiles: z
    .array(EnvironmentFile)
    .max(10)
    .optional()
    .meta({ description: 'Files of variables, below those of environment; at most 10.' }),
  secrets: z.array(Secret).optional().meta({ description: 'Variables whose values are kept elsewhere.' }),
  user: z.string().min(1).optional().meta({ description: 'User and group in the container: name or number, user:group.' }),
  privileged: z.boolean().optional().meta({
    description: 'Whether the container may do what root of the instance may.',
    default: false,
  }),
  readonlyRootFilesystem: z
    .boolean()
    .optional()
    .meta({ description: 'Whether the file system of the image can only be read.', default: false }),
  mountPoints: z.array(MountPoint).optional().meta({
    description: 'Volumes of the task that the container sees.',
  }),
  volumesFrom: z.array(VolumeFrom).optional().meta({
    description: 'Containers whose volumes the container sees, too.',
  }),
  portMappings: z
    .array(PortMapping)
    .max(1_000)
    .optional()
    .meta({ description: 'Ports of the container that the instance publishes; at most 1,000.' }),
  links: z.array(z.string().min(1)).optional().meta({
    description: 'Containers of this task that are reached by name: name or name:alias.',
  }),
  hostname: z.string().min(1).optional().meta({ description: 'Host name of the container; absent: its id.' }),
  dnsServers: z.array(z.string().min(1)).optional().meta({ description: 'Addresses of DNS servers.' }),
  dnsSearchDomains: z.array(z.string().min(1)).optional().meta({ description: 'Domains in which short names are looked up.' }),
  extraHosts: z.array(HostEntry).optional().meta({ description: 'Further lines of /etc/hosts.' }),
  disableNetworking: z.boolean().optional().meta({ description: 'Whether the container has no network.', default: false }),
  healthCheck: HealthCheck.optional().meta({
    description: 'Command that the engine runs to see whether the container is healthy; a HEALTHCHECK of the image does not count.',
  }),
  logConfiguration: LogConfiguration.optional().meta({
    description: 'Where the output goes; absent: where the engine sends that of all its containers.',
  }),
  firelensConfiguration: FirelensConfiguration.optional().meta({
    description: 'Makes this container the log router of its task.',
  }),
  linuxParameters: LinuxParameters.optional().meta({ description: 'Settings of the Linux kernel for this container.' }),
  ulimits: z.array(Ulimit).optional().meta({ description: 'Limits of its processes.' }),
  systemControls: z.array(SystemControl).optional().meta({ description: 'Kernel parameters of the container.' }),
  resourceRequirements: z.array(ResourceRequirement).optional().meta({ description: 'Whole devices for this container alone.' }),
  interactive: z.boolean().optional().meta({ description: 'Whether its standard input stays open.', default: false }),
  pseudoTerminal: z.boolean().optional().meta({ description: 'Whether it has a terminal.', default: false }),
  dockerLabels: z.record(z.string(), z.string()).optional().meta({ description: 'Labels of the container.' }),
  dockerSecurityOptions: z.array(z.string().min(1)).optional().meta({
    description: 'no-new-privileges, apparmor:PROFILE, label:VALUE; what limits the container further.',
  }),
  credentialSpecs: z
    .array(z.string().min(1))
    .optional()
    .meta({
      description: 'Credentials of an Active Directory account (gMSA).',
      ...refused('they log a container in to Active Directory, which Docker engines on Linux do not do'),
    }),
  'x-longshore': ContainerExtension.optional().meta({ description: 'What Docker can say of a container and ECS cannot.' }),
});
export type ContainerDefinition = z.infer<typeof ContainerDefinition>;

/** ECS: a container without `essential` is essential. */
export function isEssential(container: ContainerDefinition): boolean {
  return container.essential ?? true;
}

/** The containers whose processes or shared memory a container joins: without them it can't be made. */
export function joinedBy({ 'x-longshore': more }: ContainerDefinition): readonly string[] {
  return [...new Set([more?.pidMode, more?.ipcMode].flatMap((mode) => joinedIn(mode) ?? []))];
}

/** NAME of `container:NAME`; null for other modes. */
export function joinedIn(mode: string | undefined): string | null {
  return /^container:(.+)$/.exec(mode ?? '')?.[1] ?? null;
}

/** ECS agent: 30 seconds between SIGTERM and SIGKILL, in seconds. */
export const DEFAULT_STOP_TIMEOUT_SECONDS = 30;
