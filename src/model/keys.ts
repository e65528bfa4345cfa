// What a schema knows about its fields: their keys, what lies below them, what is noted beside them. Read from the schema itself, so that
// no second list exists.
import { globalRegistry, safeParse } from 'zod';
import type { z } from 'zod';
import type { FateNote } from './fate.ts';

export type Schema = z.core.$ZodType;
/** One that can read a value. */
export type WholeSchema = z.ZodType;

/** What a schema's author noted beside it. */
export interface Notes {
  readonly fate: FateNote | undefined;
  readonly valueFates: Readonly<Record<string, FateNote>> | undefined;
  readonly severalFate: FateNote | undefined;
  readonly default: unknown;
}

/** Notes that were read once: the registry copies what it is asked for, a microsecond a field. */
const NOTES = new WeakMap<Schema, Notes>();

/** The notes of a field, as they stand in its `.meta(...)`. */
export function notesOf(schema: Schema): Notes {
  const known = NOTES.get(schema);
  if (known !== undefined) return known;
  const meta = globalRegistry.get(schema);
  const notes: Notes = {
    fate: meta?.fate,
    valueFates: meta?.valueFates,
    severalFate: meta?.severalFate,
    default: meta?.['default'],
  };
  NOTES.set(schema, notes);
  return notes;
}

/** The keys of the object at `path` inside `schema`; empty when there is no object with fixed keys. `value`: of the whole, for objects that
 * come in kinds. */
export function keysAt(schema: Schema, path: readonly PropertyKey[], value?: unknown): readonly string[] {
  let here: Schema | undefined = bareOf(schema);
  let found = value;
  for (const step of path) {
    if (here === undefined) return [];
    found = memberOf(found, step);
    here = ofKind(bareOf(childOf(here, step)), found);
  }
  return isObject(here) ? Object.keys(here._zod.def.shape) : [];
}

/** Of objects that come in kinds, told apart by a field, the kind that a value is of. */
function ofKind(schema: Schema | undefined, value: unknown): Schema | undefined {
  if (schema?._zod.def.type !== 'union') return schema;
  const { discriminator, options } = schema._zod.def as z.core.$ZodDiscriminatedUnionDef;
  if (discriminator === undefined) return schema;
  const kind = memberOf(value, discriminator);
  return options.find((option) => isObject(option) && accepts(option._zod.def.shape[discriminator] ?? option, kind));
}

function memberOf(value: unknown, step: PropertyKey): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, step)
    ? (value as Record<PropertyKey, unknown>)[step]
    : undefined;
}

/** The schema of a field, or of a list's items. */
export function childOf(schema: Schema, step: PropertyKey): Schema | undefined {
  if (isObject(schema)) return schema._zod.def.shape[String(step)];
  const { def } = schema._zod;
  return def.type === 'array' ? (def as z.core.$ZodArrayDef).element : undefined;
}

/** Without what only wraps: optional fields, and the input side of transformations. */
export function bareOf(schema: Schema | undefined): Schema | undefined {
  const def = schema?._zod.def;
  if (def?.type === 'optional') return bareOf((def as z.core.$ZodOptionalDef).innerType);
  if (def?.type === 'pipe') return bareOf((def as z.core.$ZodPipeDef).in);
  return schema;
}

/** Whether a schema is of an object with fixed keys. */
export function isObject(schema: Schema | undefined): schema is z.core.$ZodObject {
  return schema?._zod.def.type === 'object';
}

/** Whether a schema takes a value. */
export function accepts(schema: Schema, value: unknown): boolean {
  return safeParse(schema, value).success;
}

/** Whether a field holds whatever its author wrote: an event pattern, a policy. There null is a value like any other. */
export function isData(schema: Schema | undefined): boolean {
  const def = schema?._zod.def;
  return def?.type === 'record' && (def as z.core.$ZodRecordDef).valueType._zod.def.type === 'unknown';
}
