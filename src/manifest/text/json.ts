// JSON text -> the same tree as YAML text gives, offset by offset, so that everything behind it goes over both alike. Strict JSON as ECS
// tools write it, and what people put into it by hand: comments (// and /* */) and a comma behind the last member. Nothing else is read:
// no single quotes, no bare keys, no second document. Comments are dropped; a tree has no place for them.
import { MAX_DEPTH, MAX_ENTRIES } from './yaml.ts';
import { cut } from '../../std/text.ts';
import { colonFault, endFault, keyFault, lineOf, memberFault, trailingFault, valueFault } from './json-errors.ts';
import { keywordAt, numberAt, quotedAt, skipBlanks, stop } from './json-scan.ts';
import type { Entry, List, Mapping, Scalar, Tree } from './tree.ts';
import type { JsonFault } from './json-errors.ts';
import type { Scan } from './json-scan.ts';

export interface ParsedJson {
  /** One document; none as soon as there is a fault. */
  readonly documents: readonly Tree[];
  /** At most MAX_FAULTS, in the order of the text. The first fault of grammar is the last: what follows it would be guesses. */
  readonly faults: readonly JsonFault[];
  /** With faults, where environments may lie: no excerpt of these places may be shown (see Guard in problem.ts). */
  readonly secrets: readonly { readonly start: number; readonly end: number }[];
}

/** One file's problems; the rest would only repeat them. */
const MAX_FAULTS = 20;
/** A longer key is cut where a message names it. */
const KEY_LENGTH = 80;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const LIST_OPEN = 0x5b;
const LIST_CLOSE = 0x5d;
const OBJECT_OPEN = 0x7b;
const OBJECT_CLOSE = 0x7d;

/** Reads the one document of a text, in linear time. Never throws, whatever the text is. The caller holds MAX_FILE_BYTES. */
export function parseJson(text: string): ParsedJson {
  const scan: Scan = { text, at: text.startsWith('\u{feff}') ? 1 : 0, entries: 0, faults: [] };
  const tree = documentOf(scan);
  if (tree !== null && scan.faults.length === 0) return { documents: [tree], faults: [], secrets: [] };
  return { documents: [], faults: scan.faults, secrets: doubtfulRanges(text) };
}

/** From the line that first mentions an environment to the end. In JSON neither indentation nor a key's place on its line says what is
 * an environment, and a broken text has no tree to tell; an excerpt too few costs a look into the file, one too many a secret. */
function doubtfulRanges(text: string): { start: number; end: number }[] {
  const mention = text.search(/env/i);
  return mention < 0 ? [] : [{ start: text.lastIndexOf('\n', mention) + 1, end: text.length }];
}

function documentOf(scan: Scan): Tree | null {
  if (!skipBlanks(scan)) return null;
  if (scan.at >= scan.text.length) return stop(scan, endFault(scan.text, -1));
  const tree = valueAt(scan, 0, -1);
  if (tree === null || !skipBlanks(scan)) return null;
  return scan.at < scan.text.length ? stop(scan, trailingFault(scan.text, scan.at)) : tree;
}

/** The value that begins here, `depth` brackets deep, the innermost of them at `open`; null when reading is over. */
function valueAt(scan: Scan, depth: number, open: number): Tree | null {
  const code = scan.text.charCodeAt(scan.at);
  if (code === QUOTE) return quotedAt(scan);
  if (code === OBJECT_OPEN || code === LIST_OPEN) {
    if (depth >= MAX_DEPTH) return stop(scan, tooDeep(scan.at));
    return code === OBJECT_OPEN ? mappingAt(scan, depth) : listAt(scan, depth);
  }
  if (code === MINUS || (code >= ZERO && code <= NINE)) return numberAt(scan);
  return keywordAt(scan) ?? stop(scan, valueFault(scan.text, scan.at, open));
}

