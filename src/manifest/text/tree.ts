// A YAML document as plain data with places: what is left of the parser's own nodes once aliases and merge keys are unfolded.
// Offsets count code units of the file's text. An aliased value is one object in several places: never change a tree.

export interface Scalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly start: number;
  readonly end: number;
  /** Offset of the text's first letter when the text stands in the file letter by letter; null for escapes and blocks. */
  readonly text: number | null;
  /** Of a value that a variable of the environment gave: what stands there letter by letter, `1.10` where the value is 1.1. */
  readonly written?: string;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly start: number;
  readonly end: number;
}

export interface Entry {
  readonly key: string;
  readonly start: number;
  readonly value: Tree;
}

export interface Mapping {
  readonly kind: 'mapping';
  readonly entries: readonly Entry[];
  readonly start: number;
  readonly end: number;
}

export type Tree = Scalar | List | Mapping;
export type Path = readonly (string | number)[];

/** The value at a path, or null where the document has none. */
export function treeAt(tree: Tree, path: Path): Tree | null {
  let here: Tree | null = tree;
  for (const step of path) here = here === null ? null : (childOf(here, step)?.tree ?? null);
  return here;
}

/** The text at a path, or null when there is no text. */
export function textAt(tree: Tree, path: Path): string | null {
  const found = treeAt(tree, path);
  return found?.kind === 'scalar' && typeof found.value === 'string' ? found.value : null;
}

/** Where to point for a path: at the key or the value itself, or, when it is missing, at the start of what should hold it.
 * `inside` is an index within the text of the value. */
export function offsetOf(tree: Tree, path: Path, on: 'key' | 'value', inside = 0): number {
  let here = tree;
  let key = tree.start;
  for (const [index, step] of path.entries()) {
    const child = childOf(here, step);
    if (child === null) return here.start;
    if (on === 'key' && index === path.length - 1) return child.start;
    here = child.tree;
    key = child.start;
  }
  if (here.kind === 'scalar' && here.text !== null) return here.text + inside;
  return here.kind === 'scalar' && here.value === null ? key : here.start;
}

/** The document as plain values. Own keys only: a key called `__proto__` is a key. */
export function plainOf(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plainOf);
  const plain: Record<string, unknown> = {};
  for (const { key, value } of tree.entries) {
    if (key === '__proto__')
      Object.defineProperty(plain, key, { value: plainOf(value), enumerable: true, writable: true, configurable: true });
    else plain[key] = plainOf(value);
  }
  return plain;
}

function childOf(tree: Tree, step: string | number): { tree: Tree; start: number } | null {
  if (tree.kind === 'list' && typeof step === 'number') {
    const item = tree.items[step];
    return item === undefined ? null : { tree: item, start: item.start };
  }
  if (tree.kind !== 'mapping') return null;
  const entry = tree.entries.find((candidate) => candidate.key === step);
  return entry === undefined ? null : { tree: entry.value, start: entry.start };
}
