// Where manifests come from on the command line: a plain folder as it lies on disk, or a commit of a git repository. The daemon only ever
// reads commits; the folder is for the author, before there is one.
import { createHash } from 'node:crypto';
import { lstatSync, opendirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { Failure } from './failure.ts';
import { isManifestPath } from '../manifest/load.ts';
import { MAX_FILE_BYTES, MAX_FILES } from '../manifest/source.ts';
import { byText } from '../std/order.ts';
import type { Log } from '../daemon/ports.ts';
import type { SourceFile } from '../manifest/source.ts';

export interface Source {
  /** For people: the folder, or the commit and its repository. */
  readonly name: string;
  /** The commit's full name; ON_DISK for a folder. */
  readonly commit: string;
  readonly files: readonly SourceFile[];
}

/** Stands where a commit's name would; as long as an abbreviated one. */
const ON_DISK = 'on-disk';
/** Entries looked at before we say that this is not a folder of manifests. */
const MAX_ENTRIES = 200_000;
/** A local git answers in milliseconds; a remote one is cloned first. */
const GIT_MS = 60_000;
/** A repository that is only read once is never polled. */
const NO_POLL_MS = 3_600_000;

/** A log for adapters whose errors reach the person anyway. */
export const SILENT: Log = { write: () => {} };

/** The manifests below a folder, sorted by path; folders whose name begins with a dot and node_modules are left out, links not followed. */
export function folderSource(folder: string): Source {
  const root = resolve(folder);
  const stat = lstatSync(`${root}${sep}`, { throwIfNoEntry: false });
  if (!stat) throw new Failure('ERROR', `${folder} does not exist`, 'Name the folder that holds the manifests.');
  if (!stat.isDirectory())
    throw new Failure('ERROR', `${folder} is no folder`, 'Name the folder that holds the manifests, not a file in it.');
  const files: SourceFile[] = [];
  const waiting = [root];
  let entries = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const directory = opendirSync(next);
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
        if (++entries > MAX_ENTRIES)
          throw new Failure('ERROR', `${folder} has more than ${MAX_ENTRIES} entries`, 'Name the folder that holds the manifests.');
        const path = join(next, entry.name);
        if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') waiting.push(path);
        if (!isManifestPath(relative(root, path).split(sep).join('/'))) continue;
        if (entry.isFile() || entry.isSymbolicLink()) files.push(sourceFile(root, path, entry.isSymbolicLink()));
        if (files.length > MAX_FILES)
          throw new Failure('ERROR', `${folder} holds more than ${MAX_FILES} manifests`, 'Split them over several repositories.');
      }
    } finally {
      directory.closeSync();
    }
  }
  return { name: root, commit: ON_DISK, files: files.sort((a, b) => byText(a.path, b.path)) };
}

function sourceFile(root: string, path: string, isLink: boolean): SourceFile {
  const { size } = lstatSync(path);
  const content = isLink || size > MAX_FILE_BYTES ? new Uint8Array() : readFileSync(path);
  return {
    path: relative(root, path).split(sep).join('/'),
    id: createHash('sha256').update(content).digest('hex'),
    kind: isLink ? 'symlink' : 'file',
    size,
    content,
  };
}
