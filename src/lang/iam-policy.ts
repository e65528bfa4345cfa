// Policy documents of IAM: identity policies, trust policies of roles, and the policies of ECR repositories. Only whether a document is
// one is decided here, by the elements that each sort takes; who may do what is for whoever has a request.
import { addFault, isObject, wordFor } from './value-fault.ts';
import { isArn } from './arn.ts';
import { conditionFaults } from './iam-condition.ts';
import { nearest } from '../std/text.ts';
import { principalFaults } from './iam-principal.ts';
import type { ValueFault, ValuePath } from './value-fault.ts';

export type PolicySort = 'identity' | 'trust' | 'repository';

interface SortRules {
  readonly what: string;
  readonly principal: boolean;
  readonly resource: boolean;
  /** Actions that the sort takes, in words. */
  readonly action: RegExp;
  readonly actions: string;
  /** Characters without blanks: IAM 10,240 for the policies of a role, 2,048 for its trust policy; ECR 10,240. */
  readonly sizeMax: number;
}

const RULES: Readonly<Record<PolicySort, SortRules>> = {
  identity: {
    what: 'an identity policy',
    principal: false,
    resource: true,
    action: /^(?:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/,
    actions: 'service:Action such as "s3:GetObject", or "*"',
    sizeMax: 10_240,
  },
  trust: {
    what: 'a trust policy',
    principal: true,
    resource: false,
    action: /^sts:[A-Za-z0-9*?]+$/i,
    actions: 'an action of sts such as "sts:AssumeRole"',
    sizeMax: 2_048,
  },
  repository: {
    what: 'a repository policy',
    principal: true,
    resource: false,
    action: /^(?:\*|ecr:[A-Za-z0-9*?]+)$/i,
    actions: 'an action of ecr such as "ecr:BatchGetImage"',
    sizeMax: 10_240,
  },
};

const POLICY_KEYS = ['Version', 'Id', 'Statement'];
const VERSIONS = ['2012-10-17', '2008-10-17'];
const STATEMENT_KEYS = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];
/** Statements beyond this many can't fit the size; the bound keeps a hostile document cheap. */
const STATEMENTS_MAX = 1_000;

/** Everything that is wrong with a policy document; an empty list for a valid one. The value is what JSON or YAML gave: plain data. */
export function policyFaults(value: unknown, sort: PolicySort): readonly ValueFault[] {
  const faults: ValueFault[] = [];
  const rules = RULES[sort];
  if (!isObject(value)) {
    addFault(faults, [], `${rules.what} must be an object, not ${wordFor(value)}`, 'write { "Version": "2012-10-17", "Statement": [...] }');
    return faults;
  }
  unknownKeys(value, POLICY_KEYS, [], rules.what, faults);
  const { Version: version, Id: id, Statement: statement } = value;
  if (version !== undefined && (typeof version !== 'string' || !VERSIONS.includes(version))) {
    addFault(faults, ['Version'], `the Version of a policy is ${VERSIONS.join(' or ')}, not ${wordFor(version)}`, `write "${VERSIONS[0]}"`);
  }
  if (id !== undefined && typeof id !== 'string')
    addFault(faults, ['Id'], `the Id of a policy must be a text, not ${wordFor(id)}`, 'write a text');
  statementsFaults(statement, rules, faults);
  if (faults.length > 0) return faults;
  const size = JSON.stringify(value).replace(/\s/g, '').length;
  if (size > rules.sizeMax) {
    addFault(faults, [], `${rules.what} has ${size} characters; AWS allows ${rules.sizeMax}`, 'use wildcards, or split the policy in two');
  }
  return faults;
}

function statementsFaults(statement: unknown, rules: SortRules, faults: ValueFault[]): void {
  const hint = 'write { "Effect": "Allow", ... } or a list of such statements';
  if (isObject(statement)) {
    statementFaults(statement, ['Statement'], rules, faults);
    return;
  }
  if (!Array.isArray(statement) || statement.length === 0) {
    const message =
      statement === undefined ? `${rules.what} has no Statement` : `the Statement of ${rules.what} must be an object or a list of them`;
    addFault(faults, ['Statement'], message, hint);
    return;
  }
  const seen = new Set<unknown>();
  for (const [index, item] of statement.slice(0, STATEMENTS_MAX).entries()) {
    const path = ['Statement', index];
    if (!isObject(item)) {
      addFault(faults, path, `a statement of ${rules.what} must be an object, not ${wordFor(item)}`, hint);
      continue;
    }
    statementFaults(item, path, rules, faults);
    const { Sid: sid } = item;
    if (sid === undefined || sid === '') continue;
    if (seen.has(sid))
      addFault(faults, [...path, 'Sid'], `two statements of the policy have ${wordFor(sid)} as their Sid`, 'rename one of the two');
    seen.add(sid);
  }
}

