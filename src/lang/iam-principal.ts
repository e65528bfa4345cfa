// The Principal of a statement in a policy that is attached to a thing: everybody, accounts and roles, services, or identity providers.
import { addFault, isObject, wordFor } from './value-fault.ts';
import { nearest } from '../std/text.ts';
import type { ValueFault, ValuePath } from './value-fault.ts';

interface Sort {
  readonly form: RegExp;
  readonly hint: string;
}

const ARN = 'arn:aws[a-z-]*:(?:iam|sts):[^:]*:[^:]*:.+';
const SORTS: Readonly<Record<string, Sort>> = {
  // an account, an ARN, or the unique id that is left of a role that was deleted
  AWS: {
    form: new RegExp(`^(?:\\*|[0-9]{12}|${ARN}|A[A-Z0-9]{15,127})$`),
    hint: 'write an account of 12 digits, the ARN of a role or user, or "*"',
  },
  Service: {
    form: /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com|amazonaws\.com\.cn|amazon\.com|aws\.internal)$/,
    hint: 'write a service such as "ecs-tasks.amazonaws.com"',
  },
  Federated: {
    form: new RegExp(`^(?:${ARN}|[a-z0-9-]+(?:\\.[a-z0-9-]+)+)$`),
    hint: 'write the ARN of a provider, or a domain such as "accounts.google.com"',
  },
  CanonicalUser: { form: /^[0-9a-f]{64}$/, hint: 'write the 64 hex digits of a canonical user' },
};

/** Adds what is wrong with the Principal or NotPrincipal of a statement. */
export function principalFaults(statement: Readonly<Record<string, unknown>>, path: ValuePath, faults: ValueFault[]): void {
  const { Principal: principal, NotPrincipal: other } = statement;
  if (principal === undefined && other === undefined) {
    addFault(faults, [...path, 'Principal'], 'a statement has no Principal', 'add { "AWS": "arn:aws:iam::123456789012:root" }, say');
    return;
  }
  if (principal !== undefined && other !== undefined) {
    addFault(faults, [...path, 'NotPrincipal'], 'a statement has both Principal and NotPrincipal', 'keep one of the two', 'key');
    return;
  }
  const name = principal === undefined ? 'NotPrincipal' : 'Principal';
  const value = principal ?? other;
  const place = [...path, name];
  if (value === '*') return;
  if (!isObject(value) || Object.keys(value).length === 0) {
    addFault(faults, place, `${name} must be "*" or an object, not ${wordFor(value)}`, 'write { "AWS": "..." } or { "Service": "..." }');
    return;
  }
  for (const key of Object.keys(value)) sortFaults(key, value[key], [...place, key], faults);
}

function sortFaults(key: string, value: unknown, path: ValuePath, faults: ValueFault[]): void {
  const sort = Object.hasOwn(SORTS, key) ? SORTS[key] : undefined;
  if (sort === undefined) {
    const names = Object.keys(SORTS);
    const meant = nearest(key, names);
    const hint = meant === null ? `principals are ${names.join(', ')}` : `did you mean ${meant}?`;
    addFault(faults, path, `there is no sort of principal "${key}"`, hint, 'key');
    return;
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) addFault(faults, path, `the principals of ${key} are an empty list`, sort.hint);
  for (const [index, text] of list.entries()) {
    if (typeof text === 'string' && sort.form.test(text)) continue;
    addFault(faults, Array.isArray(value) ? [...path, index] : path, `${wordFor(text)} is no principal of ${key}`, sort.hint);
  }
}
