// The page docs/reference/placement.md: every rule of ECS's placement (placement-rules.ts), whether Longshore keeps it, and the tests that show
// it, by their marks (provesPlacement of test/proves.ts). A rule without a mark, and a mark without a rule, end `npm run check`.
import ts from 'typescript';
import { type Finding, type SourceText, findingAt } from '../../test/tidy/source.ts';
import { spelledOut } from '../../test/proves.ts';
import { MARKS_FILE, type MarkedTest, literalsOf, markCalls, shortName, testOf, testSources, testsSection } from './marks.ts';
import { PLACEMENT, type PlacementRule } from './placement-rules.ts';

const MARKS = new Set(['provesPlacement']);
export const RULES: readonly PlacementRule[] = PLACEMENT.flatMap(({ rules }) => rules);

/** One rule that one test shows. */
export interface Shown {
  readonly rule: string;
  readonly file: string;
  readonly test: string;
  /** Texts of the test that show it, such as rows of its table; none: the test as a whole. */
  readonly rows: readonly string[];
}

export interface PlacementMarks {
  readonly shown: readonly Shown[];
  /** Marks that show nothing, each with its place and with what to do. */
  readonly faults: readonly Finding[];
}

/** All marks of rules of placement in these files. */
export function placementMarks(sources: readonly SourceText[]): PlacementMarks {
  const shown: Shown[] = [];
  const faults: Finding[] = [];
  for (const source of sources.filter(({ path }) => path !== MARKS_FILE))
    for (const call of markCalls(source, MARKS)) {
      const read = readMark(source, call);
      if (typeof read === 'string') faults.push(findingAt(source, call, read));
      else shown.push(...read);
    }
  return { shown, faults };
}

/** What one mark shows, or why it is none. */
function readMark(source: SourceText, call: ts.CallExpression): readonly Shown[] | string {
  const test = testOf(call);
  if (test === null) return 'a mark stands inside of the test that shows it';
  const [name, ...rows] = literalsOf(call) ?? [];
  if (name === undefined) return 'marks are read from the text: write the rule and its rows as literals';
  const written = textsOf(test);
  const lost = rows.find((row) => !written.includes(row));
  if (lost !== undefined) return `${name}: this test has no row "${lost}"`;
  const names = spelledOut(name);
  const unknown = names.find((one) => !RULES.some((rule) => rule.name === one));
  if (unknown !== undefined) return `${unknown}: scripts/reference/placement-rules.ts has no such rule`;
  const unwritten = RULES.find(({ name: one, writes }) => names.includes(one) && writes && !written.some((text) => writes.test(text)));
  if (unwritten !== undefined) return `${unwritten.name}: this test writes no such term`;
  return names.map((rule) => {
    const writes = RULES.find(({ name: one }) => one === rule)?.writes;
    const own = writes === undefined ? rows : written.filter((text) => writes.test(text));
    return { rule, file: source.path, test: test.name, rows: own };
  });
}

/** A test is walked once, however many marks it has. */
const textsByTest = new WeakMap<ts.Node, readonly string[]>();

/** The literal texts of a test, without those of its marks. */
function textsOf({ node }: MarkedTest): readonly string[] {
  const known = textsByTest.get(node);
  if (known !== undefined) return known;
  const texts: string[] = [];
  const visit = (one: ts.Node): void => {
    if (ts.isStringLiteralLike(one)) texts.push(one.text);
    const isMark = ts.isCallExpression(one) && ts.isIdentifier(one.expression) && MARKS.has(one.expression.text);
    if (!isMark) ts.forEachChild(one, visit);
  };
  visit(node);
  textsByTest.set(node, texts);
  return texts;
}

/** What is wrong between rules and marks, in words that say what to do; empty when every rule is shown. */
export function placementGaps(shown: readonly Shown[], rules: readonly PlacementRule[] = RULES): readonly string[] {
  const marked = new Set(shown.map(({ rule }) => rule));
  return rules.flatMap(({ name, absent }) => {
    if (absent === undefined)
      return marked.has(name) ? [] : [`${name} is shown by no test: mark one with provesPlacement('${name}'), and name its rows`];
    return marked.has(name) ? [`${name} is shown by a test: take "absent" off its rule`] : [];
  });
}

/** The whole page. */
export function placementPage(shown: readonly Shown[] = placementMarks(testSources()).shown): string {
  return [
    ...introduction(),
    ...PLACEMENT.flatMap(({ title, rules }) => [
      `## ${title}`,
      '',
      '| rule | ECS | Longshore | test |',
      '| --- | --- | --- | --- |',
      ...rules.map((rule) => rowOf(rule, shown)),
      '',
    ]),
    ...testsSection(shown.map(({ file }) => file)),
  ].join('\n');
}

function introduction(): readonly string[] {
  return [
    '# Placement, rule by rule',
    '',
    'Written by `scripts/reference.ts` from `scripts/reference/placement-rules.ts` and the marks in the tests (`test/proves.ts`); do not edit.',
    'How placement is used: [placement.md](../placement.md).',
    '',
    'What ECS says of placing tasks on container instances, whether Longshore does the same, and the tests that show it, with the rows of their',
    'tables. A departure names its row in [departures.md](../departures.md). RunTask and StartTask are not here: they are no part of',
    'this version, nor are tasks of their own on an instance that drains or is deregistered. A rule without a test fails `npm run check`.',
    '',
  ];
}

function rowOf(rule: PlacementRule, shown: readonly Shown[]): string {
  const own = shown.filter((one) => one.rule === rule.name);
  const tests = own.map(({ file, test, rows }) => {
    const listed = rows.length === 0 ? '' : `: ${rows.map((row) => `\`${row.replaceAll('|', '\\|')}\``).join(', ')}`;
    return `\`${shortName(file)}\` ${cell(test)}${listed}`;
  });
  return `| \`${rule.name.replaceAll('|', '\\|')}\` | ${cell(rule.ecs, true)} | ${longshoreOf(rule)} | ${tests.join('<br>') || 'none'} |`;
}

function longshoreOf({ departures = [], absent }: PlacementRule): string {
  const named = departures.map((subject) => `[departure](../departures.md): ${subject}`).join('; ');
  if (absent === undefined) return named || 'as ECS';
  return `not there: ${absent}${named && `; ${named}`}`;
}

/** A text for a cell of a table; `isMarkdown`: it is written as such already. */
function cell(text: string, isMarkdown = false): string {
  const line = text.replaceAll('|', '\\|');
  return isMarkdown ? line : line.replaceAll('<', '&lt;').replaceAll('*', '\\*').replaceAll('_', '\\_');
}
