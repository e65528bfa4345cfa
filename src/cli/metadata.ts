// The metadata endpoint as the operator's configuration asks for it, wired: address, port, key, engines, and what each container is told.
// When it can't be had that is one warning: services run without it.
import type { FactsSource, Log } from '../daemon/ports.ts';
import type { MetadataConfig } from '../model/operator-config.ts';
import type { OpenMetadata } from '../api/metadata.ts';
import type { OwnVariables } from '../adapters/docker/own-variables.ts';
import type { ReachedEngine } from './engines.ts';

export interface Metadata extends OpenMetadata {
  /** What a container on this engine is told; nothing on one that runs elsewhere, because it can't reach this machine's address. */
  variables(engine: Pick<ReachedEngine, 'address'>): OwnVariables;
}

/** ECS's own, which programs and SDKs know. */
const DEFAULT_ADDRESS = '169.254.170.2';
const DEFAULT_PORT = 80;

/** Opens the endpoint; null when nobody asked for it, or when it can't be had. `sources` may be filled later: it is read at each question. */
export async function openMetadata(
  config: MetadataConfig | undefined,
  key: Uint8Array,
  sources: ReadonlyMap<string, FactsSource>,
  log: Log,
): Promise<Metadata | null> {
  if (config === undefined) return null;
  const { address = DEFAULT_ADDRESS, port = DEFAULT_PORT } = config;
  const [{ claimAddress, isOwnAddress }, { endpointsOf }, { serveMetadata }, { roleCredentials }, names] = await Promise.all([
    import('../adapters/link-local.ts'),
    import('../api/metadata-endpoint.ts'),
    import('../api/metadata.ts'),
    import('../adapters/role-credentials.ts'),
    import('../model/task/task-metadata.ts'),
  ]);
  const { CREDENTIALS_PATH_VARIABLE, CREDENTIALS_VARIABLE, METADATA_VARIABLE } = names;
  const endpoints = endpointsOf(key);
  const credentials = roleCredentials(config.credentials ?? [], Date.now);
  try {
    await claimAddress(address);
    const open = await serveMetadata({ address, port, endpoints, sources, credentials, log, now: () => performance.now() });
    const origin = `http://${address}${port === DEFAULT_PORT ? '' : `:${port}`}`;
    return {
      ...open,
      variables: (engine) => {
        if (!isOwnAddress(engine.address)) return () => [];
        return ({ task, container }, role) => {
          const own = { name: METADATA_VARIABLE, value: `${origin}/v4/${endpoints.id('container', task, container)}` };
          if (role === null || !credentials.has(role)) return [own];
          const path = `/v2/credentials/${endpoints.id('credentials', task, '')}`;
          // SDKs complete a path with ECS's own address, and nothing else.
          const isEcs = address === DEFAULT_ADDRESS && port === DEFAULT_PORT;
          return [
            own,
            isEcs ? { name: CREDENTIALS_PATH_VARIABLE, value: path } : { name: CREDENTIALS_VARIABLE, value: `${origin}${path}` },
          ];
        };
      },
    };
  } catch (error) {
    log.write('warn', 'containers get no metadata: its address or port can not be had', {
      address,
      port,
      reason: error instanceof Error ? error.message : String(error),
      hint: 'Mend it, or set another metadata.address or metadata.port, and start again; docs/metadata.md says more.',
    });
    return null;
  }
}
