// A document against its schema: zod's issues become findings in our own words. A key that does not exist is told apart from a field
// that ECS has and Longshore does not, and from one that ECS only answers with: they need different advice.
import { bareOf, childOf, keysAt } from '../model/keys.ts';
import { count, nearest } from '../std/text.ts';
import { INSTEAD, RESPONSE_FIELDS, UNSUPPORTED_FIELDS } from './ecs-names.ts';
import { SCHEMAS } from './kind.ts';
import { plainOf, treeAt } from './text/tree.ts';
import { shownKey } from './text/secrets.ts';
import { nameOf, onKey, onValue } from './finding.ts';
import type { Finding } from './finding.ts';
import type { KindName, Specs } from './kind.ts';
import type { Path, Tree } from './text/tree.ts';
import type { Schema, WholeSchema } from '../model/keys.ts';
import type { ProblemCode } from './codes.ts';

/** Issues read of one document; a hostile one could have 10,000. More than are shown, so that what is left out can be counted. */
const MAX_FINDINGS = 1_000;
/** More choices than are read in one sentence. */
const MAX_CHOICES = 10;

/** The value as its kind, or null; what is wrong with it goes to `findings`. */
export function shaped<K extends KindName>(kind: K, tree: Tree, value: unknown, findings: Finding[]): Specs[K] | null {
  return shapedBy({ name: kind, schema: SCHEMAS[kind], value }, tree, findings) as Specs[K] | null;
}

/** The tree with numbers, true and false of variables as the texts that are wanted in their places. A variable may be both: the port of a
 * container, and the text that tells the container of it. */
export function withTexts(kind: KindName, tree: Tree): Tree {
  if (!holdsVariable(tree)) return tree;
  const result = SCHEMAS[kind].safeParse(plainOf(tree));
  const places = (result.error?.issues ?? []).slice(0, MAX_FINDINGS).flatMap(({ code, path, ...issue }): Path[] => {
    if (code !== 'invalid_type' || !('expected' in issue) || issue.expected !== 'string') return [];
    return [path.map((step) => (typeof step === 'number' ? step : String(step)))];
  });
  return places.reduce(asText, tree);
}

function holdsVariable(tree: Tree): boolean {
  if (tree.kind === 'scalar') return tree.written !== undefined;
  return tree.kind === 'list' ? tree.items.some(holdsVariable) : tree.entries.some(({ value }) => holdsVariable(value));
}

function asText(tree: Tree, [step, ...rest]: Path): Tree {
  if (step === undefined) return tree.kind === 'scalar' && tree.written !== undefined ? { ...tree, value: tree.written } : tree;
  if (tree.kind === 'list') return { ...tree, items: tree.items.map((item, index) => (index === step ? asText(item, rest) : item)) };
  if (tree.kind !== 'mapping') return tree;
  return { ...tree, entries: tree.entries.map((entry) => (entry.key === step ? { ...entry, value: asText(entry.value, rest) } : entry)) };
}

/** What is held against a schema. */
export interface Subject {
  /** What it is called in messages: `a Service has no key ...`. */
  readonly name: string;
  readonly schema: WholeSchema;
  readonly value: unknown;
}

/** What the schema makes of the value, or null; what is wrong with it goes to `findings`. */
export function shapedBy(subject: Subject, tree: Tree, findings: Finding[]): unknown {
  const result = subject.schema.safeParse(subject.value);
  if (result.success) return result.data;
  const found = result.error.issues.slice(0, MAX_FINDINGS).flatMap((issue) => findingsOf(subject, tree, issue as Issue));
  const misspelt = new Set(found.filter(({ code }) => code === 'unknown-key').flatMap(({ path }) => placeMeant(subject, path) ?? []));
  // One slip, one finding: a key that is missing because it stands there misspelt is told by the misspelt one.
  // Nor is a text whose JSON could not be read also of the wrong type.
  const unread = new Set(findings.filter(({ code }) => code === 'bad-json').map(({ path }) => nameOf(path)));
  findings.push(...found.filter(({ code, path }) => !(code === 'missing-field' ? misspelt : unread).has(nameOf(path))));
  return null;
}

/** Where the key would stand that an unknown one most likely means; null when it resembles none. */
function placeMeant({ schema, value }: Subject, path: Path): string | null {
  const holder = path.slice(0, -1);
  const meant = nearest(String(path.at(-1)), keysAt(schema, holder, value));
  return meant === null ? null : nameOf([...holder, meant]);
}

