// The Repository port over git: the head of a branch and the blobs of a commit, from a folder of this machine or from a mirror of a
// remote. Three commands a commit: rev-parse, ls-tree, and one cat-file for all contents.
// Deliberately absent: the working tree, tags, submodules and symbolic links (listed, never followed), and any write to a repository.
import { resolve } from 'node:path';
import type { Log, Repository } from '../../daemon/ports.ts';
import type { SourceFile } from '../../manifest/source.ts';
import { sortedBy } from '../../std/order.ts';
import { SECOND } from '../../std/time.ts';
import { parseAddress } from './address.ts';
import { blobReader } from './blobs.ts';
import { gitStream } from './command.ts';
import { RepositoryError } from './errors.ts';
import { localPlace } from './local.ts';
import { checkBranch } from './place.ts';
import type { Place } from './place.ts';
import { remotePlace } from './remote.ts';
import { isRead, treeReader } from './tree.ts';
import type { TreeEntry } from './tree.ts';

export interface RepositoryOptions {
  /** A path, or a URL (see parseAddress). */
  readonly url: string;
  /** Default: the branch that HEAD names when the head is first read; it is followed when HEAD moves on. A detached HEAD is refused. */
  readonly branch?: string;
  /** The head is read once and not followed, as for a plan: without a branch it is HEAD's commit, detached or not. Default: false. */
  readonly once?: boolean;
  /** Holds the mirror of a remote; unused for a local path. */
  readonly stateFolder: string;
  /** How often a remote is asked; default 15 s. A local path is watched. */
  readonly pollMs?: number;
  /** The slow look at a local path beside its file events; default 30 s. */
  readonly safetyPollMs?: number;
  /** Only this folder of the repository; paths of files keep it. */
  readonly path?: string;
  readonly log: Log;
}

/** A repository, touched when it is first asked. Throws RepositoryError bad-option; its promises reject with RepositoryError. */
export function gitRepository(options: RepositoryOptions): Repository {
  const address = parseAddress(options.url);
  const branch = options.branch ?? null;
  if (branch !== null) checkBranch(branch);
  const folder = options.path === undefined ? null : checkFolder(options.path);
  const { log, once = false } = options;
  const shown = address.kind === 'local' ? address.path : address.shown;
  const place =
    address.kind === 'local'
      ? localPlace({ path: address.path, branch, once, safetyPollMs: options.safetyPollMs ?? 30 * SECOND, log })
      : remotePlace({ address, branch, once, stateFolder: resolve(options.stateFolder), pollMs: options.pollMs ?? 15 * SECOND, log });
  // The form that builders of images use: repository#branch:folder.
  const nameWith = (shownBranch: string | null): string =>
    shown + (shownBranch === null && folder === null ? '' : `#${shownBranch ?? ''}`) + (folder === null ? '' : `:${folder}`);
  return {
    key: nameWith(branch),
    get name() {
      return nameWith(place.branch());
    },
    head: (signal) => place.head(signal),
    files: async (commit, signal) => {
      if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
        throw new RepositoryError(
          'bad-option',
          `${JSON.stringify(commit.slice(0, 80))} is no commit id`,
          'Give all 40 or 64 hexadecimal digits.',
        );
      }
      try {
        return await readFiles(place, shown, commit, folder, signal);
      } catch (error) {
        if (!(error instanceof RepositoryError) || !(await place.repair(commit, error, signal))) throw error;
        return readFiles(place, shown, commit, folder, signal);
      }
    },
    watch: (changed) => place.watch(changed),
    close: () => place.close(),
  };
}

async function readFiles(
  place: Place,
  subject: string,
  commit: string,
  under: string | null,
  signal: AbortSignal,
): Promise<readonly SourceFile[]> {
  const folder = await place.folder(signal);
  const call = { folder, subject, signal, env: place.env };
  const tree = treeReader();
  const list = ['ls-tree', '-r', '-z', '-l', '--full-tree', commit, ...(under === null ? [] : ['--', under])];
  await gitStream({ ...call, args: list }, '', tree.take);
  const entries = tree.end();
  if (under !== null && entries.length === 0) throw pathMissing(subject, commit, under);

  // The same content under two names is read once, and shared.
  const ids = [...new Set(entries.filter((entry) => isRead(entry) && entry.size > 0).map((entry) => entry.id))];
  const blobs = blobReader(ids.length);
  if (ids.length > 0) await gitStream({ ...call, args: ['cat-file', '--batch', '--buffer'] }, `${ids.join('\n')}\n`, blobs.take);
  const contents = blobs.end();
  return sortedBy(
    entries.map((entry) => sourceFile(entry, contents)),
    (file) => file.path,
  );
}

const EMPTY = new Uint8Array(0);

function sourceFile(entry: TreeEntry, contents: ReadonlyMap<string, Uint8Array>): SourceFile {
  return { ...entry, content: isRead(entry) ? (contents.get(entry.id) ?? EMPTY) : EMPTY };
}

/** A folder inside the repository, with forward slashes and nothing that leads elsewhere; '' and '.' are the whole of it. */
function checkFolder(path: string): string | null {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  if (path.startsWith('/') || parts.includes('..') || /[\u0000-\u001f\u007f]/.test(path)) {
    throw new RepositoryError(
      'bad-option',
      `${JSON.stringify(path)} is no folder inside a repository`,
      'Give it relative to the repository, such as fleet/prod.',
    );
  }
  return parts.length === 0 ? null : parts.join('/');
}

/** An empty answer would read as "nothing is declared any more". */
function pathMissing(subject: string, commit: string, under: string): RepositoryError {
  return new RepositoryError(
    'path-missing',
    `${subject}: commit ${commit.slice(0, 12)} has no manifest under ${under}`,
    'Check the folder. To remove everything, leave one manifest (the cluster) in it.',
  );
}
