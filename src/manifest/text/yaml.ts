// YAML text -> trees. The parser's nodes stop here. Aliases and merge keys are unfolded within a budget, duplicate keys are found by a
// set (the parser's own check is quadratic: 40,000 keys took 16 s). The parser's messages are not passed on: they may quote the text.
import { isAlias, isMap, isScalar, isSeq, visit } from 'yaml';
import { documentsOf } from './yaml-parser.ts';
import { syntaxFaults, unresolvedConflict } from './yaml-errors.ts';
import type { Document, Pair, YAMLMap, YAMLParseError } from 'yaml';
import type { Entry, List, Mapping, Scalar, Tree } from './tree.ts';
import type { ProblemCode } from '../codes.ts';
import type { TextLimits, TooMuch } from './yaml-parser.ts';

/** A problem of the text itself: no document to point into, so it has an offset. */
export interface TextFault {
  readonly code: ProblemCode;
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

export interface ParsedText {
  /** Documents that hold something; empty as soon as there is a fault. */
  readonly documents: readonly Tree[];
  readonly faults: readonly TextFault[];
  /** Tags that the style knows, by the offsets at which their values begin. */
  readonly tags: ReadonlyMap<number, string>;
}

/** In what the reading of a format differs. */
export interface YamlStyle {
  /** Tags that mean something to the format; every other one is refused. */
  readonly tags: ReadonlySet<string>;
  /** Whether keys that are numbers or true/false are names as they are written. */
  readonly plainKeys: boolean;
}

const MANIFEST_STYLE: YamlStyle = { tags: new Set(), plainKeys: false };

/** Keys and list items of one file; a service with all its fields has about 40. */
export const MAX_ENTRIES = 10_000;
/** Entries of one file after aliases are unfolded. */
export const MAX_UNFOLDED = 50_000;
/** Our deepest field lies 8 deep. */
export const MAX_DEPTH = 32;
/** About 10 a key; the parser needs 10 to 20 microseconds for each. */
const PARSER_LIMITS: TextLimits = { depth: MAX_DEPTH, tokens: 100_000 };
/** One file's problems; the rest would only repeat them. */
const MAX_FAULTS = 20;

/** What is said of a quote that is never closed, or closed on a line that is indented too little. */
export const OPEN_QUOTE = 'this quote is never closed';
const SPLIT_HINT = 'split the manifest into several files';

/** Reads all documents of a text. Never throws, whatever the text is. */
export function parseYaml(text: string, style: YamlStyle = MANIFEST_STYLE): ParsedText {
  const tags = new Map<number, string>();
  try {
    const found = documentsOf(text, PARSER_LIMITS);
    if ('what' in found) return { documents: [], faults: [tooMuch(found)], tags };
    const reading: Reading = { text, style, tags, faults: [], entries: 0, unfolded: 0, anchors: new Map() };
    const documents = found.flatMap((document) => treesOf(document, reading));
    return reading.faults.length > 0
      ? { documents: [], faults: reading.faults.slice(0, MAX_FAULTS), tags }
      : { documents, faults: [], tags };
  } catch (error) {
    const message = error instanceof RangeError ? 'the nesting is too deep for the YAML parser' : 'the YAML parser gave up on this text';
    const fault: TextFault = { code: 'yaml-syntax', offset: 0, message, hint: 'write the manifest in plain block style' };
    return { documents: [], faults: [fault], tags };
  }
}

interface Reading {
  readonly text: string;
  readonly style: YamlStyle;
  readonly tags: Map<number, string>;
  readonly faults: TextFault[];
  entries: number;
  unfolded: number;
  /** Anchors of the current document; null while the anchored value is still being read. */
  readonly anchors: Map<string, Measured | null>;
}

/** A tree with its unfolded size and depth. */
interface Measured {
  readonly tree: Tree;
  readonly size: number;
  readonly depth: number;
}

function tooMuch({ what, offset }: TooMuch): TextFault {
  return what === 'depth' ? tooDeep(offset) : tooManyKeys(offset);
}

function tooDeep(offset: number): TextFault {
  return {
    code: 'yaml-too-deep',
    offset,
    message: `nested more than ${MAX_DEPTH} levels deep`,
    hint: 'no field of a manifest lies deeper than 8 levels',
  };
}

function tooManyKeys(offset: number): TextFault {
  return { code: 'yaml-too-many-keys', offset, message: `more than ${MAX_ENTRIES} keys and list items in one file`, hint: SPLIT_HINT };
}

function treesOf(document: Document.Parsed, reading: Reading): Tree[] {
  if (reading.faults.length >= MAX_FAULTS) return [];
  reading.faults.push(...faultsOf(document, reading));
  for (const warning of document.warnings) {
    if (warning.code !== 'TAG_RESOLVE_FAILED' || reading.style.tags.has(reading.text.slice(...warning.pos))) continue;
    const hint = 'write the plain value; quote it when it must be a text';
    reading.faults.push({ code: 'yaml-unknown-tag', offset: warning.pos[0], message: 'a tag is not read in manifests', hint });
  }
  if (reading.faults.length > 0 || isEmpty(document.contents)) return [];
  reading.anchors.clear();
  const measured = measure(document.contents, 0, document.contents?.range[0] ?? 0, reading);
  return measured === null ? [] : [measured.tree];
}

/** What the parser found wrong in a document; the first ones, since the rest would only repeat them. */
function faultsOf(document: Document.Parsed, { text, faults }: Reading): TextFault[] {
  const errors = document.errors.slice(0, MAX_FAULTS);
  const conflict = errors.length === 0 ? null : unresolvedConflict(text);
  if (conflict !== null) return faults.some(({ offset }) => offset === conflict.offset) ? [] : [{ code: 'yaml-syntax', ...conflict }];
  const quotes = errors.flatMap((error) => openQuote(document, error) ?? []);
  const deep = errors.filter(({ code }) => code === 'RESOURCE_EXHAUSTION').map(({ pos }) => tooDeep(pos[0]));
  const others = errors.filter((error) => error.code !== 'RESOURCE_EXHAUSTION' && openQuote(document, error) === null);
  return [...quotes, ...deep, ...syntaxFaults(text, others).map((fault): TextFault => ({ code: 'yaml-syntax', ...fault }))];
}

/** Nothing but comments between two document marks. */
function isEmpty(contents: unknown): boolean {
  return (
    contents === null || (isScalar(contents) && contents.value === null && contents.range?.[0] === contents.range?.[1] && !contents.anchor)
  );
}

/** A quote that is never closed is found at the end of the text; people look for its beginning. */
function openQuote(document: Document.Parsed, error: YAMLParseError): TextFault | null {
  if (error.code !== 'MISSING_CHAR') return null;
  let offset: number | null = null;
  visit(document, {
    Scalar(_, scalar) {
      const [start, end] = scalar.range ?? [0, 0];
      const quoted = scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE';
      if (quoted && start < error.pos[0] && error.pos[0] <= end) offset = start;
    },
  });
  if (offset === null) return null;
  return { code: 'yaml-syntax', offset, message: OPEN_QUOTE, hint: 'close the quote at the end of the value' };
}

/** The tree of a node; null when a fault was found on the way or reading is over. */
function measure(node: unknown, depth: number, fallback: number, reading: Reading): Measured | null {
  if (reading.faults.length > 0 && STOPPING.has(reading.faults.at(-1)?.code ?? 'no-manifest')) return null;
  if (isAlias(node)) return unfold(node.source, node.range?.[0] ?? fallback, depth, reading);
  if (depth > MAX_DEPTH) return stop(reading, tooDeep(fallback));
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return { tree: emptyAt(fallback), size: 0, depth: 0 };
  const name = node.anchor;
  if (name !== undefined) reading.anchors.set(name, null);
  const start = node.range?.[0] ?? fallback;
  if (node.tag !== undefined && reading.style.tags.has(node.tag)) reading.tags.set(start, node.tag);
  const end = node.range?.[1] ?? start;
  const measured = isScalar(node)
    ? scalarOf(node.value, node.type, start, end, reading)
    : isSeq(node)
      ? listOf(node.items, start, end, depth, reading)
      : mappingOf(node, start, end, depth, reading);
  if (name !== undefined && measured !== null) reading.anchors.set(name, measured);
  return measured;
}

/** Faults after which nothing more is read of a file. */
const STOPPING: ReadonlySet<ProblemCode> = new Set<ProblemCode>(['yaml-too-deep', 'yaml-too-many-keys', 'yaml-alias-bomb']);

function stop(reading: Reading, fault: TextFault): null {
  reading.faults.push(fault);
  return null;
}

function emptyAt(offset: number): Scalar {
  return { kind: 'scalar', value: null, start: offset, end: offset, text: null };
}

function unfold(name: string, offset: number, depth: number, reading: Reading): Measured | null {
  const anchored = reading.anchors.get(name);
  if (anchored === undefined) {
    const hint = 'define the anchor (&name) above its alias, in the same document';
    return stop(reading, { code: 'yaml-unknown-anchor', offset, message: 'an alias without an anchor before it', hint });
  }
  if (anchored === null) {
    const hint = 'write the value out where the alias stands';
    return stop(reading, { code: 'yaml-alias-loop', offset, message: 'an alias inside its own anchor', hint });
  }
  reading.unfolded += anchored.size;
  if (reading.unfolded > MAX_UNFOLDED) {
    const message = `aliases unfold into more than ${MAX_UNFOLDED} keys and list items`;
    return stop(reading, { code: 'yaml-alias-bomb', offset, message, hint: 'write the values out, or split the manifest' });
  }
  return depth + anchored.depth > MAX_DEPTH ? stop(reading, tooDeep(offset)) : anchored;
}

function scalarOf(value: unknown, type: string | null | undefined, start: number, end: number, reading: Reading): Measured | null {
  const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  if (typeof known === 'string' && known.includes('\0')) {
    const hint = 'remove the NUL character; no engine takes it in a text';
    return stop(reading, { code: 'yaml-control-character', offset: start, message: 'a text holds a NUL character', hint });
  }
  const first = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE' ? start + 1 : start;
  const verbatim = typeof known === 'string' && reading.text.startsWith(known, first);
  return { tree: { kind: 'scalar', value: known, start, end, text: verbatim ? first : null }, size: 0, depth: 0 };
}

function listOf(nodes: readonly unknown[], start: number, end: number, depth: number, reading: Reading): Measured | null {
  const items: Tree[] = [];
  let size = 0;
  let deepest = 0;
  for (const node of nodes) {
    if (!counted(reading, start)) return null;
    const item = measure(node, depth + 1, start, reading);
    if (item === null) continue;
    items.push(item.tree);
    size += item.size + 1;
    deepest = Math.max(deepest, item.depth);
  }
  return { tree: { kind: 'list', items, start, end } satisfies List, size, depth: deepest + 1 };
}

function mappingOf(map: YAMLMap, start: number, end: number, depth: number, reading: Reading): Measured | null {
  const entries = new Map<string, Entry>();
  const merged: Mapping[] = [];
  let size = 0;
  let deepest = 0;
  for (const pair of map.items) {
    if (!counted(reading, start)) return null;
    const key = keyOf(pair, start, reading);
    if (key === null) continue;
    const value = measure(pair.value, depth + 1, key.end, reading);
    if (value === null) continue;
    size += value.size + 1;
    deepest = Math.max(deepest, value.depth);
    if (key.plain && key.name === '<<') merged.push(...mergedOf(value.tree, key.start, reading));
    else if (!duplicate(entries.get(key.name), key.start, reading)) {
      entries.set(key.name, { key: key.name, start: key.start, value: value.tree });
    }
  }
  for (const source of merged) for (const entry of source.entries) if (!entries.has(entry.key)) entries.set(entry.key, entry);
  return { tree: { kind: 'mapping', entries: [...entries.values()], start, end }, size, depth: deepest + 1 };
}

function counted(reading: Reading, offset: number): boolean {
  if (STOPPING.has(reading.faults.at(-1)?.code ?? 'no-manifest')) return false;
  reading.unfolded++;
  if (++reading.entries <= MAX_ENTRIES) return true;
  reading.faults.push(tooManyKeys(offset));
  return false;
}

function keyOf(pair: Pair, fallback: number, reading: Reading): { name: string; start: number; end: number; plain: boolean } | null {
  const { key } = pair;
  const range = isScalar(key) || isMap(key) || isSeq(key) || isAlias(key) ? key.range : null;
  const start = range?.[0] ?? fallback;
  if (isScalar(key) && typeof key.value === 'string' && key.value !== '__proto__')
    return { name: key.value, start, end: range?.[1] ?? start, plain: key.type === 'PLAIN' };
  if (isScalar(key) && key.value === '__proto__') {
    const message = 'the key __proto__ has a meaning of its own in JavaScript';
    reading.faults.push({ code: 'reserved-key', offset: start, message, hint: 'choose another name' });
    return null;
  }
  if (isScalar(key) && reading.style.plainKeys && typeof key.source === 'string' && key.source !== '') {
    return { name: key.source, start, end: range?.[1] ?? start, plain: false };
  }
  const hint = 'put the key in quotes if a number or true is meant as a name';
  reading.faults.push({ code: 'yaml-key-not-text', offset: start, message: 'a key must be a text', hint });
  return null;
}

function duplicate(first: Entry | undefined, offset: number, reading: Reading): boolean {
  if (first === undefined) return false;
  // The line is counted from the beginning of the file: done for each of 10,000 faults that nobody is shown, it takes minutes.
  if (reading.faults.length >= MAX_FAULTS) return true;
  const line = reading.text.slice(0, first.start).split('\n').length;
  const message = `the key "${first.key}" stands twice in one mapping, first on line ${line}`;
  reading.faults.push({ code: 'duplicate-key', offset, message, hint: 'keep one of the two' });
  return true;
}

/** The mappings behind a merge key: one, or a list of them; the first that has a key wins. */
function mergedOf(value: Tree, offset: number, reading: Reading): Mapping[] {
  const sources = value.kind === 'list' ? value.items : [value];
  const mappings = sources.filter((source) => source.kind === 'mapping');
  if (mappings.length < sources.length) {
    const hint = 'give << an alias of a mapping, or a list of such aliases';
    reading.faults.push({ code: 'yaml-bad-merge', offset, message: 'a merge key takes mappings only', hint });
  }
  return mappings;
}
