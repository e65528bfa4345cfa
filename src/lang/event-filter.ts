// The comparison filters that may stand among the alternatives of an event pattern: prefix, suffix, anything-but, numeric, cidr, exists,
// equals-ignore-case, wildcard. A filter is an object with exactly one key.
import { nearest } from '../std/text.ts';
import { addFault, isObject, wordFor } from './value-fault.ts';
import type { ValueFault, ValuePath } from './value-fault.ts';

type Check = (value: unknown, path: ValuePath, faults: ValueFault[]) => void;

/** EventBridge: -5.0e9 to 5.0e9, 15 digits, 6 of them behind the point. */
const NUMBER_MAX = 5_000_000_000;
const DIGITS_MAX = 15;
const DECIMALS_MAX = 6;

const FILTERS: Readonly<Record<string, Check>> = {
  prefix: (value, path, faults) => affixFaults('prefix', value, path, faults),
  suffix: (value, path, faults) => affixFaults('suffix', value, path, faults),
  'anything-but': anythingButFaults,
  numeric: numericFaults,
  cidr: cidrFaults,
  exists: (value, path, faults) => {
    if (typeof value !== 'boolean')
      addFault(faults, path, `"exists" must be true or false, not ${wordFor(value)}`, 'write { "exists": true }');
  },
  'equals-ignore-case': (value, path, faults) => textFaults('equals-ignore-case', value, path, faults),
  wildcard: wildcardFaults,
};
const NAMES = Object.keys(FILTERS);

/** Adds what is wrong with one filter. */
export function filterFaults(filter: Readonly<Record<string, unknown>>, path: ValuePath, faults: ValueFault[]): void {
  const keys = Object.keys(filter);
  const [name] = keys;
  if (name === undefined || keys.length > 1) {
    const message = `a filter of an event pattern has ${keys.length} keys instead of one`;
    addFault(faults, path, message, `write one of ${NAMES.join(', ')}; several filters are several entries of the list`);
    return;
  }
  const check = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (check !== undefined) {
    check(filter[name], [...path, name], faults);
    return;
  }
  const meant = nearest(name, NAMES);
  const hint = meant === null ? `filters are ${NAMES.join(', ')}` : `did you mean ${meant}?`;
  addFault(faults, [...path, name], `an event pattern has no filter "${name}"`, hint, 'key');
}

function textFaults(name: string, value: unknown, path: ValuePath, faults: ValueFault[]): void {
  if (typeof value !== 'string') addFault(faults, path, `"${name}" must be a text, not ${wordFor(value)}`, `write { "${name}": "..." }`);
}

/** A text, or a text that is compared without its case. */
function affixFaults(name: string, value: unknown, path: ValuePath, faults: ValueFault[]): void {
  if (!isObject(value)) {
    textFaults(name, value, path, faults);
    return;
  }
  const keys = Object.keys(value);
  if (keys.length === 1 && typeof value['equals-ignore-case'] === 'string') return;
  addFault(faults, path, `"${name}" must be a text or { "equals-ignore-case": text }`, `write { "${name}": "..." }`);
}

function anythingButFaults(value: unknown, path: ValuePath, faults: ValueFault[]): void {
  const hint = 'write a text, a number, a list of one of the two, or a filter: prefix, suffix, equals-ignore-case, wildcard';
  if (typeof value === 'string' || typeof value === 'number') return;
  if (Array.isArray(value)) {
    const texts = value.every((item) => typeof item === 'string');
    const numbers = value.every((item) => typeof item === 'number');
    if (value.length === 0) addFault(faults, path, '"anything-but" is an empty list', hint);
    else if (!texts && !numbers) addFault(faults, path, 'the list of "anything-but" must hold texts only or numbers only', hint);
    return;
  }
  const [name, ...more] = isObject(value) ? Object.keys(value) : [];
  if (!isObject(value) || name === undefined || more.length > 0) {
    addFault(faults, path, `"anything-but" must be a text, a number, a list or one filter, not ${wordFor(value)}`, hint);
    return;
  }
  const place = [...path, name];
  if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(name)) {
    addFault(faults, place, `"anything-but" takes no filter "${name}"`, hint, 'key');
    return;
  }
  const inner = value[name];
  for (const [text, where] of Array.isArray(inner)
    ? inner.map((item, index): [unknown, ValuePath] => [item, [...place, index]])
    : [[inner, place] as const]) {
    if (name === 'wildcard') wildcardFaults(text, where, faults);
    else if (typeof text !== 'string' || text === '')
      addFault(faults, where, `"${name}" of "anything-but" must be a text that is not empty`, hint);
  }
}

