// The chosen environment of a repository: its variables and its overlays, read out of environments/<name>.yaml. A file there whose first
// document is no Environment is a manifest like any other. Choosing is the operator's business (--environment); without a choice no variable
// is replaced and no overlay counts.
import { KINDS, identityOf } from './kind.ts';
import { joinedTexts } from './text/text.ts';
import { formOf } from './forms/forms.ts';
import { overlaid, shifted } from './overlay.ts';
import { nearest } from '../std/text.ts';
import { parseFile } from './parse.ts';
import { problemAt, problemOfFile, problemOfFinding } from './problem.ts';
import { onValue } from './finding.ts';
import { textAt, treeAt } from './text/tree.ts';
import { secretRanges } from './text/secrets.ts';
import { substituted } from './substitute.ts';
import type { Draft } from './draft.ts';
import type { FileText } from './text/text.ts';
import type { Guard } from './text/excerpt.ts';
import type { KindName } from './kind.ts';
import type { Lookup } from './text/interpolate.ts';
import type { Problem } from '../model/problem.ts';
import type { SourceFile } from './source.ts';
import type { Tree } from './text/tree.ts';
import type { Undeclared, Variable, Variables } from './substitute.ts';

export interface ChosenEnvironment {
  readonly name: string;
  /** Blob and name of its file: what was read under another one must be read again. */
  readonly key: string;
  readonly variables: Variables;
  readonly overlays: readonly Overlay[];
}

export interface Overlay {
  readonly kind: KindName;
  readonly identity: string;
  readonly tree: Tree;
  readonly file: FileText;
}

const PATH = /^environments\/([^/]+)\.ya?ml$/;

/** Variables are no place for secrets, and hold them all the same. */
function guardOf(tree: Tree): Guard {
  return { exact: true, secrets: secretRanges(tree) };
}

/** The environments that a commit has, by name. */
export function environmentFiles(files: readonly SourceFile[]): ReadonlyMap<string, SourceFile> {
  return new Map(
    files.flatMap((file): [string, SourceFile][] => {
      const name = PATH.exec(file.path)?.[1];
      return name === undefined || !isEnvironment(file) ? [] : [[name, file]];
    }),
  );
}

/** A file that can't be parsed is taken for what it begins with: it must not be called missing because it is broken. */
function isEnvironment(source: SourceFile): boolean {
  const { file, documents } = parseFile(source);
  const [first] = documents;
  if (first !== undefined) return textAt(first, ['kind']) === 'Environment';
  return file !== null && /^kind:\s*Environment\s*$/m.test(file.text);
}

/** The environment that was asked for. */
export function chooseEnvironment(
  files: ReadonlyMap<string, SourceFile>,
  name: string | null,
): { readonly environment: ChosenEnvironment | null; readonly problems: readonly Problem[] } {
  if (name === null) return { environment: null, problems: files.size === 0 ? [] : [notChosen([...files.keys()])] };
  const source = files.get(name);
  if (source === undefined) return { environment: null, problems: [unknown(name, [...files.keys()])] };
  const { file, documents } = parseFile(source);
  const [first, ...rest] = documents;
  if (file === null || first === undefined) return { environment: null, problems: [] };
  const own = textAt(first, ['name']);
  const problems: Problem[] = [];
  if (own !== null && own !== name) {
    const finding = onValue('environment-name', ['name'], `the file ${source.path} calls its environment "${own}"`, `write name: ${name}`);
    problems.push(problemOfFinding(file, first, finding, guardOf(first)));
  }
  const variables = variablesOf(file, first);
  const overlays = rest.flatMap((document) => overlaysOf(file, document, variables, name, problems));
  return { environment: { name, key: `${source.id} ${source.path}`, variables, overlays }, problems };
}

