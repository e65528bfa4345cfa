// Types of checkout.mjs, which is plain JavaScript so that it runs on Node 20 before there are packages.
export const ROOT: string;
export class SetupError extends Error {
  constructor(message: string, exitCode?: number);
  readonly exitCode: number;
}
export interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}
export function say(line: string): void;
export function staleReason(wanted: Lockfile, installed: Lockfile | null): string | null;
export function ensurePackages(): Promise<void>;
export function ensureGit(): void;
export function nodePath(): string;
export function toolEnvironment(environment?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
