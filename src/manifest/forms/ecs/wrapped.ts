// Pieces that the forms without a kind share: looking at keys, taking a document out of what an answer wraps around it, and names that
// come from the file, because the command that would give them is not part of the file.
import { onValue } from '../../finding.ts';
import type { Entry, Mapping, Scalar, Tree } from '../../text/tree.ts';
import type { Finding } from '../../finding.ts';

/** Keys that AWS's tools write around an answer, and that say nothing about the thing in it. */
const ABOUT_THE_ANSWER: ReadonlySet<string> = new Set(['ResponseMetadata', 'failures', 'nextToken', '$metadata']);

/** The value of a key, or null. */
export function memberOf(tree: Tree, key: string): Tree | null {
  return tree.kind === 'mapping' ? (tree.entries.find((entry) => entry.key === key)?.value ?? null) : null;
}

/** The mapping under a key, or null when there is none, or none that is a mapping. */
export function mappingUnder(tree: Tree, key: string): Mapping | null {
  const found = memberOf(tree, key);
  return found?.kind === 'mapping' ? found : null;
}

/** The text under a key, or null when there is none. */
export function textUnder(tree: Tree, key: string): string | null {
  const found = memberOf(tree, key);
  return found?.kind === 'scalar' && typeof found.value === 'string' ? found.value : null;
}

/** The items of a list of mappings under a key, or null when there is none, or it holds something else. */
export function mappingsUnder(tree: Tree, key: string): readonly Mapping[] | null {
  const found = memberOf(tree, key);
  if (found?.kind !== 'list') return null;
  const mappings = found.items.filter((item) => item.kind === 'mapping');
  return mappings.length === found.items.length ? mappings : null;
}

/** Whether a mapping has one of the keys. */
export function hasOneOf(tree: Tree, keys: readonly string[]): boolean {
  return tree.kind === 'mapping' && tree.entries.some(({ key }) => keys.includes(key));
}

/** The mapping under `key` with what stands beside it: tags are given beside the thing that they belong to. A key that belongs neither
 * there nor to an answer is kept, so that it is told to be unknown. */
export function unwrapped(wrapper: Mapping, key: string, inner: Mapping): Mapping {
  const own = new Set(inner.entries.map((entry) => entry.key));
  const beside = wrapper.entries.filter((entry) => entry.key !== key && !ABOUT_THE_ANSWER.has(entry.key) && !own.has(entry.key));
  return beside.length === 0 ? inner : { ...inner, entries: [...inner.entries, ...beside] };
}

/** A mapping without some keys. */
export function withoutKeys(tree: Mapping, keys: readonly string[]): Mapping {
  return { ...tree, entries: tree.entries.filter(({ key }) => !keys.includes(key)) };
}

/** A mapping with one more key, which stands where the mapping begins. */
export function withValue(tree: Mapping, key: string, value: string | number): Mapping {
  const made: Scalar = { kind: 'scalar', value, start: tree.start, end: tree.start, text: null };
  const entry: Entry = { key, start: tree.start, value: made };
  return { ...tree, entries: [entry, ...tree.entries.filter((other) => other.key !== key)] };
}

/** The name of a file as a name of ECS: without its ending, other characters replaced. */
export function nameOfFile(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1).replace(/(?:\.(?:ya?ml|json|dist|example|sample|template))+$/i, '');
  return base.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 255) || 'unnamed';
}

/** Takes the file's name for a name that is left out, and says so; a mapping that has it is left as it is. */
export function namedAfterFile(tree: Mapping, key: string, path: string, what: string): { tree: Mapping; findings: Finding[] } {
  const given = memberOf(tree, key);
  if (given !== null && !(given.kind === 'scalar' && given.value === null)) return { tree, findings: [] };
  const name = nameOfFile(path);
  const message = `the ${what} has no ${key}; it is called "${name}" after its file`;
  return { tree: withValue(tree, key, name), findings: [onValue('name-from-file', [key], message, `write "${key}" into the file`)] };
}
