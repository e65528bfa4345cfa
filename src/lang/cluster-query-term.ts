// A single term of the cluster query language: subject, operator, and the values that it is compared with. Which subject takes which
// operators and values is ECS's table; a term that could never be true (runningTasksCount == many) is refused here with its place.
import { nearest } from '../std/text.ts';
import { parsePattern } from './pattern.ts';
import { parseTimestamp } from './timestamp.ts';
import { refuse, take } from './reader.ts';
import type { Pattern } from './pattern.ts';
import type { Reader } from './reader.ts';

export type QueryOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~' | 'in' | '!in' | 'exists' | '!exists';

export type QuerySubject =
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'task:group' }
  | { readonly kind: 'agentConnected' }
  | { readonly kind: 'agentVersion' }
  | { readonly kind: 'ec2InstanceId' }
  | { readonly kind: 'registeredAt' }
  | { readonly kind: 'runningTasksCount' };

export interface QueryTerm {
  readonly kind: 'term';
  readonly subject: QuerySubject;
  readonly operator: QueryOperator;
  /** None for exists, one for a comparison, at least one for in. */
  readonly values: readonly string[];
  /** Of =~ and !~; it must match the whole value. */
  readonly pattern: Pattern | null;
}

type PlainKind = Exclude<QuerySubject['kind'], 'attribute'>;

const EQUAL: readonly QueryOperator[] = ['==', '!=', 'in', '!in', '=~', '!~'];
const ORDERED: readonly QueryOperator[] = ['==', '!=', '<', '<=', '>', '>='];
const ALL: readonly QueryOperator[] = [...ORDERED, 'in', '!in', '=~', '!~', 'exists', '!exists'];

interface SubjectRules {
  readonly operators: readonly QueryOperator[];
  /** What each value must look like, when it is not a pattern. */
  readonly form: RegExp | null;
  readonly example: string;
}

/** ECS: the table of subjects in the developer guide (cluster-query-language). */
const SUBJECTS: Readonly<Record<PlainKind, SubjectRules>> = {
  'task:group': { operators: EQUAL, form: null, example: 'service:web' },
  agentConnected: { operators: EQUAL, form: /^(?:true|false)$/, example: 'true' },
  agentVersion: { operators: ORDERED, form: /^[0-9]+(?:\.[0-9]+)*$/, example: '1.14.5' },
  ec2InstanceId: { operators: EQUAL, form: null, example: 'i-0123456789abcdef0' },
  registeredAt: {
    operators: ORDERED,
    form: /^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:Z|[+-][0-9]{2}:[0-9]{2})?)?$/,
    example: '2018-06-18T22:28:28+00:00 or 2018-06-18',
  },
  runningTasksCount: { operators: ORDERED, form: /^[0-9]{1,9}$/, example: '1' },
};

/** Longer spellings first: `!in` is not `!` and `in`. */
const WORDS: ReadonlyMap<string, QueryOperator> = new Map([
  ['equals', '=='],
  ['not_equals', '!='],
  ['greater_than', '>'],
  ['greater_than_equal', '>='],
  ['less_than', '<'],
  ['less_than_equal', '<='],
  ['matches', '=~'],
  ['not_matches', '!~'],
  ['in', 'in'],
  ['!in', '!in'],
  ['not_in', '!in'],
  ['exists', 'exists'],
  ['!exists', '!exists'],
  ['not_exists', '!exists'],
]);

