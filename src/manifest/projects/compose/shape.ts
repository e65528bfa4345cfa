// Shapes: how a part of a compose file is read (checked, and written out from its short forms) and how the same part of a later file
// changes it. Both sides of one field stand together, as tables of fields. What is wrong goes to `faults` by offset, and a broken part
// is left out, so that everything else is still read. Files are merged only after each has been read: short and long forms meet as one.
import { WARNINGS } from '../../codes.ts';
import { nearest } from '../../../std/text.ts';
import { shownKey } from '../../text/secrets.ts';
import type { Entry, Mapping, Scalar, Tree } from '../../text/tree.ts';
import type { ProblemCode } from '../../codes.ts';
import type { TextFault } from '../../text/yaml.ts';

/** What is wrong, at an offset among all files of the project. */
export interface Fault extends TextFault {
  /** The variable whose value is missing. */
  readonly variable?: string;
}

/** What is known while a file is read; `faults` and `broken` grow. */
export interface Reading {
  /** The folder that relative paths begin at, inside the repository; '' is its root. */
  readonly folder: string;
  /** Variables that are not set, by the offset of the value that they left a hole in; '' where the value itself is told to be wrong. */
  readonly unset: ReadonlyMap<number, string>;
  readonly faults: Fault[];
  /** What is wrong by itself, by the place in words that `read` is given: a service (`services.web`), a name that is none, or a whole
   * section (`volumes`). */
  readonly broken: Set<string>;
  /** Keys and list items that the project may still hold: short forms can stand for many. */
  readonly room: { left: number };
}

export interface Shape {
  /** The tree in its long form; null when it cannot be read. `name` is the place in words: `services.web.ports[0]`. */
  readonly read: (tree: Tree, name: string, reading: Reading) => Tree | null;
  readonly merge: (earlier: Tree, later: Tree) => Tree;
}

type Read = Shape['read'];

/** The later value, whole. */
export function replacing(read: Read): Shape {
  return { read, merge: (_, later) => later };
}

/** Tells what is wrong with a value. A hole that a missing variable left is told as that, whatever it broke. */
export function complain(reading: Reading, tree: Tree, code: ProblemCode, message: string, hint: string, inside = 0): null {
  const variable = reading.unset.get(tree.start);
  const offset = tree.kind === 'scalar' && tree.text !== null ? tree.text + inside : tree.start;
  if (variable === undefined) reading.faults.push({ code, offset, message, hint });
  else if (variable !== '') reading.faults.push(neededVariable(variable, offset, message));
  return null;
}

/** What is wrong with a value for the lack of a variable. */
export function neededVariable(variable: string, offset: number, message: string): Fault {
  const whole = `${message}; the variable ${variable} in it is not set`;
  return { code: 'variable-needed', offset, message: whole, hint: hintToSet(variable), variable };
}

/** What to do about a variable that is not set. */
export function hintToSet(variable: string): string {
  if (variable === 'PWD') return 'write . instead of ${PWD}: a path is relative to the folder of the project';
  return `set ${variable} in the .env file beside the compose file, or write a default: \${${variable}:-default}`;
}

/** Tells what a value says in vain: a warning. */
export function warn(reading: Reading, tree: Tree, code: ProblemCode, message: string, hint: string, inside = 0): void {
  reading.faults.push({ code, offset: tree.kind === 'scalar' && tree.text !== null ? tree.text + inside : tree.start, message, hint });
}

/** Tells that a value has the wrong type. */
export function wrongType(reading: Reading, tree: Tree, name: string, wanted: string): null {
  const empty = tree.kind === 'scalar' && tree.value === null;
  const found = tree.kind !== 'scalar' ? `a ${tree.kind}` : typeof tree.value === 'number' ? 'a number' : 'true or false';
  const hint = empty
    ? 'give it a value, or remove the key'
    : wanted === 'a text' && tree.kind === 'scalar'
      ? 'put the value in quotes'
      : null;
  const message = empty
    ? `${name} is empty; it must be ${wanted}`
    : `${name} must be ${wanted}, not ${tree.kind === 'scalar' && typeof tree.value === 'string' ? 'this text' : found}`;
  return complain(reading, tree, 'wrong-type', message, hint ?? `write ${wanted}`);
}

/** The same place with another value. */
export function valued(place: Tree, value: Scalar['value']): Scalar {
  return { kind: 'scalar', value, start: place.start, end: place.end, text: null };
}

