// What the loader reads: the blobs of one commit. Reading them is the git adapter's work; nothing here touches a disk.

export interface SourceFile {
  /** Path inside the repository, with forward slashes. */
  readonly path: string;
  /** Blob id: an unchanged file is not parsed again. */
  readonly id: string;
  /** Symbolic links and submodules are listed but never followed; `content` is empty then. */
  readonly kind: 'file' | 'symlink' | 'submodule';
  /** Size in bytes; `content` is empty when it is over MAX_FILE_BYTES. */
  readonly size: number;
  readonly content: Uint8Array;
  /** Whether it lies beside a single file that a person named: it counts only where that file names it. */
  readonly isBeside?: true;
}

/** A manifest is at most 1 MiB: the YAML parser needs about a second per MB. */
export const MAX_FILE_BYTES = 1_048_576;
/** Files of one commit that may hold manifests. */
export const MAX_FILES = 10_000;

/** Settings of tools, by the names that those tools look for: they stand in every second repository and are never manifests. */
const TOOL_FILES =
  /^(?:(?:package|package-lock|npm-shrinkwrap|composer|bower|lerna|nx|turbo|renovate|biome|deno|vercel|angular|cdk|cdk\.context|appsettings(?:\.\w+)?)\.json|(?:tsconfig|jsconfig)[\w.-]*\.json|[\w.-]+\.schema\.json|(?:pnpm-lock|pnpm-workspace|mkdocs|dependabot|codecov)\.ya?ml)$/;

/** Whether a file may be a manifest: *.yaml, *.yml and *.json at any depth, except below folders that begin with a dot and node_modules;
 * files that begin with a dot are settings of tools, and so are package.json and its like. */
export function isManifestPath(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /\.(?:ya?ml|json)$/.test(path) && isOpenPath(path) && !name.startsWith('.') && !TOOL_FILES.test(name);
}

/** Whether a file is read at all: manifests, and the files of variables that compose projects name (.env, .env.prod, db.env). */
export function isReadPath(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return isManifestPath(path) || (isOpenPath(path) && /^(?:\.env(?:\.[\w.-]+)?|[^.].*\.env)$/.test(name));
}

/** Whether no folder on the way hides it. */
function isOpenPath(path: string): boolean {
  return path
    .split('/')
    .slice(0, -1)
    .every((folder) => !folder.startsWith('.') && folder !== 'node_modules');
}
