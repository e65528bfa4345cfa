// Files -> one project: documents are merged in order, what they include is brought in below their own, and services take what they
// extend. Of one name in an included file and in the file that includes it, the including file's fields win, as in Compose.
import { SECTIONS, project } from './project-shape.ts';
import { MAX_PROJECT_FILES, WHOLE, counted } from './unit.ts';
import { documentsOf, tellMissing } from './file.ts';
import { emptiedAt, pathsBelow } from './tags.ts';
import { fieldOf, itself, joined, scalarOf, valued } from './shape.ts';
import { folderOf, repositoryPath, resolvedPath } from './paths.ts';
import { scopeOf } from './environment.ts';
import { withExtended } from './extends.ts';
import type { ComposeDocument } from './file.ts';
import type { Lookup } from '../../text/interpolate.ts';
import type { Mapping, Tree } from '../../text/tree.ts';
import type { Scope, Unit } from './unit.ts';

const EMPTY: Mapping = { kind: 'mapping', entries: [], start: 0, end: 0 };
/** Includes inside includes; Compose's own users stop at three. */
const MAX_INCLUDE_DEPTH = 20;

/** The files of a project, or of one that is included, as one tree. `trail`: the files that led here by including. */
export function assembled(unit: Unit, files: readonly ComposeDocument[], scope: Scope, trail: readonly string[]): Mapping {
  let merged = EMPTY;
  for (const document of files) merged = withDocument(unit, merged, document, scope, trail);
  return merged;
}

function withDocument(unit: Unit, before: Mapping, document: ComposeDocument, scope: Scope, trail: readonly string[]): Mapping {
  const { emptied, path } = document;
  let tree: Mapping = { ...document.tree, entries: document.tree.entries.filter(({ key }) => key !== 'include') };
  const includes = fieldOf(document.tree, 'include');
  for (const include of includes?.kind === 'list' ? includes.items : []) {
    const included = assembledInclude(unit, include, scope, [...trail, path]);
    if (included !== null) tree = imported(tree, included, document);
  }
  const services = fieldOf(tree, 'services');
  if (services?.kind === 'mapping') tree = withSection(tree, 'services', withExtended(unit, services, emptied, path, scope));
  const earlier = emptiedAt(before, emptied);
  const merged = earlier.kind === 'mapping' && earlier.entries.length > 0 ? project.merge(earlier, tree) : tree;
  return merged.kind === 'mapping' && counted(unit, merged) ? merged : before;
}

function withSection(tree: Mapping, key: string, value: Tree): Mapping {
  return { ...tree, entries: tree.entries.map((entry) => (entry.key === key ? { ...entry, value } : entry)) };
}

/** A tree with the things of an included project below its own. */
function imported(tree: Mapping, included: Mapping, { emptied }: ComposeDocument): Mapping {
  let here = tree;
  for (const [key, shape] of Object.entries(SECTIONS)) {
    const theirs = included.entries.find((entry) => entry.key === key);
    if (theirs === undefined) continue;
    const own = fieldOf(here, key);
    if (own === null) here = { ...here, entries: [...here.entries, theirs] };
    else
      here = withSection(
        here,
        key,
        joined(emptiedAt(theirs.value, pathsBelow(emptied, [key])), own, (_, a, b) => shape.merge(a, b)),
      );
  }
  return here;
}

/** The project that an entry of `include` stands for; null when its first file is not there, which is told. */
function assembledInclude(unit: Unit, include: Tree, scope: Scope, trail: readonly string[]): Mapping | null {
  const written = fieldOf(include, 'path');
  const places = written?.kind === 'list' ? written.items : written === null ? [] : [written];
  const paths = places.map((place) => repositoryPath(resolvedPath(scope.folder, itself(place))));
  const [main] = paths;
  if (main === undefined) {
    unit.faults.push({ code: 'missing-field', offset: include.start, message: 'an include has no path', hint: 'add path' });
    return null;
  }
  if (main !== null && (trail.includes(main) || trail.length > MAX_INCLUDE_DEPTH)) {
    const message = `files include each other: ${[...trail, main].join(' -> ')}`;
    unit.faults.push({ code: 'compose-loop', offset: include.start, message, hint: 'remove one of the includes' });
    return null;
  }
  const directory = scalarOf(include, 'project_directory');
  const folder = directory === null ? folderOf(main ?? '') : (repositoryPath(resolvedPath(scope.folder, String(directory))) ?? '');
  const files = fieldOf(include, 'env_file');
  const inside = scopeOf(unit, folder, scope.lookup, files?.kind === 'list' ? { files: files.items, folder: scope.folder } : null);
  const documents = places.map((place, index) => {
    const path = paths[index] ?? null;
    const found = path === null ? null : documentsOf(unit, path, inside);
    if (found === null) tellMissingFile(unit, place, path);
    return found;
  });
  if (documents[0] === null) return null;
  const found = documents.flatMap((document) => document ?? []);
  return resolvedNames(assembled(unit, found, inside, trail), inside.lookup);
}

/** Names without a value in environments take the one that is known where they were included from; the others stay open. */
function resolvedNames(tree: Mapping, lookup: Lookup): Mapping {
  const services = fieldOf(tree, 'services');
  if (services?.kind !== 'mapping') return tree;
  const entries = services.entries.map((entry) => {
    const environment = fieldOf(entry.value, 'environment');
    if (environment?.kind !== 'mapping' || entry.value.kind !== 'mapping') return entry;
    const known = environment.entries.map((variable) => {
      const empty = variable.value.kind === 'scalar' && variable.value.value === null;
      return empty ? { ...variable, value: valued(variable.value, lookup(variable.key)) } : variable;
    });
    return { ...entry, value: withSection(entry.value, 'environment', { ...environment, entries: known }) };
  });
  return withSection(tree, 'services', { ...services, entries });
}

/** Tells that a compose file is not there, or one too many. */
export function tellMissingFile(unit: Unit, place: Tree, path: string | null): void {
  unit.broken.add(WHOLE);
  if (unit.parts.length < MAX_PROJECT_FILES) {
    tellMissing(unit, place, 'compose-file-missing', 'the file', path, itself(place));
    return;
  }
  const message = `the project has more than ${MAX_PROJECT_FILES} files`;
  unit.faults.push({ code: 'compose-too-large', offset: place.start, message, hint: 'split the project into several' });
}
