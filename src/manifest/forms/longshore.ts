// Longshore's own form: a document whose `kind` says what it is, and below it the fields of that kind. Here the kind is read and what is
// only spelling is folded; the fields are the schema's business.
import { INSTEAD, UNSUPPORTED_KINDS } from '../ecs-names.ts';
import { KINDS, KIND_NAMES, isKind } from '../kind.ts';
import { drafted, notDrafted } from '../draft.ts';
import { nearest } from '../../std/text.ts';
import { onKey, onValue } from '../finding.ts';
import { spelled } from './spelling.ts';
import { unpacked } from './json-text.ts';
import { textAt, treeAt } from '../text/tree.ts';
import type { Drafted, Form } from '../draft.ts';
import type { Finding } from '../finding.ts';
import type { KindName } from '../kind.ts';
import type { Mapping, Tree } from '../text/tree.ts';

export const longshoreForm: Form = {
  name: 'Longshore manifest',
  recognises: (document) => document.kind === 'mapping' && (treeAt(document, ['kind']) !== null || misspeltKind(document) !== null),
  read: (document) => (document.kind === 'mapping' ? read(document) : notDrafted(onValue('not-a-mapping', [], 'no mapping', 'write one'))),
};

function read(document: Mapping): Drafted {
  const kind = kindOf(document);
  if (typeof kind !== 'string') return notDrafted(kind);
  const findings: Finding[] = [];
  const folded = spelled(withoutKind(document), KINDS[kind].pascal === true, findings);
  const tree = unpacked(folded, KINDS[kind].json ?? [], findings);
  return drafted({ kind, tree, findings });
}

/** The kind of a document, or what is wrong with it. */
function kindOf(document: Mapping): KindName | Finding {
  if (treeAt(document, ['kind']) === null) {
    const misspelt = misspeltKind(document);
    return onKey('missing-kind', [misspelt ?? ''], `the document has no kind, but a key "${misspelt}"`, 'write kind instead');
  }
  const name = textAt(document, ['kind']);
  if (name !== null && isKind(name)) return name;
  if (name !== null && UNSUPPORTED_KINDS.has(name)) {
    const hint = INSTEAD.get(name) ?? 'remove the document';
    return onValue('unsupported-kind', ['kind'], `the kind ${name} is known to ECS, not supported by Longshore yet`, hint);
  }
  const known = `the kinds are ${KIND_NAMES.join(', ')}`;
  const meant = name === null ? null : nearest(name, KIND_NAMES);
  const message = name === null ? 'the kind is not a text' : `there is no kind "${name}"`;
  return onValue('unknown-kind', ['kind'], message, meant === null ? known : `did you mean ${meant}?`);
}

/** A key that has the name of a kind as its value where no key is called kind. */
function misspeltKind(document: Mapping): string | null {
  const found = document.entries.find((entry) => entry.value.kind === 'scalar' && isKind(String(entry.value.value)));
  return found?.key ?? null;
}

function withoutKind(document: Mapping): Tree {
  return { ...document, entries: document.entries.filter((entry) => entry.key !== 'kind') };
}
