// Which instances a cluster query means. A text is compiled once into one function and kept; what is asked of it then are maps and
// comparisons, and a pattern is matched once per value. Deliberately absent: which tasks count (the caller says what is on an instance).
import { type ClusterQuery, parseClusterQuery } from './cluster-query.ts';
import { parseTimestamp } from './timestamp.ts';
import { patternMatches } from './pattern-match.ts';
import { byText } from '../std/order.ts';
import type { Pattern } from './pattern.ts';
import type { QueryOperator, QueryTerm } from './cluster-query-term.ts';

/** What a query can ask of an instance. */
export interface QueriedInstance {
  /** By name; null: an attribute without a value. */
  readonly attributes: ReadonlyMap<string, string | null>;
  readonly agentConnected: boolean;
  /** Null: not known. */
  readonly agentVersion: string | null;
  readonly ec2InstanceId: string;
  /** Milliseconds since 1970; null: not known. */
  readonly registeredAt: number | null;
}

/** What a query can ask of the tasks on an instance. */
export interface QueriedTasks {
  readonly runningTasksCount: number;
  /** Tasks by group; a group without a task is not in it. */
  readonly groups: ReadonlyMap<string, number>;
}

export interface CompiledQuery {
  readonly query: ClusterQuery;
  /** Whether the answer may change while the instance does not: it asks about tasks. */
  readonly asksTasks: boolean;
  holds(instance: QueriedInstance, tasks: QueriedTasks): boolean;
}

type Holds = CompiledQuery['holds'];

/** Expressions kept; a repository has a few. */
const COMPILED_MAX = 1_000;
/** Values of which a pattern remembers whether it matches them: types and zones are few. */
const VALUES_MAX = 1_000;
const COMPILED = new Map<string, CompiledQuery | null>();
const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?$/;

/** The query of a text, compiled at its first use; null when it can't be read (a manifest with such a one is refused when it is loaded). */
export function compiledQuery(text: string): CompiledQuery | null {
  const known = COMPILED.get(text);
  if (known !== undefined) return known;
  const { value } = parseClusterQuery(text);
  const compiled = value === null ? null : compileQuery(value);
  for (const oldest of COMPILED.keys()) {
    if (COMPILED.size < COMPILED_MAX) break;
    COMPILED.delete(oldest);
  }
  COMPILED.set(text, compiled);
  return compiled;
}

/** A query as one function. */
export function compileQuery(query: ClusterQuery): CompiledQuery {
  return { query, asksTasks: asksTasks(query), holds: compile(query) };
}

function asksTasks(query: ClusterQuery): boolean {
  if (query.kind === 'not') return asksTasks(query.part);
  if (query.kind !== 'term') return query.parts.some(asksTasks);
  return query.subject.kind === 'task:group' || query.subject.kind === 'runningTasksCount';
}

function compile(query: ClusterQuery): Holds {
  switch (query.kind) {
    case 'and': {
      const parts = query.parts.map(compile);
      return (instance, tasks) => parts.every((part) => part(instance, tasks));
    }
    case 'or': {
      const parts = query.parts.map(compile);
      return (instance, tasks) => parts.some((part) => part(instance, tasks));
    }
    case 'not': {
      const part = compile(query.part);
      return (instance, tasks) => !part(instance, tasks);
    }
    case 'term':
      return compileTerm(query);
  }
}

