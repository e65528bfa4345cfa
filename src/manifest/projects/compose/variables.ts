// A file's tree with its variables replaced, moved to its place in the project's numbering of offsets. Keys are left as they are, as in
// Compose. Numbers become what Compose's parser makes of them: 0755 is octal, and one with too many digits stays a text.
import { hintToSet } from './shape.ts';
import { interpolate } from '../../text/interpolate.ts';
import type { Lookup } from '../../text/interpolate.ts';
import type { Scalar, Tree } from '../../text/tree.ts';
import type { Unit } from './unit.ts';

interface Filling {
  readonly unit: Unit;
  readonly text: string;
  readonly base: number;
  readonly lookup: Lookup;
  /** Variables that are not set are warned of; not so in a file of which only one service is used. */
  readonly warns: boolean;
}

/** The tree of a file as it is read on. Every value is a new one: offsets differ from file to file. */
export function filled(unit: Unit, tree: Tree, file: { readonly text: string; readonly base: number }, lookup: Lookup, warns = true): Tree {
  return fill(tree, { unit, text: file.text, base: file.base, lookup, warns });
}

function fill(tree: Tree, filling: Filling): Tree {
  const { base } = filling;
  const [start, end] = [tree.start + base, tree.end + base];
  if (tree.kind === 'list') return { kind: 'list', items: tree.items.map((item) => fill(item, filling)), start, end };
  if (tree.kind === 'mapping') {
    const entries = tree.entries.map((entry) => ({ key: entry.key, start: entry.start + base, value: fill(entry.value, filling) }));
    return { kind: 'mapping', entries, start, end };
  }
  const moved: Scalar = { ...tree, start, end, text: tree.text === null ? null : tree.text + base };
  if (typeof tree.value === 'number') return { ...moved, value: numberOf(tree.value, filling.text.slice(tree.start, tree.end)) };
  return typeof tree.value === 'string' && tree.value.includes('$') ? replaced(moved, tree.value, filling) : moved;
}

function numberOf(value: number, source: string): number | string {
  if (/^[-+]?0[0-7]+$/.test(source)) return Number.parseInt(source, 8);
  return Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(source) ? source : value;
}

function replaced(scalar: Scalar, text: string, filling: Filling): Scalar {
  const { unit, lookup } = filling;
  const found = interpolate(text, lookup);
  const at = (inside: number): number => (scalar.text === null ? scalar.start : scalar.text + inside);
  if (found.fault !== null) {
    const { message, hint } = found.fault;
    const code = interpolate(text, () => '1').fault === null ? 'variable-required' : 'bad-variable';
    unit.faults.push({ code, offset: at(found.fault.at), message: `the value ${message}`, hint });
    unit.unset.set(scalar.start, '');
    return { ...scalar, value: '', text: null };
  }
  for (const { name, at: inside } of found.value.unset) {
    unit.unset.set(scalar.start, name);
    if (filling.warns) warnUnset(unit, name, at(inside));
  }
  return { ...scalar, value: found.value.text, text: found.value.text === text ? scalar.text : null };
}

/** One warning a variable, at its first use. */
export function warnUnset(unit: Unit, name: string, offset: number): void {
  if (unit.toldUnset.has(name)) return;
  unit.toldUnset.add(name);
  const message = `the variable ${name} is not set and is replaced by nothing`;
  unit.faults.push({ code: 'variable-unset', offset, message, hint: hintToSet(name), variable: name });
}
