// Sizes and the words that go with them: a file fits a coffee, a function fits a screen, a file says what it is for, a public function what it does.
// Functions are measured on the syntax tree. A named function inside another counts for itself and as one line of the outer one, so that
// a room made of closures is judged by each of them. In tests an argument of a call is left out: the body of a `describe` is a list.
import ts from 'typescript';
import { findingAt, nodesOf, type Finding, type SourceText } from './source.ts';

export const MAX_FILE_LINES = 400;
export const MAX_FUNCTION_LINES = 60;
/** What a file is for, in few enough lines that everybody reads them. */
const MAX_OPENING_LINES = 6;

/** Files over 400 lines, functions over 60. */
export function sizeFindings(sources: readonly SourceText[]): readonly Finding[] {
  return sources.flatMap((source) => {
    if (source.tree === null) return [];
    const lines = source.text.trimEnd().split('\n').length;
    const findings: Finding[] = [];
    if (lines > MAX_FILE_LINES)
      findings.push({ path: source.path, line: 0, message: `${lines} lines, ${MAX_FILE_LINES} at most: split it along its nouns` });
    for (const node of nodesOf(source.tree)) {
      if (!ts.isFunctionLike(node) || (source.path.startsWith('test/') && isCallback(node))) continue;
      const length = linesOf(source.tree, node);
      if (length > MAX_FUNCTION_LINES)
        findings.push(
          findingAt(
            source,
            node,
            `a function of ${length} lines, ${MAX_FUNCTION_LINES} at most: keep the decisions in it, move loops and arithmetic into named functions below`,
          ),
        );
    }
    return findings;
  });
}

/** A file opens with a comment that says what the room is for and what is deliberately absent. Test tables speak through their rows. */
export function openingFindings(sources: readonly SourceText[]): readonly Finding[] {
  return sources.flatMap((source) => {
    if (source.tree === null || source.path.endsWith('.test.ts')) return [];
    const lines = source.text.replace(/^#!.*\n/, '').split('\n');
    const comment = lines.findIndex((line) => !line.startsWith('//'));
    if (comment === 0)
      return [{ path: source.path, line: 1, message: 'opens without a comment: say in 2 to 6 lines what it is for and what is absent' }];
    if (comment > MAX_OPENING_LINES)
      return [
        {
          path: source.path,
          line: 1,
          message: `opens with ${comment} lines of comment, ${MAX_OPENING_LINES} at most: move the rest to its place`,
        },
      ];
    return [];
  });
}

/** Every exported function of the product says what comes in and out. */
export function docstringFindings(sources: readonly SourceText[]): readonly Finding[] {
  return sources.flatMap((source) => {
    const { tree } = source;
    if (tree === null || !source.path.startsWith('src/')) return [];
    return tree.statements.flatMap((statement) => {
      const isExported =
        ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
      const name = isExported ? functionName(statement) : null;
      if (name === null || ts.getJSDocCommentsAndTags(statement).length > 0) return [];
      return [
        findingAt(source, statement, `${name} is exported without a docstring: say what comes in and out, units, errors, source of a rule`),
      ];
    });
  });
}

/** The name of the function that a statement declares (`function f`, `const f = () =>`), or null. */
function functionName(statement: ts.Statement): string | null {
  if (ts.isFunctionDeclaration(statement)) return statement.name?.text ?? 'the default export';
  if (!ts.isVariableStatement(statement)) return null;
  const [declaration] = statement.declarationList.declarations;
  const value = declaration?.initializer;
  const isFunction = value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value));
  return isFunction && declaration !== undefined && ts.isIdentifier(declaration.name) ? declaration.name.text : null;
}

/** Whether a function is an argument of a call: `describe('...', () => {...})`. */
function isCallback(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent);
}

/** Lines of a function, each function inside it that is judged for itself (in tests: or not at all) counted as one. */
function linesOf(tree: ts.SourceFile, node: ts.Node): number {
  const isTest = tree.fileName.startsWith('test/');
  let lines = spanOf(tree, node);
  const visit = (inner: ts.Node): void => {
    if (isNamedFunction(inner) || (isTest && ts.isFunctionLike(inner) && isCallback(inner))) lines -= spanOf(tree, inner) - 1;
    else ts.forEachChild(inner, visit);
  };
  ts.forEachChild(node, visit);
  return lines;
}

function isNamedFunction(node: ts.Node): boolean {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return true;
  const isValue = ts.isArrowFunction(node) || ts.isFunctionExpression(node);
  return isValue && (ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent));
}

function spanOf(tree: ts.SourceFile, node: ts.Node): number {
  const first = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line;
  return tree.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
}
