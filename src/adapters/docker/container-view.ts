// From the engine's inspection to our view of a container. The environment is dropped here: it is read only to keep its values out of errors.
// Containers whose labels do not name us in full are foreign: they have no view and are left alone.
import { byText } from '../../std/order.ts';
import { identityOf } from '../../model/turn/identity.ts';
import type { ContainerAddress, ContainerState, ContainerView, PublishedPort } from '../../model/turn/observed.ts';
import { EngineRefusal } from './errors.ts';
import type { Client } from './client.ts';
import { isOwnNetwork } from './own-networks.ts';

interface HealthRun {
  readonly Start?: string;
  readonly ExitCode: number;
  readonly Output: string;
}

/** The part of `GET /containers/{id}/json` that we read. */
export interface Inspection {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly State: {
    readonly Status: string;
    readonly OOMKilled: boolean;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    /** Why it could not be started. */
    readonly Error?: string;
    readonly Health?: { readonly Status: string; readonly Log?: readonly HealthRun[] | null } | null;
  };
  readonly Config: {
    /** As it was asked for. */
    readonly Image?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Env?: readonly string[] | null;
    readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
  };
  readonly HostConfig?: {
    readonly NetworkMode?: string;
    readonly LogConfig?: { readonly Config?: Readonly<Record<string, string>> | null };
    /** A host port that the engine chooses is asked for as '' or '0'. */
    readonly PortBindings?: Readonly<Record<string, readonly { readonly HostPort?: string }[] | null>> | null;
  };
  readonly NetworkSettings?: {
    readonly Ports?: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>> | null;
    readonly Networks?: Readonly<
      Record<string, { readonly NetworkID?: string; readonly IPAddress?: string; readonly GlobalIPv6Address?: string } | null>
    > | null;
  };
}

/** Docker's states; removing and dead containers run no more, paused and restarting ones still hold their resources. */
const STATES: Readonly<Record<string, ContainerState>> = {
  created: 'created',
  running: 'running',
  paused: 'running',
  restarting: 'running',
  removing: 'exited',
  exited: 'exited',
  dead: 'exited',
};

/** The container behind an id or a name; null when there is none. */
export async function inspect(client: Client, idOrName: string, signal: AbortSignal): Promise<Inspection | null> {
  try {
    return await client.call<Inspection>({ method: 'GET', path: `/containers/${encodeURIComponent(idOrName)}/json` }, signal);
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return null;
    throw error;
  }
}

/** Our view of an inspected container; null when it is foreign. */
export function viewOf(inspection: Inspection, installation: string): ContainerView | null {
  const identity = identityOf(inspection.Config.Labels ?? {}, installation);
  if (identity === null) return null;
  const { State } = inspection;
  const state = STATES[State.Status] ?? 'exited';
  return {
    id: inspection.Id,
    name: inspection.Name.replace(/^\//, ''),
    identity,
    state,
    exitCode: state === 'exited' ? State.ExitCode : null,
    oomKilled: State.OOMKilled,
    health: healthOf(State.Health?.Status),
    // Docker goes on showing the old ports of a container that ended in a crash of the engine.
    ports: state === 'running' ? portsOf(inspection) : [],
    networks: networksIn(inspection),
    ...(state === 'running' && addressesIn(inspection)),
    imageId: inspection.Image,
    startedAt: momentOf(State.StartedAt),
    finishedAt: state === 'exited' ? momentOf(State.FinishedAt) : null,
  };
}

/** The values of a container's environment and of the options of its log driver, for keeping them out of messages. */
export function confidentialValues(inspection: Inspection | null): readonly string[] {
  const environment = (inspection?.Config.Env ?? []).map((entry) => entry.slice(entry.indexOf('=') + 1));
  return [...environment, ...logOptions(inspection)];
}

/** An engine does not say which of them came out of a secret. */
export function logOptions(inspection: Inspection | null): readonly string[] {
  return Object.values(inspection?.HostConfig?.LogConfig?.Config ?? {});
}

function healthOf(status: string | undefined): ContainerView['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}

/** One entry per published host port, IPv4 first where the engine chose different ones for IPv4 and IPv6; in order of the container port. */
function portsOf(inspection: Inspection): readonly PublishedPort[] {
  return Object.entries(publishedIn(inspection))
    .sort(([a], [b]) => byText(a.padStart(9, '0'), b.padStart(9, '0')))
    .flatMap(([portAndProtocol, bindings]) => {
      const [port, protocol] = portAndProtocol.split('/');
      if (protocol !== 'tcp' && protocol !== 'udp') return [];
      const fourFirst = [...(bindings ?? [])].sort((a, b) => Number(a.HostIp.includes(':')) - Number(b.HostIp.includes(':')));
      const hostPorts = new Set(fourFirst.map((binding) => Number(binding.HostPort)).filter((hostPort) => hostPort > 0));
      return [...hostPorts].map((hostPort) => ({ containerPort: Number(port), protocol, hostPort }));
    });
}

/** In the network of the instance nothing is published: a container is reached at each port that it exposes. */
function publishedIn(inspection: Inspection): NonNullable<NonNullable<Inspection['NetworkSettings']>['Ports']> {
  if (inspection.HostConfig?.NetworkMode !== 'host') return inspection.NetworkSettings?.Ports ?? {};
  const exposed = Object.keys(inspection.Config.ExposedPorts ?? {});
  return Object.fromEntries(exposed.map((port) => [port, [{ HostIp: '', HostPort: port.split('/')[0] ?? '' }]]));
}

/** Docker calls the lack of a network, and that of the instance, networks, too. */
function networksIn({ HostConfig, NetworkSettings }: Inspection): readonly string[] {
  if (/^(?:none|host|container:.*)$/.test(HostConfig?.NetworkMode ?? '')) return [];
  return Object.keys(NetworkSettings?.Networks ?? {}).sort(byText);
}

/** Its address on each of its networks, IPv4 first; a network without addresses, or one that it joined by another container, gives none. */
function addressesIn(inspection: Inspection): Pick<ContainerView, 'addresses'> {
  const addresses = networksIn(inspection).flatMap((network): ContainerAddress[] => {
    const { NetworkID = '', IPAddress, GlobalIPv6Address } = inspection.NetworkSettings?.Networks?.[network] ?? {};
    const address = IPAddress || GlobalIPv6Address || '';
    return address === '' ? [] : [{ network, address, isHere: isOwnNetwork(NetworkID, address) }];
  });
  return addresses.length === 0 ? {} : { addresses };
}

/** Docker writes year 1 for "never". */
export function momentOf(text: string): number | null {
  const moment = Date.parse(text);
  return Number.isFinite(moment) && moment > 0 ? moment : null;
}