function listAt(scan: Scan, depth: number): List | null {
  const start = scan.at;
  const items: Tree[] = [];
  let further = opened(scan, LIST_CLOSE);
  while (further === true) {
    if (!counted(scan)) return null;
    const item = valueAt(scan, depth + 1, start);
    if (item === null) return null;
    items.push(item);
    further = followed(scan, start, LIST_CLOSE);
  }
  return further === null ? null : { kind: 'list', items, start, end: scan.at };
}

function mappingAt(scan: Scan, depth: number): Mapping | null {
  const start = scan.at;
  const entries = new Map<string, Entry>();
  let further = opened(scan, OBJECT_CLOSE);
  while (further === true) {
    if (!counted(scan)) return null;
    const key = keyAt(scan, start);
    if (key === null) return null;
    const value = valueAt(scan, depth + 1, start);
    if (value === null) return null;
    const name = String(key.value);
    const refused = nameFault(scan.text, name, key.start, entries.get(name));
    if (refused === null) entries.set(name, { key: name, start: key.start, value });
    else scan.faults.push(refused);
    if (scan.faults.length >= MAX_FAULTS) return null;
    further = followed(scan, start, OBJECT_CLOSE);
  }
  return further === null ? null : { kind: 'mapping', entries: [...entries.values()], start, end: scan.at };
}

/** The key that begins here; reading goes on at its value. Null after a fault. */
function keyAt(scan: Scan, open: number): Scalar | null {
  const { text } = scan;
  if (text.charCodeAt(scan.at) !== QUOTE) return stop(scan, keyFault(text, scan.at, open));
  const key = quotedAt(scan);
  if (key === null || !skipBlanks(scan)) return null;
  if (text.charCodeAt(scan.at) !== COLON) return stop(scan, colonFault(text, scan.at, key.end, open));
  scan.at++;
  return skipBlanks(scan) ? key : null;
}

/** Steps over an opening bracket: whether a member follows; null after a fault. */
function opened(scan: Scan, close: number): boolean | null {
  scan.at++;
  return skipBlanks(scan) ? !closed(scan, close) : null;
}

/** Steps over what follows a member of the bracket at `open`: whether a further member begins; null after a fault. */
function followed(scan: Scan, open: number, close: number): boolean | null {
  const end = scan.at;
  if (!skipBlanks(scan)) return null;
  if (closed(scan, close)) return false;
  if (scan.text.charCodeAt(scan.at) !== COMMA) return stop(scan, memberFault(scan.text, scan.at, end, open));
  scan.at++;
  return skipBlanks(scan) ? !closed(scan, close) : null;
}

function closed(scan: Scan, close: number): boolean {
  if (scan.text.charCodeAt(scan.at) !== close) return false;
  scan.at++;
  return true;
}

function counted(scan: Scan): boolean {
  if (++scan.entries <= MAX_ENTRIES) return true;
  const message = `more than ${MAX_ENTRIES} keys and list items in one file`;
  scan.faults.push({ code: 'json-too-many-keys', offset: scan.at, message, hint: 'split the manifest into several files' });
  return false;
}

function tooDeep(offset: number): JsonFault {
  const message = `nested more than ${MAX_DEPTH} levels deep`;
  return { code: 'json-too-deep', offset, message, hint: 'no field of a manifest lies deeper than 8 levels' };
}

/** What is wrong with the name of a key; `first` is the earlier entry of that name. */
function nameFault(text: string, name: string, offset: number, first: Entry | undefined): JsonFault | null {
  if (name === '__proto__') {
    const message = 'the key __proto__ has a meaning of its own in JavaScript';
    return { code: 'reserved-key', offset, message, hint: 'choose another name' };
  }
  if (first === undefined) return null;
  const message = `the key "${cut(name, KEY_LENGTH)}" stands twice in one mapping, first on line ${lineOf(text, first.start)}`;
  return { code: 'duplicate-key', offset, message, hint: 'keep one of the two' };
}
