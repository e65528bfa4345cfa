// A value without what it would be anyway: fields that say their default, and lists and mappings that hold nothing.
import { bareOf, childOf, isObject, notesOf } from '../../model/keys.ts';
import type { Schema } from '../../model/keys.ts';

/** The value as short as its schema lets it be. */
export function withoutDefaults(value: unknown, schema: Schema | undefined): unknown {
  const bare = bareOf(schema);
  if (bare === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => withoutDefaults(item, childOf(bare, 0)));
  if (!isObject(bare) || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const field = bare._zod.def.shape[key];
    const short = withoutDefaults(inner, field);
    const isOptional = field?._zod.def.type === 'optional';
    return isOptional && field !== undefined && saysNothing(short, notesOf(field).default) ? [] : [[key, short]];
  });
  return Object.fromEntries(entries);
}

function saysNothing(value: unknown, fallback: unknown): boolean {
  if (value === undefined || value === null || value === fallback) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
