// One file -> the resources it declares, and what is wrong inside it. Everything here depends on the file alone, so that its result
// can be kept for as long as the blob is unchanged. What depends on other documents is resolve.ts's work.
import { INSTEAD, UNSUPPORTED_KINDS } from './ecs-names.ts';
import { KIND_NAMES, PASCAL_KINDS, identityOf, isKind } from './kind.ts';
import { MAX_FILE_BYTES } from './source.ts';
import { fileText } from './text.ts';
import { loadBalancerFindings, targetGroupFindings } from './load-balancer.ts';
import { nearest } from '../std/text.ts';
import { plainOf, textAt, treeAt } from './tree.ts';
import { onKey, onValue } from './finding.ts';
import { parseYaml } from './yaml.ts';
import { problemAt, problemOfFile, problemOfFinding, secretRanges } from './problem.ts';
import { shaped } from './shape.ts';
import { spelled } from './spelling.ts';
import { taskDefinitionFindings } from './task-definition.ts';
import type { FileText } from './text.ts';
import type { Finding } from './finding.ts';
import type { KindName, Specs } from './kind.ts';
import type { Problem } from '../model/problem.ts';
import type { SourceFile } from './source.ts';
import type { Tree } from './tree.ts';

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

export interface ReadFile {
  readonly resources: readonly Resource[];
  /** What the file defines but broken: nobody should be told that it is missing. */
  readonly broken: readonly { readonly kind: KindName; readonly identity: string }[];
  /** Whether nothing is known of what the file defines. */
  readonly unread: boolean;
  readonly problems: readonly Problem[];
}

/** Reads one file; never throws. */
export function readFile(source: SourceFile): ReadFile {
  const refused = refusalOf(source);
  if (refused !== null) return { resources: [], broken: [], unread: true, problems: [refused] };
  const text = decoded(source.content);
  if (text === null) {
    const hint = 'save the file as UTF-8';
    return { resources: [], broken: [], unread: true, problems: [problemOfFile('not-utf8', source.path, 'the file is not UTF-8', hint)] };
  }
  const file = fileText(source.path, text);
  const parsed = parseYaml(text);
  const faults = parsed.faults.map((fault) => problemAt(file, fault.offset, fault, { guarded: true, secrets: [] }));
  const documents = parsed.documents.map((tree) => readDocument(file, tree));
  return {
    resources: documents.flatMap((document) => document.resource ?? []),
    broken: documents.flatMap((document) => document.broken ?? []),
    unread: faults.length > 0 || documents.some((document) => document.resource === null && document.broken === null),
    problems: [...faults, ...documents.flatMap((document) => document.problems)],
  };
}

function refusalOf(source: SourceFile): Problem | null {
  const { path, kind, size, content } = source;
  if (kind === 'symlink') {
    const hint = 'put the file itself into the repository; links are never followed';
    return problemOfFile('symlink-refused', path, 'a symbolic link stands where a manifest would', hint);
  }
  if (kind === 'submodule') {
    const hint = 'put the manifests into the repository itself; submodules are never followed';
    return problemOfFile('submodule-refused', path, 'a submodule stands where a manifest would', hint);
  }
  if (size > MAX_FILE_BYTES || content.length > MAX_FILE_BYTES) {
    const message = `the file has ${size} bytes; a manifest has at most ${MAX_FILE_BYTES}`;
    return problemOfFile('file-too-large', path, message, 'split the manifest into several files');
  }
  if (content.includes(0)) {
    const hint = 'a manifest is a text in UTF-8; rename the file if it is something else';
    return problemOfFile('binary-file', path, 'the file holds NUL bytes', hint);
  }
  return null;
}

function decoded(content: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return null; // the only error a fatal decoder has: these bytes are not UTF-8
  }
}

interface ReadDocument {
  readonly resource: Resource | null;
  readonly broken: { readonly kind: KindName; readonly identity: string } | null;
  readonly problems: readonly Problem[];
}

