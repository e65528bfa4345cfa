// Projects for tables: files as texts, and what reading them says in one line a problem.
import { readProject } from '../../../../src/manifest/projects/compose/read.ts';
import type { ReadProject } from '../../../../src/manifest/projects/compose/project.ts';

/** Reads files by path; the first is the main one, unless `main` says which are. */
export function projectOf(
  files: Readonly<Record<string, string>>,
  more: {
    readonly main?: readonly string[];
    readonly profiles?: readonly string[];
    readonly values?: Readonly<Record<string, string>>;
  } = {},
): ReadProject {
  const { main = Object.keys(files).slice(0, 1), profiles = [], values = {} } = more;
  return readProject({
    files: main,
    open: (path) => (Object.hasOwn(files, path) ? (files[path] ?? null) : null),
    profiles,
    lookup: (name) => (Object.hasOwn(values, name) ? (values[name] ?? null) : null),
  });
}

/** `compose.yaml:3:5 bad-port`, in the order in which they were found. */
export function toldOf({ problems }: ReadProject): readonly string[] {
  return problems.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
}

/** The fields of a service called `web` that begins with an image. */
export function webOf(fields: string, top = ''): ReadProject {
  const indented = fields.split('\n').map((line) => `    ${line}`);
  return projectOf({ 'compose.yaml': `services:\n  web:\n    image: nginx\n${indented.join('\n')}\n${top}` });
}
