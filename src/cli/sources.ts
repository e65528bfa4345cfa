// Where manifests come from on the command line: a plain folder as it lies on disk, or a commit of a git repository. The daemon only ever
// reads commits; the folder is for the author, before there is one.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdtempSync, opendirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Failure } from './failure.ts';
import { MAX_FILE_BYTES, MAX_FILES, isManifestPath, isReadPath } from '../manifest/source.ts';
import { askForNamed } from '../manifest/projects/projects.ts';
import { byText } from '../std/order.ts';
import { textOf } from '../manifest/parse.ts';
import { cut } from '../std/text.ts';
import type { Stats } from 'node:fs';
import type { Log } from '../daemon/ports.ts';
import type { SourceFile } from '../manifest/source.ts';

export interface Source {
  /** For people: the folder, or the commit and its repository. */
  readonly name: string;
  /** The commit's full name; ON_DISK for a folder. */
  readonly commit: string;
  readonly files: readonly SourceFile[];
  /** What comes before the paths of the files in the repository they lie in: `manifests/`, or nothing. For what points into a repository. */
  readonly below: string;
  /** One file out of a folder, and what it names: what it refers to otherwise may stand in the others. */
  readonly isPart?: true;
}

/** Stands where a commit's name would; as long as an abbreviated one. */
const ON_DISK = 'on-disk';
/** Entries looked at before we say that this is not a folder of manifests. */
const MAX_ENTRIES = 200_000;
/** A local git answers in milliseconds; a remote repository is cloned first. */
const LOCAL_MS = 30_000;
const REMOTE_MS = 300_000;

/** More of a path is not shown. */
const MAX_SHOWN = 120;

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** A log for adapters whose errors reach the person anyway. */
export const SILENT: Log = { write: () => {} };

/**
 * The manifests below a folder (see folderSource), or one manifest, its path relative to the folder it lies in, with the files in that folder
 * and below that it names as a project (compose, ecspresso). A link given as the file stays one: the daemon would not follow it either.
 */
export function diskSource(path: string): Source {
  const file = resolve(path);
  if (!statOf(path).isFile()) return folderSource(path);
  const name = basename(file);
  if (!isManifestPath(name)) {
    const hint = 'A manifest ends in .yaml, .yml or .json and begins with no dot; name one, or the folder that holds them.';
    throw new Failure('ERROR', `${path} would not be read: ${name} is no name of a manifest`, hint);
  }
  const root = dirname(file);
  const main = sourceFile(root, file, lstatSync(file).isSymbolicLink());
  return { name: root, commit: ON_DISK, files: [main, ...namedBy(main, root)], below: belowRepository(root), isPart: true };
}

/** What a file names, as a commit would hold it: no other files are read than of a commit. */
function namedBy(main: SourceFile, root: string): readonly SourceFile[] {
  const found = new Map<string, SourceFile>();
  askForNamed(main, (path) => {
    const known = found.get(path);
    const place = join(root, path);
    const stats = known === undefined && isReadPath(path) ? lstatSync(place, { throwIfNoEntry: false }) : undefined;
    if (stats?.isFile() === true || stats?.isSymbolicLink() === true)
      found.set(path, { ...sourceFile(root, place, stats.isSymbolicLink()), isBeside: true });
    const source = found.get(path);
    return source === undefined ? null : textOf(source).text;
  });
  return [...found.values()];
}

/** The manifests below a folder, sorted by path; folders whose name begins with a dot and node_modules are left out, links not followed. */
export function folderSource(folder: string): Source {
  const root = resolve(folder);
  if (!statOf(folder).isDirectory())
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
        const isEntered = entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules';
        if (isEntered || isReadPath(entry.name)) refuseUnsafe(relative(root, path));
        if (isEntered) waiting.push(path);
        if (!isReadPath(relative(root, path).split(sep).join('/'))) continue;
        if (entry.isFile() || entry.isSymbolicLink()) files.push(sourceFile(root, path, entry.isSymbolicLink()));
        if (files.length > MAX_FILES)
          throw new Failure('ERROR', `${folder} holds more than ${MAX_FILES} manifests`, 'Split them over several repositories.');
      }
    } finally {
      directory.closeSync();
    }
  }
  return { name: root, commit: ON_DISK, files: files.sort((a, b) => byText(a.path, b.path)), below: belowRepository(root) };
}

