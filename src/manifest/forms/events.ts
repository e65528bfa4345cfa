// The JSON of EventBridge and its Scheduler: rules, their targets (also as a bare list, which put-targets takes from a file), patterns, and
// schedules; as input of a call and as its answer.
import { draftOf, has, hasAny, listUnder, made } from './aws-json.ts';
import { drafted } from '../draft.ts';
import type { Draft, Form } from '../draft.ts';
import type { Scalar, Tree } from '../text/tree.ts';

/** The fields of an event, which a pattern mirrors. */
const ENVELOPE: ReadonlySet<string> = new Set([
  'version',
  'id',
  'detail-type',
  'source',
  'account',
  'time',
  'region',
  'resources',
  'detail',
  '$or',
]);

export const eventsForm: Form = {
  name: 'EventBridge JSON',
  recognises: (document) => draftsOf(document) !== null,
  read: (document) => drafted(...(draftsOf(document) ?? [])),
};

/** Makes the drafts of a document; null when it is nothing of EventBridge. */
function draftsOf(document: Tree): readonly Draft[] | null {
  if (document.kind === 'list') return isTargets(document.items) ? [draftOf(made(document, { targets: document }), 'RuleTargets')] : null;
  if (has(document, 'scheduleExpression') && hasAny(document, 'target', 'flexibleTimeWindow')) return [draftOf(document, 'Schedule')];
  if (hasAny(document, 'scheduleExpression', 'eventPattern')) return [draftOf(document, 'Rule')];
  const targets = listUnder(document, 'targets');
  if (targets !== null && (has(document, 'rule') || isTargets(targets))) {
    return [draftOf(document, 'RuleTargets')];
  }
  const rules = listUnder(document, 'rules');
  if (rules !== null && rules.length > 0 && rules.every((rule) => hasAny(rule, 'scheduleExpression', 'eventPattern'))) {
    return rules.map((rule) => draftOf(rule, 'Rule'));
  }
  if (has(document, 'ecsParameters', 'arn')) return [draftOf(lonely(document), 'RuleTargets')];
  return isPattern(document) ? [draftOf(made(document, { eventPattern: document }), 'Rule')] : null;
}

function isTargets(items: readonly Tree[]): boolean {
  return items.length > 0 && items.every((item) => has(item, 'id', 'arn'));
}

/** One target without a name of its own: what Scheduler's command line takes as a file. */
function lonely(document: Tree): Tree {
  const id: Scalar = { kind: 'scalar', value: 'target', start: document.start, end: document.start, text: null };
  const entries = document.kind === 'mapping' ? document.entries : [];
  const target: Tree = { ...made(document, { id }), entries: [{ key: 'id', start: document.start, value: id }, ...entries] };
  return made(document, { targets: { kind: 'list', items: [target], start: document.start, end: document.end } });
}

/** A pattern alone: every key is a field of events, every leaf a list. */
function isPattern(document: Tree): boolean {
  if (document.kind !== 'mapping' || !hasAny(document, 'detail-type', 'source')) return false;
  return document.entries.every(({ key, value }) => ENVELOPE.has(key) && value.kind !== 'scalar');
}
