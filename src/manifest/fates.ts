// A document against the fates of its fields: each field or value that is present and can't be honoured becomes one finding. What a field
// is set to nothing (null, an empty list, false or 0 where nothing else is the default) asks for nothing and is passed over.
// The walk goes over the tree, not over the schema: it costs as much as the document is large.
import { bareOf, childOf, isObject, notesOf } from '../model/keys.ts';
import { KINDS, SCHEMAS } from './kind.ts';
import { nameOf, onKey, onValue } from './finding.ts';
import type { FateNote } from '../model/fate.ts';
import type { Finding } from './finding.ts';
import type { KindName } from './kind.ts';
import type { Entry, List, Mapping, Path, Tree } from './text/tree.ts';
import type { Schema } from '../model/keys.ts';
import type { ProblemCode } from './codes.ts';

const CODES: Readonly<Record<FateNote['fate'], ProblemCode>> = {
  approximated: 'field-approximated',
  ignored: 'field-ignored',
  refused: 'field-refused',
  later: 'not-deployed-yet',
};
const HINTS: Readonly<Record<FateNote['fate'], string>> = {
  approximated: 'nothing needs to be done; docs/reference/fates.md lists what each field does',
  ignored: 'remove the field, or keep it for ECS; docs/reference/fates.md lists what each field does',
  refused: 'remove the field; docs/reference/fates.md lists what each field does',
  later: 'keep it to be checked, but a commit that holds it is not deployed by this version; docs/reference/fates.md lists what is',
};

/** What becomes of the fields of a document that is in order otherwise. */
export function fateFindings(kind: KindName, tree: Tree): Finding[] {
  const findings: Finding[] = [];
  const { fate, words } = KINDS[kind];
  // A kind that nobody acts on says so once, and not again for each of its fields.
  if (fate !== undefined) return [{ ...told(fate, `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`, []), on: 'value' }];
  if (tree.kind !== 'scalar') walk(SCHEMAS[kind], tree, [], findings);
  return findings;
}

function walk(schema: Schema, tree: List | Mapping, path: Path, findings: Finding[]): void {
  const bare = bareOf(schema);
  if (tree.kind === 'list') {
    for (const [index, item] of tree.items.entries()) {
      const element = bare === undefined ? undefined : childOf(bare, index);
      if (element !== undefined && item.kind !== 'scalar') walk(element, item, [...path, index], findings);
    }
    return;
  }
  if (!isObject(bare)) return;
  for (const { key, value } of tree.entries) {
    const field = bare._zod.def.shape[key];
    if (field === undefined) continue;
    const notes = notesOf(field);
    if (value.kind === 'scalar' && notes.fate === undefined && notes.valueFates === undefined) continue;
    const inner = [...path, key];
    if (notes.fate?.byRule === true) continue;
    if (notes.fate !== undefined && !asksNothing(value, notes.default)) findings.push(told(notes.fate, nameOf(inner), inner));
    else if (notes.severalFate !== undefined && value.kind === 'list' && value.items.length > 1) {
      findings.push(told(notes.severalFate, `more than one entry of ${nameOf(inner)}`, inner));
      continue;
    } else if (notes.valueFates !== undefined && !isDefault(value, notes.default)) {
      findings.push(...valueFindings(notes.valueFates, value, inner));
    }
    if (notes.fate === undefined && value.kind !== 'scalar') walk(field, value, inner, findings);
  }
}

function valueFindings(fates: Readonly<Record<string, FateNote>>, value: Tree, path: Path): Finding[] {
  if (value.kind === 'list') return value.items.flatMap((item, index) => valueFindings(fates, item, [...path, index]));
  if (value.kind !== 'scalar' || !Object.hasOwn(fates, String(value.value))) return [];
  const fate = fates[String(value.value)];
  return fate === undefined ? [] : [{ ...told(fate, `${nameOf(path)}: ${String(value.value)}`, path), on: 'value' }];
}

/** Whether a value is what is meant without it. */
function isDefault(tree: Tree, fallback: unknown): boolean {
  return tree.kind === 'scalar' && tree.value === fallback;
}

/** Whether a field that is written down asks for nothing. */
function asksNothing(tree: Tree, fallback: unknown): boolean {
  if (tree.kind === 'list') return tree.items.length === 0;
  if (tree.kind === 'mapping') return tree.entries.length === 0 || tree.entries.some(isSwitchedOff);
  if (fallback === undefined && (tree.value === false || tree.value === 0)) return true;
  return tree.value === null || tree.value === '' || tree.value === fallback;
}

/** `enable: false` beside whatever else: ECS answers with all fields of what is off. */
function isSwitchedOff({ key, value }: Entry): boolean {
  return (key === 'enable' || key === 'enabled') && value.kind === 'scalar' && value.value === false;
}

const SAID: Readonly<Record<FateNote['fate'], string>> = {
  approximated: 'is done in another way',
  ignored: 'is left out',
  refused: 'is refused',
  later: 'is not deployed yet',
};

/** The finding about something that has a fate. */
export function told({ fate, instead }: FateNote, name: string, path: Path): Finding {
  const message = `${name} ${SAID[fate]}: ${instead}`;
  return path.length === 0 ? onValue(CODES[fate], path, message, HINTS[fate]) : onKey(CODES[fate], path, message, HINTS[fate]);
}
