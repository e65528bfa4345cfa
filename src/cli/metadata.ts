// The metadata endpoint as the operator's configuration asks for it, wired: address, port, key, engines, relays, and what each container is told.
// When the address can't be had on this machine that is one warning: services run on it without, and those on other machines have their relays.
import type { FactsSource, Log } from '../daemon/ports.ts';
import type { MetadataConfig } from '../model/operator-config.ts';
import type { MetadataOptions, OpenMetadata } from '../api/metadata.ts';
import type { OwnVariables } from '../adapters/docker/own-variables.ts';
import type { ReachedEngine } from './engines.ts';
import type { RelayDoor } from '../adapters/docker/relay.ts';

export interface Metadata extends OpenMetadata {
  /** What a container on this engine is told; on another machine than this one, if its relay is up. */
  variables(engine: Pick<ReachedEngine, 'address'>): OwnVariables;
  /** What the relay of an engine of another machine is for; null: its containers reach this one. */
  relay(engine: Pick<ReachedEngine, 'address'>): RelayDoor | null;
}

/** ECS's own, which programs and SDKs know. */
const DEFAULT_ADDRESS = '169.254.170.2';
const DEFAULT_PORT = 80;

/** Opens the endpoint; null when nobody asked for it. `sources` may be filled later: it is read at each question. */
export async function openMetadata(
  config: MetadataConfig | undefined,
  key: Uint8Array,
  sources: ReadonlyMap<string, FactsSource>,
  log: Log,
): Promise<Metadata | null> {
  if (config === undefined) return null;
  const { address = DEFAULT_ADDRESS, port = DEFAULT_PORT } = config;
  const [{ isLinkLocal, isOwnAddress }, { endpointsOf }, { roleCredentials }, names] = await Promise.all([
    import('../adapters/link-local.ts'),
    import('../api/metadata-endpoint.ts'),
    import('../adapters/role-credentials.ts'),
    import('../model/task/task-metadata.ts'),
  ]);
  const { CREDENTIALS_PATH_VARIABLE, CREDENTIALS_VARIABLE, METADATA_VARIABLE } = names;
  const endpoints = endpointsOf(key);
  const credentials = roleCredentials(config.credentials ?? [], Date.now);
  const { open, isHere } = await opened({ address, port, endpoints, sources, credentials, log, now: () => performance.now() });
  // Each host has link-local addresses of its own; any other one is that of this machine.
  const there = isLinkLocal(address) ? address : DEFAULT_ADDRESS;
  const told =
    (where: string): OwnVariables =>
    ({ task, container }, role) => {
      const origin = `http://${where}${port === DEFAULT_PORT ? '' : `:${port}`}`;
      const own = { name: METADATA_VARIABLE, value: `${origin}/v4/${endpoints.id('container', task, container)}` };
      if (role === null || !credentials.has(role)) return [own];
      const path = `/v2/credentials/${endpoints.id('credentials', task, '')}`;
      // SDKs complete a path with ECS's own address, and nothing else.
      const isEcs = where === DEFAULT_ADDRESS && port === DEFAULT_PORT;
      return [own, isEcs ? { name: CREDENTIALS_PATH_VARIABLE, value: path } : { name: CREDENTIALS_VARIABLE, value: `${origin}${path}` }];
    };
  return {
    ...open,
    variables: (engine) => {
      if (!isOwnAddress(engine.address)) return told(there);
      return isHere ? told(address) : () => [];
    },
    relay: (engine) => (isOwnAddress(engine.address) ? null : { address: there, port, serve: open.serve }),
  };
}

/** The endpoint, at its address of this machine if that can be had. */
async function opened(options: MetadataOptions & { readonly address: string }): Promise<{ open: OpenMetadata; isHere: boolean }> {
  const [{ claimAddress }, { serveMetadata }] = await Promise.all([import('../adapters/link-local.ts'), import('../api/metadata.ts')]);
  const { address, port, log } = options;
  try {
    await claimAddress(address);
    return { open: await serveMetadata(options), isHere: true };
  } catch (error) {
    log.write('warn', 'containers of this machine get no metadata: its address or port can not be had', {
      address,
      port,
      reason: error instanceof Error ? error.message : String(error),
      hint: 'Mend it, or set another metadata.address or metadata.port, and start again; docs/metadata.md says more.',
    });
    return { open: await serveMetadata({ ...options, address: null }), isHere: false };
  }
}
