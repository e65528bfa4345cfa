// A running container, as the engine's inspect tells of it, as a task definition and a service. Only what differs from its image is written.
// Values of variables are never taken over: they may be secrets, and what is written here is meant for git. Labels are not, either.
import { OWN_VARIABLES } from '../../model/task/task-metadata.ts';
import { WAITS } from '../../manifest/write/made.ts';
import { settingsOf } from './settings.ts';
import type { HostSettings, OwnSettings, Settings } from './settings.ts';
import type { Made } from '../../manifest/write/made.ts';

interface Health {
  readonly Test?: readonly string[] | null;
  /** Nanoseconds, as those below. */
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly Retries?: number;
}

/** What a container and its image have in common. */
interface Config extends OwnSettings {
  readonly Image?: string;
  readonly Env?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Healthcheck?: Health | null;
  readonly StopTimeout?: number | null;
}

/** The part of `GET /containers/{id}/json` that is read. */
export interface Inspected {
  readonly Id?: string;
  readonly Name: string;
  readonly Config: Config;
  readonly HostConfig: HostSettings & {
    readonly MemoryReservation?: number;
    readonly CpuShares?: number;
    readonly ReadonlyRootfs?: boolean;
    readonly PortBindings?: Readonly<Record<string, readonly { readonly HostIp?: string; readonly HostPort?: string }[] | null>> | null;
  };
  readonly Mounts?: readonly {
    readonly Type: string;
    readonly Name?: string;
    readonly Source?: string;
    readonly Destination: string;
    readonly RW?: boolean;
  }[];
}

/** Containers that are one service, with the image they were made of; `image` null: the engine has it no more. */
export interface Group {
  readonly name: string;
  readonly container: Inspected;
  readonly image: { readonly Config?: Config | null } | null;
  readonly count: number;
}

const MIB = 1_048_576;
const NANOSECONDS = 1_000_000_000;
/** ECS asks for a limit or a reservation; a container without either gets this one. */
const RESERVED_MIB = 128;
const PROJECT = 'com.docker.compose.project';
const SERVICE = 'com.docker.compose.service';

/** What a container is called: as its compose service, else by its own name, in the letters of ECS. */
export function nameOf({ Name, Config }: Inspected): string {
  const labels = Config.Labels ?? {};
  const [project, service] = [labels[PROJECT], labels[SERVICE]];
  const name = project !== undefined && service !== undefined ? `${project}-${service}` : Name;
  return (
    name
      .replace(/^\/+/, '')
      .replaceAll(/[^A-Za-z0-9_-]/g, '-')
      .slice(0, 255) || 'container'
  );
}

/** The two documents of a group. */
export function documentsOf(group: Group): readonly Made[] {
  const { name, container, count } = group;
  const volumes = mountsOf(container);
  const settings = settingsOf(container.HostConfig, container.Config, group.image?.Config ?? {}, container.Id ?? '');
  const definition = {
    family: name,
    ...settings.task,
    containerDefinitions: [
      { ...containerOf(group), ...settings.container, mountPoints: absent(volumes.map(({ mountPoint }) => mountPoint)) },
    ],
    volumes: absent(volumes.map(({ volume }) => volume)),
  };
  const service = { serviceName: name, taskDefinition: name, desiredCount: count };
  return [
    { kind: 'TaskDefinition', fields: definition, comments: commentsOf(group, settings) },
    { kind: 'Service', fields: service, comments: [] },
  ];
}

function commentsOf({ container, image }: Group, { understood }: Settings): readonly string[] {
  const { Config: config, HostConfig: host } = container;
  return [
    `Written from the container ${container.Name.replace(/^\/+/, '')}. Networks and labels are not taken over.`,
    ...(ownVariables(config, image?.Config).length > 0 ? ['The values of variables are not, either: they may be secrets.'] : []),
    ...(limited(host.Memory) || limited(host.MemoryReservation) ? [] : [`It had no limit of memory; ${RESERVED_MIB} MiB is a guess.`]),
    ...(Object.values(host.PortBindings ?? {}).some((bindings) => bindings?.some(({ HostIp }) => isOneAddress(HostIp)))
      ? ['Some ports were open at one address only; here they are open at all.']
      : []),
    ...(understood ? [] : ['Its limits, devices, capabilities and names could not be read: compare with docker inspect.']),
  ];
}

