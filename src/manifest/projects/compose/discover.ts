// Which files of a commit are compose projects: in each folder Compose's own choice of a main file and its override, or, where there is
// none, each compose file by itself (docker-compose.prod.yml). A compose file is known by its name, or by what is in it.
import { byText, groupBy } from '../../../std/order.ts';
import { folderOf, isComposePath } from './paths.ts';
import { isManifestPath } from '../../source.ts';
import { readProject } from './read.ts';
import { textOf } from '../../parse.ts';
import type { Lookup } from '../../text/interpolate.ts';
import type { Open } from './unit.ts';
import type { ReadProject } from './project.ts';
import type { SourceFile } from '../../source.ts';

export interface FoundProject {
  /** The main file, then its override. */
  readonly files: readonly string[];
  /** Other compose files in the folder. */
  readonly beside: readonly string[];
}

export interface ComposeProject {
  readonly main: string;
  /** Compose files of its folder that are not part of it, and no projects by themselves. */
  readonly beside: readonly string[];
  readonly read: (open: Open, lookup?: Lookup) => ReadProject;
}

/** In Compose's order. */
const MAIN = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const OVERRIDE = ['compose.override.yml', 'compose.override.yaml', 'docker-compose.override.yml', 'docker-compose.override.yaml'];

/** Whether a text says by what is in it that it is a compose file, whatever its file is called. Looks at lines only: nothing is parsed. */
export function looksLikeCompose(text: string): boolean {
  return /^services:\s*(?:[{&#].*)?$/m.test(text) && !/^(?:kind|apiVersion):/m.test(text) && SERVICE_FIELD.test(text);
}

/** Fields by which a service is known as one; whatever else is called "services" has none of them. */
const SERVICE_FIELD = /[\s{,](?:image|build|extends|container_name|depends_on|env_file|healthcheck|deploy):/;

/** The projects of a commit, each with the way to read it. */
export function composeProjects(files: ReadonlyMap<string, SourceFile>): readonly ComposeProject[] {
  const paths = [...files.values()].filter(isComposeFile).map(({ path }) => path);
  return foundProjects(paths).map((found) => ({
    main: found.files[0] ?? '',
    beside: found.beside,
    read: (open, lookup) => readFound(found, open, lookup),
  }));
}

function isComposeFile(source: SourceFile): boolean {
  const { path } = source;
  if (!isManifestPath(path) || !/\.ya?ml$/.test(path)) return false;
  const { text } = textOf(source);
  // a file that cannot be read is told as what it is called
  if (text === null) return isComposePath(path);
  return isComposePath(path) ? !/^kind:/m.test(text) : looksLikeCompose(text);
}

function readFound({ files, beside }: FoundProject, open: Open, lookup: Lookup | undefined): ReadProject {
  const folder = folderOf(files[0] ?? '');
  // asked for and not there today: when one of them is, the project is another one
  for (const name of [...MAIN, ...OVERRIDE]) open(inside(folder, name));
  return readProject({ files, beside, open, ...(lookup === undefined ? {} : { lookup }) });
}

/** The projects among the paths of compose files. */
export function foundProjects(paths: readonly string[]): FoundProject[] {
  const folders = groupBy(paths.toSorted(byText), folderOf);
  return [...folders].flatMap(([folder, files]) => {
    const first = (names: readonly string[]): string | undefined =>
      names.map((name) => inside(folder, name)).find((path) => files.includes(path));
    const main = first(MAIN);
    if (main === undefined) return files.map((file) => ({ files: [file], beside: [] }));
    const override = first(OVERRIDE);
    const own = override === undefined ? [main] : [main, override];
    return [{ files: own, beside: files.filter((file) => !own.includes(file)) }];
  });
}

function inside(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
