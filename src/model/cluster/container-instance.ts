// A container instance: a Docker engine that belongs to one cluster. A manifest says where it is and what it is like; how the daemon gets in
// (keys, certificates) is the operator's configuration, which a manifest only names.
import { z } from 'zod';
import { EngineEndpointText } from './engine-endpoint.ts';
import { TargetReach } from './target-reach.ts';

/** ECS: custom attributes of an instance. */
export const MAX_ATTRIBUTES = 10;
/** ECS agent: the attribute of an instance whose log driver awslogs may be used. Each engine has the driver, and few have its credentials. */
export const AWS_LOGS = 'com.amazonaws.ecs.capability.logging-driver.awslogs';
/** ECS agent: the attribute of an instance whose engine has a version of Docker's API. */
export function apiAttribute(version: string): string {
  return `com.amazonaws.ecs.capability.docker-remote-api.${version}`;
}
/** Instances of one cluster. */
export const MAX_INSTANCES = 500;

const AttributeName = z
  .string()
  .regex(/^[A-Za-z0-9_./-]{1,128}$/, 'must be 1 to 128 letters, digits, underscores, hyphens, slashes or dots')
  .meta({
    description: 'Its name: ecs.availability-zone, ecs.instance-type and others of ECS, or one of your own.',
  });

/** ECS's Attribute: 128 characters, with @ : and blanks inside. */
const AttributeValue = z
  .string()
  .regex(
    /^(?=.{1,128}$)[A-Za-z0-9_./@:-](?:[A-Za-z0-9_./@: -]*[A-Za-z0-9_./@:-])?$/,
    'must be 1 to 128 letters, digits or -_./@: and blanks inside',
  );

export const InstanceAttribute = z.strictObject({
  name: AttributeName,
  value: AttributeValue.optional().meta({ description: 'Its value; absent: it is there, and that is all (exists).' }),
});
export type InstanceAttribute = z.infer<typeof InstanceAttribute>;

const Reserved = z.strictObject({
  cpu: z.int().min(0).max(10_000_000).optional().meta({ description: 'CPU units that no task gets.', default: 0 }),
  memory: z
    .int()
    .min(0)
    .max(100_000_000)
    .optional()
    .meta({ description: 'MiB that no task gets. ECS agent: ECS_RESERVED_MEMORY.', default: 0 }),
  ports: z
    .array(z.int().min(1).max(65_535))
    .max(100)
    .optional()
    .meta({ description: 'TCP ports of the host that no task gets. ECS agent: ECS_RESERVED_PORTS.' }),
});

export const InstanceName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, {
  message: 'must be 1 to 64 letters, digits, dots, hyphens or underscores, and begin with a letter or a digit',
});

export const ContainerInstance = z.strictObject({
  name: InstanceName.meta({ description: 'Name of the instance, unique among all clusters.' }),
  endpoint: EngineEndpointText.optional().meta({
    description:
      'Where its engine listens: unix:///path, tcp://host:port, ssh://[user@]host[:port][/path] or context:name. Absent: the engine that the daemon was started with under this name.',
  }),
  credentials: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .meta({ description: "Name of the credentials in the operator's configuration; absent: those that it gives for this host." }),
  address: z.string().min(1).max(255).optional().meta({
    description:
      'Address of the host at which the proxy reaches published ports. Absent: the host of the endpoint; 127.0.0.1 for unix sockets.',
  }),
  reach: TargetReach.optional().meta({
    description:
      "Where the proxy prefers to reach its tasks: containerAddress (needs a route to the networks of its containers) or publishedPort (at `address`). Absent: as its cluster says; else the address of a container where its network is on the daemon's own machine, and a published port elsewhere.",
  }),
  status: z.enum(['ACTIVE', 'DRAINING']).optional().meta({
    description: 'DRAINING: nothing new is placed on it, and the tasks of services leave it.',
    default: 'ACTIVE',
  }),
  attributes: z
    .array(InstanceAttribute)
    .max(MAX_ATTRIBUTES + 10)
    .optional()
    .meta({
      description: 'What constraints and strategies go by; at most 10 of your own. Labels of the engine are attributes, too.',
    }),
  cpu: z
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .meta({ description: "CPU units that it offers; absent: the engine's processors x 1,024." }),
  memory: z.int().min(1).max(100_000_000).optional().meta({ description: "MiB that it offers; absent: the engine's memory." }),
  gpus: z.int().min(0).max(64).optional().meta({
    description: 'Number of GPUs that it offers; absent: those that its engine names, or as many as anybody asks for where it names none.',
  }),
  reserved: Reserved.optional().meta({ description: 'What is left for the host itself.' }),
  capacityProvider: z.string().min(1).max(255).optional().meta({ description: 'Name of the capacity provider that it belongs to.' }),
});
export type ContainerInstance = z.infer<typeof ContainerInstance>;

/** A container instance that a commit declares, or that the manager of a swarm lists. */
export interface DesiredInstance extends ContainerInstance {
  readonly cluster: string;
  /** It is a node of its cluster's swarm. */
  readonly node?: SwarmMembership;
}

/** What a node is in its swarm. */
export interface SwarmMembership {
  readonly role: 'manager' | 'worker';
  /** Its tasks stay, and nothing new is placed on it. */
  readonly isPaused?: true;
}

/** Whether a text may be the name of an instance. */
export function fitsInstanceName(text: string): boolean {
  return InstanceName.safeParse(text).success;
}

/** Whether an attribute that nobody wrote into a manifest is one. */
export function fitsAttribute(attribute: InstanceAttribute): boolean {
  return InstanceAttribute.safeParse(attribute).success;
}

/** ECS's states of a container instance. REGISTERING and INACTIVE have no row: nothing is known yet, or any more. */
export type InstanceStatus = 'ACTIVE' | 'DRAINING' | 'DEREGISTERING';

/** What an engine says of itself when it is looked at. */
export interface EngineFacts {
  /** Such as 28.5.2; it stands for ECS's agentVersion. */
  readonly version: string;
  /** The newest version of its API, such as 1.45; absent: not known. */
  readonly apiVersion?: string;
  /** linux or windows. */
  readonly osType: string;
  /** ECS's words: x86_64, arm64; another one as the engine says it. */
  readonly architecture: string;
  /** Such as `Debian GNU/Linux 12 (bookworm)`. */
  readonly operatingSystem: string;
  /** `name=value` or `name`, as the engine was started with. */
  readonly labels: readonly string[];
  /** Names of its log drivers. */
  readonly logDrivers: readonly string[];
  /** Names of its runtimes: nvidia where containers may have GPUs. */
  readonly runtimes: readonly string[];
  /** How many GPUs it names; absent: none, and there may be some all the same. */
  readonly gpus?: number;
}

/** Whether an engine has a version of Docker's API: 1.9 is older than 1.45. */
export function hasApi({ apiVersion }: EngineFacts, version: string): boolean {
  const [major = 0, minor = 0] = (apiVersion ?? '').split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
