// Random documents of a schema, for property tests: whatever zod's schema accepts by its shape, and by the forms of its texts. Rules between
// fields are not followed; what breaks them is still a document.
import { array, boolean, constantFrom, dictionary, integer, oneof, record, string, stringMatching } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { z } from 'zod';

type Schema = z.core.$ZodType;
interface Check {
  readonly _zod: {
    readonly def: {
      readonly check: string;
      readonly minimum?: number;
      readonly maximum?: number;
      readonly length?: number;
      readonly value?: number | bigint;
      readonly inclusive?: boolean;
      readonly pattern?: RegExp;
    };
  };
}

/** Random values that have the shape of a schema. */
export function arbitraryOf(schema: Schema, depth = 0): Arbitrary<unknown> {
  const { def } = schema._zod;
  const inner = (from: Schema): Arbitrary<unknown> => arbitraryOf(from, depth + 1);
  const makers: Readonly<Partial<Record<typeof def.type, () => Arbitrary<unknown>>>> = {
    optional: () => inner((def as z.core.$ZodOptionalDef).innerType),
    pipe: () => inner((def as z.core.$ZodPipeDef).in),
    lazy: () => inner((def as z.core.$ZodLazyDef).getter()),
    object: () => objectOf((def as z.core.$ZodObjectDef).shape, depth),
    array: () => arrayOf(def as z.core.$ZodArrayDef, checksOf(schema), depth),
    record: () => dictionary(stringMatching(/^[a-zA-Z_][a-z0-9_.]{0,8}$/), inner((def as z.core.$ZodRecordDef).valueType), { maxKeys: 3 }),
    union: () => oneof(...(def as z.core.$ZodUnionDef).options.map(inner)),
    enum: () => constantFrom(...Object.values((def as z.core.$ZodEnumDef).entries)),
    literal: () => constantFrom(...(def as z.core.$ZodLiteralDef<z.core.util.Literal>).values),
    boolean: () => boolean(),
    number: () => numberOf(checksOf(schema)),
    string: () => textOf(checksOf(schema)),
  };
  return makers[def.type]?.() ?? constantFrom<unknown>('text', 7, true, ['a'], { a: 'b' });
}

function checksOf(schema: Schema): readonly Check['_zod']['def'][] {
  const { checks = [] } = schema._zod.def as { readonly checks?: readonly Check[] };
  const own = schema._zod.def as unknown as Check['_zod']['def'];
  return [...checks.map(({ _zod }) => _zod.def), ...(own.check === undefined ? [] : [own])];
}

function objectOf(shape: Readonly<Record<string, Schema>>, depth: number): Arbitrary<unknown> {
  const required = Object.keys(shape).filter((key) => shape[key]?._zod.optin !== 'optional');
  // Deep down only what must be there: a document with every field of everything is as large as nobody writes it.
  const keys = depth > 5 ? required : Object.keys(shape);
  const entries = keys.map((key): [string, Arbitrary<unknown>] => {
    const field = shape[key] as Schema;
    const special = WORDS[key];
    return [key, special === undefined ? arbitraryOf(field, depth + 1) : oneof(constantFrom(...special), arbitraryOf(field, depth + 1))];
  });
  return record(Object.fromEntries(entries), { requiredKeys: required }).map((value) => withoutBroken(value, shape, new Set(required)));
}

/** Texts of our small languages, which no random text is. */
const WORDS: Readonly<Record<string, readonly unknown[]>> = {
  image: ['app:1', 'registry.example.com:5000/team/app@sha256:' + 'a'.repeat(64)],
  schedule: ['rate(5 minutes)', 'cron(0 12 * * ? *)'],
  scheduleExpression: ['rate(5 minutes)', 'cron(0 12 ? * MON-FRI *)', 'at(2030-01-01T00:00:00)'],
  resourceId: ['service/default/web'],
  arn: ['arn:aws:ecs:eu-west-1:123456789012:cluster/default'],
};

/** An optional field that the small language behind it would refuse is taken away again. */
function withoutBroken(value: object, shape: Readonly<Record<string, Schema>>, required: ReadonlySet<string>): object {
  const kept = Object.entries(value).filter(([key, field]) => required.has(key) || z.safeParse(shape[key] as Schema, field).success);
  return Object.fromEntries(kept);
}

function arrayOf(def: z.core.$ZodArrayDef, checks: readonly Check['_zod']['def'][], depth: number): Arbitrary<unknown> {
  const least = Math.max(0, ...checks.map(({ minimum, length }) => minimum ?? length ?? 0));
  const most = Math.min(least + 2, ...checks.map(({ maximum, length }) => maximum ?? length ?? Number.POSITIVE_INFINITY));
  return array(arbitraryOf(def.element, depth + 1), { minLength: least, maxLength: Math.max(least, most) });
}

function numberOf(checks: readonly Check['_zod']['def'][]): Arbitrary<unknown> {
  const low = checks
    .filter(({ check }) => check === 'greater_than')
    .map(({ value, inclusive }) => Number(value) + (inclusive === false ? 1 : 0));
  const high = checks
    .filter(({ check }) => check === 'less_than')
    .map(({ value, inclusive }) => Number(value) - (inclusive === false ? 1 : 0));
  return integer({ min: Math.ceil(Math.max(-1_000_000, ...low)), max: Math.floor(Math.min(2_000_000_000, ...high)) });
}

function textOf(checks: readonly Check['_zod']['def'][]): Arbitrary<string> {
  const pattern = checks.find((check) => check.pattern !== undefined)?.pattern;
  const most = Math.min(40, ...checks.map(({ maximum }) => maximum ?? 40));
  const least = Math.max(0, ...checks.map(({ minimum }) => minimum ?? 0));
  if (pattern !== undefined && pattern.flags === '' && !/\(\?[<!]/.test(pattern.source)) {
    return stringMatching(pattern).filter((text) => text.length >= least && text.length <= Math.max(most, 300));
  }
  const awkward = constantFrom(
    'yes',
    '1',
    '1.0',
    'null',
    '~',
    '- a',
    'a: b',
    '#x',
    "it's",
    '"',
    '\n',
    'a\nb\n',
    ' lead',
    '${X}',
    '%y',
    '@',
    'é😀',
  );
  return oneof(string({ minLength: least, maxLength: most }), awkward).filter((text) => text.length >= least && !text.includes('\0'));
}