function statementFaults(statement: Readonly<Record<string, unknown>>, path: ValuePath, rules: SortRules, faults: ValueFault[]): void {
  unknownKeys(statement, STATEMENT_KEYS, path, 'a statement', faults);
  const { Sid: sid, Effect: effect } = statement;
  // ECR takes any text as a Sid; IAM letters and digits only
  if (sid !== undefined && (typeof sid !== 'string' || (rules.resource && !/^[A-Za-z0-9]*$/.test(sid)))) {
    addFault(
      faults,
      [...path, 'Sid'],
      `the Sid of a statement must be ${rules.resource ? 'letters and digits' : 'a text'}, not ${wordFor(sid)}`,
      'rename it',
    );
  }
  if (effect !== 'Allow' && effect !== 'Deny') {
    const message =
      effect === undefined ? 'a statement has no Effect' : `the Effect of a statement is Allow or Deny, not ${wordFor(effect)}`;
    addFault(faults, [...path, 'Effect'], message, 'write "Allow" or "Deny"');
  }
  exactlyOne(statement, 'Action', 'NotAction', path, faults, (text, place) => {
    if (!rules.action.test(text)) addFault(faults, place, `"${text}" is no action of ${rules.what}`, `write ${rules.actions}`);
  });
  if (rules.resource) {
    exactlyOne(statement, 'Resource', 'NotResource', path, faults, (text, place) => {
      if (!isResource(text)) addFault(faults, place, `"${text}" is no resource`, 'write an ARN, with * and ? as wildcards, or "*"');
    });
  } else
    forbidden(
      statement,
      ['Resource', 'NotResource'],
      path,
      `${rules.what} takes no`,
      'it is about the thing that it is attached to',
      faults,
    );
  if (rules.principal) principalFaults(statement, path, faults);
  else
    forbidden(
      statement,
      ['Principal', 'NotPrincipal'],
      path,
      `${rules.what} takes no`,
      'it is about the role that it is attached to',
      faults,
    );
  if (statement['Condition'] !== undefined) conditionFaults(statement['Condition'], [...path, 'Condition'], faults);
}

/** One of two keys, holding a text or a list of texts. */
function exactlyOne(
  statement: Readonly<Record<string, unknown>>,
  key: string,
  not: string,
  path: ValuePath,
  faults: ValueFault[],
  check: (text: string, place: ValuePath) => void,
): void {
  const given = [key, not].filter((name) => statement[name] !== undefined);
  const [name] = given;
  if (name === undefined) {
    addFault(faults, [...path, key], `a statement has neither ${key} nor ${not}`, `add ${key}`);
    return;
  }
  if (given.length > 1) {
    addFault(faults, [...path, not], `a statement has both ${key} and ${not}`, `keep one of the two`, 'key');
    return;
  }
  const value = statement[name];
  const place = [...path, name];
  const texts =
    typeof value === 'string'
      ? [[value, place] as const]
      : Array.isArray(value)
        ? value.map((item, index) => [item, [...place, index]] as const)
        : [];
  if (texts.length === 0) addFault(faults, place, `${name} must be a text or a list of texts, not ${wordFor(value)}`, 'write a text');
  for (const [text, where] of texts as readonly (readonly [unknown, ValuePath])[]) {
    if (typeof text === 'string') check(text, where);
    else addFault(faults, where, `${name} must hold texts, not ${wordFor(text)}`, 'write a text');
  }
}

function isResource(text: string): boolean {
  return text === '*' || (isArn(text) && (text.split(':').length >= 6 || text.includes('*')));
}

function forbidden(
  statement: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  path: ValuePath,
  says: string,
  why: string,
  faults: ValueFault[],
): void {
  for (const key of keys) {
    if (statement[key] !== undefined) addFault(faults, [...path, key], `${says} ${key}`, `remove it: ${why}`, 'key');
  }
}

function unknownKeys(
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: ValuePath,
  what: string,
  faults: ValueFault[],
): void {
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    addFault(
      faults,
      [...path, key],
      `${what} has no key "${key}"`,
      meant === null ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`,
      'key',
    );
  }
}