function containerOf({ name, container, image }: Group): Readonly<Record<string, unknown>> {
  const { Config: config, HostConfig: host } = container;
  const made = image?.Config ?? {};
  const own = <T>(value: T | null | undefined, of: T | null | undefined): T | undefined =>
    value === null || value === undefined || JSON.stringify(value) === JSON.stringify(of ?? undefined) ? undefined : value;
  return {
    name,
    image: config.Image,
    cpu: limited(host.CpuShares) ? host.CpuShares : undefined,
    memory: limited(host.Memory) ? Math.floor(host.Memory / MIB) : undefined,
    memoryReservation: limited(host.MemoryReservation)
      ? Math.floor(host.MemoryReservation / MIB)
      : limited(host.Memory)
        ? undefined
        : RESERVED_MIB,
    entryPoint: absent(own(config.Entrypoint, made.Entrypoint) ?? []),
    command: absent(own(config.Cmd, made.Cmd) ?? []),
    user: own(config.User, made.User) || undefined,
    workingDirectory: own(config.WorkingDir, made.WorkingDir) || undefined,
    privileged: host.Privileged === true ? true : undefined,
    readonlyRootFilesystem: host.ReadonlyRootfs === true ? true : undefined,
    stopTimeout: own(config.StopTimeout, made.StopTimeout),
    environment: absent(ownVariables(config, made).map((variable) => ({ name: variable, value: WAITS }))),
    // without a network of its own an engine publishes no port of a container
    portMappings: ['host', 'none'].includes(host.NetworkMode ?? '') ? undefined : absent(portsOf(host.PortBindings ?? {})),
    healthCheck: healthOf(own(config.Healthcheck, made.Healthcheck)),
  };
}

/** Names of variables that do not come from the image, or not with that value, and are not those that each container is given anew. */
function ownVariables(config: Config, image: Config | null | undefined): readonly string[] {
  const known = new Set(image?.Env ?? []);
  const names = (config.Env ?? []).filter((variable) => !known.has(variable)).map((variable) => variable.split('=', 1)[0] ?? '');
  return names.filter((name) => !OWN_VARIABLES.includes(name));
}

function portsOf(bindings: NonNullable<Inspected['HostConfig']['PortBindings']>): readonly Readonly<Record<string, unknown>>[] {
  return Object.entries(bindings).flatMap(([key, hosts]) => {
    const [port = '', protocol = 'tcp'] = key.split('/');
    const numbers = new Set((hosts ?? []).map(({ HostPort }) => Number(HostPort ?? '')));
    return [...numbers].map((number) => ({
      containerPort: Number(port),
      hostPort: number > 0 ? number : undefined,
      protocol: protocol === 'udp' ? 'udp' : undefined,
    }));
  });
}

/** Seconds of a check; those of less than one count as one. */
function healthOf(health: Health | undefined): Readonly<Record<string, unknown>> | undefined {
  if (health?.Test === undefined || health.Test === null || health.Test.length === 0 || health.Test[0] === 'NONE') return undefined;
  const seconds = (nanoseconds: number | undefined): number | undefined =>
    limited(nanoseconds) ? Math.max(1, Math.round(nanoseconds / NANOSECONDS)) : undefined;
  return {
    command: health.Test,
    interval: seconds(health.Interval),
    timeout: seconds(health.Timeout),
    retries: limited(health.Retries) ? health.Retries : undefined,
    startPeriod: seconds(health.StartPeriod),
  };
}

/** Folders of the host and named volumes; what the engine made for the container alone has no name worth keeping. */
function mountsOf({ Mounts = [] }: Inspected): readonly { readonly volume: unknown; readonly mountPoint: unknown }[] {
  return Mounts.filter(({ Type, Name = '' }) => Type === 'bind' || (Type === 'volume' && !/^[0-9a-f]{64}$/.test(Name))).map(
    ({ Type, Name, Source, Destination, RW }, index) => {
      const name = Type === 'volume' ? (Name ?? '').replaceAll(/[^A-Za-z0-9_-]/g, '-') : `folder-${index + 1}`;
      const volume =
        Type === 'volume'
          ? { name, dockerVolumeConfiguration: { scope: 'shared', autoprovision: true } }
          : { name, host: { sourcePath: Source } };
      return { volume, mountPoint: { sourceVolume: name, containerPath: Destination, readOnly: RW === false ? true : undefined } };
    },
  );
}

function isOneAddress(address: string | undefined): boolean {
  return address !== undefined && address !== '' && address !== '0.0.0.0' && address !== '::';
}

/** Docker writes 0 for what is not set. */
function limited(value: number | undefined): value is number {
  return value !== undefined && value > 0;
}

function absent<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
