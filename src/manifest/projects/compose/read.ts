// The files of one compose project -> the project, or every reason why not. Pure: `open` gives the files of a commit, `lookup` the values
// of variables, and what was asked for is told, so that a project is read again only when one of these files has changed.
import { assembled, tellMissingFile } from './assemble.ts';
import { checkProject } from './check.ts';
import { documentsOf, tellMissing } from './file.ts';
import { fieldOf, itself } from './shape.ts';
import type { Fault } from './shape.ts';
import { folderOf, repositoryPath, resolvedPath } from './paths.ts';
import { joinedTexts, fileText, partAt } from '../../text/text.ts';
import { WHOLE, newUnit, openInto } from './unit.ts';
import { plainOf } from '../../text/tree.ts';
import { problemAt, problemOfFile } from '../../problem.ts';
import { scopeOf, withEnvironment, withLabels } from './environment.ts';
import { tellCircles, withDependencies } from './dependencies.ts';
import type { ComposeDocument } from './file.ts';
import type { Lookup } from '../../text/interpolate.ts';
import type { Mapping, Tree } from '../../text/tree.ts';
import type { Open, Scope, Unit } from './unit.ts';
import type { Project, ReadProject } from './project.ts';

export interface ProjectFiles {
  /** The main file, then what overrides it, in order. */
  readonly files: readonly string[];
  /** Files beside them that look like parts of the project. */
  readonly beside?: readonly string[];
  readonly open: Open;
  /** Values of variables that are known from elsewhere; they win over `.env`. */
  readonly lookup?: Lookup;
  /** Profiles that are active, beside those that the project names itself; `*` for all. */
  readonly profiles?: readonly string[];
}

const NOTHING: Mapping = { kind: 'mapping', entries: [], start: 0, end: 0 };

/** Reads a project; never throws. */
export function readProject(input: ProjectFiles): ReadProject {
  const unit = newUnit(input.open);
  const main = input.files[0] ?? '';
  const outside: Lookup = input.lookup ?? (() => null);
  // the first file opens the numbering, before the .env file beside it
  openInto(unit, main);
  const scope = scopeOf(unit, folderOf(main), withProjectName(outside, folderOf(main)));
  const documents = chosenFiles(unit, input.files, scope).flatMap((path) => documentsOf(unit, path, scope) ?? []);
  const { added, extension } = further(unit, documents, scope);
  const merged = assembled(unit, [...documents, ...added], scope, []);
  const { tree, inactive } = finished(unit, merged, scope, [...(input.profiles ?? []), ...profilesOf(extension, scope)]);
  tellUnread(unit, input, documents[0]?.tree ?? NOTHING);
  return result(unit, main, tree, inactive);
}

/** The files that COMPOSE_FILE names instead of those that were found: it stands in the .env file beside them. */
function chosenFiles(unit: Unit, found: readonly string[], scope: Scope): readonly string[] {
  const named = scope.lookup('COMPOSE_FILE');
  if (named === null || named === '') return found;
  const names = named.split(scope.lookup('COMPOSE_PATH_SEPARATOR') ?? ':').filter((name) => name !== '');
  return names.flatMap((name) => {
    const path = repositoryPath(resolvedPath(scope.folder, name));
    if (path !== null && openInto(unit, path) !== null) return [path];
    unit.broken.add(WHOLE);
    const place = unit.parts.find(({ file }) => file.path.endsWith('.env'))?.base ?? 0;
    tellMissing(
      unit,
      { kind: 'list', items: [], start: place, end: place },
      'compose-file-missing',
      'the file of COMPOSE_FILE',
      path,
      name,
    );
    return [];
  });
}

/** Compose knows the name of the project as a variable; without a `name` it is that of the folder. */
function withProjectName(lookup: Lookup, folder: string): Lookup {
  const name = folder
    .slice(folder.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '');
  return (variable) => lookup(variable) ?? (variable === 'COMPOSE_PROJECT_NAME' && name !== '' ? name : null);
}

/** The files that the project names under `x-longshore`, read. */
function further(unit: Unit, documents: readonly ComposeDocument[], scope: Scope): { added: ComposeDocument[]; extension: Tree | null } {
  const extension = documents.map(({ tree }) => fieldOf(tree, 'x-longshore')).findLast((found) => found !== null) ?? null;
  const files = extension === null ? null : fieldOf(extension, 'files');
  const added = (files?.kind === 'list' ? files.items : []).flatMap((place) => {
    const path = repositoryPath(resolvedPath(scope.folder, itself(place)));
    const found = path === null ? null : documentsOf(unit, path, scope);
    if (found === null) tellMissingFile(unit, place, path);
    return found ?? [];
  });
  return { added, extension };
}

