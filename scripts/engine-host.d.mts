// Types of engine-host.mjs, which is plain JavaScript so that it runs without a build and without packages.
export class EngineUnavailable extends Error {}
export function requireTools(): void;
export function prepareCgroups(): void;
export function storageArguments(directory: string): readonly string[];
/** The process id. `logDescriptor`: an open file for its output. */
export function startProcess(program: string, words: readonly string[], logDescriptor: number): number;
export function isAlive(pid: number): boolean;
export function startedAtTicks(pid: number): string | null;
export function unmountBelow(directories: readonly string[]): void;
export function lastLines(file: string): string;
