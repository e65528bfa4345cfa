// A cluster query in words, and what of it an instance does not meet: for the answer to why a task is not placed there.
import { type QueriedInstance, type QueriedTasks, compileQuery } from './cluster-query-match.ts';
import type { ClusterQuery } from './cluster-query.ts';
import type { QueryTerm } from './cluster-query-term.ts';
import { cut } from '../std/text.ts';

/** Values of an instance that are shown, and letters of each. */
const SHOWN_MAX = 5;
const LETTERS_MAX = 100;
const PLAIN = /^[A-Za-z0-9_:./@*+?^-]+$/;

/** The query as it could be written: values in quotes where they need them, parentheses where they tell something. */
export function queryText(query: ClusterQuery): string {
  switch (query.kind) {
    case 'not':
      return `not(${queryText(query.part)})`;
    case 'and':
      return query.parts.map((part) => (part.kind === 'or' ? `(${queryText(part)})` : queryText(part))).join(' and ');
    case 'or':
      return query.parts.map(queryText).join(' or ');
    case 'term':
      return termText(query);
  }
}

/** What of a query does not hold, each term with what the instance has instead; null when all of it holds. */
export function unmetText(query: ClusterQuery, instance: QueriedInstance, tasks: QueriedTasks): string | null {
  if (compileQuery(query).holds(instance, tasks)) return null;
  switch (query.kind) {
    case 'not':
      return queryText(query);
    case 'and':
      return query.parts.flatMap((part) => unmetText(part, instance, tasks) ?? []).join(' and ');
    case 'or':
      return query.parts.flatMap((part) => unmetText(part, instance, tasks) ?? []).join(' or ');
    case 'term':
      return `${termText(query)} (${foundText(query, instance, tasks)})`;
  }
}

function termText({ subject, operator, values }: QueryTerm): string {
  const name = subject.kind === 'attribute' ? `attribute:${subject.name}` : subject.kind;
  if (operator === 'exists' || operator === '!exists') return `${name} ${operator}`;
  const written = values.map(quoted);
  return `${name} ${operator} ${operator === 'in' || operator === '!in' ? `[${written.join(', ')}]` : written[0]}`;
}

/** The language knows no escape: a value with both quotes can't be written in it, and is none that was read from it. */
function quoted(value: string): string {
  if (PLAIN.test(value)) return value;
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}

function foundText({ subject }: QueryTerm, instance: QueriedInstance, tasks: QueriedTasks): string {
  switch (subject.kind) {
    case 'attribute': {
      const value = instance.attributes.get(subject.name);
      if (value === undefined) return 'it has no such attribute';
      return value === null ? 'it has no value' : `it is ${cut(value, LETTERS_MAX)}`;
    }
    case 'task:group':
      return groupsText(tasks.groups);
    case 'agentConnected':
      return `it is ${instance.agentConnected}`;
    case 'agentVersion':
      return instance.agentVersion === null ? 'it is not known' : `it is ${instance.agentVersion}`;
    case 'ec2InstanceId':
      return `it is ${instance.ec2InstanceId}`;
    case 'registeredAt':
      return instance.registeredAt === null ? 'it is not known' : `it is ${new Date(instance.registeredAt).toISOString()}`;
    case 'runningTasksCount':
      return `it is ${tasks.runningTasksCount}`;
  }
}

function groupsText(groups: ReadonlyMap<string, number>): string {
  if (groups.size === 0) return 'it has no task';
  const names = [...groups.keys()].slice(0, SHOWN_MAX).map((name) => cut(name, LETTERS_MAX));
  return `it has tasks of ${names.join(', ')}${groups.size > SHOWN_MAX ? ` and ${groups.size - SHOWN_MAX} more` : ''}`;
}
