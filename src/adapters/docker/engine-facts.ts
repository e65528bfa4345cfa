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
  };
}

/** ECS's word for a processor; another one as the engine says it. */
export function architectureOf(word: string): string {
  return ARCHITECTURES[word] ?? word;
}
