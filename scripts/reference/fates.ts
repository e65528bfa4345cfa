// The page docs/reference/fates.md: every field of every kind and what becomes of it, read from the schemas as JSON Schema, so that no sort
// of schema is passed over; and the names that AWS has and the schemas do not. Deliberately absent: what a field means (manifests.md).
import { z } from 'zod';
import { INSTEAD, UNSUPPORTED_FIELDS, UNSUPPORTED_KINDS } from '../../src/manifest/ecs-names.ts';
import { KINDS, KIND_NAMES, SCHEMAS } from '../../src/manifest/kind.ts';
import { LISTENER_ATTRIBUTES, LOAD_BALANCER_ATTRIBUTES, TARGET_GROUP_ATTRIBUTES } from '../../src/model/traffic/elb-attributes.ts';
import type { AttributeNote } from '../../src/model/traffic/elb-attributes.ts';
import type { Fate, FateNote } from '../../src/model/fate.ts';
import type { KindName } from '../../src/manifest/kind.ts';

/** What JSON Schemas nest, and what our notes add to it. */
interface Json {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Json>>;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly items?: Json | boolean;
  readonly prefixItems?: readonly Json[];
  readonly additionalProperties?: Json | boolean;
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
  readonly allOf?: readonly Json[];
  readonly fate?: FateNote;
  readonly valueFates?: Readonly<Record<string, FateNote>>;
  readonly severalFate?: FateNote;
  readonly enum?: readonly unknown[];
}

type Word = 'honoured' | Fate;

/** A field, or with `value` one value of it. */
export interface FateRow {
  /** `containerDefinitions[].image`; a key of the author's own is `.*`. */
  readonly field: string;
  readonly value: string | null;
  readonly word: Word;
  /** What happens instead; empty for what is honoured. */
  readonly instead: string;
}

const WORDS: Readonly<Record<Word, string>> = {
  honoured: 'honoured',
  approximated: 'approximated',
  ignored: 'ignored, with a warning',
  refused: 'refused',
  later: 'later',
};
const NOT_READ: FateNote = { fate: 'refused', instead: 'known to AWS, and not read yet' };
const ATTRIBUTES: Readonly<Partial<Record<KindName, Readonly<Record<string, Readonly<Record<string, AttributeNote>>>>>>> = {
  LoadBalancer: { 'loadBalancerAttributes[].key': LOAD_BALANCER_ATTRIBUTES, 'listeners[].listenerAttributes[].key': LISTENER_ATTRIBUTES },
  TargetGroup: { 'targetGroupAttributes[].key': TARGET_GROUP_ATTRIBUTES },
};
/** What stands in the place of a value where a list has more than one entry. */
export const SEVERAL = 'more than one entry';
const HONOURED = { word: 'honoured', instead: '' } as const;

