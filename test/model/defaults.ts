// The defaults that a schema tells, by place: what a table of ECS's own defaults is compared with.
import { globalRegistry } from 'zod';
import type { z } from 'zod';

/** `listeners.protocol` -> its default; every field of the schema that tells one. */
export function defaultsOf(schema: z.core.$ZodType): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  collect(schema, '', found);
  return found;
}

function collect(schema: z.core.$ZodType, path: string, found: Record<string, unknown>): void {
  const fallback = globalRegistry.get(schema)?.['default'];
  if (fallback !== undefined) found[path] = fallback;
  const { def } = schema._zod;
  if (def.type === 'optional') collect((def as z.core.$ZodOptionalDef).innerType, path, found);
  if (def.type === 'pipe') collect((def as z.core.$ZodPipeDef).in, path, found);
  if (def.type === 'array') collect((def as z.core.$ZodArrayDef).element, path, found);
  if (def.type !== 'object') return;
  for (const [key, field] of Object.entries((def as z.core.$ZodObjectDef).shape))
    collect(field, path === '' ? key : `${path}.${key}`, found);
}