function compileTerm(term: QueryTerm): Holds {
  const { subject, operator } = term;
  switch (subject.kind) {
    case 'attribute': {
      if (operator === 'exists') return ({ attributes }) => attributes.has(subject.name);
      if (operator === '!exists') return ({ attributes }) => !attributes.has(subject.name);
      const test = textTest(term);
      return ({ attributes }) => test(attributes.get(subject.name) ?? null);
    }
    case 'task:group':
      return groupTest(term);
    case 'agentConnected': {
      const test = textTest(term);
      return ({ agentConnected }) => test(String(agentConnected));
    }
    case 'ec2InstanceId': {
      const test = textTest(term);
      return ({ ec2InstanceId }) => test(ec2InstanceId);
    }
    case 'agentVersion': {
      const wanted = versionOf(term.values[0] ?? '');
      return ({ agentVersion }) => compares(operator, compareVersions(agentVersion === null ? null : versionOf(agentVersion), wanted));
    }
    case 'registeredAt': {
      const wanted = parseTimestamp(term.values[0] ?? '').value;
      return ({ registeredAt }) => compares(operator, compareSeconds(registeredAt, wanted));
    }
    case 'runningTasksCount': {
      const wanted = Number(term.values[0]);
      return (_, { runningTasksCount }) => compares(operator, runningTasksCount - wanted);
    }
  }
}

/** The test of one text; null is a missing one, of which only what is negated holds. */
function textTest({ operator, values, pattern }: QueryTerm): (value: string | null) => boolean {
  const [wanted = ''] = values;
  if (operator === '==') return (value) => value === wanted;
  if (operator === '!=') return (value) => value !== wanted;
  if (operator === 'in') return isOneOf(values);
  if (operator === '!in') return negated(isOneOf(values));
  if (operator === '=~') return matcher(pattern);
  if (operator === '!~') return negated(matcher(pattern));
  return (value) => compares(operator, value === null ? null : compareValues(value, wanted));
}

function negated(test: (value: string | null) => boolean): (value: string | null) => boolean {
  return (value) => !test(value);
}

/** ECS: true of an instance on which at least one task has such a group; `!=` as well, so an instance without tasks has none of another group. */
function groupTest(term: QueryTerm): Holds {
  const { operator, values } = term;
  if (operator === '==' || operator === 'in') return (_, { groups }) => values.some((value) => groups.has(value));
  const test = textTest(term);
  return (_, { groups }) => {
    for (const group of groups.keys()) if (test(group)) return true;
    return false;
  };
}

function isOneOf(values: readonly string[]): (value: string | null) => boolean {
  const wanted: ReadonlySet<string | null> = new Set(values);
  return (value) => wanted.has(value);
}

function matcher(pattern: Pattern | null): (value: string | null) => boolean {
  const known = new Map<string, boolean>();
  return (value) => {
    if (value === null || pattern === null) return false;
    let matches = known.get(value);
    if (matches === undefined) {
      matches = patternMatches(pattern, value);
      if (known.size >= VALUES_MAX) known.clear();
      known.set(value, matches);
    }
    return matches;
  };
}

/** Whether an order (below, equal to or above 0; null: there is nothing to compare) is what the operator asks for. */
function compares(operator: QueryOperator, order: number | null): boolean {
  if (order === null) return operator === '!=';
  if (operator === '==') return order === 0;
  if (operator === '!=') return order !== 0;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : operator === '>=' && order >= 0;
}

/** As numbers where both are, else by code unit. */
function compareValues(a: string, b: string): number {
  return NUMBER.test(a) && NUMBER.test(b) ? Number(a) - Number(b) : byText(a, b);
}

/** Registration is compared to the second, as it is written. */
function compareSeconds(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.floor(a / 1_000) - Math.floor(b / 1_000);
}

/** The numbers at the beginning of a version (20.10.24 of `20.10.24+dfsg1`); null when it begins with none. */
function versionOf(text: string): readonly number[] | null {
  const found = /^v?([0-9]+(?:\.[0-9]+)*)/.exec(text)?.[1];
  return found === undefined ? null : found.split('.').map(Number);
}

/** Number by number; what is missing is 0. */
function compareVersions(a: readonly number[] | null, b: readonly number[] | null): number | null {
  if (a === null || b === null) return null;
  for (let place = 0; place < Math.max(a.length, b.length); place++) {
    const order = (a[place] ?? 0) - (b[place] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