function variablesOf(file: FileText, document: Tree): Variables {
  const written = treeAt(document, ['variables']);
  if (written?.kind !== 'mapping') return new Map();
  return new Map(
    written.entries.flatMap(({ key, value: tree }): [string, Variable][] => {
      if (tree.kind !== 'scalar' || tree.value === null) return [];
      const { value, start, end } = tree;
      return [[key, { value, text: typeof value === 'string' ? value : file.text.slice(start, end) }]];
    }),
  );
}

function overlaysOf(file: FileText, document: Tree, variables: Variables, name: string, problems: Problem[]): Overlay[] {
  const undeclared: Undeclared[] = [];
  const whole = substituted(document, variables, name, undeclared);
  problems.push(...undeclared.map((fault) => problemAt(file, fault.offset, fault, guardOf(document))));
  const drafted = formOf(whole)?.read(whole, file.path);
  if (drafted?.drafts === undefined || drafted.drafts === null) {
    const hint = 'begin it with the kind and the name of the document that it changes';
    const finding = drafted?.refusal ?? onValue('missing-kind', ['kind'], 'an overlay has no kind', hint);
    problems.push(problemOfFinding(file, document, finding, guardOf(document)));
    return [];
  }
  return drafted.drafts.flatMap(({ kind, tree }) => {
    const identity = identityOf(kind, tree);
    if (identity !== null) return [{ kind, identity, tree, file }];
    const { nameField, words } = KINDS[kind];
    const finding = onValue('missing-field', [nameField], `the overlay of a ${words} has no ${nameField}`, `add ${nameField}`);
    problems.push(problemOfFinding(file, tree, finding, guardOf(tree)));
    return [];
  });
}

/** A draft with the overlays that name it, and the text that its places lie in. */
export function withOverlays(file: FileText, draft: Draft, environment: ChosenEnvironment | null): { file: FileText; draft: Draft } {
  const identity = environment === null ? null : identityOf(draft.kind, draft.tree);
  const own = environment?.overlays.filter((overlay) => overlay.kind === draft.kind && overlay.identity === identity) ?? [];
  return own.reduce<{ file: FileText; draft: Draft }>(
    (below, overlay) => {
      const last = below.file.behind?.at(-1);
      const base = (last === undefined ? below.file.text.length : last.base + last.file.text.length) + 1;
      const joined = joinedTexts(below.file, [...(below.file.behind ?? []), { base, file: overlay.file }]);
      return { file: joined, draft: { ...below.draft, tree: overlaid(below.draft.tree, shifted(overlay.tree, base)) } };
    },
    { file, draft },
  );
}

/** Overlays that change nothing, because nobody defines what they name. */
export function baselessOverlays(
  environment: ChosenEnvironment | null,
  defined: Readonly<Record<KindName, ReadonlySet<string>>>,
): readonly Problem[] {
  return (environment?.overlays ?? []).flatMap(({ kind, identity, tree, file }) => {
    if (defined[kind].has(identity)) return [];
    const meant = nearest(identity, defined[kind]);
    const { words, nameField } = KINDS[kind];
    const hint = meant === null ? 'an overlay changes a document that is there; define it in a manifest' : `did you mean ${meant}?`;
    const finding = onValue('overlay-without-base', [nameField], `there is no ${words} "${identity}" to lay this over`, hint);
    return [problemOfFinding(file, tree, finding, guardOf(tree))];
  });
}

/** Values for the language of compose files. */
export function lookupOf(environment: ChosenEnvironment | null): Lookup {
  return (name) => {
    return environment?.variables.get(name)?.text ?? null;
  };
}

function notChosen(names: readonly string[]): Problem {
  const hint = `choose one with --environment: ${names.join(', ')}`;
  return problemOfFile('environment-not-chosen', '', 'the repository has environments and none is chosen: no variable is replaced', hint);
}

function unknown(name: string, names: readonly string[]): Problem {
  const meant = nearest(name, names);
  const known = names.length === 0 ? `add environments/${name}.yaml with kind: Environment` : `there is ${names.join(', ')}`;
  const hint = meant === null ? known : `did you mean ${meant}?`;
  return problemOfFile('unknown-environment', '', `there is no environment "${name}"`, hint);
}
