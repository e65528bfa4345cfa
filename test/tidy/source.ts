// What the tidy rules read: every file of the project as text, the TypeScript ones also as a syntax tree.
// `typescript` is the alias of TypeScript 6: version 7 has no API, and a checker built on it would pass by seeing nothing.
// Deliberately absent: types. A rule looks at words and shapes only, so all of them together take about two seconds.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** One file: its path from the project's root with forward slashes, its text, and its tree when it is TypeScript or JavaScript. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile | null;
}

/** What a rule found, and in words what to do instead. */
export interface Finding {
  readonly path: string;
  /** 1-based; 0 when it is about the file as a whole. */
  readonly line: number;
  readonly message: string;
}

export type Rule = (sources: readonly SourceText[]) => readonly Finding[];

const SKIPPED_FOLDERS = new Set(['node_modules', '.git', '.longshore', 'dist', 'coverage']);
/** Images and the like hold no words; the limit also keeps a stray dump from slowing the test. */
const MAX_BYTES = 1_048_576;

/** A file for a rule, from text that need not exist on disk. */
export function sourceOf(path: string, text: string): SourceText {
  const isCode = /\.(?:ts|mts|mjs)$/.test(path);
  return { path, text, tree: isCode ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2024, true) : null };
}

/** Every text file below `root`, sorted by path; folders that git ignores are left out. */
export function readSources(root: string): readonly SourceText[] {
  const paths = readdirSync(root, { recursive: false, withFileTypes: true }).flatMap((entry) =>
    SKIPPED_FOLDERS.has(entry.name) ? [] : entry.isDirectory() ? filesBelow(root, entry.name) : [entry.name],
  );
  return paths.toSorted().flatMap((path) => {
    const bytes = readFileSync(join(root, path));
    return bytes.length > MAX_BYTES || bytes.includes(0) ? [] : [sourceOf(path, bytes.toString('utf8'))];
  });
}

/** Trees are walked once, however many rules look at them. */
const walked = new WeakMap<ts.SourceFile, readonly ts.Node[]>();

/** All nodes of a file's tree, parents first. */
export function nodesOf(tree: ts.SourceFile): readonly ts.Node[] {
  const known = walked.get(tree);
  if (known !== undefined) return known;
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  walked.set(tree, nodes);
  return nodes;
}

/** A finding at a node of the file's tree. */
export function findingAt(source: SourceText, node: ts.Node, message: string): Finding {
  const position = source.tree?.getLineAndCharacterOfPosition(node.getStart(source.tree));
  return { path: source.path, line: (position?.line ?? -1) + 1, message };
}

/** What a file imports, exports from, or imports dynamically by a literal. */
export function importsOf(source: SourceText): readonly { readonly node: ts.Node; readonly from: string }[] {
  if (source.tree === null) return [];
  const found: { node: ts.Node; from: string }[] = [];
  for (const node of nodesOf(source.tree)) {
    const literal =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (literal !== undefined && ts.isStringLiteralLike(literal)) found.push({ node, from: literal.text });
  }
  return found;
}

/** The package that an import names (`@scope/name`, `node:fs`), or null for a path. */
export function packageOf(from: string): string | null {
  if (from.startsWith('.') || from.startsWith('/')) return null;
  return from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The file that a relative import means, as a path from the root. */
export function resolveImport(importer: string, from: string): string {
  const parts = importer.split('/').slice(0, -1);
  for (const part of from.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/').replace(/^\//, ''))
    .filter((path) => !path.split('/').some((part) => SKIPPED_FOLDERS.has(part)));
}
