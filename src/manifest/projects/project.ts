// What a format that is made of several files gives to those that read commits: its projects, each found by its main file and read as a
// whole. How they are remembered and which stands by itself is decided in projects.ts.
import type { ChosenEnvironment } from '../environment.ts';
import type { ReadFile } from '../document.ts';
import type { SourceFile } from '../source.ts';

/** The text of a file of the commit by its path; null when there is none, or none that can be read. */
export type Open = (path: string) => string | null;

export interface ReadProject {
  readonly read: ReadFile;
  /** Files that are part of the project as wholes, the main file first. */
  readonly merged: readonly string[];
  /** Files and folders of the commit that its containers are given: see given.ts. */
  readonly given?: readonly string[];
}

export interface Project {
  /** Path of the main file; a project's key among those of its format. */
  readonly main: string;
  /** Reads the project. Pure: its files come through `open` alone, values of variables from the chosen environment. */
  readonly read: (open: Open, environment: ChosenEnvironment | null) => ReadProject;
}

/** Finds the projects of one format among the files of a commit. */
export type FindProjects = (files: ReadonlyMap<string, SourceFile>) => readonly Project[];
