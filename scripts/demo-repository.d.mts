// Types of demo-repository.mjs.
export function ensureRepository(folder: string): Promise<{ readonly made: boolean; readonly port: number; readonly wantedPort: number }>;
export function freePort(wanted: number): Promise<number>;
