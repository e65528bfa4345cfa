// Which files of a commit are compose projects: in each folder Compose's own choice of a main file and its override, or, where there is
// none, each file that is called like one by itself (docker-compose.prod.yml).
import { byText, groupBy } from '../../std/order.ts';
import { fieldOf } from './shape.ts';
import { folderOf } from './paths.ts';
import type { Tree } from '../tree.ts';

export interface FoundProject {
  /** The main file, then its override. */
  readonly files: readonly string[];
  /** Other files in the folder that are called like compose files. */
  readonly beside: readonly string[];
}

/** In Compose's order. */
const MAIN = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const OVERRIDE = ['compose.override.yml', 'compose.override.yaml', 'docker-compose.override.yml', 'docker-compose.override.yaml'];

/** Whether a file is called like a compose file. */
export function isComposePath(path: string): boolean {
  return /^(?:docker-)?compose(?:[.\-_][^/]*)?\.ya?ml$/.test(path.slice(path.lastIndexOf('/') + 1));
}

/** Fields by which a service is known as one; whatever else is called "services" has none of them. */
const SERVICE_FIELDS = [
  'image',
  'build',
  'extends',
  'command',
  'environment',
  'env_file',
  'ports',
  'volumes',
  'depends_on',
  'deploy',
  'networks',
];

/** Whether a document says by what is in it that it is a compose file, whatever its file is called. */
export function looksLikeCompose(tree: Tree): boolean {
  if (tree.kind !== 'mapping' || fieldOf(tree, 'kind') !== null || fieldOf(tree, 'apiVersion') !== null) return false;
  const services = fieldOf(tree, 'services');
  if (services?.kind !== 'mapping') return false;
  return services.entries.some(({ value }) => SERVICE_FIELDS.some((field) => fieldOf(value, field) !== null));
}

/** The projects of a commit, by the paths of its files. */
export function foundProjects(paths: readonly string[]): FoundProject[] {
  const folders = groupBy(paths.filter(isComposePath).toSorted(byText), folderOf);
  return [...folders].flatMap(([folder, files]) => {
    const inside = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
    const main = MAIN.map(inside).find((path) => files.includes(path));
    if (main === undefined) return files.map((file) => ({ files: [file], beside: [] }));
    const override = OVERRIDE.map(inside).find((path) => files.includes(path));
    const own = override === undefined ? [main] : [main, override];
    return [{ files: own, beside: files.filter((file) => !own.includes(file)) }];
  });
}

/** The projects that stand by themselves: one that another includes is deployed as part of it. Of two that include each other the first
 * stands. */
export function standingProjects<T extends { readonly merged: readonly string[] }>(projects: readonly T[]): T[] {
  const dropped = new Set<T>();
  for (const [index, project] of projects.entries()) {
    const main = project.merged[0] ?? '';
    const holds = (other: T, at: number): boolean =>
      other !== project &&
      !dropped.has(other) &&
      other.merged.includes(main) &&
      !(index < at && project.merged.includes(other.merged[0] ?? ''));
    if (projects.some(holds)) dropped.add(project);
  }
  return projects.filter((project) => !dropped.has(project));
}
