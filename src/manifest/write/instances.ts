// A container instance into the text of a Cluster manifest, or out of it, as its author would: a few lines are added or taken out, and every
// other byte stays. Where that can't be done in lines (a list in brackets), the file is written anew from the parser's own document, with
// its comments. Either way what comes out is parsed again and must say the very same otherwise.
import { Document, isCollection, isMap, isSeq, parseAllDocuments } from 'yaml';
import { same } from '../../std/diff.ts';
import type { ContainerInstance } from '../../model/cluster/container-instance.ts';
import type { Pair, YAMLMap, YAMLSeq } from 'yaml';

/** A manifest, and where in it the document of the cluster begins. */
export interface ClusterText {
  readonly text: string;
  readonly isJson: boolean;
  /** Offset of the document's first key. */
  readonly start: number;
}

type Change = { readonly add: ContainerInstance } | { readonly remove: string };
type Plain = Record<string, unknown>;

const EXTENSION = 'x-longshore';
const PATH = [EXTENSION, 'instances'] as const;

/** The text with an instance more, at the end of the list; null when the document has a form that is edited by hand only. */
export function withInstance(cluster: ClusterText, instance: ContainerInstance): string | null {
  return changed(cluster, { add: instance });
}

/** The text without an instance; null as above, or when it is not there. */
export function withoutInstance(cluster: ClusterText, name: string): string | null {
  return changed(cluster, { remove: name });
}

/** The manifest of a cluster with one instance. */
export function newCluster(clusterName: string, instance: ContainerInstance): string {
  const head = new Document({ kind: 'Cluster', clusterName }).toString({ lineWidth: 0 });
  return `${head}${EXTENSION}:\n  instances:\n${itemText(instance, 4)}`;
}

/** An instance as it stands in a list, each line behind so many blanks. */
export function itemText(instance: ContainerInstance, indent: number): string {
  const document = new Document([instance], { aliasDuplicateObjects: false });
  for (const path of [
    [0, 'reserved'],
    [0, 'attributes'],
  ]) {
    const node = document.getIn(path, true);
    const inOneLine = isSeq(node) ? node.items : [node];
    for (const each of inOneLine) if (isCollection(each)) each.flow = true;
  }
  const lines = document.toString({ lineWidth: 0 }).trimEnd().split('\n');
  return lines.map((line) => `${' '.repeat(indent)}${line}\n`).join('');
}

function changed(cluster: ClusterText, change: Change): string | null {
  if (cluster.isJson) return changedJson(cluster, change);
  const documents = parsed(cluster.text);
  const index = documents.findIndex(({ contents }) => contents?.range?.[0] === cluster.start);
  const document = documents[index];
  if (document === undefined) return null;
  const before = documents.map((each) => each.toJS() as unknown);
  const wanted = changedPlain(before[index], change);
  if (wanted === null) return null;
  const fits = (text: string | null): text is string => {
    if (text === null) return false;
    const after = parsed(text);
    return (
      after.every(({ errors }) => errors.length === 0) &&
      same(
        before.with(index, wanted),
        after.map((each) => each.toJS() as unknown),
      )
    );
  };
  const inLines =
    'add' in change ? addedInLines(cluster.text, document, change.add) : removedInLines(cluster.text, document, change.remove);
  if (fits(inLines)) return inLines;
  const anew = writtenAnew(documents, document, change);
  return fits(anew) ? anew : null;
}

function parsed(text: string): readonly Document.Parsed[] {
  const documents = parseAllDocuments(text, { keepSourceTokens: true, logLevel: 'error' });
  return Array.isArray(documents) ? documents : [];
}

/** What a document is to say afterwards; null where it holds no list, or no such instance. */
function changedPlain(document: unknown, change: Change): Plain | null {
  if (!isPlain(document)) return null;
  const extension = document[EXTENSION] ?? {};
  if (!isPlain(extension)) return null;
  const instances = extension['instances'] ?? [];
  if (!Array.isArray(instances)) return null;
  const left = 'remove' in change ? instances.filter((each) => !isPlain(each) || each['name'] !== change.remove) : instances;
  if ('remove' in change && left.length === instances.length) return null;
  const list: readonly unknown[] = 'add' in change ? [...instances, change.add] : left;
  return { ...document, [EXTENSION]: { ...extension, instances: list } };
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function changedJson({ text, start }: ClusterText, change: Change): string | null {
  if (text.slice(0, start).trim() !== '') return null;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return null;
  }
  const wanted = changedPlain(document, change);
  if (wanted === null) return null;
  const indent = /\n([ \t]+)"/.exec(text)?.[1];
  return `${JSON.stringify(wanted, null, indent)}${text.endsWith('\n') ? '\n' : ''}`;
}

