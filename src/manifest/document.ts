// Documents -> the resources they declare, and what is wrong inside each. Everything here depends on one file alone, so that its result can
// be kept for as long as the blob is unchanged. What depends on other documents is commit/resolve.ts's work.
import { asPlaceholder } from './placeholder.ts';
import { fateFindings } from './fates.ts';
import { formOf } from './forms/forms.ts';
import { identityOf } from './kind.ts';
import { isJsonPath, parseFile } from './parse.ts';
import { plainOf } from './text/tree.ts';
import { problemAt, problemOfFinding } from './problem.ts';
import { secretRanges } from './text/secrets.ts';
import { substituted } from './substitute.ts';
import { withOverlays } from './environment.ts';
import { ruleFindings } from './rules/rules.ts';
import { unrecognised } from './forms/foreign.ts';
import { certainFindings, salvaged } from './salvage.ts';
import { shaped, withTexts } from './shape.ts';
import type { ChosenEnvironment } from './environment.ts';
import type { Draft } from './draft.ts';
import type { FileText } from './text/text.ts';
import type { Finding } from './finding.ts';
import type { KindName, Specs } from './kind.ts';
import type { Problem } from '../model/problem.ts';
import type { SourceFile } from './source.ts';
import type { Tree } from './text/tree.ts';
import type { Undeclared } from './substitute.ts';

export interface ResourceOf<K extends KindName> {
  readonly kind: K;
  /** See identityOf. */
  readonly identity: string;
  readonly file: FileText;
  /** In Longshore's spelling, with the places of the original. */
  readonly tree: Tree;
  readonly spec: Specs[K];
}
export type Resource = { [K in KindName]: ResourceOf<K> }[KindName];

/** What is defined and can't be used. */
export interface Broken {
  readonly kind: KindName;
  readonly identity: string;
  /** What is left of it when what is wrong is taken away: for what it names. */
  readonly rest?: Resource;
}

export interface ReadFile {
  readonly resources: readonly Resource[];
  /** What the file defines but broken: nobody should be told that it is missing. */
  readonly broken: readonly Broken[];
  /** Kinds of documents that do not say what they are called: which of these are defined nobody knows. */
  readonly unnamed?: readonly KindName[];
  /** Whether nothing is known of what the file defines. */
  readonly unread: boolean;
  readonly problems: readonly Problem[];
}

/** Reads one file; never throws. Of the file of an environment only the environment itself is a resource: see environment.ts. */
export function readFile(source: SourceFile, environment: ChosenEnvironment | null = null, isEnvironment = false): ReadFile {
  const { file, documents, problems } = parseFile(source);
  if (file === null) return { resources: [], broken: [], unread: problems.some(isError), problems };
  const own = isEnvironment ? documents.slice(0, 1) : documents;
  const read = own.map((document) => readDocument(file, document, isEnvironment ? null : environment));
  return joined([{ resources: [], broken: [], unread: problems.some(isError), problems }, ...read]);
}

function isError({ severity }: Problem): boolean {
  return severity === 'error';
}

/** Several readings as one. */
export function joined(parts: readonly ReadFile[]): ReadFile {
  return {
    resources: parts.flatMap(({ resources }) => resources),
    broken: parts.flatMap(({ broken }) => broken),
    unnamed: parts.flatMap(({ unnamed = [] }) => unnamed),
    unread: parts.some(({ unread }) => unread),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

function readDocument(file: FileText, written: Tree, environment: ChosenEnvironment | null): ReadFile {
  const undeclared: Undeclared[] = [];
  const document = environment === null ? written : substituted(written, environment.variables, environment.name, undeclared);
  const form = formOf(document);
  const { drafts, refusal } =
    form === null ? { drafts: null, refusal: unrecognised(document, isJsonPath(file.path)) } : form.read(document, file.path);
  if (drafts !== null) {
    const read = readDrafts(file, drafts, [], environment);
    if (undeclared.length === 0) return read;
    const guard = { exact: true, secrets: secretRanges(document) };
    const problems = undeclared.map((fault) => problemAt(file, fault.offset, fault, guard));
    // A text that holds an undeclared variable has the wrong form because of that: told once.
    const rest = read.problems.filter((other) => !problems.some(({ line, column }) => line === other.line && column === other.column));
    return { ...read, problems: [...problems, ...rest] };
  }
  const problem = problemOfFinding(file, document, refusal, { exact: true, secrets: secretRanges(document) });
  return { resources: [], broken: [], unread: problem.severity === 'error', problems: [problem] };
}

/** Drafts, with the overlays of the environment, against their schemas, fates and rules. `secrets`: further places whose text is never
 * shown. */
export function readDrafts(
  text: FileText,
  drafts: readonly Draft[],
  secrets: readonly { start: number; end: number }[] = [],
  environment: ChosenEnvironment | null = null,
): ReadFile {
  return joined(
    drafts.map((lower) => {
      const { file, draft } = withOverlays(text, lower, environment);
      const { kind, findings, idle = false } = draft;
      const tree = environment === null ? draft.tree : withTexts(kind, draft.tree);
      const found: Finding[] = [...findings];
      const resource = resourceOf(kind, file, tree, found);
      const identity = identityOf(kind, tree);
      const rest = resource === null && identity !== null ? restOf(kind, file, tree, found) : null;
      return {
        resources: resource === null || idle ? [] : [resource],
        broken: resource === null && identity !== null && !idle ? [{ kind, identity, ...(rest !== null && { rest }) }] : [],
        unnamed: resource === null && identity === null && !idle ? [kind] : [],
        unread: false,
        problems: problemsOf(file, kind, tree, found, secrets),
      };
    }),
  );
}

/** What is left of a draft whose shape is broken; what rules say of it for sure goes to `findings`. */
function restOf(kind: KindName, file: FileText, tree: Tree, findings: Finding[]): Resource | null {
  const left = salvaged(kind, tree);
  if (left === null) return null;
  findings.push(...certainFindings(kind, left, tree));
  // as above
  return { kind, identity: identityOf(kind, tree) ?? '', file, tree, spec: left.spec } as Resource;
}

/** The secrets of a document are looked for only where something of it is shown. */
function problemsOf(
  file: FileText,
  kind: KindName,
  tree: Tree,
  findings: readonly Finding[],
  secrets: readonly { start: number; end: number }[],
): Problem[] {
  if (findings.length === 0) return [];
  const guard = { exact: true, secrets: [...secrets, ...secretRanges(tree)] };
  return findings.map((finding) => problemOfFinding(file, tree, asPlaceholder(finding, tree), guard));
}

/** The resource of a draft; null when its shape is broken. Findings of fates and rules leave it standing, so that references to it hold. */
function resourceOf(kind: KindName, file: FileText, tree: Tree, findings: Finding[]): Resource | null {
  const spec = shaped(kind, tree, plainOf(tree), findings);
  if (spec === null) return null;
  const found = ruleFindings(kind, spec, tree);
  // what belongs to nobody, or not to ECS, is left out; that it is not deployed yet would only be said again
  const idle = found.some(({ code, path }) => (code === 'not-attached' || code === 'not-ecs') && path.length <= 1);
  findings.push(...(idle ? [] : fateFindings(kind, tree)), ...found);
  // the kind and its spec come out of one table, which the type checker does not follow through a union
  return { kind, identity: identityOf(kind, tree) ?? '', file, tree, spec } as Resource;
}
