// The metadata endpoint as the operator's configuration asks for it, wired: address, port, key, engines, and what each container is told.
// When it can't be had that is one warning: services run without it.
import type { ContainerIdentity } from '../model/observed.ts';
import type { EngineAddress } from './options.ts';
import type { EnvironmentVariable } from '../model/task-metadata.ts';
import type { FactsSource, Log } from '../daemon/ports.ts';
import type { MetadataConfig } from '../model/operator-config.ts';
import type { OpenMetadata } from '../api/metadata.ts';

export interface Metadata extends OpenMetadata {
  /** What a container on this engine is told; nothing on one that runs elsewhere, because it can't reach this machine's address. */
  variables(engine: EngineAddress): (identity: ContainerIdentity) => readonly EnvironmentVariable[];
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
  const [{ claimAddress, isOwnAddress }, { endpointsOf }, { serveMetadata }, { METADATA_VARIABLE }] = await Promise.all([
    import('../adapters/link-local.ts'),
    import('../api/metadata-endpoint.ts'),
    import('../api/metadata.ts'),
    import('../model/task-metadata.ts'),
  ]);
  const endpoints = endpointsOf(key);
  try {
    await claimAddress(address);
    const open = await serveMetadata({ address, port, endpoints, sources, now: () => performance.now() });
    const origin = `http://${address}${port === DEFAULT_PORT ? '' : `:${port}`}`;
    return {
      ...open,
      variables: (engine) => {
        if (!isOwnAddress(engine.address)) return () => [];
        return ({ task, container }) => [{ name: METADATA_VARIABLE, value: `${origin}/v4/${endpoints.id('container', task, container)}` }];
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