/** One comparison, or a range: > or >= first, < or <= second. */
function numericFaults(value: unknown, path: ValuePath, faults: ValueFault[]): void {
  const hint = 'write { "numeric": ["=", 5] }, { "numeric": [">", 0] } or { "numeric": [">", 0, "<=", 5] }';
  if (!Array.isArray(value) || (value.length !== 2 && value.length !== 4)) {
    addFault(faults, path, '"numeric" must be a list of one or two comparisons', hint);
    return;
  }
  for (let index = 0; index < value.length; index += 2) {
    const [sign, number] = [value[index] as unknown, value[index + 1] as unknown];
    const second = index > 0;
    const allowed = second ? ['<', '<='] : value.length === 4 ? ['>', '>='] : ['=', '<', '<=', '>', '>='];
    if (typeof sign !== 'string' || !allowed.includes(sign)) {
      addFault(faults, [...path, index], `"numeric" takes ${allowed.join(' ')} in this place, not ${wordFor(sign)}`, hint);
    }
    if (!isComparable(number)) {
      const message = `"numeric" compares with ${wordFor(number)}; it must be a number from -5.0e9 to 5.0e9 with ${DIGITS_MAX} digits, ${DECIMALS_MAX} of them behind the point`;
      addFault(faults, [...path, index + 1], message, hint);
    }
  }
  const [, low, , high] = value as readonly unknown[];
  if (typeof low === 'number' && typeof high === 'number' && low >= high) {
    addFault(faults, [...path, 3], `"numeric" has a range from ${low} to ${high}, which holds nothing`, 'write the lower number first');
  }
}

function isComparable(value: unknown): boolean {
  if (typeof value !== 'number' || Math.abs(value) > NUMBER_MAX) return false;
  const [whole = '', decimals = ''] = String(Math.abs(value)).split('.');
  return decimals.length <= DECIMALS_MAX && whole.length + decimals.length <= DIGITS_MAX && !decimals.includes('e');
}

function cidrFaults(value: unknown, path: ValuePath, faults: ValueFault[]): void {
  const found = typeof value === 'string' ? /^([^/]+)\/([0-9]{1,3})$/.exec(value) : null;
  const [, address = '', bits = ''] = found ?? [];
  const version4 = isAddress4(address);
  if (found !== null && (version4 || isAddress6(address)) && Number(bits) <= (version4 ? 32 : 128)) return;
  addFault(faults, path, `"cidr" must be a block of addresses, not ${wordFor(value)}`, 'write { "cidr": "10.0.0.0/24" }');
}

function isAddress4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) <= 255);
}

function isAddress6(text: string): boolean {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return false;
  const groups = [...head.split(':'), ...(tail ?? '').split(':')].filter((group) => group !== '');
  const whole = tail === undefined ? groups.length === 8 && !head.startsWith(':') && !head.endsWith(':') : groups.length < 8;
  return whole && groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group));
}

/** `*` stands for any text; no two side by side; `\*` and `\\` are the characters. */
function wildcardFaults(value: unknown, path: ValuePath, faults: ValueFault[]): void {
  const hint = 'write { "wildcard": "dir/*.png" }; \\* is the character';
  if (typeof value !== 'string') {
    addFault(faults, path, `"wildcard" must be a text, not ${wordFor(value)}`, hint);
    return;
  }
  const plain = value.replace(/\\[*\\]/g, 'x');
  if (plain.includes('\\')) addFault(faults, path, '"wildcard" has a backslash that escapes neither * nor \\', hint);
  if (plain.includes('**')) addFault(faults, path, '"wildcard" has two * side by side', hint);
}
