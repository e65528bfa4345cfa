// The cluster query language (ECS placement constraints, ListContainerInstances filter): a text to a tree of and, or, not and terms.
// Binding from tight to loose: not, and, or. Nothing is matched here; the tree carries all that matching needs.
import { fault, read } from './parsed.ts';
import { readTerm } from './cluster-query-term.ts';
import { refuse, take } from './reader.ts';
import type { Parsed } from './parsed.ts';
import type { QueryTerm } from './cluster-query-term.ts';
import type { Reader } from './reader.ts';

export type ClusterQuery =
  | { readonly kind: 'or'; readonly parts: readonly ClusterQuery[] }
  | { readonly kind: 'and'; readonly parts: readonly ClusterQuery[] }
  | { readonly kind: 'not'; readonly part: ClusterQuery }
  | QueryTerm;

/** ECS: PlacementConstraint.expression. */
export const QUERY_LENGTH_MAX = 2_000;
/** Parentheses and nots inside each other; ECS names no limit, and nobody reads deeper ones. */
const DEPTH_MAX = 50;

const SPACE = /\s*/y;
const OR = /\|\||or(?![A-Za-z0-9_:.-])/y;
const AND = /&&|and(?![A-Za-z0-9_:.-])/y;
const NOT = /!|not(?![A-Za-z0-9_:.-])/y;
const HINT = 'write terms such as attribute:ecs.instance-type =~ t3.*, joined by "and", "or", "not" and parentheses';

/** Reads an expression; the fault stands at the first letter that does not belong there. */
export function parseClusterQuery(text: string): Parsed<ClusterQuery> {
  if (text.trim() === '') return fault(0, 'is empty', HINT);
  if (text.length > QUERY_LENGTH_MAX) return fault(QUERY_LENGTH_MAX, `has more than ${QUERY_LENGTH_MAX} characters`, 'shorten it');
  const reader: Reader = { text, at: 0, fault: null };
  const query = readJoined(reader, 'or', 0);
  if (query !== null && reader.at < text.length) refuseRest(reader);
  if (reader.fault !== null) return { value: null, fault: reader.fault };
  return query === null ? fault(0, 'is no expression', HINT) : read(query);
}

function readJoined(reader: Reader, kind: 'or' | 'and', depth: number): ClusterQuery | null {
  const parts: ClusterQuery[] = [];
  do {
    const part = kind === 'or' ? readJoined(reader, 'and', depth) : readUnary(reader, depth);
    if (part === null) return null;
    parts.push(part);
    take(reader, SPACE);
  } while (take(reader, kind === 'or' ? OR : AND) !== null);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind, parts };
}

function readUnary(reader: Reader, depth: number): ClusterQuery | null {
  take(reader, SPACE);
  if (depth > DEPTH_MAX) return refuse(reader, reader.at, `is nested more than ${DEPTH_MAX} deep`, 'take parentheses away');
  if (take(reader, NOT) !== null) {
    const part = readUnary(reader, depth + 1);
    return part === null ? null : { kind: 'not', part };
  }
  const start = reader.at;
  if (reader.text[start] !== '(') return readTerm(reader);
  reader.at += 1;
  const inner = readJoined(reader, 'or', depth + 1);
  if (inner === null) return null;
  if (reader.text[reader.at] === ')') {
    reader.at += 1;
    return inner;
  }
  if (reader.at < reader.text.length) return refuseRest(reader);
  return refuse(reader, start, 'has a "(" that is never closed', 'add a ")"');
}

/** Words stand where "and", "or" or the end should. */
function refuseRest(reader: Reader): null {
  const word = /^\S[A-Za-z]*/.exec(reader.text.slice(reader.at))?.[0] ?? '';
  if (word === ')') return refuse(reader, reader.at, 'has a ")" that closes nothing', 'take it away');
  if (/^(?:and|or|not|in)$/i.test(word))
    return refuse(reader, reader.at, `has "${word}" in this place`, `write ${word.toLowerCase()} in lower case, between two terms`);
  return refuse(
    reader,
    reader.at,
    `has "${word}" after a complete term`,
    'join terms by "and" or "or"; put a value with blanks or brackets in quotes',
  );
}
