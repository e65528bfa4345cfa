// Which test has marked which field of a task definition (test/proves.ts), read from the syntax trees of the tests (marks.ts). Deliberately
// absent: which fields there are and what they lack (proofs.ts).
import { dirname } from 'node:path/posix';
import ts from 'typescript';
import { MARKS_FILE, literalsOf, markCalls, testOf } from './marks.ts';
import { type Finding, type SourceText, findingAt, importsOf, resolveImport } from '../../test/tidy/source.ts';
import { spelledOut } from '../../test/proves.ts';

/** Where marks count: these tests run on a real engine. */
const FOLDERS = /^test\/(?:contract|e2e|adapters\/docker)\//;
const MARKS = new Set(['proves', 'provesRequest']);

/** One field that one test has marked. */
export interface Proof {
  /** `networkMode`, or with a value `networkMode: host`. */
  readonly field: string;
  readonly file: string;
  /** As it is printed: what it belongs to, and its own name. */
  readonly test: string;
  /** Why the request is all that is shown; null: it is shown on a real engine. */
  readonly requestBecause: string | null;
}

export interface Marks {
  readonly proofs: readonly Proof[];
  /** Marks that prove nothing, each with its place and with what to do. */
  readonly faults: readonly Finding[];
}

/** All marks of the tests. `sources`: every file of the project. */
export function readMarks(sources: readonly SourceText[]): Marks {
  const proofs: Proof[] = [];
  const faults: Finding[] = [];
  for (const source of sources.filter(({ path }) => path.startsWith('test/') && path !== MARKS_FILE)) {
    const calls = markCalls(source, MARKS);
    if (calls.length === 0) continue;
    const written = wordsOf(source, calls, sources);
    for (const call of calls) {
      const read = proofsOf(source, call);
      if (typeof read === 'string') faults.push(findingAt(source, call, read));
      else {
        proofs.push(...read);
        for (const { field } of read) {
          const absent = lastWords(field).find((word) => !written.has(word));
          if (absent !== undefined)
            faults.push(findingAt(source, call, `${field}: this test writes no ${absent}, so it can't show what it does`));
        }
      }
    }
  }
  return { proofs, faults };
}

/** The proofs of one mark, or why it is none. */
function proofsOf(source: SourceText, call: ts.CallExpression): readonly Proof[] | string {
  if (!FOLDERS.test(source.path)) return 'a field is proved on a real engine: in test/e2e, test/contract or test/adapters/docker';
  const test = testOf(call);
  if (test === null) return 'a mark stands inside of the test that shows it';
  const literals = literalsOf(call);
  if (literals === null) return 'marks are read from the text: write them as literals';
  const isRequest = ts.isIdentifier(call.expression) && call.expression.text === 'provesRequest';
  const [why = '', ...fields] = isRequest ? literals : ['', ...literals];
  if (fields.length === 0) return 'a mark without a field says nothing';
  return fields.flatMap(spelledOut).map((field) => ({ field, file: source.path, test: test.name, requestBecause: isRequest ? why : null }));
}

/** The words of a test, of what it imports from beside it, and of files below its folder that it names; its marks do not count. */
function wordsOf(source: SourceText, calls: readonly ts.CallExpression[], sources: readonly SourceText[]): ReadonlySet<string> {
  const imported = new Set(importsOf(source).map(({ from }) => resolveImport(source.path, from)));
  const folder = `${dirname(source.path)}/`;
  const read = sources.filter(
    ({ path, text }) =>
      path.startsWith('test/') &&
      (imported.has(path) || (path.startsWith(folder) && !/\.[cm]?ts$/.test(path) && text !== '' && namesFile(source, path, folder))),
  );
  const own = calls.reduce((text, call) => text.replace(call.getText(source.tree ?? undefined), ''), source.text);
  return new Set([own, ...read.map(({ text }) => text)].flatMap((text) => text.match(/[\w-]+/g) ?? []));
}

/** Whether a test reads a file below its folder by the end of its path: `shop/taskdef.json`. */
function namesFile({ text }: SourceText, path: string, folder: string): boolean {
  const [name, ...above] = path.slice(folder.length).split('/').reverse();
  return above[0] !== undefined && text.includes(`${above[0]}/${name}`);
}

/** What has to be written for a field: its own name, and the value if one is named. */
function lastWords(field: string): readonly string[] {
  const [path = '', value] = field.split(': ');
  const name = path.split('.').findLast((part) => part !== '*') ?? path;
  return [name.replaceAll('[]', ''), ...(value === undefined ? [] : [value])];
}
