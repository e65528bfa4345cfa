// Resources -> Longshore YAML: one document each, the kind first, the fields in the order of their author. What comes out is read in again as
// the same thing, and written a second time as the same text. Comments of the original are not kept, but for
// what an earlier conversion has lost.
import { Document } from 'yaml';
import { plainOf } from '../text/tree.ts';
import { withNotes } from './notes.ts';
import type { Loss } from './ecs.ts';
import type { Resource } from '../document.ts';

/** All resources as one text of documents. `losses`: what their own readers left out. Environments are left out: their variables and overlays are in the others already. */
export function longshoreText(resources: readonly Resource[], losses: readonly Loss[] = []): string {
  const text = resources
    .filter(({ kind }) => kind !== 'Environment')
    .map(documentText)
    .join('---\n');
  return withNotes(text, losses, resources);
}

/** One resource as a document. */
export function documentText({ kind, tree }: Resource): string {
  const fields = plainOf(tree) as Record<string, unknown>;
  return new Document({ kind, ...fields }, { aliasDuplicateObjects: false }).toString({ lineWidth: 0 });
}
