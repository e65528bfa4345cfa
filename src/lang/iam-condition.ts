// The Condition of a policy statement: operator, key, and the value or values that it is compared with. Operators may end in IfExists and
// begin with ForAllValues: or ForAnyValue:; their case does not matter, as for IAM.
import { addFault, isObject, wordFor } from './value-fault.ts';
import { nearest } from '../std/text.ts';
import type { ValueFault, ValuePath } from './value-fault.ts';

const OPERATORS = [
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
  'NumericEquals',
  'NumericNotEquals',
  'NumericLessThan',
  'NumericLessThanEquals',
  'NumericGreaterThan',
  'NumericGreaterThanEquals',
  'DateEquals',
  'DateNotEquals',
  'DateLessThan',
  'DateLessThanEquals',
  'DateGreaterThan',
  'DateGreaterThanEquals',
  'Bool',
  'BinaryEquals',
  'IpAddress',
  'NotIpAddress',
  'ArnEquals',
  'ArnNotEquals',
  'ArnLike',
  'ArnNotLike',
  'Null',
];
const KNOWN: ReadonlySet<string> = new Set(OPERATORS.map((name) => name.toLowerCase()));

/** Adds what is wrong with a Condition. */
export function conditionFaults(value: unknown, path: ValuePath, faults: ValueFault[]): void {
  const hint = 'write { "StringEquals": { "aws:SourceAccount": "123456789012" } }';
  if (!isObject(value)) {
    addFault(faults, path, `Condition must be an object, not ${wordFor(value)}`, hint);
    return;
  }
  for (const operator of Object.keys(value)) {
    const place = [...path, operator];
    const bare = operator.toLowerCase().replace(/^for(?:allvalues|anyvalue):/, '');
    if (!KNOWN.has(bare) && !(bare !== 'nullifexists' && KNOWN.has(bare.replace(/ifexists$/, '')))) {
      const meant = nearest(operator.replace(/^for(?:allvalues|anyvalue):/i, ''), OPERATORS);
      addFault(faults, place, `there is no condition operator "${operator}"`, meant === null ? hint : `did you mean ${meant}?`, 'key');
      continue;
    }
    const keys = value[operator];
    if (isObject(keys)) for (const key of Object.keys(keys)) keyFaults(key, keys[key], [...place, key], faults);
    else addFault(faults, place, `the condition ${operator} must hold keys and values, not ${wordFor(keys)}`, hint);
  }
}

function keyFaults(key: string, value: unknown, path: ValuePath, faults: ValueFault[]): void {
  if (!/^[^\s:]+:.+$/.test(key)) {
    addFault(faults, path, `"${key}" is no condition key`, 'a key has a prefix and a colon, such as aws:SourceAccount', 'key');
    return;
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [index, item] of list.entries()) {
    if (['string', 'number', 'boolean'].includes(typeof item)) continue;
    const place = Array.isArray(value) ? [...path, index] : path;
    addFault(faults, place, `the condition key ${key} must hold a text, a number or true or false, not ${wordFor(item)}`, 'write a text');
  }
}