/** The part of zod's issues that is read here. */
interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly expected?: string;
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly exact?: boolean;
  readonly values?: readonly unknown[];
  /** Of objects that come in kinds: the kinds there are. */
  readonly options?: readonly unknown[];
  readonly errors?: readonly (readonly Issue[])[];
  /** What is wrong with a key. */
  readonly issues?: readonly Issue[];
  readonly params?: Readonly<Record<string, unknown>>;
}

function findingsOf(subject: Subject, tree: Tree, issue: Issue): Finding[] {
  const path: Path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).slice(0, MAX_FINDINGS).map((key) => unknownKey(subject, path, key));
  }
  const found = treeAt(tree, path);
  if (found === null) return [missingField(path)];
  const name = placeOf(subject.name, path);
  switch (issue.code === 'invalid_union' && issue.options !== undefined ? 'invalid_value' : issue.code) {
    case 'invalid_type':
    case 'invalid_union':
      return [wrongType(subject, path, name, found, takesFractions(subject, path) ? 'a number' : expectedOf(issue))];
    case 'invalid_value':
      return [
        found.kind === 'scalar' ? wrongValue(path, name, found.value, issue) : wrongType(subject, path, name, found, choicesOf(issue)),
      ];
    case 'too_small':
    case 'too_big':
      return [outside(path, name, found, issue)];
    case 'custom':
      return [custom(path, name, issue)];
    case 'invalid_key':
      return [badName(path, issue)];
    default:
      return [onValue('bad-form', path, `${name} ${issue.message}`, 'write a text of this form')];
  }
}

/** What a place is called in a message; the whole is called after its kind. */
function placeOf(name: string, path: Path): string {
  return path.length === 0 ? `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}` : nameOf(path);
}

