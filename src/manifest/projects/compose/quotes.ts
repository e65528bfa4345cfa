// Quoted texts over several lines, as Compose's parser takes them: their lines may be indented as little as the key, which YAML forbids.
// A text that fails for that is read again with those lines indented further, which a quoted text does not keep; places are told in the
// text as it was. When that does not help, the first reading counts.
import { OPEN_QUOTE, parseYaml } from '../../text/yaml.ts';
import type { Entry, Tree } from '../../text/tree.ts';
import type { ParsedText, YamlStyle } from '../../text/yaml.ts';

/** Such texts in one file. */
const MAX_REPAIRS = 20;
/** Blanks that are put in before all lines of one text. */
const MAX_BLANKS = 100_000;

/** Blanks put into a text: where in the text that came out, ascending, and how many at each place. */
interface Inserted {
  readonly at: readonly number[];
  readonly length: number;
}

interface Repaired {
  readonly text: string;
  readonly inserted: Inserted;
}

/** Reads a text with quoted lines indented as they happen to be. */
export function parseLoosely(text: string, style: YamlStyle): ParsedText {
  const first = parseYaml(text, style);
  const repairs: Inserted[] = [];
  let parsed = first;
  let here = text;
  while (parsed.faults.length > 0 && repairs.length < MAX_REPAIRS) {
    const open = parsed.faults.find(({ message }) => message === OPEN_QUOTE);
    const repaired = open === undefined ? null : indentedBehind(here, open.offset);
    if (repaired === null) return first;
    repairs.push(repaired.inserted);
    here = repaired.text;
    parsed = parseYaml(here, style);
  }
  return parsed.faults.length > 0 ? first : told(parsed, repairs);
}

/** The text with all lines inside a quote indented behind it; null when the quote ends on its line, or never. */
function indentedBehind(text: string, quote: number): Repaired | null {
  const end = endOfQuote(text, quote);
  const indent = quote - text.lastIndexOf('\n', quote) - 1;
  const inserted: number[] = [];
  let repaired = text.slice(0, quote);
  let from = quote;
  for (let at = text.indexOf('\n', quote); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) {
    repaired += text.slice(from, at + 1);
    inserted.push(repaired.length);
    repaired += ' '.repeat(indent);
    from = at + 1;
    if (inserted.length * indent > MAX_BLANKS) return null;
  }
  return inserted.length === 0 ? null : { text: repaired + text.slice(from), inserted: { at: inserted, length: indent } };
}

/** The index of the closing quote; -1 when there is none. */
function endOfQuote(text: string, quote: number): number {
  const sign = text[quote];
  for (let at = quote + 1; at < text.length; at++) {
    if (sign === '"' && text[at] === '\\') at++;
    else if (text[at] === sign) {
      if (sign === '"' || text[at + 1] !== sign) return at;
      at++;
    }
  }
  return -1;
}

/** What was read of the repaired text, with the places of the text as it was. */
function told({ documents, tags }: ParsedText, repairs: readonly Inserted[]): ParsedText {
  const place = (offset: number): number => repairs.reduceRight(before, offset);
  return {
    documents: documents.map((document) => moved(document, place)),
    faults: [],
    tags: new Map(Array.from(tags, ([offset, tag]) => [place(offset), tag])),
  };
}

/** Where an offset was before blanks were put in. */
function before(offset: number, { at, length }: Inserted): number {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? offset : offset - (low - 1) * length - Math.min(length, offset - (at[low - 1] ?? 0));
}

function moved(tree: Tree, place: (offset: number) => number): Tree {
  const [start, end] = [place(tree.start), place(tree.end)];
  if (tree.kind === 'list') return { ...tree, items: tree.items.map((item) => moved(item, place)), start, end };
  if (tree.kind === 'scalar') return { ...tree, start, end, text: tree.text === null ? null : place(tree.text) };
  const entries = tree.entries.map((entry): Entry => ({ ...entry, start: place(entry.start), value: moved(entry.value, place) }));
  return { ...tree, entries, start, end };
}