function profilesOf(extension: Tree | null, scope: Scope): readonly string[] {
  const named = extension === null ? null : fieldOf(extension, 'profiles');
  const fromFile = (scope.lookup('COMPOSE_PROFILES') ?? '').split(',').filter((name) => name !== '');
  return [...(named?.kind === 'list' ? named.items.map(itself) : []), ...fromFile];
}

/** The merged project with everything worked out that needs the whole of it. */
function finished(
  unit: Unit,
  merged: Mapping,
  scope: Scope,
  profiles: readonly string[],
): { tree: Mapping; inactive: ReadonlySet<string> } {
  const written = fieldOf(merged, 'services');
  const all = written?.kind === 'mapping' ? written.entries : [];
  const entries = all.filter(({ value }) => isActive(value, profiles));
  const names = { active: new Set(entries.map(({ key }) => key)), inactive: new Set<string>() };
  for (const { key } of all) if (!names.active.has(key)) names.inactive.add(key);
  const worked = entries.flatMap((entry) => {
    if (entry.value.kind !== 'mapping') return [];
    const service = withLabels(unit, withEnvironment(unit, entry.value, entry.key, scope.lookup), scope.lookup);
    return [{ ...entry, value: withDependencies(unit, withoutEmpty(service), entry.key, names) }];
  });
  const services: Mapping = { kind: 'mapping', entries: worked, start: written?.start ?? 0, end: written?.end ?? 0 };
  tellCircles(unit, services);
  checkProject(unit, merged, services);
  const rest = merged.entries.filter(({ key }) => key !== 'services' && key !== 'version');
  const place = merged.entries.find(({ key }) => key === 'services')?.start ?? merged.start;
  return { tree: { ...merged, entries: [...rest, { key: 'services', start: place, value: services }] }, inactive: names.inactive };
}

function isActive(service: Tree, profiles: readonly string[]): boolean {
  const own = fieldOf(service, 'profiles');
  if (own?.kind !== 'list' || own.items.length === 0) return true;
  return profiles.includes('*') || own.items.some((item) => profiles.includes(itself(item)));
}

/** Without what has served its purpose, and fields that were only given to take away an earlier file's value. */
function withoutEmpty(service: Mapping): Mapping {
  const entries = service.entries.filter(({ key, value }) => key !== 'extends' && (value.kind !== 'scalar' || value.value !== null));
  return { ...service, entries };
}

function tellUnread(unit: Unit, input: ProjectFiles, main: Tree): void {
  for (const path of input.beside ?? []) {
    if (unit.asked.has(path)) continue;
    const message = `${path} lies beside the project and is not part of it`;
    const hint = 'name it in files of x-longshore in the main file if it is to be merged; otherwise move it to a folder of its own';
    unit.faults.push({ code: 'compose-file-unread', offset: main.start, message, hint });
  }
}

function result(unit: Unit, main: string, tree: Mapping, inactive: ReadonlySet<string>): ReadProject {
  const [first, ...behind] = unit.parts;
  const file = first === undefined ? fileText(main, '') : joinedTexts(first.file, behind);
  const problems = distinct(unit.faults).map((fault) => {
    const parsed = unit.parsed.get(partAt(file, fault.offset).file.path);
    return problemAt(file, fault.offset, fault, { exact: parsed?.faults.length === 0, secrets: unit.secrets });
  });
  const services = fieldOf(tree, 'services');
  if (problems.length === 0 && (services?.kind !== 'mapping' || services.entries.length === 0) && inactive.size === 0) {
    const emptied = '; a shell empties what it writes to (>) before anything is read: write into another folder';
    const hint = `add services:, or remove the file${file.text.trim() === '' ? emptied : ''}`;
    problems.push(problemOfFile('compose-no-services', main, 'the project has no services', hint));
  }
  const broken = new Set([...unit.broken].flatMap((name) => (name.startsWith('services.') ? [name.slice('services.'.length)] : [])));
  // the shapes have brought the tree into this form
  const project = plainOf(tree) as Project;
  const { secrets, unset } = unit;
  const unread = unit.broken.has(WHOLE) || unit.broken.has('services');
  return { project, tree, file, secrets, unset, problems, broken, unread, inactive, asked: [...unit.asked], merged: [...unit.merged] };
}

/** Each fault once: a file that is included twice, or a value behind two aliases, is wrong once. A variable that keeps a value from
 * being read is not told to be missing as well. */
function distinct(faults: readonly Fault[]): Fault[] {
  const needed = new Set(faults.flatMap(({ code, variable }) => (code === 'variable-needed' && variable !== undefined ? [variable] : [])));
  const told = faults.filter(({ code, variable }) => code !== 'variable-unset' || !needed.has(variable ?? ''));
  return [...new Map(told.map((fault) => [`${fault.offset} ${fault.code} ${fault.message}`, fault])).values()];
}
