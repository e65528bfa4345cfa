// The YAML parser is driven by hand, through parts that are its own business: whatever the text is, the tokens must be those of its own
// `parse`, and the documents those of its own `parseAllDocuments`, with the same errors at the same places.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Parser, isAlias, isCollection, isPair, isScalar, parseAllDocuments } from 'yaml';
import { documentsOf, tokensOf } from '../../src/manifest/text/yaml-parser.ts';
import { stories } from '../manifest/story.ts';
import type { Document } from 'yaml';

const LIMITS = { depth: 1_000, tokens: 1_000_000 };
const OPTIONS = { uniqueKeys: false, logLevel: 'error', resolveKnownTags: false, prettyErrors: false } as const;

const PIECE = fc.oneof(
  fc.constantFrom('a', 'key', ': ', ':', '- ', '-', '? ', '\n', '\n  ', '\n    ', ' ', '\t', '\r\n', ', ', '[', ']', '{', '}'),
  fc.constantFrom('|\n', '>-\n', '|2\n', '"', "'", '#', ' # c', '&a ', '*a', '!t ', '!!str ', '!!int ', '---\n', '...\n', '%YAML 1.1\n'),
  fc.constantFrom(
    'true',
    'no',
    'null',
    '~',
    '0',
    '012',
    '0x1f',
    '0o7',
    '1e3',
    '.5',
    '-.inf',
    '.nan',
    'Truth',
    'nullable',
    'on',
    '/a',
    '<<',
  ),
  fc.string({ maxLength: 4, unit: 'binary' }),
);
const TEXT = fc.array(PIECE, { maxLength: 40 }).map((pieces) => pieces.join(''));
/** The texts of the stories, cut into two and put together again with something between the halves. */
const BROKEN = fc
  .tuple(fc.constantFrom(...stories().map(({ input }) => input.slice(0, 4_000))), fc.nat(4_000), fc.nat(3), TEXT)
  .map(([text, at, gap, between]) => text.slice(0, at) + between + text.slice(at + gap));

/** A minus zero equals zero, and a symbol (the merge key of YAML 1.1) only itself: as texts both compare as people mean it. */
function comparable(value: unknown): unknown {
  if (typeof value === 'symbol') return `symbol ${String(value.description)}`;
  return Object.is(value, -0) ? '-0' : value;
}

/** What the tree of a document is made of; its other parts are the parser's own. */
function kept(node: unknown): unknown {
  if (isPair(node)) return [kept(node.key), kept(node.value)];
  if (isAlias(node)) return { alias: node.source, range: node.range };
  if (isScalar(node)) {
    const { value, range, tag, anchor, type, source } = node;
    return { value: comparable(value), range, tag, anchor, type, source };
  }
  return isCollection(node) ? { items: node.items.map(kept), range: node.range, tag: node.tag, anchor: node.anchor } : node;
}

function keptOf({ contents, errors, warnings }: Document.Parsed): unknown {
  return { contents: kept(contents), faults: [...errors, ...warnings].map(({ code, pos, message }) => ({ code, pos, message })) };
}

function isAsItsOwn(text: string): void {
  expect(tokensOf(text, LIMITS)).toEqual([...new Parser().parse(text)]);
  const ours = documentsOf(text, LIMITS);
  const own = parseAllDocuments(text, OPTIONS);
  expect('what' in ours ? ours : ours.map(keptOf)).toEqual('empty' in own ? [] : own.map(keptOf));
}

describe('the parser driven by hand', () => {
  it('does what it does of its own, piece by piece', () => {
    fc.assert(fc.property(TEXT, isAsItsOwn), { numRuns: 4_000 });
  });

  it.each(['%YAML 1.1\n? <<', '-0'])('does so with %j, which only a text of it compares', isAsItsOwn);

  it('does so with broken manifests', () => {
    fc.assert(fc.property(BROKEN, isAsItsOwn), { numRuns: 150 });
  });

  it.each(stories().map(({ name, input }) => [name, input.slice(0, 20_000)]))('does so with %s', (_name, text) => isAsItsOwn(text));
});
