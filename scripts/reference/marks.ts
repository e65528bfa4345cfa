// Marks in the tests, read from their syntax trees: calls of known names that stand inside of a test and hold literal texts. What they mean is
// said elsewhere: fields of a task definition (proof-marks.ts), rules of placement (placement.ts). Nothing is run: a test that fails or is
// left out ends the build anyway.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { type SourceText, nodesOf, sourceOf } from '../../test/tidy/source.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TESTS = new Set(['test', 'it']);
const GROUP = 'describe';
/** The file that defines the marks. */
export const MARKS_FILE = 'test/proves.ts';

/** The project's tests as the marks are read from them; those that hold no mark are texts without a tree, which is slow to make. */
export function testSources(): readonly SourceText[] {
  return readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|json|yaml)$/.test(name))
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .sort()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return text.includes('proves') ? sourceOf(path, text) : { path, text, tree: null };
    });
}

/** The calls of these names in a file. */
export function markCalls({ tree, text }: SourceText, names: ReadonlySet<string>): readonly ts.CallExpression[] {
  if (tree === null || !text.includes('proves')) return [];
  return nodesOf(tree).filter(
    (node): node is ts.CallExpression => ts.isCallExpression(node) && ts.isIdentifier(node.expression) && names.has(node.expression.text),
  );
}

export interface MarkedTest {
  /** `group > test`, as the runner prints it. */
  readonly name: string;
  /** The call of `it` or `test`. */
  readonly node: ts.CallExpression;
}

/** The test in which a call stands; null: in none. */
export function testOf(call: ts.Node): MarkedTest | null {
  const names: string[] = [];
  let own: ts.CallExpression | null = null;
  for (let node: ts.Node = call; !ts.isSourceFile(node); node = node.parent) {
    if (!ts.isCallExpression(node)) continue;
    const [callee, [title]] = [calleeOf(node.expression), node.arguments];
    if (callee === null || title === undefined || !ts.isStringLiteralLike(title)) continue;
    if (callee !== GROUP && !TESTS.has(callee)) continue;
    if (TESTS.has(callee)) own ??= node;
    names.unshift(title.text);
  }
  return own && { name: names.join(' > '), node: own };
}

/** `it` of `it(...)`, and of `it.each(...)(...)`. */
function calleeOf(expression: ts.Expression): string | null {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isCallExpression(expression) && ts.isPropertyAccessExpression(expression.expression))
    return calleeOf(expression.expression.expression);
  return null;
}

/** The arguments of a call; null: some of them are no literal texts. */
export function literalsOf(call: ts.CallExpression): readonly string[] | null {
  const literals = call.arguments.flatMap((argument) => (ts.isStringLiteralLike(argument) ? [argument.text] : []));
  return literals.length === call.arguments.length ? literals : null;
}

/** The end of a page of marks: where the tests are that it calls by their short names. */
export function testsSection(files: readonly string[]): readonly string[] {
  const sorted = [...new Set(files)].sort();
  return ['## The tests', '', ...sorted.map((file) => `- \`${shortName(file)}\`: [${file}](../../${file})`), ''];
}

/** `e2e/secrets` of `test/e2e/secrets.test.ts`. */
export function shortName(file: string): string {
  return file.replace(/^test\/(?:adapters\/)?/, '').replace(/(?:\.test)?\.ts$/, '');
}