/** The whole page. */
export function fatesPage(): string {
  const kinds = KIND_NAMES.map((kind) => ({ kind, rows: fateRows(kind) }));
  const words = Object.keys(WORDS) as Word[];
  const totals = kinds.map(({ kind, rows }) => {
    const fields = rows.filter(({ value }) => value === null);
    return `| [${kind}](#${kind.toLowerCase()}) | ${words.map((word) => fields.filter((row) => row.word === word).length).join(' | ')} |`;
  });
  return [
    ...introduction(),
    `| fields of | ${words.join(' | ')} |`,
    `| --- | ${words.map(() => '---:').join(' | ')} |`,
    ...totals,
    '',
    `Of no kind, and refused as a whole: ${[...UNSUPPORTED_KINDS].map((name) => `\`${name}\`${insteadOf(name)}`).join(', ')}.`,
    '',
    ...kinds.flatMap(({ kind, rows }) => kindSection(kind, rows)),
  ].join('\n');
}

/** The values of each field of a kind that has a list of them, by its name; a list of such values is a field like its items. */
export function fieldValues(kind: KindName): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  walkFields(kind, (field, { path }) => {
    const listed = field.enum ?? (typeof field.items === 'object' ? field.items.enum : undefined);
    if (listed !== undefined) values.set(path, listed.map(String));
  });
  return values;
}

/** Every field of a kind in the order of its schema, each followed by those of its values that are not honoured. */
export function fateRows(kind: KindName): readonly FateRow[] {
  const rows: FateRow[] = [];
  walkFields(kind, (field, { path, inherited }) => rows.push(...rowsOf(field, path, inherited)));
  for (const [place, names] of UNSUPPORTED_FIELDS) {
    const path = pathWithin(kind, place);
    if (path !== null) rows.push(...[...names].map((name) => notRead(joined(path, name), insteadOf(`${place}.${name}`))));
  }
  rows.push(...attributeRows(kind));
  return once(rows);
}

interface Walk {
  readonly root: Json;
  readonly path: string;
  /** The fate of what holds the fields below. */
  readonly inherited: FateNote | null;
  readonly visit: (field: Json, walk: Walk) => void;
  /** Definitions that the way here leads through: a schema may hold itself. */
  readonly open: ReadonlySet<string>;
}

function walkFields(kind: KindName, visit: (field: Json, walk: Walk) => void): void {
  const schema = z.toJSONSchema(SCHEMAS[kind], { io: 'input', unrepresentable: 'any' }) as Json;
  below(schema, { root: schema, path: '', inherited: KINDS[kind].fate ?? null, visit, open: new Set() });
}

/** Visits the fields below a schema, wherever JSON Schema keeps them. */
function below(schema: Json, walk: Walk): void {
  const target = schema.$ref === undefined ? null : definitionOf(walk.root, schema.$ref);
  if (target !== null && schema.$ref !== undefined && !walk.open.has(schema.$ref))
    below(target, { ...walk, open: new Set([...walk.open, schema.$ref]) });
  for (const part of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]) below(part, walk);
  for (const [name, field] of Object.entries(schema.properties ?? {})) addField(field, { ...walk, path: joined(walk.path, name) });
  for (const item of [...(schema.prefixItems ?? []), schema.items])
    if (typeof item === 'object') below(item, { ...walk, path: `${walk.path}[]` });
  if (typeof schema.additionalProperties === 'object') below(schema.additionalProperties, { ...walk, path: joined(walk.path, '*') });
}

function addField(field: Json, walk: Walk): void {
  walk.visit(field, walk);
  below(field, { ...walk, inherited: field.fate ?? walk.inherited });
}

/** The rows of a field and of its single values. `inherited`: the fate of what holds it. */
function rowsOf(field: Json, path: string, inherited: FateNote | null): readonly FateRow[] {
  const fate = field.fate ?? inherited;
  const own: FateRow = { field: path, value: null, ...(fate === null ? HONOURED : { word: fate.fate, instead: fate.instead }) };
  // Below what is not acted on, no value makes a difference.
  if (inherited !== null) return [own];
  const notes = [
    ...Object.entries(field.valueFates ?? {}),
    ...(field.severalFate === undefined ? [] : [[SEVERAL, field.severalFate] as const]),
  ];
  return [own, ...notes.map(([value, note]) => ({ field: path, value, word: note.fate, instead: note.instead }))];
}

function definitionOf(root: Json, reference: string): Json | null {
  if (reference === '#') return root;
  const name = /^#\/\$defs\/(.+)$/.exec(reference)?.[1];
  const found = name === undefined ? undefined : root.$defs?.[decodeURIComponent(name)];
  if (found === undefined) throw new Error(`the page cannot follow the reference ${reference}`);
  return found;
}

/** Attributes of ELB by key: values other than the default have the fate of the table that validation goes by. */
function attributeRows(kind: KindName): FateRow[] {
  return Object.entries(ATTRIBUTES[kind] ?? {}).flatMap(([field, table]) =>
    Object.entries(table).flatMap(([value, { fate }]) =>
      fate === undefined ? [] : [{ field, value, word: fate.fate, instead: fate.instead }],
    ),
  );
}

/** Where `LoadBalancer.listeners.rules` lies in its kind: `listeners[].rules`; null when it is of another kind. */
function pathWithin(kind: KindName, place: string): string | null {
  const [first, ...steps] = place.split('.');
  return first === kind ? steps.reduce(joined, '') : null;
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function notRead(field: string, instead: string): FateRow {
  return { field, value: null, word: NOT_READ.fate, instead: `${NOT_READ.instead}${instead}` };
}

function insteadOf(name: string): string {
  const instead = INSTEAD.get(name);
  return instead === undefined ? '' : ` (${instead})`;
}

/** Two forms of one field (a union) have the same rows. */
function once(rows: readonly FateRow[]): readonly FateRow[] {
  return [...new Map(rows.map((row) => [JSON.stringify([row.field, row.value]), row])).values()];
}

function introduction(): readonly string[] {
  return [
    '# What becomes of each field',
    '',
    'Written by `scripts/reference.ts` from the schemas of `src/model/`; do not edit. What a field means stands in [manifests.md](manifests.md).',
    '',
    '- **honoured**: Longshore acts on it as ECS does, or as [departures.md](../departures.md) says.',
    '- **approximated**: something else happens that serves the same end; a warning, [field-approximated](problems.md#field-approximated).',
    '- **ignored**: nothing happens, and nothing is lost by that; a warning, [field-ignored](problems.md#field-ignored).',
    '- **refused**: it can neither be honoured nor left out; an error, [field-refused](problems.md#field-refused), or one of those for names',
    '  that are not read yet.',
    '- **later**: checked, and not acted on by this version: a commit that holds it is not deployed, and `longshore validate --for-ecs` takes it,',
    '  [not-deployed-yet](problems.md#not-deployed-yet).',
    '',
    'A field that is set to nothing (`null`, an empty list, its own default) asks for nothing, and nothing is said of it. `[]` is any item of a',
    'list, `*` any key. A field below one that is not honoured shares its fate.',
    '',
  ];
}

function kindSection(kind: KindName, rows: readonly FateRow[]): readonly string[] {
  const { fate } = KINDS[kind];
  const whole = fate === undefined ? [] : [`The whole kind is not acted on: ${fate.instead}.`, ''];
  const lines = rows.map(({ field, value, word, instead }, index) => {
    const same = rows.filter((row) => row.field === field && row.value !== null && row.word === word && row.instead === instead);
    if (value !== null && rows[index] !== same[0]) return [];
    const name = value === null ? field : `${field}: ${same.map((row) => row.value).join(', ')}`;
    return [`| \`${name}\` | ${WORDS[word]} | ${instead.replaceAll('|', '\\|')} |`];
  });
  return [`## ${kind}`, '', ...whole, '| field | fate | what happens |', '| --- | --- | --- |', ...lines.flat(), ''];
}