function unknownKey({ name, schema, value }: Subject, path: Path, key: string): Finding {
  const object = objectOf(name, path);
  const place = placeOf(name, path);
  if (RESPONSE_FIELDS.get(object)?.has(key)) {
    const message = `${key} of ${place} is what ECS answers, not what it is told`;
    return onKey('response-field', [...path, key], message, 'remove the key');
  }
  if (UNSUPPORTED_FIELDS.get(object)?.has(key)) {
    const hint = INSTEAD.get(`${object}.${key}`) ?? 'remove the key; Longshore refuses what it would not act on';
    return onKey('unsupported-field', [...path, key], `${key} of ${place} is known to ECS, not supported by Longshore yet`, hint);
  }
  const known = keysAt(schema, path, value);
  const meant = nearest(key, known);
  const hint = UNKNOWN_HINTS[`${object}.${key}`] ?? (meant === null ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`);
  return onKey('unknown-key', [...path, key], `${place} has no key "${shownKey(key)}"`, hint);
}

/** Keys that people look for where they are not. */
const UNKNOWN_HINTS: Readonly<Record<string, string>> = {
  'Environment.overlays': 'write each overlay as a document of its own behind this one: its kind, its name, and what is different',
};
/** What to say of a field beyond its name. */
const MISSING_HINTS: Readonly<Record<string, string>> = {
  targetGroupArn: 'add targetGroupArn, the name of a target group; there are no Classic Load Balancers here',
};

function missingField(path: Path): Finding {
  const field = String(path.at(-1));
  const holder = path.length === 1 ? 'the document' : nameOf(path.slice(0, -1));
  return onValue('missing-field', path, `${holder} has no ${field}`, MISSING_HINTS[field] ?? `add ${field}`);
}

function wrongType({ name: kind }: Subject, path: Path, name: string, found: Tree, expected: string): Finding {
  const isNull = found.kind === 'scalar' && found.value === null;
  const message = isNull ? `${name} is empty; it must be ${expected}` : `${name} must be ${expected}, not ${typeOf(found)}`;
  const environment = kind === 'TaskDefinition' && (path.at(-1) === 'environment' || path.at(-2) === 'environment');
  return onValue('wrong-type', path, message, environment ? 'write a list of "name" and "value" pairs' : typeHint(found, expected));
}

function typeHint(found: Tree, expected: string): string {
  if (found.kind !== 'scalar') return `write ${expected}`;
  if (found.written !== undefined) return `change the variable where the environment declares it: it must be ${expected}, without quotes`;
  if (found.value === null) return 'give it a value, or remove the key';
  if (expected === 'a text') return 'put the value in quotes';
  if ((expected === 'a whole number' || expected === 'a number') && typeof found.value === 'string')
    return 'write the number without quotes or a unit';
  return `write ${expected}`;
}

function wrongValue(path: Path, name: string, value: Scalar, issue: Issue): Finding {
  const choices = choicesOf(issue);
  const names = (issue.values ?? issue.options ?? []).map(String);
  if (names.length > MAX_CHOICES) {
    const near = typeof value === 'string' ? nearest(value, names) : null;
    const hint = near === null ? `write ${names.slice(0, 3).join(', ')}, or another one of the documentation` : `did you mean ${near}?`;
    return onValue('wrong-value', path, `${name} is none of the ${names.length} values that it may have`, hint);
  }
  const meant = typeof value === 'string' ? nearest(value, names) : null;
  return onValue('wrong-value', path, `${name} must be ${choices}`, meant === null ? `write ${choices}` : `did you mean ${meant}?`);
}

type Scalar = string | number | boolean | null;

function outside(path: Path, name: string, found: Tree, issue: Issue): Finding {
  const limit = Number(issue.code === 'too_small' ? issue.minimum : issue.maximum);
  if (found.kind === 'scalar' && typeof found.value === 'number') {
    const bound = issue.code === 'too_small' ? `at least ${limit}` : `at most ${limit}`;
    return onValue('out-of-range', path, `${name} is ${found.value}; it must be ${bound}`, `write a number that is ${bound}`);
  }
  const [unit, size] = found.kind === 'list' ? ['entry', found.items.length] : ['character', String(valueOf(found)).length];
  const needed = issue.exact ? 'exactly' : issue.code === 'too_small' ? 'at least' : 'at most';
  const units = unit === 'entry' && limit !== 1 ? `${limit} entries` : count(limit, unit);
  const message = `${name} has ${unit === 'entry' && size !== 1 ? `${size} entries` : count(size, unit)}; it must have ${needed} ${units}`;
  return onValue('wrong-length', path, message, issue.code === 'too_small' ? 'add what is missing' : 'shorten it');
}

function valueOf(tree: Tree): Scalar {
  return tree.kind === 'scalar' ? tree.value : null;
}

/** A key that its author chose, and that is no name. */
function badName(path: Path, { issues = [] }: Issue): Finding {
  const message = `${nameOf(path.slice(0, -1))} has a name "${String(path.at(-1))}"; a name ${issues[0]?.message ?? 'must have another form'}`;
  return onKey('bad-form', path, message, 'rename it, here and wherever it is used');
}

/** An issue of one of our own languages, see model/syntax.ts. */
function custom(path: Path, name: string, issue: Issue): Finding {
  const { code, hint, at } = issue.params ?? {};
  return { code: code as ProblemCode, path, on: 'value', inside: Number(at), message: `${name} ${issue.message}`, hint: String(hint) };
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

/** Whether the field is a number that need not be whole; zod's issue does not tell. */
function takesFractions({ schema }: Subject, path: Path): boolean {
  let here: Schema | undefined = bareOf(schema);
  for (const step of path) here = here === undefined ? undefined : bareOf(childOf(here, step));
  const def = here?._zod.def as { readonly type: string; readonly format?: string } | undefined;
  return def?.type === 'number' && def.format === undefined;
}

function expectedOf(issue: Issue): string {
  if (issue.code !== 'invalid_union') return EXPECTED[issue.expected ?? ''] ?? 'of another type';
  const branches = (issue.errors ?? []).flatMap((branch) => branch.slice(0, 1).map(expectedOf));
  return [...new Set(branches)].join(' or ');
}

function choicesOf(issue: Issue): string {
  return (issue.values ?? issue.options ?? []).map(String).join(' or ');
}

function typeOf(tree: Tree): string {
  if (tree.kind !== 'scalar') return tree.kind === 'list' ? 'a list' : 'a mapping';
  if (typeof tree.value === 'number') return Number.isInteger(tree.value) ? 'a number' : 'a fraction';
  return typeof tree.value === 'string' ? 'a text' : 'true or false';
}

/** `TaskDefinition.containerDefinitions`: the place without list positions, as ecs-names.ts writes it. */
function objectOf(name: string, path: Path): string {
  return [name, ...path.filter((step) => typeof step === 'string')].join('.');
}
