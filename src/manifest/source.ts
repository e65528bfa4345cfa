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
}

/** A manifest is at most 1 MiB: the YAML parser needs about a second per MB. */
export const MAX_FILE_BYTES = 1_048_576;
/** Files of one commit that may hold manifests. */
export const MAX_FILES = 10_000;
