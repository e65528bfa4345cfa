// The page docs/reference/proofs.md: every field of a task definition that Longshore acts on, and the tests that show what it does. The fields
// come from the schema and its fates, the tests from their own marks (proof-marks.ts), so a field that nobody proves can't hide.
import { fateRows, fieldValues } from './fates.ts';
import { shortName, testSources, testsSection } from './marks.ts';
import { type Proof, readMarks } from './proof-marks.ts';

const KIND = 'TaskDefinition';
/** A field that takes one of so few values is proved value by value; of long lists (capabilities, ulimits) one will do. */
const FEW_VALUES = 8;

/** What is honoured and not proved yet. It only gets shorter. */
const NOT_YET: ReadonlySet<string> = new Set();

/** What has to be proved: a field, or one value of it. */
export interface Claim {
  /** `networkMode`, or `networkMode: host`. */
  readonly name: string;
  readonly fate: 'honoured' | 'approximated';
  /** It has fields or values below that are proved one by one. */
  readonly hasParts: boolean;
}

/** Every claim, in the order of the schema. */
export function claims(): readonly Claim[] {
  const rows = fateRows(KIND);
  const values = fieldValues(KIND);
  const wanted = rows.flatMap(({ field, value, word }) => {
    if (word !== 'honoured' && word !== 'approximated') return [];
    const own = { name: value === null ? field : `${field}: ${value}`, fate: word };
    const listed = value === null ? (values.get(field) ?? []) : [];
    if (listed.length < 2 || listed.length > FEW_VALUES) return [own];
    const plain = listed.filter((one) => !rows.some((row) => row.field === field && row.value === one));
    return [own, ...plain.map((one) => ({ name: `${field}: ${one}`, fate: word }))];
  });
  return wanted.map((claim) => ({ ...claim, hasParts: wanted.some(({ name }) => isPartOf(name, claim.name)) }));
}

/** What is wrong between claims and proofs, in words that say what to do; empty when every claim is proved. */
export function gaps(wanted: readonly Claim[], proofs: readonly Proof[], notYet: ReadonlySet<string> = NOT_YET): readonly string[] {
  const known = new Map(wanted.map((claim) => [claim.name, claim]));
  const proved = new Set(proofs.map(({ field }) => field));
  return [
    ...wanted
      .filter(({ name, hasParts }) => !hasParts && !proved.has(name) && !notYet.has(name))
      .map(({ name, fate }) => `${name} is ${fate} and proved by no test: mark one on a real engine with proves('${name}')`),
    ...proofs
      .filter(({ field }) => !known.has(field))
      .map(({ field, file }) => `${field} in ${file}: a task definition has no such field or value that is honoured or approximated`),
    ...[...notYet]
      .filter((name) => proved.has(name) || !known.has(name))
      .map((name) => `${name}: take it off the list of what is not proved yet`),
  ];
}

/** The whole page. */
export function proofsPage(): string {
  const { proofs } = readMarks(testSources());
  const requested = claims().filter(({ name }) => isByRequestAlone(proofs, name));
  return [
    ...introduction(),
    '| field | fate | proved by | on |',
    '| --- | --- | --- | --- |',
    ...claims().map((claim) => rowOf(claim, proofs)),
    '',
    '## Shown by the create request alone',
    '',
    'No machine that runs the tests can show the effect of these. The test holds what the engine is asked for.',
    '',
    '| field | why |',
    '| --- | --- |',
    ...requested.map(
      ({ name }) => `| \`${name}\` | ${[...new Set(proofsOf(proofs, name).map(({ requestBecause }) => requestBecause))].join('; ')} |`,
    ),
    '',
    ...testsSection(proofs.map(({ file }) => file)),
  ].join('\n');
}

function introduction(): readonly string[] {
  return [
    '# What proves each field of a task definition',
    '',
    'Written by `scripts/reference.ts` from the schema, its [fates](fates.md#taskdefinition) and the marks in the tests (`test/proves.ts`); do not edit.',
    '',
    'Every field of a task definition and its containers that is honoured or approximated, and the tests that show what it does: on a real',
    'engine from inside of the container or by what the engine says of what it made, else by the request that creates the container. A field',
    'of few values has a row for each. A field that has parts is proved by them. `npm test` runs these tests, and `npm run proof:long` those',
    'whose name ends with `.long`; a field without one fails `npm run check`.',
    '',
  ];
}

function rowOf({ name, fate, hasParts }: Claim, proofs: readonly Proof[]): string {
  const own = proofsOf(proofs, name);
  const tests = own.map(({ file, test }) => `\`${shortName(file)}\` ${test.replaceAll('|', '\\|').replaceAll('<', '&lt;')}`);
  const by = tests.length > 0 ? tests.join('<br>') : hasParts ? 'its parts' : 'not yet';
  const on = own.length === 0 ? '' : isByRequestAlone(proofs, name) ? 'create request' : 'real engine';
  return `| \`${name}\` | ${fate} | ${by} | ${on} |`;
}

/** The tests that prove a claim; once there is one on a real engine, a request adds nothing. */
function proofsOf(proofs: readonly Proof[], name: string): readonly Proof[] {
  const all = proofs.filter(({ field }) => field === name);
  const real = all.filter(({ requestBecause }) => requestBecause === null);
  const chosen = real.length > 0 ? real : all;
  return [...new Map(chosen.map((proof) => [`${proof.file} ${proof.test}`, proof])).values()];
}

function isByRequestAlone(proofs: readonly Proof[], name: string): boolean {
  const own = proofsOf(proofs, name);
  return own.length > 0 && own.every(({ requestBecause }) => requestBecause !== null);
}

function isPartOf(part: string, whole: string): boolean {
  return ['.', '[].', ': '].some((end) => part.startsWith(`${whole}${end}`));
}
