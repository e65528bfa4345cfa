// The metadata of a task and its containers in the words of ECS's endpoint, version 4: keys as Go writes them, what is not known is left out.
// Pure: from the ledger and from what engines say. Deliberately absent: tags of tasks (there are none), clock drift, disk metrics.
import { type ContainerDefinition, isEssential } from '../model/task/container-definition.ts';
import { type ContainerFacts, LOCAL_ARN, taskArn } from '../model/task/task-metadata.ts';
import { PAUSE, containersOf } from '../model/task/pause.ts';
import { type TaskDefinition, networkModeOf } from '../model/task/task-definition.ts';
import type { Task } from '../model/task/task.ts';
import { cpuUnits, memoryMib } from '../lang/size.ts';

type Json = Readonly<Record<string, unknown>>;

/** A task as it is asked about: its row, its definition (null: known by labels only), and the facts of the containers that there are, by name. */
export interface TaskPicture {
  readonly task: Task;
  readonly definition: TaskDefinition | null;
  readonly facts: ReadonlyMap<string, ContainerFacts>;
}

/** ECS: 2 is the least that a container gets. */
const MIN_CPU = 2;

/** The answer about a task. */
export function taskMetadata({ task, definition, facts }: TaskPicture): Json {
  const [family = '', revision = ''] = task.revision.split(':');
  const containers = task.containers.flatMap(({ name }) => {
    const found = facts.get(name);
    return found === undefined ? [] : [containerMetadata({ task, definition, facts }, name, found)];
  });
  return present({
    Cluster: task.cluster,
    TaskARN: taskArn(task.cluster, task.id),
    Family: family,
    Revision: revision,
    DesiredStatus: task.desiredStatus,
    KnownStatus: knownStatus(task, facts),
    Limits: taskLimits(definition),
    PullStartedAt: momentOf(task.pullStartedAt),
    PullStoppedAt: momentOf(task.pullStoppedAt),
    ExecutionStoppedAt: executionStoppedAt({ task, definition, facts }),
    LaunchType: 'EC2',
    ServiceName: task.service,
    Group: `service:${task.service}`,
    Containers: containers,
  });
}

/** The answer about one container of a task. */
export function containerMetadata({ task, definition }: TaskPicture, name: string, facts: ContainerFacts): Json {
  const defined = definition?.containerDefinitions.find((container) => container.name === name);
  return present({
    DockerId: facts.id,
    Name: name,
    DockerName: facts.name,
    Image: defined?.image,
    ImageID: facts.imageId,
    Ports: facts.ports.length === 0 ? undefined : facts.ports.map(portOf),
    Labels: facts.labels,
    DesiredStatus: task.desiredStatus,
    KnownStatus: STATUSES[facts.state],
    ExitCode: facts.exitCode,
    Limits: containerLimits(defined),
    CreatedAt: facts.createdAt,
    StartedAt: facts.startedAt,
    FinishedAt: facts.finishedAt,
    Type: name === PAUSE ? 'CNI_PAUSE' : 'NORMAL',
    Health: facts.health === null ? undefined : healthOf(facts.health),
    Volumes: facts.volumes.length === 0 ? undefined : facts.volumes.map(volumeOf),
    LogDriver: facts.logDriver === '' ? undefined : facts.logDriver,
    ContainerARN: `${LOCAL_ARN}:container/${task.cluster}/${task.id}/${name}`,
    Networks: networksOf(definition, facts),
    RestartCount: restartsOf(task, defined),
  });
}

const STATUSES = { created: 'CREATED', running: 'RUNNING', exited: 'STOPPED' } as const;
const HEALTH = { starting: 'UNKNOWN', healthy: 'HEALTHY', unhealthy: 'UNHEALTHY' } as const;

/** ECS's agent: a task has come as far as the container that has come least far; one that is being stopped runs until all of it has. */
function knownStatus(task: Task, facts: TaskPicture['facts']): string {
  if (task.lastStatus === 'STOPPED') return 'STOPPED';
  if (task.lastStatus !== 'PENDING') return 'RUNNING';
  return task.containers.every(({ name }) => facts.has(name)) ? 'CREATED' : 'NONE';
}

/** ECS's agent: when the first essential container ended for good. */
function executionStoppedAt({ task, definition, facts }: TaskPicture): string | undefined {
  const essential = definition === null ? [] : containersOf(definition).filter(isEssential);
  const ends = task.containers.flatMap(({ name, exitCode }) => {
    const isOver = exitCode !== null || task.desiredStatus === 'STOPPED';
    const end = essential.some((container) => container.name === name) ? facts.get(name)?.finishedAt : null;
    return isOver && end ? [end] : [];
  });
  return ends.sort((a, b) => Date.parse(a) - Date.parse(b))[0];
}

function momentOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** Of a task CPU is told in cores, of a container in units of 1/1024. */
function taskLimits(definition: TaskDefinition | null): Json | undefined {
  const units = definition?.cpu === undefined ? null : cpuUnits(definition.cpu);
  const memory = definition?.memory === undefined ? null : memoryMib(definition.memory);
  if (units === null && memory === null) return undefined;
  return present({ CPU: units === null ? null : units / 1_024, Memory: memory });
}

function containerLimits(defined: ContainerDefinition | undefined): Json | undefined {
  return defined && present({ CPU: Math.max(MIN_CPU, defined.cpu ?? 0), Memory: defined.memory });
}

function portOf({ containerPort, protocol, hostPort, hostIp }: ContainerFacts['ports'][number]): Json {
  return { ContainerPort: containerPort, Protocol: protocol, HostPort: hostPort, HostIp: hostIp };
}

function volumeOf({ name, source, destination }: ContainerFacts['volumes'][number]): Json {
  return present({ DockerName: name, Source: source, Destination: destination });
}

function healthOf({ status, exitCode, output }: NonNullable<ContainerFacts['health']>): Json {
  return present({ status: HEALTH[status], exitCode, output: output === '' ? undefined : output });
}

function networksOf(definition: TaskDefinition | null, { networks }: ContainerFacts): readonly Json[] | undefined {
  if (networks.length === 0) return undefined;
  const mode = definition === null ? 'bridge' : networkModeOf(definition);
  return networks.map(({ ipv4, ipv6, mac, prefixLength, gateway }, index) =>
    present({
      NetworkMode: mode,
      IPv4Addresses: ipv4 === null ? undefined : [ipv4],
      IPv6Addresses: ipv6 === null ? undefined : [ipv6],
      // ECS tells these of a task with a network interface of its own only.
      ...(mode === 'awsvpc' && {
        AttachmentIndex: index,
        MACAddress: mac,
        IPv4SubnetCIDRBlock: ipv4 === null || prefixLength === null ? undefined : subnetOf(ipv4, prefixLength),
        SubnetGatewayIpv4Address: gateway === null || prefixLength === null ? undefined : `${gateway}/${prefixLength}`,
      }),
    }),
  );
}

/** The network of an address: 172.17.3.9 of 16 bits is 172.17.0.0/16. */
function subnetOf(address: string, prefixLength: number): string {
  const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefixLength);
  const start = Math.floor(bits / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')}/${prefixLength}`;
}

/** ECS counts restarts only where a restartPolicy makes them. */
function restartsOf(task: Task, defined: ContainerDefinition | undefined): number | undefined {
  if (defined?.restartPolicy?.enabled !== true) return undefined;
  return task.containers.find(({ name }) => name === defined.name)?.run?.restarts ?? 0;
}

function present(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}
