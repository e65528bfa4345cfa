// What AWS asks of a list of tags beyond the lengths: each key once, none under AWS's own prefix.
import { onValue } from '../finding.ts';
import { repeated } from './repeated.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';

/** What is wrong with the tags at a path. */
export function tagFindings(tags: readonly { readonly key: string }[] | undefined, path: Path): Finding[] {
  if (tags === undefined) return [];
  const twice = repeated(tags, ({ key }) => key).map(({ index, key }) =>
    onValue('duplicate-tag', [...path, index, 'key'], `the tag "${key}" is given twice`, 'keep one of the two'),
  );
  const reserved = tags.flatMap(({ key }, index) =>
    /^aws:/i.test(key)
      ? [onValue('reserved-tag', [...path, index, 'key'], `the tag "${key}" begins with aws:, which is AWS's own`, 'choose another key')]
      : [],
  );
  return [...twice, ...reserved];
}