/** A mapping at a place that wrote its fields in a shorter way; fields without a value are left out. */
export function mappingAt(place: Tree, fields: Readonly<Record<string, Tree | Scalar['value'] | undefined>>): Mapping {
  const entries: Entry[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    entries.push({ key, start: place.start, value: typeof value === 'object' ? value : valued(place, value) });
  }
  return { kind: 'mapping', entries, start: place.start, end: place.end };
}

/** The value of a key, or null. */
export function fieldOf(tree: Tree, key: string): Tree | null {
  if (tree.kind !== 'mapping') return null;
  return tree.entries.find((entry) => entry.key === key)?.value ?? null;
}

/** The value of a key when it is a single one; null when there is none. */
export function scalarOf(tree: Tree, key: string): Scalar['value'] {
  const value = fieldOf(tree, key);
  return value?.kind === 'scalar' ? value.value : null;
}

/** The later entries over the earlier ones; a key of both is joined by `join`. */
export function joined(earlier: Tree, later: Tree, join: (key: string, earlier: Tree, later: Tree) => Tree): Tree {
  if (earlier.kind !== 'mapping' || later.kind !== 'mapping') return later;
  const entries = new Map(earlier.entries.map((entry) => [entry.key, entry]));
  for (const entry of later.entries) {
    const before = entries.get(entry.key);
    entries.set(entry.key, before === undefined ? entry : { ...entry, value: join(entry.key, before.value, entry.value) });
  }
  return { ...later, entries: [...entries.values()] };
}

/** `x-longshore` and what is meant to be it; every other `x-` key is the author's own. */
const EXTENSION = 'x-longshore';
const LIKE_EXTENSION = /^x-?long/i;

/** What a table of fields says beside their shapes. */
export interface RecordRules {
  readonly required?: readonly string[];
  /** Keys that Compose had once, and what to write instead. */
  readonly replaced?: ReadonlyMap<string, string>;
}

/** A mapping with known keys. */
export function record(fields: Readonly<Record<string, Shape>>, rules: RecordRules = {}): Shape {
  const known = new Map(Object.entries(fields));
  return {
    read: (tree, name, reading) => {
      if (tree.kind !== 'mapping') return wrongType(reading, tree, name, 'a mapping');
      const entries: Entry[] = [];
      for (const entry of tree.entries) {
        const shape = known.get(entry.key);
        if (shape === undefined) refuseKey(entry, name, known, rules, reading);
        else {
          const value = shape.read(entry.value, named(name, entry.key), reading);
          if (value !== null) entries.push({ ...entry, value });
        }
      }
      for (const key of rules.required ?? []) {
        if (!tree.entries.some((entry) => entry.key === key)) {
          reading.faults.push({ code: 'missing-field', offset: tree.start, message: `${name} has no ${key}`, hint: `add ${key}` });
        }
      }
      return { ...tree, entries };
    },
    merge: (earlier, later) => joined(earlier, later, (key, a, b) => known.get(key)?.merge(a, b) ?? b),
  };
}

function refuseKey(entry: Entry, name: string, known: ReadonlyMap<string, Shape>, rules: RecordRules, reading: Reading): void {
  if (entry.key.startsWith('x-') && entry.key !== EXTENSION && !LIKE_EXTENSION.test(entry.key)) return;
  const place = name === '' ? 'a compose file' : name;
  const instead = rules.replaced?.get(entry.key);
  const meant = nearest(entry.key, known.keys()) ?? [...known.keys()].find((key) => key.startsWith(`${entry.key}_`)) ?? null;
  const hint =
    instead ??
    (meant === null
      ? `${[...known.keys()].length > 30 ? 'compare with the Compose specification' : `known here: ${[...known.keys()].join(', ')}`}; a key of your own begins with x-`
      : `did you mean ${meant}?`);
  reading.faults.push({ code: 'unknown-key', offset: entry.start, message: `${place} has no key "${shownKey(entry.key)}"`, hint });
}

/** `services.web`. */
export function named(name: string, key: string): string {
  return name === '' ? key : `${name}.${key}`;
}

/** A mapping with names of the author's own. */
export function mapOf(item: Shape, names: RegExp | null = null): Shape {
  return {
    read: (tree, name, reading) => {
      if (tree.kind !== 'mapping') return wrongType(reading, tree, name, 'a mapping');
      const entries: Entry[] = [];
      for (const entry of tree.entries) {
        if (names !== null && !names.test(entry.key)) {
          const message = `${name} has a name "${entry.key}" that is none`;
          reading.faults.push({ code: 'bad-name', offset: entry.start, message, hint: 'a name has letters, digits, ".", "_" and "-"' });
          reading.broken.add(named(name, entry.key));
          continue;
        }
        const value = item.read(entry.value, named(name, entry.key), reading);
        if (value !== null) entries.push({ ...entry, value });
      }
      return { ...tree, entries };
    },
    merge: (earlier, later) => joined(earlier, later, (_, a, b) => item.merge(a, b)),
  };
}

