import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { KIND_NAMES } from '../src/manifest/kind.ts';
import { CONFIG_FILE, schemaFiles, staleFiles } from '../scripts/schemas.ts';

interface Json {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly items?: Json;
  readonly description?: string;
  readonly $defs?: Readonly<Record<string, Json>>;
}

const MODEL = JSON.parse(schemaFiles().get('longshore.schema.json') ?? '{}') as Json;

describe('schemas for editors', () => {
  it('are those of the model; run `node scripts/schemas.ts` when this fails', () => {
    expect(staleFiles()).toEqual([]);
  });

  it("exist for every kind, one for all, and one for the operator's configuration", () => {
    expect([...schemaFiles().keys()]).toEqual([...KIND_NAMES.map(fileName), 'longshore.schema.json', CONFIG_FILE]);
  });

  it("every field of the operator's configuration says what it is", () => {
    expect(undescribed(JSON.parse(schemaFiles().get(CONFIG_FILE) ?? '{}') as Json, 'configuration')).toEqual([]);
  });

  it.each(KIND_NAMES)('%s: every field says what it is', (kind) => {
    expect(undescribed(MODEL.$defs?.[kind] ?? {}, kind)).toEqual([]);
  });

  it.each(KIND_NAMES)('%s: every number says what it counts, so that nobody has to guess seconds from milliseconds', (kind) => {
    expect(numbers(MODEL.$defs?.[kind] ?? {}, kind).filter(([, description]) => !UNIT.test(description))).toEqual([]);
  });

  // read from the file, as an editor does
  const service = z.fromJSONSchema(JSON.parse(readFileSync(new URL('../schemas/service.schema.json', import.meta.url), 'utf8')));
  const good = { kind: 'Service', serviceName: 'web', taskDefinition: 'web', desiredCount: 2 };
  it.each([
    ['a service', good, true],
    ["keys of the author's own", { ...good, 'x-team': 'shop' }, true],
    ['our extension', { ...good, 'x-longshore': { healthyAfter: 5 } }, true],
    ['another kind', { ...good, kind: 'Cluster' }, false],
    ['a misspelt key', { ...good, desiredcount: 2 }, false],
    ['a missing field', { ...good, serviceName: undefined }, false],
    ['a wrong type', { ...good, desiredCount: '2' }, false],
    ['a percentage out of range', { ...good, deploymentConfiguration: { minimumHealthyPercent: 101 } }, false],
    ['an unknown extension', { ...good, 'x-longshore': { healthyafter: 5 } }, false],
  ])('the service schema and %s', (_, document, valid) => {
    expect(service.safeParse(document).success).toBe(valid);
  });

  it('tell defaults without setting them', () => {
    expect(MODEL.$defs?.['Service']?.properties?.['cluster']).toMatchObject({ default: 'default' });
    expect(MODEL.$defs?.['TargetGroup']?.properties?.['healthCheckIntervalSeconds']).toMatchObject({ default: 30 });
  });
});

function fileName(kind: string): string {
  return `${kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase()}.schema.json`;
}

function undescribed(schema: Json, path: string): string[] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    ...(field.description === undefined ? [`${path}.${name}`] : []),
    ...undescribed(field, `${path}.${name}`),
  ]);
  return [
    ...inner,
    ...[...(schema.items === undefined ? [] : [schema.items]), ...(schema.oneOf ?? [])].flatMap((part) => undescribed(part, path)),
  ];
}

/** A unit, or what is counted. */
const UNIT =
  /\b(?:seconds?|minutes?|hours?|days?|MiB|GiB|bytes?|percent|ports?|number|count|units?|times|tasks|cores|codes?|attempts|failures|successes|images|processes|periods|share)\b/i;

/** Fields that take a number, with their descriptions. */
function numbers(schema: Json, path: string): (readonly [path: string, description: string])[] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    ...(isNumber(field) ? [[`${path}.${name}`, field.description ?? ''] as const] : []),
    ...numbers(field, `${path}.${name}`),
  ]);
  return [...inner, ...parts(schema).flatMap((part) => numbers(part, path))];
}

function isNumber(field: Json): boolean {
  const types = [field.type].flat();
  if (types.includes('integer') || types.includes('number')) return true;
  return parts(field).some(isNumber);
}

/** What stands in a schema without a name. */
function parts({ items, anyOf = [] }: Json): readonly Json[] {
  return items === undefined ? anyOf : [items, ...anyOf];
}
