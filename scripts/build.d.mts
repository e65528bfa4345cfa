export function mainFile(): string;
export function ensureBuilt(): Promise<void>;
