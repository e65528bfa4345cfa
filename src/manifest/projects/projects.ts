// Formats that are made of several files: compose projects, ecspresso projects. A project is found by its main file and read as a whole;
// the files that it merges are its own and are not read as documents by themselves. Which files it asked for is remembered, so that a
// project whose files are unchanged is not read again.
import { ecspressoProjects } from './ecspresso.ts';
import { givenFiles } from './given.ts';
import { findComposeProjects } from './compose/format.ts';
import { textOf } from '../parse.ts';
import type { ChosenEnvironment } from '../environment.ts';
import type { Problem } from '../../model/problem.ts';
import type { FindProjects, Open, Project, ReadProject } from './project.ts';
import type { ReadFile } from '../document.ts';
import type { SourceFile } from '../source.ts';

/** In order: a file that a project of an earlier format merges is no main file of a later one. */
export const PROJECT_FORMATS: readonly FindProjects[] = [ecspressoProjects, findComposeProjects];

interface Remembered extends ReadProject {
  /** Path -> blob, null where nothing was. */
  readonly asked: ReadonlyMap<string, string | null>;
}

export type ProjectMemory = ReadonlyMap<string, Remembered>;

export interface ReadProjects {
  readonly files: readonly ReadFile[];
  /** Paths that belong to a project. */
  readonly claimed: ReadonlySet<string>;
  readonly memory: ProjectMemory;
}

/** Reads every project of a commit; `memories` hold what earlier commits gave. */
export function readProjects(
  files: ReadonlyMap<string, SourceFile>,
  environment: ChosenEnvironment | null,
  memories: readonly ProjectMemory[],
): ReadProjects {
  const memory = new Map<string, Remembered>();
  const claimed = new Set<string>();
  const read: ReadFile[] = [];
  for (const [number, find] of PROJECT_FORMATS.entries()) {
    const projects = find(counting(files)).filter(({ main }) => !claimed.has(main));
    const results = projects.map((project): Remembered => {
      const key = `${number} ${environment?.key ?? ''} ${project.main}`;
      const before = memories.flatMap((earlier) => earlier.get(key) ?? []).find((known) => isUnchanged(known, files));
      const result = before ?? readOne(project, files, environment);
      memory.set(key, result);
      return result;
    });
    for (const { merged } of results) for (const path of merged) claimed.add(path);
    const given = results.flatMap((result) => result.given ?? []);
    for (const path of givenFiles(given, files)) claimed.add(path);
    read.push(...standing(results).map((project) => project.read));
  }
  return { files: read, claimed, memory };
}

/** The files that may be the main file of a project. */
function counting(files: ReadonlyMap<string, SourceFile>): ReadonlyMap<string, SourceFile> {
  return [...files.values()].some(({ isBeside }) => isBeside === true)
    ? new Map([...files].filter(([, { isBeside }]) => isBeside !== true))
    : files;
}

/** Asks `open` for each file that the projects of a single file name, one by another (include, extends, env_file). */
export function askForNamed(file: SourceFile, open: Open): void {
  const { text } = textOf(file);
  for (const find of PROJECT_FORMATS) {
    for (const project of find(new Map([[file.path, file]]))) project.read((path) => (path === file.path ? text : open(path)), null);
  }
}

/** The projects that stand by themselves: one that another merges is part of it. Of two that merge each other the first stands. */
function standing(projects: readonly Remembered[]): readonly Remembered[] {
  const dropped = new Set<Remembered>();
  for (const [index, project] of projects.entries()) {
    const main = project.merged[0] ?? '';
    const holds = (other: Remembered, at: number): boolean =>
      other !== project &&
      !dropped.has(other) &&
      other.merged.includes(main) &&
      !(index < at && project.merged.includes(other.merged[0] ?? ''));
    if (projects.some(holds)) dropped.add(project);
  }
  return projects.filter((project) => !dropped.has(project));
}

function readOne(project: Project, files: ReadonlyMap<string, SourceFile>, environment: ChosenEnvironment | null): Remembered {
  const asked = new Map<string, string | null>();
  const problems: Problem[] = [];
  const open: Open = (path) => {
    const known = asked.has(path);
    const source = files.get(path);
    asked.set(path, source === undefined ? null : blobOf(source));
    if (source === undefined) return null;
    const { text, problem } = textOf(source);
    if (problem !== null && !known) problems.push(problem);
    return text;
  };
  const result = project.read(open, environment);
  return { ...result, read: { ...result.read, problems: [...problems, ...result.read.problems] }, asked };
}

function isUnchanged({ asked }: Remembered, files: ReadonlyMap<string, SourceFile>): boolean {
  return [...asked].every(([path, blob]) => {
    const now = files.get(path);
    return (now === undefined ? null : blobOf(now)) === blob;
  });
}

function blobOf({ kind, id }: SourceFile): string {
  return `${kind} ${id}`;
}