const SPACE = /\s*/y;
const SUBJECT = /[A-Za-z0-9_][A-Za-z0-9_:./-]*/y;
const SIGN = /==|!=|>=|<=|=~|!~|>|</y;
const WORD = /!?[A-Za-z_]+/y;
const QUOTED = /'[^']*'|"[^"]*"/y;
const BARE = /(?:(?!&&|\|\|)[^\s()[\]{},'"$<>=])+/y;
const BARE_PATTERN = /(?:(?!&&|\|\|)[^\s()'"])+/y;
/** ECS: Attribute.name, 1 to 128 characters. */
const ATTRIBUTE = /^[A-Za-z0-9_./-]{1,128}$/;
const OPERATORS_HINT = 'operators are == != < <= > >= =~ !~ in !in exists !exists';

/** Reads one term; null leaves its fault in the reader. */
export function readTerm(reader: Reader): QueryTerm | null {
  const start = reader.at;
  const subject = readSubject(reader);
  if (subject === null) return null;
  const allowed = subject.kind === 'attribute' ? ALL : SUBJECTS[subject.kind].operators;
  const operator = readOperator(reader, reader.text.slice(start, reader.at), allowed);
  if (operator === null) return null;
  if (operator === 'exists' || operator === '!exists') return { kind: 'term', subject, operator, values: [], pattern: null };
  if (operator === 'in' || operator === '!in') {
    const values = readList(reader, subject);
    return values === null ? null : { kind: 'term', subject, operator, values, pattern: null };
  }
  return operator === '=~' || operator === '!~' ? readMatch(reader, subject, operator) : readComparison(reader, subject, operator);
}

function readSubject(reader: Reader): QuerySubject | null {
  const at = reader.at;
  const names = ['attribute:<name>', ...Object.keys(SUBJECTS)];
  const hint = `a term begins with one of ${names.join(', ')}`;
  const word = take(reader, SUBJECT);
  if (word === null) {
    const message = at < reader.text.length ? `has "${reader.text[at]}" where a term should begin` : 'ends where a term should begin';
    return refuse(reader, at, message, hint);
  }
  if (word.startsWith('attribute:')) {
    const name = word.slice('attribute:'.length);
    if (ATTRIBUTE.test(name)) return { kind: 'attribute', name };
    const place = at + 'attribute:'.length;
    return refuse(
      reader,
      place,
      name === '' ? 'names no attribute' : `has an attribute "${name}" that is no name`,
      'a name has 1 to 128 letters, digits and _ . / -',
    );
  }
  if (Object.hasOwn(SUBJECTS, word)) return { kind: word as PlainKind };
  const meant = nearest(word, Object.keys(SUBJECTS));
  return refuse(reader, at, `has an unknown subject "${word}"`, meant === null ? hint : `did you mean ${meant}?`);
}

function readOperator(reader: Reader, subject: string, allowed: readonly QueryOperator[]): QueryOperator | null {
  take(reader, SPACE);
  const at = reader.at;
  const sign = take(reader, SIGN);
  const word = sign ?? take(reader, WORD);
  if (word === null) {
    const found = reader.text[at];
    const hint = found === '=' ? 'write == to compare, =~ to match' : OPERATORS_HINT;
    return refuse(reader, at, found === undefined ? `ends after "${subject}"` : `has "${found}" where an operator should stand`, hint);
  }
  const operator = sign === null ? WORDS.get(word) : (sign as QueryOperator);
  if (operator === undefined) {
    const meant = nearest(word, WORDS.keys());
    return refuse(reader, at, `has an unknown operator "${word}"`, meant === null ? OPERATORS_HINT : `did you mean ${meant}?`);
  }
  if (allowed.includes(operator)) return operator;
  return refuse(reader, at, `compares ${subject} by ${word}`, `${subject} is compared by ${allowed.join(' ')}`);
}

function readComparison(reader: Reader, subject: QuerySubject, operator: QueryOperator): QueryTerm | null {
  const value = readValue(reader, subject);
  return value === null ? null : { kind: 'term', subject, operator, values: [value], pattern: null };
}

function readMatch(reader: Reader, subject: QuerySubject, operator: QueryOperator): QueryTerm | null {
  take(reader, SPACE);
  const at = reader.at;
  const quoted = take(reader, QUOTED);
  const text = quoted === null ? take(reader, BARE_PATTERN) : quoted.slice(1, -1);
  if (text === null || text === '') return refuseValue(reader, 'a pattern');
  const { value, fault } = parsePattern(text);
  if (fault !== null) return refuse(reader, at + (quoted === null ? 0 : 1) + fault.at, `has a pattern that ${fault.message}`, fault.hint);
  return { kind: 'term', subject, operator, values: [text], pattern: value };
}

function readList(reader: Reader, subject: QuerySubject): readonly string[] | null {
  take(reader, SPACE);
  const hint = 'write a list in brackets, such as [us-east-1a, us-east-1b]';
  const start = reader.at;
  if (reader.text[start] !== '[') return refuse(reader, start, 'has no list in brackets after "in"', hint);
  reader.at += 1;
  const values: string[] = [];
  for (;;) {
    const value = readValue(reader, subject);
    if (value === null) return null;
    values.push(value);
    take(reader, SPACE);
    const sign = reader.text[reader.at];
    if (sign === undefined) return refuse(reader, start, 'has a "[" that is never closed', hint);
    if (sign !== ',' && sign !== ']') return refuse(reader, reader.at, `has "${sign}" inside a list`, hint);
    reader.at += 1;
    if (sign === ']') return values;
  }
}

function readValue(reader: Reader, subject: QuerySubject): string | null {
  take(reader, SPACE);
  const at = reader.at;
  const quoted = take(reader, QUOTED);
  const value = quoted === null ? take(reader, BARE) : quoted.slice(1, -1);
  const placeholder = quoted === null && reader.text[reader.at] === '$';
  if (value === null || placeholder) return refuseValue(reader, 'a value');
  const rules = subject.kind === 'attribute' ? null : SUBJECTS[subject.kind];
  // The form alone would let February have 30 days.
  const isMoment = subject.kind !== 'registeredAt' || parseTimestamp(value).fault === null;
  if (rules === null || rules.form === null || (rules.form.test(value) && isMoment)) return value;
  return refuse(reader, at, `compares ${subject.kind} with "${value}"`, `write a value such as ${rules.example}`);
}

function refuseValue(reader: Reader, what: string): null {
  const sign = reader.text[reader.at];
  if (sign === undefined) return refuse(reader, reader.at, `ends where ${what} should stand`, `add ${what}`);
  if (sign === '"' || sign === "'") {
    const closed = reader.text.indexOf(sign, reader.at + 1) > 0;
    return refuse(reader, reader.at, closed ? 'has an empty text' : 'has a quote that is never closed', `write ${what} between two quotes`);
  }
  if (sign === '$')
    return refuse(reader, reader.at, 'has a placeholder that nothing has filled in', `write ${what}, in quotes if it holds a $`);
  return refuse(reader, reader.at, `has "${sign}" where ${what} should stand`, `put ${what} with such characters in quotes`);
}
