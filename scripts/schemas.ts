// Writes schemas/*.schema.json from the zod schemas of src/model: what editors complete and check while somebody writes a manifest.
// Run `node scripts/schemas.ts` after a change of the model; a test fails when the files are stale. The loader checks more than a
// JSON Schema can say (references, sizes, sums), and reads more spellings (PascalCase, JSON inside
// texts); what these schemas refuse otherwise, the loader refuses too.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { KINDS, KIND_NAMES, SCHEMAS } from '../src/manifest/kind.ts';
import { notesOf } from '../src/model/keys.ts';
import type { FateNote } from '../src/model/fate.ts';
import type { KindName } from '../src/manifest/kind.ts';

const FOLDER = fileURLToPath(new URL('../schemas/', import.meta.url));
const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
/** Keys of the author's own, anywhere; `x-longshore` is ours and checked. */
const OWN_KEYS = '^x-(?!longshore$)';

type Json = { [key: string]: unknown };

/** File name -> content, for all schemas. */
export function schemaFiles(): ReadonlyMap<string, string> {
  const files = KIND_NAMES.map((kind): [string, Json] => [`${fileName(kind)}.schema.json`, { $schema: DIALECT, ...schemaOf(kind) }]);
  return new Map(
    [...files, ['longshore.schema.json', anyKind()] as const].map(([name, content]) => [name, `${JSON.stringify(content, null, 2)}\n`]),
  );
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

/** One document of this kind. */
function schemaOf(kind: KindName): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(SCHEMAS[kind], {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => refine(zodSchema, jsonSchema),
  });
  const object = schema as Json;
  const properties = { kind: { const: kind, description: `A document of kind ${kind}.` }, ...(object['properties'] as Json) };
  return { ...object, properties, required: ['kind', ...((object['required'] as string[] | undefined) ?? [])] };
}

/** What the conversion leaves out: defaults of transformed fields, keys of the author's own, bounds that only say "integer". */
function refine(zodSchema: z.core.$ZodType, jsonSchema: Json): void {
  const fallback = z.globalRegistry.get(zodSchema)?.['default'];
  const { fate, valueFates } = notesOf(zodSchema);
  const ofValues = Object.entries(valueFates ?? {}).map(([value, note]) => `${value}: ${fateText(note)}`);
  const notes = [...(fate === undefined ? [] : [fateText(fate)]), ...ofValues];
  if (notes.length > 0) jsonSchema['description'] = [String(jsonSchema['description']), ...notes].join(' ');
  delete jsonSchema['fate'];
  delete jsonSchema['valueFates'];
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

/** Any document: the kind decides. In one file, so that an editor needs one address. */
function anyKind(): Json {
  return {
    $schema: DIALECT,
    title: 'Longshore manifest',
    description: `One document of a manifest: ${KIND_NAMES.join(', ')}. ${pascalKinds().join(', ')} may also be written in PascalCase, which only the loader reads.`,
    type: 'object',
    properties: { kind: { enum: KIND_NAMES, description: 'What the document declares.' } },
    required: ['kind'],
    allOf: KIND_NAMES.map((kind) => ({
      if: { properties: { kind: { const: kind } }, required: ['kind'] },
      // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
      then: { $ref: `#/$defs/${kind}` },
    })),
    $defs: Object.fromEntries(KIND_NAMES.map((kind) => [kind, schemaOf(kind)])),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of schemaFiles()) writeFileSync(FOLDER + name, content);
}
