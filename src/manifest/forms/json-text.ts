// JSON inside a text: AWS's calls take policies and event patterns as texts that hold JSON, and their answers give them back so.
// Such a text becomes the tree that it holds, with places in the file, so that everything behind it knows one form only.
import { parseJson } from '../text/json.ts';
import { onValue } from '../finding.ts';
import type { Finding } from '../finding.ts';
import type { Path, Scalar, Tree } from '../text/tree.ts';

/** The tree with the texts at `places` replaced by what they hold. A step of `*` stands for every item of a list. */
export function unpacked(tree: Tree, places: readonly Path[], findings: Finding[]): Tree {
  return places.reduce((here, place) => replaced(here, place, [], findings), tree);
}

function replaced(tree: Tree, place: Path, path: Path, findings: Finding[]): Tree {
  const [step, ...rest] = place;
  if (step === undefined) return tree.kind === 'scalar' && typeof tree.value === 'string' ? held(tree, tree.value, path, findings) : tree;
  if (tree.kind === 'list' && step === '*') {
    return { ...tree, items: tree.items.map((item, index) => replaced(item, rest, [...path, index], findings)) };
  }
  if (tree.kind !== 'mapping' || !tree.entries.some(({ key }) => key === step)) return tree;
  const entries = tree.entries.map((entry) =>
    entry.key === step ? { ...entry, value: replaced(entry.value, rest, [...path, entry.key], findings) } : entry,
  );
  return { ...tree, entries };
}

/** What a text holds; the text itself, with a finding, when it holds no JSON. */
function held(scalar: Scalar, text: string, path: Path, findings: Finding[]): Tree {
  const { documents, faults } = parseJson(text);
  const [document] = documents;
  if (document !== undefined) return moved(document, scalar);
  const fault = faults[0];
  const name = String(path.findLast((step) => typeof step === 'string'));
  const message = `${name} holds no JSON: ${fault?.message ?? 'it is empty'}`;
  findings.push({ ...onValue('bad-json', path, message, fault?.hint ?? 'write JSON, or the object itself'), inside: fault?.offset ?? 0 });
  return scalar;
}

/** The places of a tree inside a text become places in the file: letter by letter where the text stands so, else at its beginning. */
function moved(tree: Tree, scalar: Scalar): Tree {
  const place = (offset: number): number => (scalar.text === null ? scalar.start : scalar.text + offset);
  const span = { start: place(tree.start), end: scalar.text === null ? scalar.end : place(tree.end) };
  if (tree.kind === 'scalar') return { ...tree, ...span, text: scalar.text === null || tree.text === null ? null : place(tree.text) };
  if (tree.kind === 'list') return { ...tree, ...span, items: tree.items.map((item) => moved(item, scalar)) };
  const entries = tree.entries.map((entry) => ({ ...entry, start: place(entry.start), value: moved(entry.value, scalar) }));
  return { ...tree, ...span, entries };
}
