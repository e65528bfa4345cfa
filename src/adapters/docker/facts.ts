// What an engine says of a container at this moment, for that container's own questions. The environment and the options of the log are dropped
// here: other containers of its task may ask, too.
import type { ContainerFacts } from '../../model/task/task-metadata.ts';
import type { Client } from './client.ts';
import { type Inspection, inspect } from './container-view.ts';
import { EngineRefusal } from './errors.ts';

interface Endpoint {
  readonly IPAddress?: string;
  readonly IPPrefixLen?: number;
  readonly Gateway?: string;
  readonly GlobalIPv6Address?: string;
  readonly MacAddress?: string;
}

/** The further part of `GET /containers/{id}/json` that is read here. */
interface FullInspection extends Omit<Inspection, 'HostConfig'> {
  readonly Created: string;
  readonly HostConfig?: { readonly NetworkMode?: string; readonly LogConfig?: { readonly Type?: string } };
  readonly Mounts?: readonly { readonly Name?: string; readonly Source?: string; readonly Destination?: string }[] | null;
  readonly NetworkSettings?: Inspection['NetworkSettings'] & { readonly Networks?: Readonly<Record<string, Endpoint>> | null };
}

/** The last lines of a health check that are passed on. */
const MAX_OUTPUT = 4_096;

/** The facts of a container; null: it is gone. Rejects when the engine does not answer. */
export async function containerFacts(client: Client, container: string, signal: AbortSignal): Promise<ContainerFacts | null> {
  const found = (await inspect(client, container, signal)) as FullInspection | null;
  if (found === null) return null;
  // A container that shares the network of another one has none of its own to tell of.
  const holder = /^container:(.+)$/.exec(found.HostConfig?.NetworkMode ?? '')?.[1];
  const reached = holder === undefined ? found : ((await inspect(client, holder, signal)) as FullInspection | null);
  return factsOf(found, reached ?? found);
}

/** One measurement of a running container, as the engine makes it; null: it is gone. Rejects when the engine does not answer. */
export async function containerStats(
  client: Client,
  container: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | null> {
  const path = `/containers/${encodeURIComponent(container)}/stats`;
  try {
    // Without a stream the engine measures twice, a second apart, so that its answer holds what the processor did in between.
    return await client.call<Readonly<Record<string, unknown>>>({ method: 'GET', path, query: { stream: false }, long: true }, signal);
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return null;
    throw error;
  }
}

/** Pure: the facts in an inspection; `reached`: that of the container whose network it uses, itself or another one. */
export function factsOf(found: FullInspection, reached: FullInspection): ContainerFacts {
  const { State } = found;
  const state = State.Status === 'created' ? 'created' : ['running', 'paused', 'restarting'].includes(State.Status) ? 'running' : 'exited';
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    imageId: found.Image,
    labels: found.Config.Labels ?? {},
    state,
    exitCode: state === 'exited' ? State.ExitCode : null,
    createdAt: happened(found.Created),
    startedAt: happened(State.StartedAt),
    finishedAt: state === 'exited' ? happened(State.FinishedAt) : null,
    ports: portsOf(reached),
    networks: networksOf(reached),
    volumes: (found.Mounts ?? []).map(({ Name, Source = '', Destination = '' }) => ({
      name: Name === undefined || Name === '' ? null : Name,
      source: Source,
      destination: Destination,
    })),
    logDriver: found.HostConfig?.LogConfig?.Type ?? '',
    health: healthOf(State.Health),
  };
}

function portsOf({ NetworkSettings }: FullInspection): ContainerFacts['ports'] {
  return Object.entries(NetworkSettings?.Ports ?? {}).flatMap(([key, bindings]) => {
    const [port, protocol = 'tcp'] = key.split('/');
    return (bindings ?? []).map(({ HostIp, HostPort }) => ({
      containerPort: Number(port),
      protocol,
      hostPort: Number(HostPort),
      hostIp: HostIp,
    }));
  });
}

function networksOf({ NetworkSettings }: FullInspection): ContainerFacts['networks'] {
  const some = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);
  return Object.entries(NetworkSettings?.Networks ?? {}).map(([name, endpoint]) => ({
    name,
    ipv4: some(endpoint.IPAddress),
    ipv6: some(endpoint.GlobalIPv6Address),
    mac: some(endpoint.MacAddress),
    prefixLength: some(endpoint.IPAddress) === null ? null : (endpoint.IPPrefixLen ?? null),
    gateway: some(endpoint.Gateway),
  }));
}

function healthOf(health: Inspection['State']['Health']): ContainerFacts['health'] {
  const status = health?.Status;
  if (status !== 'starting' && status !== 'healthy' && status !== 'unhealthy') return null;
  const last = health?.Log?.at(-1);
  return { status, exitCode: last?.ExitCode ?? null, output: (last?.Output ?? '').slice(-MAX_OUTPUT) };
}

/** Docker writes year 1 for "never". */
function happened(text: string): string | null {
  return text === '' || text.startsWith('0001-') ? null : text;
}
