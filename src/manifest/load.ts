// The files of one commit -> the desired state, or every reason why not. The only way from text to DesiredState.
// Nothing is read here and nothing throws: blobs come in, problems go out. An error anywhere keeps the whole commit from being used.
import { DEPLOYING_ERRORS } from './codes.ts';
import { MAX_FILES, isManifestPath } from './source.ts';
import { byText, sortedBy } from '../std/order.ts';
import { problemOfFile } from './problem.ts';
import { chooseEnvironment, environmentFiles } from './environment.ts';
import { readFile } from './document.ts';
import { readProjects } from './projects/projects.ts';
import { resolve } from './commit/resolve.ts';
import type { ChosenEnvironment } from './environment.ts';
import type { DesiredState } from '../model/turn/desired.ts';
import type { Problem } from '../model/problem.ts';
import type { ProjectMemory } from './projects/projects.ts';
import type { ReadFile, Resource } from './document.ts';
import type { SourceFile } from './source.ts';

export interface Loaded {
  /** Null as soon as one problem is an error. */
  readonly desired: DesiredState | null;
  /** What could be read, also beside errors. */
  readonly resources: readonly Resource[];
  /** Sorted by place; at most MAX_PROBLEMS. */
  readonly problems: readonly Problem[];
}

export type Load = (files: readonly SourceFile[], commit: string) => Loaded;

/** More problems than a person reads; the last one says how many are left out. */
export const MAX_PROBLEMS = 200;
/** All manifests of a commit together: parsing takes about a second per MiB the first time. */
export const MAX_TOTAL_BYTES = 33_554_432;

export interface LoadOptions {
  /** Whether what is loaded will run, or is planned to: what this version would not act on is an error then, and a warning otherwise. */
  readonly deploys: boolean;
  /** Name of the environment whose variables and overlays count. */
  readonly environment?: string | null;
  /** What comes before the paths of the files in the repository they lie in, where a folder of it is read alone: `manifests/`. */
  readonly below?: string;
}

/** Reads all files anew. For a single commit; what reads many commits makes itself a loader. */
export function load(files: readonly SourceFile[], commit: string, options: LoadOptions = { deploys: true }): Loaded {
  return createLoader(options)(files, commit);
}

/** What was read of a commit, by what it was read of. */
interface Memory {
  readonly files: ReadonlyMap<string, ReadFile>;
  readonly projects: ProjectMemory;
}

/** A load that does not read again what it read in one of the last two commits: plans go back and forth between a base and a head.
 * What is kept is bounded by two commits' worth of manifests. */
export function createLoader(options: LoadOptions = { deploys: true }): Load {
  let last: Memory = { files: new Map(), projects: new Map() };
  let earlier = last;
  return (files, commit) => {
    const all = sortedBy(files, (file) => file.path);
    const manifests = all.filter((file) => file.isBeside !== true && isManifestPath(file.path));
    const refused = refusalOf(manifests);
    if (refused !== null) return { desired: null, resources: [], problems: [refused] };
    const environments = environmentFiles(all);
    const { environment, problems } = chooseEnvironment(environments, options.environment ?? null);
    const projects = readProjects(new Map(all.map((file) => [file.path, file])), environment, [last.projects, earlier.projects]);
    const used = new Map<string, ReadFile>();
    const alone = manifests.filter((file) => !projects.claimed.has(file.path));
    const read = alone.map((file) => {
      const key = `${file.kind} ${file.id} ${file.path} ${environment?.key ?? ''}`;
      const isEnvironment = [...environments.values()].includes(file);
      const result = last.files.get(key) ?? earlier.files.get(key) ?? readFile(file, environment, isEnvironment);
      used.set(key, result);
      return result;
    });
    earlier = last;
    last = { files: used, projects: projects.memory };
    const paths = new Set(all.flatMap(({ kind, path }) => (kind === 'file' ? [path] : [])));
    return loaded([...read, ...projects.files], commit, { ...options, paths }, environment, problems);
  };
}

function refusalOf(manifests: readonly SourceFile[]): Problem | null {
  if (manifests.length > MAX_FILES) {
    const message = `the commit holds ${manifests.length} manifests; at most ${MAX_FILES} are read`;
    return problemOfFile('too-many-files', '', message, 'watch a repository that holds the manifests only');
  }
  const bytes = manifests.reduce((sum, file) => sum + file.content.length, 0);
  if (bytes <= MAX_TOTAL_BYTES) return null;
  const message = `the manifests of the commit have ${bytes} bytes together; at most ${MAX_TOTAL_BYTES} are read`;
  return problemOfFile('too-many-bytes', '', message, 'watch a repository that holds the manifests only');
}

function loaded(
  files: readonly ReadFile[],
  commit: string,
  { deploys, below = '', paths }: LoadOptions & { readonly paths: ReadonlySet<string> },
  environment: ChosenEnvironment | null,
  found: readonly Problem[],
): Loaded {
  const { desired, problems } = resolve(files, commit, environment, { paths, below });
  const all = [...found, ...files.flatMap((file) => file.problems), ...problems].map((problem) =>
    deploys ? asDeployed(problem) : problem,
  );
  const resources = once(files.flatMap((file) => file.resources));
  // Warnings about files that declare nothing are no reason to take an empty commit for one that removes everything.
  const nothing = all.length === 0 || (deploys && all.every(({ severity }) => severity === 'warning'));
  if (nothing && resources.length === 0) {
    const hint = 'add a YAML document with a kind; to stop a service, set its desiredCount to 0';
    all.push(problemOfFile('no-manifest', '', 'there is no manifest, so nothing is declared', hint));
  }
  const failed = all.some((problem) => problem.severity === 'error');
  return { desired: failed ? null : desired, resources, problems: limited(inOrder(all)) };
}

/** Two projects may share a file: what it defines is one thing. */
function once(resources: readonly Resource[]): readonly Resource[] {
  return [
    ...new Map(
      resources.map((resource) => [`${resource.kind} ${resource.identity} ${resource.tree.start} ${resource.file.path}`, resource]),
    ).values(),
  ];
}

function asDeployed(problem: Problem): Problem {
  return DEPLOYING_ERRORS.has(problem.code) ? { ...problem, severity: 'error' } : problem;
}

/** Sorted by place, each problem once: a value behind several aliases is one value. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const once = new Map(problems.map((problem) => [keyOf(problem), problem]));
  return [...once.values()].sort(
    (a, b) => byText(a.file, b.file) || a.line - b.line || a.column - b.column || byText(a.code, b.code) || byText(a.message, b.message),
  );
}

function keyOf(problem: Problem): string {
  return [problem.file, problem.line, problem.column, problem.code, problem.message].join('\n');
}

function limited(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MAX_PROBLEMS) return problems;
  // an error among more warnings than are shown would be told by nothing but its absence
  const isError = ({ severity }: Problem): boolean => severity === 'error';
  const first = [...problems.filter(isError), ...problems.filter((problem) => !isError(problem))].slice(0, MAX_PROBLEMS - 1);
  const kept = new Set(first);
  const shown = problems.filter((problem) => kept.has(problem));
  const rest = problems.filter((problem) => !kept.has(problem));
  const severity = rest.some(isError) ? 'error' : 'warning';
  const last = problemOfFile(
    'too-many-problems',
    '',
    `at least ${rest.length} further problems are not shown`,
    'mend the ones above first',
  );
  return [...shown, { ...last, severity }];
}
