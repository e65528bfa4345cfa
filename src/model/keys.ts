// Which keys a schema knows at a place: what "did you mean" chooses from. Read from the schema itself, so that no second list exists.
import type { z } from 'zod';

/** The keys of the object at `path` inside `schema`; empty when there is no object with fixed keys. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  let here: z.core.$ZodType | undefined = bare(schema);
  for (const step of path) {
    if (here === undefined) return [];
    here = bare(childOf(here, step));
  }
  return isObject(here) ? Object.keys(here._zod.def.shape) : [];
}

function childOf(schema: z.core.$ZodType, step: PropertyKey): z.core.$ZodType | undefined {
  if (isObject(schema)) return schema._zod.def.shape[String(step)];
  const { def } = schema._zod;
  return def.type === 'array' ? (def as z.core.$ZodArrayDef).element : undefined;
}

/** Without what only wraps: optional fields, and the input side of transformations. */
function bare(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const def = schema?._zod.def;
  if (def?.type === 'optional') return bare((def as z.core.$ZodOptionalDef).innerType);
  if (def?.type === 'pipe') return bare((def as z.core.$ZodPipeDef).in);
  return schema;
}

function isObject(schema: z.core.$ZodType | undefined): schema is z.core.$ZodObject {
  return schema?._zod.def.type === 'object';
}
