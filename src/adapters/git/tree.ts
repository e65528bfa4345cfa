// The list of a commit's files that matter: manifests, symbolic links and submodules, read from `ls-tree -r -z -l` piece by piece, so
// that a repository of a million files costs no memory. Paths that could lead anywhere else are refused with the whole commit.
// Deliberately absent: contents (blobs.ts), and the judgement which file is a manifest (the loader's; here only by its name's end).
import { MAX_FILE_BYTES, MAX_FILES, isReadPath } from '../../manifest/source.ts';
import { assert } from '../../std/assert.ts';
import { cut } from '../../std/text.ts';
import { corrupt, RepositoryError } from './errors.ts';

export interface TreeEntry {
  readonly path: string;
  readonly id: string;
  readonly kind: 'file' | 'symlink' | 'submodule';
  /** Bytes; 0 for a submodule. */
  readonly size: number;
}

/** Contents read of one commit. 1,000 manifests of a usual size are 2 MB; the daemon as a whole has 300 MB. */
export const MAX_COMMIT_BYTES = 64 * 1024 * 1024;
/** Linux's own limit. A longer record is no tree of git's making. */
const PATH_MAX_BYTES = 4_096;
const RECORD_MAX_BYTES = PATH_MAX_BYTES + 200;

const NUL = 0;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
// oxlint-disable-next-line no-control-regex -- these are what must not be there
const CONTROL = /[\u0000-\u001f\u007f]/;

export interface TreeReader {
  take(piece: Buffer): void;
  /** The entries, in git's order, once all pieces were taken. */
  end(): readonly TreeEntry[];
}

/** Reads `ls-tree -r -z -l`; throws RepositoryError: unsafe-path, too-large, corrupt. */
export function treeReader(): TreeReader {
  const entries: TreeEntry[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let bytes = 0;
  return {
    take: (piece) => {
      let from = 0;
      for (let end = piece.indexOf(NUL); end !== -1; end = piece.indexOf(NUL, from)) {
        const record = piece.subarray(from, end);
        const entry = entryOf(rest.length === 0 ? record : Buffer.concat([rest, record]));
        rest = Buffer.alloc(0);
        from = end + 1;
        if (entry === null) continue;
        entries.push(entry);
        if (entries.length > MAX_FILES) throw tooLarge(`more than ${MAX_FILES} manifests, links and submodules`);
        bytes += isRead(entry) ? entry.size : 0;
        if (bytes > MAX_COMMIT_BYTES) throw tooLarge(`manifests of more than ${MAX_COMMIT_BYTES / 1024 / 1024} MiB`);
      }
      rest = Buffer.concat([rest, piece.subarray(from)]);
      if (rest.length > RECORD_MAX_BYTES) throw unsafe(rest.toString('latin1', 0, 100), 'it is too long');
    },
    end: () => {
      assert(rest.length === 0, 'git ls-tree -z ends each record with NUL');
      return entries;
    },
  };
}

/** Whether the entry's content is read: a file within the limit of a manifest. */
export function isRead(entry: TreeEntry): boolean {
  return entry.kind === 'file' && entry.size <= MAX_FILE_BYTES;
}

/** `<mode> <type> <id> <size, padded, - for a submodule>\t<path>`; null for a file that is no manifest by its name. */
function entryOf(record: Buffer): TreeEntry | null {
  const tab = record.indexOf(0x09);
  const [mode, , id, size] = record.toString('latin1', 0, tab).split(/ +/);
  assert(tab > 0 && mode !== undefined && id !== undefined && size !== undefined, 'git ls-tree -l gives four fields and a path');
  const kind = mode === '160000' ? 'submodule' : mode === '120000' ? 'symlink' : 'file';
  const name = record.subarray(tab + 1);
  // What is no manifest by its own name may be called and lie as it likes.
  const shown = name.toString('utf8');
  if (kind === 'file' && !isReadPath(shown.slice(shown.lastIndexOf('/') + 1))) return null;
  const path = safePath(name);
  if (kind === 'file' && !isReadPath(path)) return null;
  // git prints BAD for a blob that it can't read, and goes on as if nothing were wrong.
  if (!/^(\d+|-)$/.test(size)) throw corrupt(`${path} can't be read`);
  return { path, id, kind, size: size === '-' ? 0 : Number(size) };
}

function safePath(name: Buffer): string {
  const shown = name.toString('utf8');
  let path: string;
  try {
    path = UTF8.decode(name);
  } catch {
    throw unsafe(shown, 'it is not UTF-8');
  }
  if (name.length > PATH_MAX_BYTES) throw unsafe(shown, 'it is too long');
  if (CONTROL.test(path)) throw unsafe(shown, 'it holds a control character');
  if (path.startsWith('/')) throw unsafe(shown, 'it is absolute');
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw unsafe(shown, 'it may lead out of the repository');
  return path;
}

function unsafe(path: string, why: string): RepositoryError {
  return new RepositoryError(
    'unsafe-path',
    `the commit holds a path that is refused, because ${why}: ${cut(JSON.stringify(path), 120)}`,
    'Rename the file in the repository; no file of this commit was used.',
  );
}

function tooLarge(what: string): RepositoryError {
  return new RepositoryError('too-large', `the commit holds ${what}`, 'Name the folder that holds the manifests, or split the repository.');
}
