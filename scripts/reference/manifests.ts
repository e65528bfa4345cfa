// The page docs/reference/manifests.md: every kind, field, type, limit, default and description, read from the JSON Schemas that
// scripts/schemas.ts makes of the model. Deliberately absent: what a schema can't say; the checks across fields stand in problems.md.
import { KIND_NAMES } from '../../src/manifest/kind.ts';
import { MAX_ENTRIES, MAX_DEPTH } from '../../src/manifest/text/yaml.ts';
import { MAX_FILE_BYTES, MAX_FILES } from '../../src/manifest/source.ts';
import { MAX_TOTAL_BYTES } from '../../src/manifest/load.ts';
import { pascalKinds, schemaFiles } from '../schemas.ts';
import type { KindName } from '../../src/manifest/kind.ts';

/** The part of a JSON Schema that the model uses. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  /** Objects that come in kinds. */
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

const MIB = 1_048_576;
const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  object: 'mapping',
};

/** The whole page. */
export function manifestsPage(): string {
  const all = JSON.parse(schemaFiles().get('longshore.schema.json') ?? '{}') as { readonly $defs: Readonly<Record<KindName, Schema>> };
  return [...introduction(), ...KIND_NAMES.flatMap((kind) => kindSection(kind, all.$defs[kind]))].join('\n');
}

function introduction(): readonly string[] {
  const pascal = pascalKinds()
    .map((kind) => `\`${kind}\``)
    .join(', ');
  return [
    '# Manifests',
    '',
    'Written by `scripts/reference.ts` from the schemas of `src/model/`; do not edit. Every refusal is listed in [problems.md](problems.md).',
    '',
    '- Read are files that end in `.yaml`, `.yml` or `.json`, at any depth, except below `node_modules` and folders whose names begin with a dot.',
    '  A file holds one document or many, with `---` between them. Symbolic links and submodules are refused.',
    `- Limits: ${MAX_FILE_BYTES / MIB} MiB a file, ${MAX_ENTRIES.toLocaleString('en')} keys and list items a file, ${MAX_DEPTH} levels, ${MAX_FILES.toLocaleString('en')} files and ${MAX_TOTAL_BYTES / MIB} MiB a commit.`,
    '- `kind` says what a document is. Everything below it has the name that ECS, or ELB, gives it. What ECS does not have stands below',
    '  `x-longshore`. Other keys that begin with `x-` are yours and are not read; any other unknown key is an error.',
    `- ${pascal} may be written in lowerCamel, as here, or in PascalCase, as in AWS's documentation.`,
    '- Wherever ECS takes an ARN, a plain name will do. Of an ARN only the name counts.',
    '- Editors complete, explain and check manifests with `schemas/longshore.schema.json`: in those with the YAML language server by the setting',
    '  `yaml.schemas: { "<path or URL of that file>": "manifests/**/*.yaml" }`, or by the line',
    '  `# yaml-language-server: $schema=<path or URL of that file>` at the head of each document.',
    '',
  ];
}

function kindSection(kind: KindName, schema: Schema): readonly string[] {
  return [`## ${kind}`, '', schema.description ?? '', '', ...objectTables(kind, '', schema)];
}

/** The table of an object, then those of the objects in it, each under the path that leads there. `kind`: what the headings begin with. */
export function objectTables(kind: string, path: string, schema: Schema): readonly string[] {
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {});
  const rows = fields.map(([name, field]) => {
    const cells = [`\`${name}\``, typeOf(field), limitsOf(field), presence(field, required.has(name)), field.description ?? ''];
    return `| ${cells.map(escaped).join(' | ')} |`;
  });
  const inner = fields.flatMap(([name, field]) => {
    const [object, step] = field.type === 'array' ? [field.items, `${name}[]`] : [field, name];
    const below = path === '' ? step : `${path}.${step}`;
    if (object?.oneOf !== undefined) return object.oneOf.flatMap((each) => kindTables(kind, below, each));
    if (object?.properties === undefined) return [];
    return [`### ${kind}: ${below}`, '', ...objectTables(kind, below, object)];
  });
  return ['| field | type | limits | default | meaning |', '| --- | --- | --- | --- | --- |', ...rows, '', ...inner];
}

/** The table of one kind of the objects at a path. */
function kindTables(kind: string, path: string, schema: Schema): readonly string[] {
  const own = schema.properties?.['kind'];
  return [`### ${kind}: ${path} of kind ${String(own?.const)}`, '', own?.description ?? '', '', ...objectTables(kind, path, schema)];
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.type === 'array')
    return schema.items?.properties === undefined && schema.items?.oneOf === undefined
      ? `list of ${typeOf(schema.items ?? {})}`
      : 'list of mappings';
  const inner = schema.type === 'object' && typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties) : '';
  const values = inner === '' ? '' : ` of ${inner}`;
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return `${types.map(typeWord).join(' or ')}${values}`;
}

/** A type without a word of ours must not be passed over. */
function typeWord(type: string): string {
  const word = TYPES[type];
  if (word === undefined) throw new Error(`the page has no word for the type ${type}`);
  return word;
}

function limitsOf(schema: Schema): string {
  const limits = [
    range(schema.minimum, schema.maximum, ''),
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' entries'),
    schema.pattern === undefined ? '' : `form ${code(schema.pattern)}`,
    schema.items === undefined || schema.items.properties !== undefined ? '' : limitsOf(schema.items),
  ];
  return limits.filter((limit) => limit !== '').join('; ');
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least === undefined && most === undefined) return '';
  const one = unit.replace(/entries$/, 'entry').replace(/characters$/, 'character');
  if (least === most) return `exactly ${least}${least === 1 ? one : unit}`;
  if (most === undefined) return `at least ${least}${least === 1 ? one : unit}`;
  if (least === undefined) return `at most ${most}${unit}`;
  return `${least} to ${most}${unit}`;
}

function presence(schema: Schema, isRequired: boolean): string {
  if (schema.default !== undefined) return code(schema.default);
  return isRequired ? 'required' : '';
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** A cell of a table: a bar would end it. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
