// What a schema knows about its fields: their keys, what lies below them, what is noted beside them. Read from the schema itself, so that
// no second list exists.
import { globalRegistry, safeParse } from 'zod';
import type { z } from 'zod';
import type { FateNote } from './fate.ts';

export type Schema = z.core.$ZodType;

/** What a schema's author noted beside it. */
export interface Notes {
  readonly fate: FateNote | undefined;
  readonly valueFates: Readonly<Record<string, FateNote>> | undefined;
  readonly default: unknown;
}

/** Notes that were read once: the registry copies what it is asked for, a microsecond a field. */
const NOTES = new WeakMap<Schema, Notes>();

/** The notes of a field, as they stand in its `.meta(...)`. */
export function notesOf(schema: Schema): Notes {
  const known = NOTES.get(schema);
  if (known !== undefined) return known;
  const meta = globalRegistry.get(schema);
  const notes: Notes = { fate: meta?.fate, valueFates: meta?.valueFates, default: meta?.['default'] };
  NOTES.set(schema, notes);
  return notes;
}

/** The keys of the object at `path` inside `schema`; empty when there is no object with fixed keys. */
export function keysAt(schema: Schema, path: readonly PropertyKey[]): readonly string[] {
  let here: Schema | undefined = bareOf(schema);
  for (const step of path) {
    if (here === undefined) return [];
    here = bareOf(childOf(here, step));
  }
  return isObject(here) ? Object.keys(here._zod.def.shape) : [];
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