function readDocument(file: FileText, tree: Tree): ReadDocument {
  const kind = kindOf(tree);
  if (typeof kind !== 'string') {
    const problem = problemOfFinding(file, tree, kind, { guarded: true, secrets: secretRanges(tree) });
    return { resource: null, broken: null, problems: [problem] };
  }
  const findings: Finding[] = [];
  const folded = spelled(withoutKind(tree), PASCAL_KINDS.has(kind), findings);
  const resource = resourceOf(kind, file, folded, findings);
  const guard = { guarded: kind === 'TaskDefinition', secrets: secretRanges(folded) };
  const identity = identityOf(kind, folded);
  return {
    resource,
    broken: resource === null && identity !== null ? { kind, identity } : null,
    problems: findings.map((finding) => problemOfFinding(file, folded, finding, guard)),
  };
}

/** The kind of a document, or what is wrong with it. */
function kindOf(tree: Tree): KindName | Finding {
  const known = `the kinds are ${KIND_NAMES.join(', ')}`;
  if (tree.kind !== 'mapping') {
    const message = `the document is ${tree.kind === 'list' ? 'a list' : 'a single value'}, not a mapping`;
    return onValue('not-a-mapping', [], message, `begin the document with "kind:"; ${known}`);
  }
  const kind = treeAt(tree, ['kind']);
  if (kind === null) {
    const misspelt = tree.entries.find((entry) => entry.value.kind === 'scalar' && isKind(String(entry.value.value)));
    if (misspelt !== undefined) {
      return onKey('missing-kind', [misspelt.key], `the document has no kind, but a key "${misspelt.key}"`, 'write kind instead');
    }
    const compose = treeAt(tree, ['services']) !== null;
    const hint = compose ? 'this looks like a Compose file, which Longshore does not read yet' : `add "kind:"; ${known}`;
    return onValue('missing-kind', ['kind'], 'the document has no kind', hint);
  }
  const name = textAt(tree, ['kind']);
  if (name !== null && isKind(name)) return name;
  if (name !== null && UNSUPPORTED_KINDS.has(name)) {
    const hint = INSTEAD.get(name) ?? 'remove the document';
    return onValue('unsupported-kind', ['kind'], `the kind ${name} is known to ECS, not supported by Longshore yet`, hint);
  }
  const meant = name === null ? null : nearest(name, KIND_NAMES);
  const message = name === null ? 'the kind is not a text' : `there is no kind "${name}"`;
  return onValue('unknown-kind', ['kind'], message, meant === null ? known : `did you mean ${meant}?`);
}

function withoutKind(tree: Tree): Tree {
  return tree.kind === 'mapping' ? { ...tree, entries: tree.entries.filter((entry) => entry.key !== 'kind') } : tree;
}

/** The resource of a document; null when its shape is broken. Findings of the rules leave it standing, so that references to it hold. */
function resourceOf(kind: KindName, file: FileText, tree: Tree, findings: Finding[]): Resource | null {
  const value = plainOf(tree);
  const identity = identityOf(kind, tree) ?? '';
  switch (kind) {
    case 'Cluster': {
      const spec = shaped(kind, tree, value, findings);
      return spec && { kind, identity, file, tree, spec };
    }
    case 'TaskDefinition': {
      const spec = shaped(kind, tree, value, findings);
      if (spec !== null) findings.push(...taskDefinitionFindings(spec));
      return spec && { kind, identity, file, tree, spec };
    }
    case 'Service': {
      const spec = shaped(kind, tree, value, findings);
      if (spec !== null) findings.push(...revisionFindings(tree));
      return spec && { kind, identity, file, tree, spec };
    }
    case 'LoadBalancer': {
      const spec = shaped(kind, tree, value, findings);
      if (spec !== null) findings.push(...loadBalancerFindings(spec));
      return spec && { kind, identity, file, tree, spec };
    }
    case 'TargetGroup': {
      const spec = shaped(kind, tree, value, findings);
      if (spec !== null) findings.push(...targetGroupFindings(spec));
      return spec && { kind, identity, file, tree, spec };
    }
  }
}

/** An ARN always names a revision; its number belongs to another installation. */
function revisionFindings(tree: Tree): Finding[] {
  const text = textAt(tree, ['taskDefinition']);
  const number = text === null ? undefined : /:task-definition\/[^:]+:([0-9]+)$/.exec(text)?.[1];
  if (number === undefined) return [];
  const message = `revision ${number} inside the ARN is left out: Longshore runs what git holds`;
  return [onValue('revision-ignored', ['taskDefinition'], message, 'write the family alone')];
}
