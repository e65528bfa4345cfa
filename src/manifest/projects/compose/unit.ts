// What is known while the files of one compose project are read: their texts in one numbering of offsets, what is wrong with them, and
// which variables have holes. One unit is made, filled and read out by read.ts; nothing of it lives longer.
import { fileText } from '../../text/text.ts';
import type { FileText } from '../../text/text.ts';
import type { Lookup } from '../../text/interpolate.ts';
import type { Fault } from './shape.ts';
import type { ParsedText } from '../../text/yaml.ts';
import type { Path, Tree } from '../../text/tree.ts';

/** The text of a file of the commit; null when there is none, or none that can be read. */
export type Open = (path: string) => string | null;

export interface Unit {
  readonly open: Open;
  /** The files so far, by the offsets at which they begin. */
  readonly parts: { readonly base: number; readonly file: FileText }[];
  readonly faults: Fault[];
  readonly secrets: { readonly start: number; readonly end: number }[];
  /** Variables without a value, by the offset of the value that they left a hole in; '' where the value itself is told to be wrong. */
  readonly unset: Map<number, string>;
  /** Of these: told already. */
  readonly toldUnset: Set<string>;
  /** What is wrong and told: services and other things (`services.web`), sections (`volumes`), and WHOLE for a file that can't be read. */
  readonly broken: Set<string>;
  readonly asked: Set<string>;
  /** Files that are part of the project as wholes. */
  readonly merged: Set<string>;
  /** Keys and list items that reading and merging may still make. */
  readonly room: { left: number };
  /** Files that are read more than once are parsed once. */
  readonly parsed: Map<string, ParsedText>;
}

/** Values and place of a group of files: those of the project, or of one that it includes. */
export interface Scope {
  /** The folder that relative paths begin at. */
  readonly folder: string;
  readonly lookup: Lookup;
  /** Files whose services are extended, as they were read first. */
  readonly bases: Map<string, Base>;
}

/** A file out of which services are extended, each read when it is asked for. */
export interface Base {
  /** The services as they stand there; null when the file has no mapping of them. */
  readonly written: ReadonlyMap<string, { readonly tree: Tree; readonly emptied: readonly Path[] }> | null;
  /** The services with what they extend. */
  readonly services: Map<string, Extended>;
}

export interface Extended {
  readonly tree: Tree;
  /** Whether something is wrong with it, and told. */
  readonly broken: boolean;
}

/** Stands among what is broken when a file of the project is missing or can't be read: anything may be in it. */
export const WHOLE = '';

/** Whether something that is named is missing because of a fault that is told: it, its section, or a whole file could not be read. */
export function isLost({ broken }: Pick<Unit, 'broken'>, section: string, name: string): boolean {
  return broken.has(WHOLE) || broken.has(section) || broken.has(`${section}.${name}`);
}

/** Files of one project. */
export const MAX_PROJECT_FILES = 200;
/** Keys and list items of a project, all that its files hold and all that merging makes of them; a large one has 20,000. */
export const MAX_PROJECT_ENTRIES = 250_000;

/** An empty unit. */
export function newUnit(open: Open): Unit {
  return {
    open,
    parts: [],
    faults: [],
    secrets: [],
    unset: new Map(),
    toldUnset: new Set(),
    broken: new Set(),
    asked: new Set(),
    merged: new Set(),
    room: { left: MAX_PROJECT_ENTRIES },
    parsed: new Map(),
  };
}

/** Takes a file into the numbering; null when it does not exist. A file that is opened again is opened under its first base. */
export function openInto(unit: Unit, path: string): { readonly base: number; readonly file: FileText } | null {
  unit.asked.add(path);
  const known = unit.parts.find(({ file }) => file.path === path);
  if (known !== undefined) return known;
  if (unit.parts.length >= MAX_PROJECT_FILES) return null;
  const text = unit.open(path);
  if (text === null) return null;
  const last = unit.parts.at(-1);
  const part = { base: last === undefined ? 0 : last.base + last.file.text.length + 1, file: fileText(path, text) };
  unit.parts.push(part);
  return part;
}

/** Takes so many keys and items from what a project may still hold; false when there is no more. Told once. */
export function spent(unit: Pick<Unit, 'room' | 'faults'>, size: number, offset: number): boolean {
  if (unit.room.left < 0) return false;
  unit.room.left -= size;
  if (unit.room.left >= 0) return true;
  const message = `the project holds more than ${MAX_PROJECT_ENTRIES} keys and list items after merging`;
  unit.faults.push({ code: 'compose-too-large', offset, message, hint: 'split the project into several' });
  return false;
}

/** Counts a tree against what a project may hold; false when it is over. */
export function counted(unit: Unit, tree: Tree): boolean {
  return spent(unit, sizeOf(tree, MAX_PROJECT_ENTRIES), tree.start);
}

function sizeOf(tree: Tree, most: number): number {
  if (tree.kind === 'scalar') return 1;
  let size = 1;
  for (const child of tree.kind === 'list' ? tree.items : tree.entries) {
    size += sizeOf('value' in child && 'key' in child ? child.value : child, most - size);
    if (size > most) return size;
  }
  return size;
}
