// Engines as they are named, by an option or by a commit, become engines as they are reached: with the operator's credentials, and the address of
// their published ports. Only an engine of another machine needs the configuration; no connection is made here.
import { Failure } from './failure.ts';
import { connectionTo } from '../model/cluster/engine-endpoint.ts';
import { endpointText, parseEngineEndpoint } from '../lang/engine-endpoint.ts';
import { hostOfContext } from '../adapters/docker/transport/context.ts';
import type { DesiredInstance } from '../model/cluster/container-instance.ts';
import type { EngineAddress } from './options.ts';
import type { EngineConnection } from '../model/cluster/engine-endpoint.ts';
import type { EngineCredential } from '../model/cluster/engine-credential.ts';
import type { EngineEndpoint } from '../lang/engine-endpoint.ts';
import type { SwarmSource } from '../model/cluster/swarm.ts';
import type { OperatorConfig } from '../model/operator-config.ts';

/** One engine, and all that is needed to connect to it. */
export interface ReachedEngine {
  readonly name: string;
  readonly connection: EngineConnection;
  readonly address: string;
  readonly clusters: readonly string[] | null;
}

const LOOPBACK = '127.0.0.1';

/** What leads to an engine, or why nothing does. */
type Way = { readonly connection: EngineConnection; readonly address: string; readonly fault: null } | { readonly fault: Fault };
interface Fault {
  readonly message: string;
  readonly hint: string;
}

/** The engines of an option. `config` is asked for when one of them is elsewhere. Fails with every engine that has no way to it. */
export function reachedEngines(engines: readonly EngineAddress[], config: () => OperatorConfig): readonly ReachedEngine[] {
  const isElsewhere = engines.some(({ endpoint, credential }) => endpoint.kind !== 'unix' || credential !== null);
  const credentials = isElsewhere ? (config().engines?.credentials ?? []) : [];
  const faults: string[] = [];
  const hints = new Set<string>();
  const reached: ReachedEngine[] = [];
  for (const { name, endpoint, credential, address, clusters } of engines) {
    const way = wayTo(endpoint, credential, address, credentials);
    if (way.fault === null) {
      reached.push({ name, connection: way.connection, clusters, address: way.address });
      continue;
    }
    const { message, hint } = way.fault;
    faults.push(`the engine ${name} (${endpointText(endpoint)}) ${message}`);
    hints.add(`${hint.charAt(0).toUpperCase()}${hint.slice(1)}.`);
  }
  if (faults.length > 0) throw new Failure('ERROR', faults.join('\n'), [...hints, 'docs/reaching-engines.md shows how.'].join(' '));
  return reached;
}

/** The engine that a commit declares. One without a way to it is an engine all the same, which does not answer and says why. */
export function declaredEngine({ name, cluster, ...declared }: DesiredInstance, config: OperatorConfig): ReachedEngine {
  return { name, clusters: [cluster], ...declaredWay(declared, config) };
}

/** The connection to the manager of a swarm, as to an engine that a commit declares. */
export function swarmConnection({ endpoint, credentials }: SwarmSource, config: OperatorConfig): EngineConnection {
  return declaredWay({ endpoint, credentials }, config).connection;
}

function declaredWay(
  { endpoint = '', credentials, address }: Pick<DesiredInstance, 'endpoint' | 'credentials' | 'address'>,
  config: OperatorConfig,
): Pick<ReachedEngine, 'connection' | 'address'> {
  const parsed = parseEngineEndpoint(endpoint);
  const way = parsed.fault ?? wayTo(parsed.value, credentials ?? null, address ?? null, config.engines?.credentials ?? []);
  if ('connection' in way) return { connection: way.connection, address: way.address };
  const { message, hint } = 'message' in way ? way : way.fault;
  return { connection: { kind: 'none', why: `its endpoint ${message}: ${hint}` }, address: address ?? LOOPBACK };
}

function wayTo(endpoint: EngineEndpoint, credential: string | null, address: string | null, credentials: readonly EngineCredential[]): Way {
  const { value: connection, fault } = connectionTo(endpoint, credential, credentials);
  if (fault !== null) return { fault };
  try {
    return { connection, address: address ?? addressOf(endpoint), fault: null };
  } catch (error) {
    // The context that would say where the ports are can't be read.
    return { fault: { message: `can't be had: ${(error as Error).message}`, hint: 'mend the context, or name where the engine is' } };
  }
}

/** Where the ports are that an engine publishes: on the host that the endpoint leads to. */
function addressOf(endpoint: EngineEndpoint): string {
  if (endpoint.kind === 'unix') return LOOPBACK;
  return endpoint.kind === 'context' ? (hostOfContext(endpoint.name) ?? LOOPBACK) : endpoint.host;
}
