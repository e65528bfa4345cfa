// Formats that are made of several files: compose projects, ecspresso projects. A project is found by its main file and read as a whole;
// the files that it opens are its own and are not read as documents by themselves. What was opened is remembered, so that a project whose
// files are unchanged is not read again.
import type { ParsedFile } from './parse.ts';
import type { ReadFile } from './document.ts';

/** A file of the commit by its path; null when the commit has none there. */
export type Open = (path: string) => ParsedFile | null;

export interface Project {
  /** Path of the main file; a project's key. */
  readonly main: string;
  /** Reads the project. Whatever it opens belongs to it. */
  readonly read: (open: Open) => ReadFile;
}

/** Finds the projects of one format among the files of a commit. */
export type FindProjects = (files: ReadonlyMap<string, ParsedFile>) => readonly Project[];

/** In order: a file that a project of an earlier format has opened is no main file of a later one. */
export const PROJECT_FORMATS: readonly FindProjects[] = [];

interface Remembered {
  readonly read: ReadFile;
  /** Path -> blob, null where nothing was. */
  readonly opened: ReadonlyMap<string, string | null>;
}

export type ProjectMemory = ReadonlyMap<string, Remembered>;

export interface ReadProjects {
  readonly files: readonly ReadFile[];
  /** Paths that belong to a project. */
  readonly claimed: ReadonlySet<string>;
  readonly memory: ProjectMemory;
}

/** Reads every project of a commit; `memories` hold what earlier commits gave. */
export function readProjects(files: ReadonlyMap<string, ParsedFile>, memories: readonly ProjectMemory[]): ReadProjects {
  const memory = new Map<string, Remembered>();
  const claimed = new Set<string>();
  for (const [number, find] of PROJECT_FORMATS.entries()) {
    const projects = find(files).filter(({ main }) => !claimed.has(main));
    for (const project of projects) {
      const key = `${number} ${project.main}`;
      const before = memories.flatMap((earlier) => earlier.get(key) ?? []).find((known) => isUnchanged(known, files));
      memory.set(key, before ?? opened(project, files));
    }
    for (const project of projects) for (const path of memory.get(`${number} ${project.main}`)?.opened.keys() ?? []) claimed.add(path);
  }
  return { files: [...memory.values()].map(({ read }) => read), claimed, memory };
}

function opened(project: Project, files: ReadonlyMap<string, ParsedFile>): Remembered {
  const paths = new Map<string, string | null>();
  const open: Open = (path) => {
    const found = files.get(path) ?? null;
    paths.set(path, found === null ? null : blobOf(found));
    return found;
  };
  return { read: project.read(open), opened: paths };
}

function isUnchanged({ opened: paths }: Remembered, files: ReadonlyMap<string, ParsedFile>): boolean {
  return [...paths].every(([path, blob]) => {
    const now = files.get(path);
    return (now === undefined ? null : blobOf(now)) === blob;
  });
}

function blobOf({ source }: ParsedFile): string {
  return `${source.kind} ${source.id}`;
}
