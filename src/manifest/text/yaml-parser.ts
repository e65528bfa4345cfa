// YAML text -> the parser's documents. The pieces of a text are counted on their way: what would make the parser slow ends here (200,000
// commas took 4 s). The parser is driven by hand and not by its own `next`, which asks the environment of the process about each piece:
// a quarter of all the time, and whoever has a variable LOG_TOKENS would read every value of a manifest on the console.
// Deliberately absent: what the documents mean, and every other limit (yaml.ts).
import { CST, Composer, Lexer, Parser, Schema } from 'yaml';
import type { Document, ScalarTag } from 'yaml';

/** What is too much of a text for the parser: nesting, or pieces; and where. */
export interface TooMuch {
  readonly what: 'depth' | 'tokens';
  readonly offset: number;
}

export interface TextLimits {
  /** Flow collections inside each other, and marks behind each other (`- - -`). */
  readonly depth: number;
  readonly tokens: number;
}

/** The documents of a text, with the parser's errors and warnings in them. Throws what the parser throws: a RangeError when it can't go deeper. */
export function documentsOf(text: string, limits: TextLimits): readonly Document.Parsed[] | TooMuch {
  const tokens = tokensOf(text, limits);
  if ('what' in tokens) return tokens;
  // a document may say which version of YAML it is in; then the parser takes the schema of that version
  const options = text.includes('%YAML') ? OPTIONS : { ...OPTIONS, schema: SCHEMA };
  return [...new Composer(options).compose(tokens)];
}

const OPTIONS = { uniqueKeys: false, logLevel: 'error', resolveKnownTags: false, prettyErrors: false } as const;

/** Most plain values are words, and no other type of YAML begins with these letters: asked first, the tests of all others are spared. */
const WORD: ScalarTag = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  test: /^[A-EG-MO-SU-Za-eg-mo-su-z/]/,
  resolve: (text) => text,
};

/** YAML's core schema. The parser makes one for each document, unless it is given one. */
const SCHEMA = new Schema({ schema: 'core', resolveKnownTags: false, customTags: (tags) => [WORD, ...tags] });

/** The parts of the parser that are its own business: a new version of it is compared with its `parse` by test/properties/yaml-parser.test.ts. */
interface ParserState {
  source: string;
  type: CST.TokenType | '';
  offset: number;
  indent: number;
  atNewLine: boolean;
  atScalar: boolean;
  step(): Iterable<CST.Token>;
  next(piece: string): Iterable<CST.Token>;
  end(): Iterable<CST.Token>;
}

/** The tokens of a text, or why there are too many for the parser. */
export function tokensOf(text: string, limits: TextLimits): CST.Token[] | TooMuch {
  const parser = new Parser() as unknown as ParserState;
  const tokens: CST.Token[] = [];
  let pieces = 0;
  let flow = 0;
  let run = 0;
  for (const piece of new Lexer().lex(text)) {
    const type = parser.atScalar ? 'scalar' : CST.tokenType(piece);
    if (type === 'flow-seq-start' || type === 'flow-map-start') flow++;
    else if (type === 'flow-seq-end' || type === 'flow-map-end') flow = Math.max(0, flow - 1);
    if (isMark(type)) run++;
    else if (type !== 'space' && type !== 'newline') run = 0;
    if (flow > limits.depth || run > limits.depth) return { what: 'depth', offset: parser.offset };
    if (++pieces > limits.tokens) return { what: 'tokens', offset: parser.offset };
    feed(parser, piece, type, tokens);
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** What the parser's `next` does with a piece. A scalar is two of them: its mark, and its text. */
function feed(parser: ParserState, piece: string, type: CST.TokenType | null, tokens: CST.Token[]): void {
  if (type === null) {
    for (const token of parser.next(piece)) tokens.push(token);
    return;
  }
  parser.source = piece;
  if (type === 'scalar' && !parser.atScalar) {
    parser.atNewLine = false;
    parser.atScalar = true;
    parser.type = type;
    return;
  }
  if (parser.atScalar) parser.atScalar = false;
  else parser.type = type;
  for (const token of parser.step()) tokens.push(token);
  if (type === 'scalar') parser.offset += piece.length;
  else moveOn(parser, piece, type);
}

/** Where the parser stands behind a piece, and how far the line is indented there. */
function moveOn(parser: ParserState, piece: string, type: CST.TokenType): void {
  if (type === 'doc-mode' || type === 'flow-error-end') return;
  parser.offset += piece.length;
  if (type === 'newline') {
    parser.atNewLine = true;
    parser.indent = 0;
  } else if (type === 'space') {
    if (parser.atNewLine && piece.startsWith(' ')) parser.indent += piece.length;
  } else if (isMark(type)) {
    if (parser.atNewLine) parser.indent += piece.length;
  } else parser.atNewLine = false;
}

/** `-`, `?` or `:`, which count as indentation at the beginning of a line. */
function isMark(type: CST.TokenType | null): boolean {
  return type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind';
}