/**
 * The manifests of a commit. `revision` is whatever git understands for a repository on this machine; for a remote one a branch, HEAD, or a
 * full commit name. A remote is mirrored into a scratch folder that is removed again.
 */
export async function commitSource(repository: string, revision: string): Promise<Source> {
  const [{ gitRepository }, { parseAddress }] = await Promise.all([
    import('../adapters/git/repository.ts'),
    import('../adapters/git/address.ts'),
  ]);
  const address = parseAddress(repository);
  const scratch = mkdtempSync(join(tmpdir(), 'longshore-plan-'));
  const isLocal = address.kind === 'local';
  const signal = AbortSignal.timeout(isLocal ? LOCAL_MS : REMOTE_MS);
  const isNamed = !isLocal && revision !== 'HEAD' && !COMMIT.test(revision);
  const reader = gitRepository({
    url: repository,
    ...(isNamed ? { branch: revision } : {}),
    once: true,
    stateFolder: scratch,
    log: SILENT,
  });
  try {
    const commit = isLocal
      ? await localCommit(address.path, revision, signal)
      : COMMIT.test(revision)
        ? revision
        : await reader.head(signal);
    if (commit === null)
      throw new Failure('ERROR', `${reader.name} has no commit yet`, 'Commit the manifests, or name a folder of them with --dir.');
    return { name: `commit ${commit.slice(0, 12)} of ${reader.name}`, commit, files: await reader.files(commit, signal), below: '' };
  } finally {
    reader.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The full name of a revision of a repository on this machine; null when HEAD has no commit yet. */
async function localCommit(folder: string, revision: string, signal: AbortSignal): Promise<string | null> {
  const { git } = await import('../adapters/git/command.ts');
  const call = { folder, subject: folder, signal, env: { GIT_CEILING_DIRECTORIES: dirname(folder) } };
  await git({ ...call, args: ['rev-parse', '--git-dir'] }); // says what is wrong with the folder, which the next one keeps to itself
  const commit = await git({ ...call, args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`] });
  if (commit !== '') return commit;
  if (revision === 'HEAD') return null;
  throw new Failure(
    'ERROR',
    `${folder} has no commit ${JSON.stringify(revision)}`,
    'Name a commit, a branch or a tag: `git log --oneline --all` lists them.',
  );
}

/** The way from the root of the repository that holds a folder to the folder, with a slash at its end; nothing where there is no repository.
 * A repository is known by its `.git`, which is a file in worktrees and submodules. */
function belowRepository(folder: string): string {
  for (let root = folder; ; root = dirname(root)) {
    if (existsSync(join(root, '.git'))) return root === folder ? '' : `${relative(root, folder).split(sep).join('/')}/`;
    if (dirname(root) === root) return '';
  }
}

/** What a commit is refused for is refused before there is one. */
function refuseUnsafe(path: string): void {
  // what is not UTF-8 in a name is read as this sign, and such a name can't be opened again
  const why = path.includes('\u{FFFD}') ? 'it is not UTF-8' : /\p{Cc}/u.test(path) ? 'it holds a control character' : null;
  if (why === null) return;
  const what = `the folder holds a path that is refused, because ${why}: ${cut(JSON.stringify(path), MAX_SHOWN)}`;
  throw new Failure('ERROR', what, 'Rename it; a commit that holds it would be refused as well.');
}

/** What a path leads to; links are followed. */
function statOf(path: string): Stats {
  try {
    return statSync(resolve(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new Failure('ERROR', `${path} does not exist`, 'Name the folder that holds the manifests.');
  }
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
