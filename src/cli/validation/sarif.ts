// The answer of `longshore validate` as SARIF 2.1.0, as GitHub code scanning and editors read it. Every problem with a place in a file is a
// result; those of the repository as a whole have no place, which code scanning refuses, and are notifications of the run instead.
// What a result points at is below the root of the repository (%SRCROOT%).
import { CODES } from '../../manifest/codes.ts';
import { documentationOf } from '../../model/problem.ts';
import { harmlessJson } from './json.ts';
import { hashOf } from '../../std/hash.ts';
import { isValid } from './judged.ts';
import { visible } from '../../manifest/render-problem.ts';
import type { Loaded } from './judged.ts';
import type { Problem } from '../../model/problem.ts';

export interface SarifOptions {
  readonly version: string;
  /** Where docs/ of Longshore can be read, ending in a slash. */
  readonly docsUrl: string;
}

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const ROOT = '%SRCROOT%';

/** The whole answer: one log with one run. */
export function validationSarif(loaded: Loaded, { version, docsUrl }: SarifOptions): string {
  const { problems, source } = loaded;
  const placed = problems.filter(({ file }) => file !== '');
  const codes = [...new Set(problems.map(({ code }) => code))];
  const numbers = new Map(codes.map((code, index) => [code, index]));
  const seen = new Map<string, number>();
  const run = {
    tool: { driver: { name: 'Longshore', version, informationUri: docsUrl, rules: codes.map((code) => ruleOf(code, problems, docsUrl)) } },
    columnKind: 'utf16CodeUnits',
    originalUriBaseIds: { [ROOT]: { description: { text: 'The root of the repository.' } } },
    invocations: [
      {
        executionSuccessful: true,
        exitCodeDescription: isValid(loaded) ? 'the manifests are valid' : 'the manifests have errors',
        toolExecutionNotifications: problems.filter(({ file }) => file === '').map((problem) => notificationOf(problem, numbers)),
      },
    ],
    results: placed.map((problem) => resultOf(problem, source.below, numbers, seen)),
  };
  return harmlessJson({ $schema: SCHEMA, version: '2.1.0', runs: [run] });
}

function ruleOf(code: string, problems: readonly Problem[], docsUrl: string): unknown {
  const cause = `${causeOf(code)}.`;
  const helpUri = new URL(documentationOf(code).replace(/^docs\//, ''), docsUrl).href;
  return {
    id: code,
    shortDescription: { text: cause },
    fullDescription: { text: cause },
    help: { text: `${cause} See ${documentationOf(code)}.`, markdown: `${cause} See [${documentationOf(code)}](${helpUri}).` },
    helpUri,
    defaultConfiguration: { level: problems.find((problem) => problem.code === code)?.severity },
    properties: { tags: ['manifest'] },
  };
}

/** The cause of a code as a sentence. */
function causeOf(code: string): string {
  const cause: string = Object.hasOwn(CODES, code) ? CODES[code as keyof typeof CODES] : code;
  return `${cause.charAt(0).toUpperCase()}${cause.slice(1)}`.replace(/ \(warning\)$/, '');
}

type Numbers = ReadonlyMap<string, number>;

function notificationOf(problem: Problem, numbers: Numbers): unknown {
  const { code, severity } = problem;
  return { level: severity, message: messageOf(problem), associatedRule: { id: code, index: numbers.get(code) } };
}

function resultOf(problem: Problem, below: string, numbers: Numbers, seen: Map<string, number>): unknown {
  const { code, severity, file, line, column } = problem;
  const region = line === 0 ? { startLine: 1 } : { startLine: line, startColumn: column };
  return {
    ruleId: code,
    ruleIndex: numbers.get(code),
    level: severity,
    message: messageOf(problem),
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(`${below}${file}`), uriBaseId: ROOT }, region } }],
    partialFingerprints: { primaryLocationLineHash: fingerprintOf(problem, below, seen) },
  };
}

function messageOf({ message, hint }: Problem): unknown {
  return { text: `${visible(message)}\nhint: ${visible(hint)}` };
}

/** A relative reference: a segment may hold any character, and none of them may read as a scheme, a query or an escape. */
function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Stays the same when lines are put in above: the line's own text counts, and among equal ones how many came before (code scanning's own
 * form: a hash, a colon, a number). */
function fingerprintOf({ code, file, excerpt, message }: Problem, below: string, seen: Map<string, number>): string {
  const hash = hashOf([code, `${below}${file}`, excerpt?.trim() ?? message], 16);
  const number = (seen.get(hash) ?? 0) + 1;
  seen.set(hash, number);
  return `${hash}:${number}`;
}
