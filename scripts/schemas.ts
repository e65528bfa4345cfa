// Writes schemas/*.schema.json from the zod schemas of src/model: what editors complete and check while somebody writes a manifest or the
// configuration of a daemon.
// Run `node scripts/schemas.ts` after a change of the model; a test fails when the files are stale. The loader checks more than a
// JSON Schema can say (references, sizes, sums), and reads more spellings (PascalCase, JSON inside
// texts); what these schemas refuse otherwise, the loader refuses too.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { KINDS, KIND_NAMES, SCHEMAS } from '../src/manifest/kind.ts';
import { OperatorConfig } from '../src/model/operator-config.ts';
import { notesOf } from '../src/model/keys.ts';
import type { FateNote } from '../src/model/fate.ts';
import type { KindName } from '../src/manifest/kind.ts';

const FOLDER = fileURLToPath(new URL('../schemas/', import.meta.url));
/** The schema of the operator's configuration. */
export const CONFIG_FILE = 'operator-config.schema.json';
const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
/** Keys of the author's own, anywhere; `x-longshore` is ours and checked. */
const OWN_KEYS = '^x-(?!longshore$)';

type Json = { [key: string]: unknown };

/** File name -> content, for all schemas. */
export function schemaFiles(): ReadonlyMap<string, string> {
  const files = KIND_NAMES.map((kind): [string, Json] => [`${fileName(kind)}.schema.json`, { $schema: DIALECT, ...schemaOf(kind) }]);
  const all = [
    ...files,
    ['longshore.schema.json', anyKind()] as const,
    [CONFIG_FILE, { $schema: DIALECT, ...converted(OperatorConfig) }] as const,
  ];
  return new Map(all.map(([name, content]) => [name, `${JSON.stringify(content, null, 2)}\n`]));
}

/** The files under schemas/ that do not hold what the model says, by name. */
export function staleFiles(): string[] {
  return [...schemaFiles()].filter(([name, content]) => read(name) !== content).map(([name]) => name);
}

function read(name: string): string | null {
  try {
    return readFileSync(FOLDER + name, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** `TaskDefinition` -> `task-definition`. */
function fileName(kind: KindName): string {
  return kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** A schema of the model. */
function converted(model: z.ZodType): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(model, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => refine(zodSchema, jsonSchema),
  });
  return schema;
}

/** One document of this kind. */
function schemaOf(kind: KindName): Json {
  const object = converted(SCHEMAS[kind]);
  const properties = { kind: { const: kind, description: `A document of kind ${kind}.` }, ...(object['properties'] as Json) };
  return { ...object, properties, required: ['kind', ...((object['required'] as string[] | undefined) ?? [])] };
}

/** What the conversion leaves out: defaults of transformed fields, keys of the author's own, bounds that only say "integer". */
function refine(zodSchema: z.core.$ZodType, jsonSchema: Json): void {
  const fallback = z.globalRegistry.get(zodSchema)?.['default'];
  const { fate, valueFates, severalFate } = notesOf(zodSchema);
  const ofValues = Object.entries(valueFates ?? {}).map(([value, note]) => `${value}: ${fateText(note)}`);
  const ofSeveral = severalFate === undefined ? [] : [`more than one entry: ${fateText(severalFate)}`];
  const notes = [...(fate === undefined ? [] : [fateText(fate)]), ...ofValues, ...ofSeveral];
  if (notes.length > 0) jsonSchema['description'] = [String(jsonSchema['description']), ...notes].join(' ');
  delete jsonSchema['fate'];
  delete jsonSchema['valueFates'];
  delete jsonSchema['severalFate'];
  if (fallback !== undefined) jsonSchema['default'] = fallback;
  if (jsonSchema['additionalProperties'] === false) jsonSchema['patternProperties'] = { [OWN_KEYS]: true };
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum'];
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum'];
}

/** What an editor says of a field that is not honoured. */
function fateText({ fate, instead }: FateNote): string {
  return `[${fate === 'later' ? 'not deployed yet' : fate}: ${instead}]`;
}

/** The kinds that may be written in PascalCase. */
export function pascalKinds(): readonly KindName[] {
  return KIND_NAMES.filter((kind) => KINDS[kind].pascal === true);
}

/** Any document: the kind decides, and where AWS writes PascalCase the first key does. In one file, so that an editor needs one address. */
function anyKind(): Json {
  const schemas = KIND_NAMES.map((kind) => [kind, schemaOf(kind)] as const);
  const spelt = schemas
    .filter(([kind]) => KINDS[kind].pascal === true)
    .map(([kind, schema]) => [`${kind}InPascalCase`, inPascalCase(schema)] as const);
  return {
    $schema: DIALECT,
    title: 'Longshore manifest',
    description: `One document of a manifest: ${KIND_NAMES.join(', ')}. ${pascalKinds().join(', ')} may also be written in PascalCase.`,
    type: 'object',
    properties: { kind: { enum: KIND_NAMES, description: 'What the document declares.' } },
    required: ['kind'],
    allOf: KIND_NAMES.flatMap((kind) =>
      KINDS[kind].pascal === true
        ? [choice(kind, { propertyNames: LOWER_CASE }, kind), choice(kind, { not: { propertyNames: LOWER_CASE } }, `${kind}InPascalCase`)]
        : [choice(kind, {}, kind)],
    ),
    $defs: Object.fromEntries([...schemas, ...spelt]),
  };
}

const LOWER_CASE = { pattern: '^[^A-Z]' };

/** Documents of a kind, and of a spelling, are of this definition. */
function choice(kind: KindName, spelling: Json, definition: string): Json {
  return {
    if: { properties: { kind: { const: kind } }, required: ['kind'], ...spelling },
    // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
    then: { $ref: `#/$defs/${definition}` },
  };
}

/** A schema whose keys begin with capitals, as AWS writes them; `kind` and our extension are spelt as ever. */
function inPascalCase(schema: Json): Json {
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (keyword === 'properties') return [keyword, Object.fromEntries(Object.entries(value as Json).map(capitalised))];
      if (keyword === 'required') return [keyword, (value as string[]).map(capital)];
      if (Array.isArray(value)) return [keyword, value.map((part: unknown) => (isJson(part) ? inPascalCase(part) : part))];
      return [keyword, isJson(value) && keyword !== 'default' ? inPascalCase(value) : value];
    }),
  );
}

function capitalised([name, field]: readonly [string, unknown]): [string, unknown] {
  return [capital(name), isJson(field) && name !== 'x-longshore' ? inPascalCase(field) : field];
}

function capital(name: string): string {
  return name === 'kind' || name.startsWith('x-') ? name : `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of schemaFiles()) writeFileSync(FOLDER + name, content);
}
