// A draft: one resource as a format's reader hands it over, before its schema has seen it. Every format ends here: Longshore YAML with a
// kind, ECS JSON without one, compose projects, ecspresso projects. What follows (shape, fates, rules, references) is the same for all.
import type { Finding } from './finding.ts';
import type { KindName } from './kind.ts';
import type { Tree } from './text/tree.ts';

export interface Draft {
  readonly kind: KindName;
  /** Under the names of the model's schemas, with places in the text it came from. Made values have the place of what they were made of. */
  readonly tree: Tree;
  /** What the reader found itself. An error among them does not keep the draft from being checked further. */
  readonly findings: readonly Finding[];
  /** It is checked and declares nothing: it does not say what it belongs to, or is no more. */
  readonly idle?: true;
}

/** What a reader makes of one document: its drafts, or why there are none. */
export type Drafted = { readonly drafts: readonly Draft[]; readonly refusal: null } | { readonly drafts: null; readonly refusal: Finding };

/** A document that became drafts. */
export function drafted(...drafts: readonly Draft[]): Drafted {
  return { drafts, refusal: null };
}

/** A document that is refused as a whole. */
export function notDrafted(refusal: Finding): Drafted {
  return { drafts: null, refusal };
}

/** A format of single documents, see forms/forms.ts. */
export interface Form {
  /** For people: "ECS task definition". */
  readonly name: string;
  /** Whether the document is of this form, however broken the rest of it is. Looks at a few keys only. */
  readonly recognises: (document: Tree) => boolean;
  /** `path`: the file it stands in, for forms that leave a name out. */
  readonly read: (document: Tree, path: string) => Drafted;
}
