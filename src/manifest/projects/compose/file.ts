// One compose file of a project -> its documents: parsed, with variables replaced and tags taken out, and read by the project's shape.
import { COMPOSE_TAGS, untagged } from './tags.ts';
import { WARNINGS } from '../../codes.ts';
import { WHOLE, counted, openInto } from './unit.ts';
import { fieldOf } from './shape.ts';
import { isReadPath } from '../../source.ts';
import { filled } from './variables.ts';
import { parseLoosely } from './quotes.ts';
import { project } from './project-shape.ts';
import { secretRanges } from '../../text/secrets.ts';
import type { Mapping, Path, Tree } from '../../text/tree.ts';
import type { Reading } from './shape.ts';
import type { Scope, Unit } from './unit.ts';

/** A document with what it empties in those before it. */
export interface ComposeDocument {
  readonly tree: Mapping;
  readonly emptied: readonly Path[];
  readonly path: string;
}

const STYLE = { tags: COMPOSE_TAGS, plainKeys: true };

/** The documents of a file as they stand there, with variables replaced; null when there is no such file. */
export function writtenDocuments(unit: Unit, path: string, scope: Scope, warns: boolean): readonly ComposeDocument[] | null {
  const part = openInto(unit, path);
  if (part === null) return null;
  const { base, file } = part;
  const parsed = unit.parsed.get(path) ?? parseLoosely(file.text, STYLE);
  unit.parsed.set(path, parsed);
  unit.faults.push(...parsed.faults.map((fault) => ({ ...fault, offset: fault.offset + base })));
  return parsed.documents.flatMap((document) => {
    const { tree, emptied } = untagged(document, parsed.tags);
    if (tree === null) return [];
    const whole = filled(unit, tree, { text: file.text, base }, scope.lookup, warns);
    unit.secrets.push(...secretRanges(whole));
    if (!counted(unit, whole)) return [];
    if (whole.kind === 'mapping') return [{ tree: whole, emptied, path }];
    const message = `the document is a ${whole.kind === 'list' ? 'list' : 'single value'}, not a mapping`;
    unit.faults.push({ code: 'not-a-mapping', offset: whole.start, message, hint: 'begin the file with "services:"' });
    return [];
  });
}

/** The documents of a file, read: every short form written out, and what is wrong with them told. */
export function documentsOf(unit: Unit, path: string, scope: Scope): readonly ComposeDocument[] | null {
  const before = unit.faults.length;
  const written = writtenDocuments(unit, path, scope, true);
  if (written === null) return null;
  unit.merged.add(path);
  if (written.length === 0 && unit.faults.slice(before).some(({ code }) => !WARNINGS.has(code))) unit.broken.add(WHOLE);
  return written.flatMap((document) => {
    if (isVersionOne(unit, document.tree)) return [];
    const tree = project.read(document.tree, '', readingOf(unit, scope, unit.broken));
    markBroken(unit, document.tree, before);
    return tree?.kind === 'mapping' ? [{ ...document, tree }] : [];
  });
}

/** What the shapes are told while they read. */
export function readingOf({ unset, faults, room }: Unit, { folder }: Scope, broken: Set<string>): Reading {
  return { folder, unset, faults, room, broken };
}

/** Services with a variable that cannot be replaced: that was told before their fields were read. */
function markBroken(unit: Unit, tree: Mapping, from: number): void {
  const errors = unit.faults.slice(from).filter(({ code }) => code === 'bad-variable' || code === 'variable-required');
  const services = errors.length === 0 ? null : fieldOf(tree, 'services');
  for (const { key, start, value } of services?.kind === 'mapping' ? services.entries : []) {
    if (errors.some(({ offset }) => start <= offset && offset <= value.end)) unit.broken.add(`services.${key}`);
  }
}

/** Whether services stand at the top level, as they did before 2016; told when they do. */
function isVersionOne(unit: Unit, tree: Mapping): boolean {
  if (['services', 'include', 'version'].some((key) => fieldOf(tree, key) !== null)) return false;
  const looks = (value: Tree): boolean => ['image', 'build'].some((key) => fieldOf(value, key) !== null);
  const first = tree.entries.find((entry) => !entry.key.startsWith('x-') && looks(entry.value));
  if (first === undefined) return false;
  const message = `the service "${first.key}" stands at the top level, as in the first version of compose files`;
  unit.broken.add(WHOLE);
  const hint = 'put "services:" above all services and indent them below it; links and volumes_from still work';
  unit.faults.push({ code: 'compose-version-1', offset: first.start, message, hint });
  return true;
}

/** What is called otherwise may be there: of a commit only some files are looked at. */
const NAME_HINTS = {
  env: 'call the file NAME.env or .env.NAME, in a folder without a dot before its name: no other files of variables are read',
  yaml: 'call the file NAME.yaml or NAME.yml, in a folder without a dot before its name: no other manifests are read',
} as const;

/** An env file is often kept out of a repository on purpose. */
const MISSING_HINTS = {
  env: 'commit the file without secrets, mend its path, or let it be missing: { path: ..., required: false }',
  other: 'commit the file, or mend its path: a path is relative to the folder of the project',
} as const;

/** Tells of a file that is named and not there. */
export function tellMissing(
  unit: Unit,
  place: Tree,
  code: 'compose-file-missing' | 'env-file-missing',
  what: string,
  path: string | null,
  written: string,
): void {
  const reason = path === null ? 'does not lie in the repository' : isReadPath(path) ? 'is not in the repository' : 'is none that is read';
  const message = `${what} "${path ?? written}" ${reason}`;
  const hint =
    path === null
      ? 'copy the file into the repository and name it by a relative path; nothing is read from elsewhere'
      : isReadPath(path)
        ? MISSING_HINTS[what === 'the env file' ? 'env' : 'other']
        : NAME_HINTS[code === 'env-file-missing' ? 'env' : 'yaml'];
  unit.faults.push({ code, offset: place.kind === 'scalar' ? (place.text ?? place.start) : place.start, message, hint });
}