/** One item of a list in block style, as lines: null where there are none. */
function addedInLines(text: string, document: Document.Parsed, instance: ContainerInstance): string | null {
  const root = document.contents;
  if (!isBlockMap(root)) return null;
  const extension = root.get(EXTENSION, true);
  if (extension === undefined) return inserted(text, endOf(text, root), `${EXTENSION}:\n  instances:\n${itemText(instance, 4)}`);
  if (!isBlockMap(extension)) return null;
  const indent = indentOf(extension);
  const pair = pairOf(extension, 'instances');
  if (pair === undefined)
    return inserted(text, endOf(text, extension), `${' '.repeat(indent)}instances:\n${itemText(instance, indent + 2)}`);
  const list = pair.value;
  if (!isSeq(list)) return null;
  const last = list.items.at(-1);
  if (isCollection(last) && list.flow !== true)
    return inserted(text, endOf(text, last, indentOf(list)), itemText(instance, indentOf(list)));
  const [start = 0, end = 0] = list.range ?? [];
  if (list.items.length > 0 || /[^[\]\s]/.test(text.slice(start, end))) return null;
  const before = text.slice(0, start).trimEnd();
  const line = lineEnd(text, end);
  return inserted(`${before}${text.slice(end, line)}${text.slice(line)}`, before.length + line - end, itemText(instance, indent + 2));
}

function removedInLines(text: string, document: Document.Parsed, name: string): string | null {
  const extension = isBlockMap(document.contents) ? document.contents.get(EXTENSION, true) : undefined;
  const pair = isBlockMap(extension) ? pairOf(extension, 'instances') : undefined;
  const list = pair?.value;
  if (!isSeq(list) || list.flow === true || list.srcToken?.type !== 'block-seq') return null;
  const index = list.items.findIndex((item) => isMap(item) && item.get('name') === name);
  const item = list.items[index];
  const mark = list.srcToken.items[index]?.start.find(({ type }) => type === 'seq-item-ind');
  if (!isCollection(item) || mark === undefined) return null;
  const end = endOf(text, item, indentOf(list));
  const start = lineStart(text, mark.offset);
  if (list.items.length > 1) return `${text.slice(0, index === 0 ? start : aboveComments(text, start))}${text.slice(end)}`;
  const colon = pair?.srcToken?.sep?.find(({ type }) => type === 'map-value-ind');
  if (colon === undefined) return null;
  return `${text.slice(0, colon.offset + 1)} []${text.slice(colon.offset + 1, start)}${text.slice(end)}`;
}

function writtenAnew(documents: readonly Document.Parsed[], document: Document.Parsed, change: Change): string | null {
  const list: unknown = document.getIn(PATH, true);
  if (list !== undefined && !isSeq(list)) return null;
  if ('remove' in change) {
    const index = list?.items.findIndex((item) => isMap(item) && item.get('name') === change.remove) ?? -1;
    if (index < 0) return null;
    document.deleteIn([...PATH, index]);
  } else if (list === undefined) document.setIn(PATH, document.createNode([change.add]));
  else list.items.push(document.createNode(change.add));
  return documents.map((each) => each.toString({ lineWidth: 0 })).join('');
}

/** `lines` at the beginning of a line, with the line ends of the text. */
function inserted(text: string, at: number, lines: string): string {
  const before = text.slice(0, at);
  const whole = `${before === '' || before.endsWith('\n') ? '' : '\n'}${lines}`;
  return `${before}${text.includes('\r\n') ? whole.replaceAll('\n', '\r\n') : whole}${text.slice(at)}`;
}

/** Behind the last line of a node; with `indent` also behind the comments that are indented further than that. */
function endOf(text: string, node: { range?: readonly [number, number, number] | null }, indent?: number): number {
  let at = lineEnd(text, text.slice(0, node.range?.[1] ?? 0).trimEnd().length);
  if (indent === undefined) return at;
  for (;;) {
    const line = text.slice(at, lineEnd(text, at));
    const comment = /^( *)#/.exec(line);
    if (comment === null || (comment[1] ?? '').length <= indent) return at;
    at += line.length;
  }
}

/** The beginning of the comment lines right above a line. */
function aboveComments(text: string, start: number): number {
  let at = start;
  while (at > 0) {
    const above = lineStart(text, at - 1);
    if (!/^ *#/.test(text.slice(above, at))) break;
    at = above;
  }
  return at;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

function isBlockMap(node: unknown): node is YAMLMap {
  return isMap(node) && node.flow !== true && node.srcToken?.type === 'block-map';
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => key === name || (typeof key === 'object' && key !== null && 'value' in key && key.value === name));
}

function indentOf({ srcToken }: YAMLMap | YAMLSeq): number {
  return srcToken !== undefined && 'indent' in srcToken ? srcToken.indent : 0;
}
