// Types of engine.mjs, which is plain JavaScript so that it runs without a build and without packages.
export class EngineUnavailable extends Error {}
export interface EnginePaths {
  readonly directory: string;
  readonly run: string;
  readonly socketPath: string;
  readonly processFile: string;
  readonly lock: string;
  readonly logFile: string;
}
export interface FoundEngine {
  readonly socketPath: string;
  /** Whether we started it. */
  readonly ours: boolean;
}
export function enginePaths(environment?: NodeJS.ProcessEnv): EnginePaths;
export function callEngine(
  socketPath: string,
  path: string,
  options?: { readonly method?: string; readonly limitMs?: number; readonly body?: unknown },
): Promise<{ readonly status: number; readonly body: string }>;
export function engineAnswers(socketPath: string): Promise<'yes' | 'no' | 'forbidden'>;
export function ensureEngine(environment?: NodeJS.ProcessEnv): Promise<FoundEngine>;
export function stopEngine(environment?: NodeJS.ProcessEnv): Promise<string>;
export function engineStatus(environment?: NodeJS.ProcessEnv): Promise<FoundEngine | null>;
