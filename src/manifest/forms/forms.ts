// The formats of single documents, recognised by their content: Longshore's own, with a kind, and those that AWS's tools write, without one.
// A form says whether a document is its own by the keys that nothing else has, and makes drafts of it. The first form that recognises a
// document reads it. Formats that are made of several files (compose, ecspresso) are projects, see projects.ts.
import { eventsForm } from './events.ts';
import { ECS_FORMS } from './ecs/forms.ts';
import { isForeign } from './foreign.ts';
import { loadBalancingForm } from './load-balancing.ts';
import { longshoreForm } from './longshore.ts';
import { registryForm } from './registry.ts';
import { securityGroupForm } from './security-groups.ts';
import { scalingForm } from './scaling.ts';
import type { Form } from '../draft.ts';
import type { Tree } from '../text/tree.ts';

/** In order: the kind decides before anything else. */
export const FORMS: readonly Form[] = [
  longshoreForm,
  ...ECS_FORMS,
  loadBalancingForm,
  scalingForm,
  eventsForm,
  registryForm,
  securityGroupForm,
];

/** The form of a document; null when nobody knows it, or another tool's kind stands in it. */
export function formOf(document: Tree): Form | null {
  if (isForeign(document)) return null;
  return FORMS.find((form) => form.recognises(document)) ?? null;
}
