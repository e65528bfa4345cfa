// How a file that SOPS has encrypted is told from others: such files lie beside the manifests and are none. Deliberately absent: what is in
// them; only adapters/secrets can open one.
import { textAt, treeAt } from './text/tree.ts';
import type { Tree } from './text/tree.ts';

/** Whether a document is one of SOPS's. One with a `kind` is taken for a manifest, encrypted by mistake: to pass over it would remove what it declares. */
export function isSopsDocument(tree: Tree): boolean {
  return textAt(tree, ['sops', 'mac']) !== null && textAt(tree, ['sops', 'lastmodified']) !== null && treeAt(tree, ['kind']) === null;
}

/** Whether a text in the form NAME=value is one of SOPS's. */
export function isSopsVariables(text: string): boolean {
  return /^sops_mac=/m.test(text) && /^sops_lastmodified=/m.test(text);
}
