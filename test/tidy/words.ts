// Words that do not belong in the code, each with what to write instead. Below floor 4: no clock, no chance, no async, no I/O, no class.
// Everywhere: no names that say nothing, no work left undone, no `any`; in tests no mock of a module and no test left out.
// Deliberately absent: what the type checker and the linter refuse already (enums, floating promises).
import ts from 'typescript';
import { findingAt, nodesOf, type Finding, type SourceText } from './source.ts';
import { floorOf } from './floors.ts';

/** The first floor that may act: below it everything is a function of its arguments. */
const FIRST_ACTING_FLOOR = 4;

const CLOCK = 'take `now` as an argument and return the moment to wake';
const CHANCE = 'derive it by hash (std/hash.ts): doing something twice must be doing it once';
const LATER = 'waiting is a value: return `wakeAt` or `until`';
const OUTSIDE = 'take it as an argument; the daemon reads the outside and hands it in';

/** `name` or `name.member` -> what to do instead, on floors 0 to 3. */
const IMPURE: ReadonlyMap<string, string> = new Map([
  ['Date.now', CLOCK],
  ['performance', CLOCK],
  ['Math.random', CHANCE],
  ['crypto', CHANCE],
  ['setTimeout', LATER],
  ['setInterval', LATER],
  ['setImmediate', LATER],
  ['queueMicrotask', LATER],
  ['Promise', LATER],
  ['process', OUTSIDE],
  ['fetch', OUTSIDE],
  ['console', 'return a problem or an event; the log is an adapter'],
]);

const NAMES: readonly { readonly word: RegExp; readonly instead: string }[] = [
  { word: /manager/i, instead: 'name what it does: reconcile, drain, place, watch' },
  { word: /helper/i, instead: 'name the noun that it works on, and put it into that file' },
  { word: /util/i, instead: 'name the noun that it works on: std/time.ts, std/text.ts' },
];
/** In brackets, so that this file does not find itself. */
const UNFINISHED = /\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/;

/** Floors 0 to 3 are plain functions over plain data. */
export function purityFindings(sources: readonly SourceText[]): readonly Finding[] {
  return sources.flatMap((source) => {
    const floor = floorOf(source.path);
    if (source.tree === null || floor === null || floor >= FIRST_ACTING_FLOOR) return [];
    return nodesOf(source.tree).flatMap((node) => {
      const said = impurityOf(node);
      return said === null ? [] : [findingAt(source, node, `${said.word} is not for floor ${floor}: ${said.instead}`)];
    });
  });
}

/** Names that say nothing, work left undone, and types given up. */
export function wordFindings(sources: readonly SourceText[]): readonly Finding[] {
  return sources.flatMap((source) => {
    if (source.tree === null) return [];
    const findings: Finding[] = [];
    const fileName = source.path.split('/').at(-1) ?? '';
    for (const { word, instead } of NAMES)
      if (word.test(fileName)) findings.push({ path: source.path, line: 0, message: `the file name says nothing: ${instead}` });
    for (const [index, line] of source.text.split('\n').entries())
      if (UNFINISHED.test(line))
        findings.push({
          path: source.path,
          line: index + 1,
          message: 'work left undone: do it now, or open an issue and name it in the report',
        });
    for (const node of nodesOf(source.tree)) {
      if (node.kind === ts.SyntaxKind.AnyKeyword)
        findings.push(findingAt(source, node, '`any` gives the types up: write `unknown` and check it'));
      const name = declaredName(node);
      if (name === null) continue;
      for (const { word, instead } of NAMES)
        if (word.test(name)) findings.push(findingAt(source, node, `the name ${name} says nothing: ${instead}`));
    }
    return findings;
  });
}

/** Tests run whole and against the real thing. */
export function testFindings(sources: readonly SourceText[]): readonly Finding[] {
  return sources.flatMap((source) => {
    if (source.tree === null || !source.path.startsWith('test/')) return [];
    return nodesOf(source.tree).flatMap((node) => {
      if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return [];
      const [object, member] = [node.expression.text, node.name.text];
      if (['it', 'test', 'describe'].includes(object) && ['only', 'skip', 'skipIf', 'todo', 'runIf'].includes(member))
        return [findingAt(source, node, `${object}.${member} leaves tests out silently: every test runs, or is deleted`)];
      if (object === 'vi' && ['mock', 'doMock', 'spyOn', 'stubGlobal'].includes(member))
        return [findingAt(source, node, `vi.${member} replaces what should be tested: use the real thing or one of the fakes in test/sim`)];
      return [];
    });
  });
}

function impurityOf(node: ts.Node): { readonly word: string; readonly instead: string } | null {
  if (ts.isClassLike(node)) return { word: 'class', instead: 'write functions over readonly data' };
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return { word: 'await', instead: LATER };
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return { word: 'async', instead: LATER };
  // One argument is a conversion of a given moment; none is the clock, several are the machine's time zone.
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'Date' && node.arguments?.length !== 1)
    return { word: 'new Date()', instead: CLOCK };
  if (!ts.isIdentifier(node) || !isUse(node)) return null;
  const parent = node.parent;
  const member = ts.isPropertyAccessExpression(parent) && parent.expression === node ? `${node.text}.${parent.name.text}` : node.text;
  for (const word of [member, node.text]) {
    const instead = IMPURE.get(word);
    if (instead !== undefined) return { word, instead };
  }
  return null;
}

/** Whether an identifier means the global: not a member (`task.process`), not a key, not a name that is being declared. */
function isUse(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  const isKey =
    ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent) || ts.isMethodSignature(parent);
  return !(isKey && parent.name === node) && declaredName(parent) !== node.text && !ts.isBindingElement(parent);
}

/** The name that a node declares, or null. */
function declaredName(node: ts.Node): string | null {
  const declares =
    ts.isVariableDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isPropertySignature(node) ||
    ts.isMethodDeclaration(node);
  return declares && node.name !== undefined && ts.isIdentifier(node.name) ? node.name.text : null;
}
