// What a command loads before its verb runs. A module takes a millisecond, zod and yaml bring 170: `longshore status` needs none of them.
import ts from 'typescript';
import { findingAt, importsOf, packageOf, resolveImport, type Finding, type SourceText } from './source.ts';

const MAIN = 'src/cli/main.ts';
const LIGHT = ['commander'];

/** Nothing that main.ts imports, or what that imports in turn, loads a package besides commander; types and `await import` load nothing. */
export function startFindings(sources: readonly SourceText[]): readonly Finding[] {
  const files = new Map(sources.map((source) => [source.path, source]));
  const loaded = new Set<string>();
  const findings: Finding[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const source = files.get(path);
    if (source === undefined || loaded.has(path)) return;
    loaded.add(path);
    for (const { node, from } of importsOf(source).filter(({ node: each }) => isLoad(each))) {
      const name = packageOf(from);
      if (name === null) visit(resolveImport(path, from), [...trail, path]);
      else if (!name.startsWith('node:') && !LIGHT.includes(name)) {
        const way = [...trail, path].join(' -> ');
        findings.push(findingAt(source, node, `every command loads ${name} (${way}): import the room inside the verb's action`));
      }
    }
  };
  visit(MAIN, []);
  return findings;
}

function isLoad(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause === undefined || !isOfTypes(node.importClause);
  return ts.isExportDeclaration(node) && !node.isTypeOnly;
}

/** Whether it is erased: a type import whole, or one that names nothing but types. */
function isOfTypes({ phaseModifier, name, namedBindings }: ts.ImportClause): boolean {
  if (phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  return (
    name === undefined &&
    namedBindings !== undefined &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every(({ isTypeOnly }) => isTypeOnly)
  );
}
