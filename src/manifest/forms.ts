// The formats of single documents, recognised by their content: Longshore's own, with a kind, and those that AWS's tools write, without one.
// A form says whether a document is its own by the keys that nothing else has, and makes drafts of it. The first form that recognises a
// document reads it. Formats that are made of several files (compose, ecspresso) are projects, see projects.ts.
import { eventsForm } from './events-form.ts';
import { ECS_FORMS } from './ecs/forms.ts';
import { longshoreForm } from './longshore.ts';
import { registryForm } from './registry-form.ts';
import { scalingForm } from './scaling-form.ts';
import type { Form } from './draft.ts';
import type { Finding } from './finding.ts';
import type { Tree } from './tree.ts';
import { onValue } from './finding.ts';
import { KIND_NAMES } from './kind.ts';

/** In order: the kind decides before anything else. */
export const FORMS: readonly Form[] = [longshoreForm, ...ECS_FORMS, scalingForm, eventsForm, registryForm];

/** The form of a document; null when nobody knows it. */
export function formOf(document: Tree): Form | null {
  return FORMS.find((form) => form.recognises(document)) ?? null;
}

/** Why a document of no form is refused. */
export function unrecognised(document: Tree): Finding {
  const known = `the kinds are ${KIND_NAMES.join(', ')}`;
  if (document.kind === 'mapping') return onValue('missing-kind', ['kind'], 'the document has no kind', `add "kind:"; ${known}`);
  const message = `the document is ${document.kind === 'list' ? 'a list' : 'a single value'}, not a mapping`;
  return onValue('not-a-mapping', [], message, `begin the document with "kind:"; ${known}`);
}
