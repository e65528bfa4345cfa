// `extends`: a service begins as another one, of the same file or of another, and its own fields are merged over it. Of another file
// only the service that is asked for is read. Chains are followed; a circle is told once, where it closes.
import { SECTIONS } from './project-shape.ts';
import { counted, isLost } from './unit.ts';
import { emptiedAt, pathsBelow } from './tags.ts';
import { fieldOf, scalarOf } from './shape.ts';
import { folderOf, isComposePath, repositoryPath } from './paths.ts';
import { nearest } from '../../../std/text.ts';
import { readingOf, tellMissing, writtenDocuments } from './file.ts';
import type { Base, Extended, Scope, Unit } from './unit.ts';
import type { Mapping, Path, Tree } from '../../text/tree.ts';

/** Services of one chain; people write three or four. */
const MAX_CHAIN = 50;

/** Where a service is looked for. */
interface Place {
  readonly unit: Unit;
  readonly scope: Scope;
  readonly path: string;
  /** The service as it is read, before what it extends. */
  readonly own: (name: string) => { readonly tree: Tree; readonly emptied: readonly Path[]; readonly broken: boolean } | null;
  readonly names: () => Iterable<string>;
  readonly done: Map<string, Extended>;
}

/** The services of a document, each with what it extends. */
export function withExtended(unit: Unit, services: Mapping, emptied: readonly Path[], path: string, scope: Scope): Mapping {
  const trees = new Map(services.entries.map((entry) => [entry.key, entry.value]));
  const place: Place = {
    unit,
    scope,
    path,
    own: (name) => {
      const tree = trees.get(name);
      return tree === undefined
        ? null
        : { tree, emptied: pathsBelow(emptied, ['services', name]), broken: unit.broken.has(`services.${name}`) };
    },
    names: () => trees.keys(),
    done: new Map(),
  };
  const entries = services.entries.map((entry) => {
    const extended = extendedService(place, entry.key, []);
    if (extended?.broken === true) unit.broken.add(`services.${entry.key}`);
    return extended === null ? entry : { ...entry, value: extended.tree };
  });
  return { ...services, entries };
}

/** A service with what it extends; null when there is no such service. */
function extendedService(place: Place, name: string, chain: readonly string[]): Extended | null {
  const known = place.done.get(name);
  if (known !== undefined) return known;
  const own = place.own(name);
  if (own === null) return null;
  const reference = fieldOf(own.tree, 'extends');
  const base = reference === null ? null : baseOf(place, name, reference, chain);
  const result = { tree: base === null ? own.tree : over(place.unit, base.tree, own), broken: own.broken || base?.broken === true };
  place.done.set(name, result);
  return result;
}

function over(unit: Unit, base: Tree, own: { readonly tree: Tree; readonly emptied: readonly Path[] }): Tree {
  const merged = SECTIONS.services.merge(emptiedAt(base, own.emptied), own.tree);
  return counted(unit, merged) ? merged : own.tree;
}

/** What a service extends, without its own `extends`. Null when it extends nothing that exists, which is told. */
function baseOf(place: Place, name: string, reference: Tree, chain: readonly string[]): Extended | null {
  const { unit, path } = place;
  const broken: Extended = { tree: { kind: 'mapping', entries: [], start: reference.start, end: reference.end }, broken: true };
  const service = String(scalarOf(reference, 'service'));
  const file = fieldOf(reference, 'file');
  const there = file === null ? place : placeOfFile(place, file);
  if (there === null) return broken;
  const links = [...chain, `${path} ${name}`];
  const offset = fieldOf(reference, 'service')?.start ?? reference.start;
  if (links.length > MAX_CHAIN) {
    const message = `a chain of more than ${MAX_CHAIN} services that extend each other`;
    unit.faults.push({ code: 'compose-too-large', offset, message, hint: 'let services extend one that stands by itself' });
    return broken;
  }
  if (links.includes(`${there.path} ${service}`)) {
    const names = [...links.map((link) => link.slice(link.lastIndexOf(' ') + 1)), service].join(' -> ');
    unit.faults.push({
      code: 'compose-loop',
      offset,
      message: `services extend each other: ${names}`,
      hint: 'let one of them stand by itself',
    });
    return broken;
  }
  const found = extendedService(there, service, links);
  if (found === null) {
    if (isLost(unit, 'services', service)) return broken;
    const meant = nearest(service, there.names());
    const hint = meant === null ? `services there: ${[...there.names()].slice(0, 20).join(', ')}` : `did you mean ${meant}?`;
    unit.faults.push({
      code: 'undefined-service',
      offset,
      message: `services.${name} extends "${service}", which ${there.path} does not define`,
      hint,
    });
    return broken;
  }
  return { broken: found.broken, tree: withoutExtends(found.tree) };
}

function withoutExtends(tree: Tree): Tree {
  return tree.kind === 'mapping' ? { ...tree, entries: tree.entries.filter(({ key }) => key !== 'extends') } : tree;
}

function placeOfFile(place: Place, file: Tree): Place | null {
  const { unit, scope } = place;
  const written = file.kind === 'scalar' ? String(file.value) : '';
  const path = repositoryPath(written);
  const base = path === null ? null : baseFile(unit, scope, path);
  if (path === null || base === null || base.written === null) {
    if (base === null) tellMissing(unit, file, 'compose-file-missing', 'the file', path, written);
    return null;
  }
  const inside: Scope = { ...scope, folder: folderOf(path) };
  return {
    unit,
    scope: inside,
    path,
    own: (name) => readService(unit, inside, base, name),
    names: () => base.written?.keys() ?? [],
    done: base.services,
  };
}

/** A file whose services are extended; null when there is none. */
function baseFile(unit: Unit, scope: Scope, path: string): Base | null {
  const known = scope.bases.get(path);
  if (known !== undefined) return known;
  const documents = writtenDocuments(unit, path, scope, false);
  if (documents === null) return null;
  // what others extend and nobody calls a compose file is no project by itself
  if (!isComposePath(path)) unit.merged.add(path);
  const written = new Map<string, { tree: Tree; emptied: readonly Path[] }>();
  for (const { tree, emptied } of documents) {
    const services = fieldOf(tree, 'services');
    for (const entry of services?.kind === 'mapping' ? services.entries : []) {
      written.set(entry.key, { tree: entry.value, emptied: pathsBelow(emptied, ['services', entry.key]) });
    }
  }
  // a file that cannot be read has told why: its services are not told to be missing
  const base: Base = { written: documents.length === 0 ? null : written, services: new Map() };
  scope.bases.set(path, base);
  return base;
}

function readService(unit: Unit, scope: Scope, base: Base, name: string): ReturnType<Place['own']> {
  const found = base.written?.get(name);
  if (found === undefined) return null;
  const broken = new Set<string>();
  const tree = SECTIONS.services.read(found.tree, `services.${name}`, readingOf(unit, scope, broken)) ?? found.tree;
  return { tree, emptied: found.emptied, broken: broken.size > 0 };
}
