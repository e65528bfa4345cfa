// Files in one numbering of offsets: every place says in which file it lies, and a file alone is as it always was.
import { describe, expect, it } from 'vitest';
import { fileText, joinedTexts, placeName, placeOf } from '../../../src/manifest/text/text.ts';
import { problemAt } from '../../../src/manifest/problem.ts';

const first = fileText('a.yaml', 'one\ntwo');
const joined = joinedTexts(first, [
  { base: 8, file: fileText('b.yaml', 'three\nfour\n') },
  { base: 20, file: fileText('c.yaml', 'five') },
]);

const PLACES: readonly (readonly [offset: number, place: string])[] = [
  [0, 'a.yaml:1:1'],
  [6, 'a.yaml:2:3'],
  [7, 'a.yaml:2:4'],
  [8, 'b.yaml:1:1'],
  [14, 'b.yaml:2:1'],
  [19, 'b.yaml:3:1'],
  [20, 'c.yaml:1:1'],
  [99, 'c.yaml:1:5'],
];

describe('files in one numbering', () => {
  it.for(PLACES)('offset %i lies at %s', ([offset, wanted]) => {
    expect(placeName(joined, offset)).toBe(wanted);
  });

  it('a problem shows the line of its own file', () => {
    const words = { code: 'unknown-key', message: 'm', hint: 'h' } as const;
    expect(problemAt(joined, 15, words, { exact: true, secrets: [] })).toMatchObject({
      file: 'b.yaml',
      line: 2,
      column: 2,
      excerpt: 'four',
    });
  });

  it('a file alone has no other file behind its end', () => {
    expect(placeOf(first, 99)).toEqual({ line: 2, column: 4 });
  });
});