export interface ListRules {
  /** What makes an item the same as an earlier one, which it then replaces where it stands. */
  readonly key?: (item: Tree) => string;
  /** The later of two such items is merged over the earlier one instead. */
  readonly joins?: boolean;
  /** A single value may stand for a list of it. */
  readonly single?: boolean;
  /** Compose refuses a list that holds one value twice. */
  readonly unique?: boolean;
}

/** A list; a later file's items are added. */
export function list(item: Shape, rules: ListRules = {}): Shape {
  return {
    read: (tree, name, reading) => {
      const items = tree.kind === 'list' ? tree.items : rules.single === true && tree.kind === 'scalar' ? [tree] : null;
      if (items === null || (tree.kind === 'scalar' && tree.value === null)) return wrongType(reading, tree, name, 'a list');
      const found: Tree[] = [];
      for (const [index, entry] of items.entries()) {
        const value = item.read(entry, tree.kind === 'list' ? `${name}[${index}]` : name, reading);
        if (value !== null) found.push(value);
      }
      if (rules.unique === true) refuseTwins(found, name, reading);
      return { kind: 'list', items: rules.key === undefined ? found : keyed([], found, rules.key), start: tree.start, end: tree.end };
    },
    merge: (earlier, later) => {
      if (earlier.kind !== 'list' || later.kind !== 'list') return later;
      const { key } = rules;
      if (key === undefined) return { ...later, items: [...earlier.items, ...later.items] };
      const items = rules.joins === true ? over(earlier.items, later.items, key, item) : later.items;
      return { ...later, items: keyed(earlier.items, items, key) };
    },
  };
}

/** Later items, each merged over the earlier one with its key. */
function over(earlier: readonly Tree[], later: readonly Tree[], key: (item: Tree) => string, shape: Shape): Tree[] {
  const before = new Map(earlier.map((item) => [key(item), item]));
  return later.map((item) => {
    const same = before.get(key(item));
    return same === undefined ? item : shape.merge(same, item);
  });
}

/** Items by key: a later one takes the place of an earlier one. */
export function keyed(earlier: readonly Tree[], later: readonly Tree[], key: (item: Tree) => string): Tree[] {
  const items = new Map<string, Tree>();
  for (const item of [...earlier, ...later]) items.set(key(item), item);
  return [...items.values()];
}

function refuseTwins(items: readonly Tree[], name: string, reading: Reading): void {
  const seen = new Set<string>();
  for (const item of items) {
    if (item.kind !== 'scalar') continue;
    const key = String(item.value);
    if (seen.has(key)) complain(reading, item, 'duplicate-item', `${name} holds "${key}" twice`, 'remove one of the two');
    seen.add(key);
  }
}

/** The shape, or nothing at all: an empty value stands for an empty mapping. */
export function orEmpty(shape: Shape): Shape {
  return {
    read: (tree, name, reading) =>
      tree.kind === 'scalar' && tree.value === null
        ? { kind: 'mapping', entries: [], start: tree.start, end: tree.end }
        : shape.read(tree, name, reading),
    merge: shape.merge,
  };
}

/** The shape, where a broken value still counts as there: what names it is not told that it is missing. */
export function standing(shape: Shape): Shape {
  return {
    merge: shape.merge,
    read: (tree, name, reading) => {
      const before = reading.faults.length;
      const found = shape.read(tree, name, reading);
      if (reading.faults.slice(before).some(({ code }) => !WARNINGS.has(code))) reading.broken.add(name);
      return found ?? { kind: 'mapping', entries: [], start: tree.start, end: tree.end };
    },
  };
}

/** A part of the file that others name things of: where it can't be read at all, nobody is told that they are missing. */
export function section(shape: Shape): Shape {
  return {
    merge: shape.merge,
    read: (tree, name, reading) => {
      const found = shape.read(tree, name, reading);
      if (found === null) reading.broken.add(name);
      return found;
    },
  };
}

/** Text of an item: its key where a text is its own key. */
export function itself(item: Tree): string {
  return item.kind === 'scalar' ? String(item.value) : '';
}
