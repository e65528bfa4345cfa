// The table of fates: whole (no field of a schema is missing), and true (what it says is what validation does).
import { describe, expect, it } from 'vitest';
import { KINDS, KIND_NAMES, SCHEMAS } from '../../src/manifest/kind.ts';
import { UNSUPPORTED_FIELDS } from '../../src/manifest/ecs-names.ts';
import { bareOf, childOf, notesOf } from '../../src/model/keys.ts';
import { SEVERAL, fateRows } from '../../scripts/reference/fates.ts';
import { schemaFiles } from '../../scripts/schemas.ts';
import type { FateRow } from '../../scripts/reference/fates.ts';
import type { KindName } from '../../src/manifest/kind.ts';
import type { Schema } from '../../src/model/keys.ts';

/** Names of properties anywhere in a JSON Schema, whatever keyword they stand below. */
function propertyNames(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(propertyNames);
  if (schema === null || typeof schema !== 'object') return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'properties' ? [...Object.keys(value as object), ...propertyNames(Object.values(value as object))] : propertyNames(value),
  );
}

/** What validation says of a field: its own fate or that of the first thing that holds it; null: nothing, undefined: it never looks there. */
function validated(kind: KindName, row: FateRow): string | null | undefined {
  const whole = KINDS[kind].fate;
  if (whole !== undefined) return whole.fate;
  let here: Schema | undefined = SCHEMAS[kind];
  for (const step of row.field.replaceAll('[]', '.0').split('.')) {
    const bare: Schema | undefined = bareOf(here);
    here = bare === undefined ? undefined : childOf(bare, step === '0' ? 0 : step);
    if (here === undefined) return undefined;
    const { fate } = notesOf(here);
    if (fate !== undefined) return fate.fate;
  }
  if (row.value === SEVERAL) return notesOf(here).severalFate?.fate ?? null;
  return row.value === null ? null : (notesOf(here).valueFates?.[row.value]?.fate ?? null);
}

/** Rows of names that no schema has. */
function isUnread(kind: KindName, { field }: FateRow): boolean {
  const place = [kind, ...field.replaceAll('[]', '').split('.')];
  return UNSUPPORTED_FIELDS.get(place.slice(0, -1).join('.'))?.has(place.at(-1) ?? '') === true;
}

/** Rows of attributes by key, which elb-attributes.ts has a table of: test/manifest/rules/elb-attributes.test.ts tries each. */
function isAttribute({ field, value }: FateRow): boolean {
  return value !== null && field.endsWith('Attributes[].key');
}

describe.each(KIND_NAMES)('the fates of a %s', (kind) => {
  const rows = fateRows(kind);

  it('name every field of its schema', () => {
    const { $defs } = JSON.parse(schemaFiles().get('longshore.schema.json') ?? '{}') as { $defs: Readonly<Record<string, unknown>> };
    const told = new Set(
      rows.map(({ field }) =>
        field
          .split('.')
          .at(-1)
          ?.replace(/(?:\[\])+$/, ''),
      ),
    );
    const names = propertyNames($defs[kind]).filter((name) => name !== 'kind');
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !told.has(name))).toEqual([]);
  });

  it('are those that validation goes by', () => {
    const wrong = rows
      .filter((row) => !isUnread(kind, row) && !isAttribute(row))
      .map((row) => ({ ...row, validated: validated(kind, row) }))
      .filter((row) => (row.word === 'honoured' ? (row.validated ?? null) !== null : row.validated !== row.word));
    expect(wrong).toEqual([]);
  });
});

describe('the table', () => {
  it('knows fields, values, what is inherited, and names that are not read', () => {
    const all = fateRows('TaskDefinition');
    const find = (field: string, value: string | null): FateRow | undefined =>
      all.find((row) => row.field === field && row.value === value);
    expect(find('containerDefinitions[].image', null)).toMatchObject({ word: 'honoured' });
    expect(find('requiresCompatibilities', 'FARGATE')).toMatchObject({ word: 'approximated' });
    expect(find('proxyConfiguration.properties[].name', null)).toMatchObject({ word: 'ignored' });
    expect(fateRows('LoadBalancer').find(({ field }) => field === 'subnets')).toMatchObject({ word: 'ignored' });
    expect(fateRows('Service').find(({ field }) => field === 'clientToken')).toMatchObject({ word: 'refused' });
  });
});
