// What AWS's tools write, in the spelling of the model: answers hold nulls, empty lists and fields that only ECS fills in; skeletons hold
// empty texts; templates hold numbers and true/false in quotes. Each is read as what ECS takes it for, guided by the schema of the kind.
// A value that the schema refuses in any reading stays as it is, so that it is told. Places are those of the original.
import { RESPONSE_FIELDS } from '../../ecs-names.ts';
import { SCHEMAS } from '../../kind.ts';
import { accepts, bareOf, childOf, isData, isObject } from '../../../model/keys.ts';
import type { Entry, List, Mapping, Scalar, Tree } from '../../text/tree.ts';
import type { KindName } from '../../kind.ts';
import type { Schema } from '../../../model/keys.ts';

/** The tree of a document that AWS's tools wrote or read, as its kind is written here. */
export function normalised(kind: KindName, tree: Mapping): Mapping {
  return mappingOf(tree, bareOf(SCHEMAS[kind]), kind);
}

/** `place`: the object without list positions, as ecs-names.ts writes it. */
function valueOf(tree: Tree, schema: Schema | undefined, place: string): Tree {
  const bare = bareOf(schema);
  if (isData(bare)) return tree;
  if (tree.kind === 'scalar') return scalarOf(tree, bare);
  if (tree.kind === 'mapping') return mappingOf(tree, bare, place);
  return listOf(tree, bare, place);
}

function mappingOf(tree: Mapping, schema: Schema | undefined, place: string): Mapping {
  const shape = isObject(schema) ? schema._zod.def.shape : null;
  const entries: Entry[] = [];
  for (const { key, start, value } of tree.entries) {
    if (isNull(value)) continue;
    const field = shape?.[key];
    if (field === undefined && RESPONSE_FIELDS.get(place)?.has(key) === true) continue;
    // most values are scalars, and a name for their place would be made for nothing
    const read = value.kind === 'scalar' ? scalarOf(value, bareOf(field)) : valueOf(value, field, `${place}.${key}`);
    if (field === undefined || !saysNothing(read, field)) entries.push({ key, start, value: read });
  }
  return { ...tree, entries };
}

/** Items that are null, or hold only what a skeleton leaves for the author to fill in, are none. */
function listOf(tree: List, schema: Schema | undefined, place: string): List {
  const element = schema === undefined ? undefined : childOf(schema, 0);
  const items = tree.items.filter((item) => !isNull(item) && !isBlank(item)).map((item) => valueOf(item, element, place));
  return { ...tree, items };
}

/** Texts that hold a number or true/false, where the schema has room for nothing else. */
function scalarOf(scalar: Scalar, schema: Schema | undefined): Scalar {
  const { value } = scalar;
  if (typeof value !== 'string' || schema === undefined || !/^(?:-?[0-9]{1,15}|true|false)$/.test(value)) return scalar;
  const meant = value === 'true' || value === 'false' ? value === 'true' : Number(value);
  return !accepts(schema, value) && accepts(schema, meant) ? { ...scalar, value: meant, text: null } : scalar;
}

/** Whether an optional field is given as nothing: an empty text that it does not take, or an empty list or mapping. */
function saysNothing(tree: Tree, field: Schema): boolean {
  if (field._zod.def.type !== 'optional') return false;
  if (tree.kind === 'list') return tree.items.length === 0 && bareOf(field)?._zod.def.type === 'array';
  if (tree.kind === 'mapping') return tree.entries.length === 0 && accepts(field, {});
  return tree.value === '' && !accepts(field, '');
}

/** A mapping in a list whose texts are all empty and whose numbers are all 0. */
function isBlank(tree: Tree): boolean {
  if (tree.kind !== 'mapping') return false;
  const values = tree.entries.map(({ value }) => value);
  return values.some((value) => value.kind === 'scalar' && value.value === '') && values.every(isBlankValue);
}

function isBlankValue(tree: Tree): boolean {
  if (tree.kind === 'scalar') return tree.value === '' || tree.value === 0 || tree.value === null;
  return tree.kind === 'list' ? tree.items.every(isBlankValue) : tree.entries.every(({ value }) => isBlankValue(value));
}

function isNull(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null;
}
