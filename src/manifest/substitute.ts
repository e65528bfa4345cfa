// ${NAME} in the texts of a manifest, replaced by the values that the chosen environment declares. A text that is nothing but one ${NAME}
// becomes the value itself, a number too; inside a text a value stands as it is written. $${NAME} stands for ${NAME}. Anything else with a dollar sign is left alone: it is for a shell.
// Keys are never replaced. Compose files have a language of their own for this, see interpolate.ts.
import { nearest } from '../std/text.ts';
import type { ProblemCode } from './codes.ts';
import type { Tree } from './text/tree.ts';

/** A value that an environment declares. */
export interface Variable {
  readonly value: string | number | boolean;
  /** As it is written there: a version 1.10 is no number 1.1. */
  readonly text: string;
}

export type Variables = ReadonlyMap<string, Variable>;

/** A variable that nobody declares, at its offset. */
export interface Undeclared {
  readonly code: ProblemCode;
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

const USE = /\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The tree with its variables replaced. Trees without a variable are kept as they are. */
export function substituted(tree: Tree, variables: Variables, environment: string, undeclared: Undeclared[]): Tree {
  if (tree.kind === 'list') {
    const items = tree.items.map((item) => substituted(item, variables, environment, undeclared));
    return items.every((item, index) => item === tree.items[index]) ? tree : { ...tree, items };
  }
  if (tree.kind === 'mapping') {
    const entries = tree.entries.map((entry) => {
      const value = substituted(entry.value, variables, environment, undeclared);
      return value === entry.value ? entry : { ...entry, value };
    });
    return entries.every((entry, index) => entry === tree.entries[index]) ? tree : { ...tree, entries };
  }
  const { value: text } = tree;
  if (typeof text !== 'string' || !text.includes('${')) return tree;
  const whole = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text)?.[1];
  const alone = whole === undefined ? undefined : variables.get(whole);
  if (alone !== undefined) return { ...tree, value: alone.value, text: null, written: alone.text };
  const value = text.replace(USE, (use, name: string, at: number) => {
    if (use.startsWith('$$')) return use.slice(1);
    const known = variables.get(name);
    if (known !== undefined) return known.text;
    const meant = nearest(name, [...variables.keys()]);
    const hint = meant === null ? `add it to variables of the environment, or write $\${${name}} for a shell` : `did you mean ${meant}?`;
    const message = `the environment ${environment} declares no variable ${name}`;
    undeclared.push({ code: 'undeclared-variable', offset: tree.text === null ? tree.start : tree.text + at, message, hint });
    return use;
  });
  return value === text ? tree : { ...tree, value, text: null };
}
