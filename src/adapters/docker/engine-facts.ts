// What an engine says of itself, in ECS's words where ECS has some. Pure: the calls are made by client.ts.
import type { EngineFacts } from '../../model/cluster/container-instance.ts';

/** The part of `GET /info` that is read. */
export interface EngineInfo {
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly ServerVersion?: string;
  readonly OSType?: string;
  readonly Architecture?: string;
  readonly OperatingSystem?: string;
  readonly Labels?: readonly string[] | null;
  readonly Plugins?: { readonly Log?: readonly string[] | null };
  readonly Runtimes?: Readonly<Record<string, unknown>> | null;
  /** Of `node-generic-resources` of the engine's configuration: each device by its name, or a number of them. */
  readonly GenericResources?:
    | readonly {
        readonly NamedResourceSpec?: { readonly Kind?: string; readonly Value?: string };
        readonly DiscreteResourceSpec?: { readonly Kind?: string; readonly Value?: number };
      }[]
    | null;
  /** API 1.50: devices of the Container Device Interface, such as `nvidia.com/gpu=0`. */
  readonly DiscoveredDevices?: readonly { readonly Source?: string; readonly ID?: string }[] | null;
}

/** The kernel's words for what ECS calls arm64; x86_64 is one word for both. */
const ARCHITECTURES: Readonly<Record<string, string>> = { aarch64: 'arm64', amd64: 'x86_64' };

/** Labels of one engine that are read. */
const LABELS_READ = 100;

/** The facts in an engine's answers to `/info` and `/version`. */
export function engineFacts(info: EngineInfo, apiVersion: string): EngineFacts {
  return {
    version: info.ServerVersion ?? '',
    apiVersion,
    osType: info.OSType ?? 'linux',
    architecture: architectureOf(info.Architecture ?? ''),
    operatingSystem: info.OperatingSystem ?? '',
    labels: [...(info.Labels ?? [])].slice(0, LABELS_READ).sort(),
    logDrivers: [...(info.Plugins?.Log ?? [])].sort(),
    runtimes: Object.keys(info.Runtimes ?? {}).sort(),
    ...gpusIn(info),
  };
}

/**
 * The GPUs that an engine names. A device of the Container Device Interface stands there several times, by its number, by its UUID, and all of
 * them together: those by number are counted, or else those by another name.
 */
function gpusIn({ GenericResources, DiscoveredDevices }: EngineInfo): Pick<EngineFacts, 'gpus'> {
  const found = (DiscoveredDevices ?? []).flatMap(({ Source, ID }) =>
    Source === 'cdi' ? (/^nvidia\.com\/gpu=(.+)$/.exec(ID ?? '')?.[1] ?? []) : [],
  );
  const numbered = found.filter((name) => /^[0-9]+$/.test(name));
  const named = new Set(numbered.length > 0 ? numbered : found.filter((name) => name !== 'all'));
  if (named.size > 0) return { gpus: named.size };
  const isGpu = (kind: string | undefined): boolean => /gpu/i.test(kind ?? '');
  const resources = GenericResources ?? [];
  const single = resources.filter(({ NamedResourceSpec: one }) => isGpu(one?.Kind)).length;
  const counted = resources.reduce((sum, { DiscreteResourceSpec: some }) => sum + (isGpu(some?.Kind) ? (some?.Value ?? 0) : 0), 0);
  return single + counted === 0 ? {} : { gpus: single + counted };
}

/** ECS's word for a processor; another one as the engine says it. */
export function architectureOf(word: string): string {
  return ARCHITECTURES[word] ?? word;
}
