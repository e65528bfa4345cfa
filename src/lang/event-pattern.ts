// Event patterns of EventBridge rules: an object that mirrors the event, whose leaves are lists of alternatives. Only whether a pattern
// is one is decided here; which events it matches is for whoever has events. Matching needs no more than the same plain value.
import { addFault, isObject, wordFor } from './value-fault.ts';
import { filterFaults } from './event-filter.ts';
import type { ValueFault, ValuePath } from './value-fault.ts';

/** EventBridge: 2,048 characters by default. */
export const PATTERN_SIZE_MAX = 2_048;
/** EventBridge: products of the alternatives of all `$or`s. */
export const COMBINATIONS_MAX = 1_000;
/** Objects inside objects; a pattern of 2,048 characters that is nested deeper describes no event. */
const DEPTH_MAX = 100;

const LEAF_HINT = 'write a list of alternatives, such as ["RUNNING", "STOPPED"]';

/** Everything that is wrong with a pattern; an empty list for a valid one. The value is what JSON or YAML gave: plain data. */
export function eventPatternFaults(value: unknown): readonly ValueFault[] {
  const faults: ValueFault[] = [];
  if (!isObject(value)) {
    addFault(faults, [], `an event pattern must be an object, not ${wordFor(value)}`, 'write { "source": ["aws.ecs"] }');
    return faults;
  }
  const combinations = objectFaults(value, [], faults, 0);
  if (combinations > COMBINATIONS_MAX) {
    const message = `the $or alternatives of the pattern make ${combinations} combinations; EventBridge allows ${COMBINATIONS_MAX}`;
    addFault(faults, [], message, 'split the rule in two');
  }
  const size = JSON.stringify(value).length;
  if (size > PATTERN_SIZE_MAX) {
    const message = `the event pattern has ${size} characters; EventBridge allows ${PATTERN_SIZE_MAX}`;
    addFault(faults, [], message, 'split the rule in two');
  }
  return faults;
}

/** Adds the faults of an object; returns how many plain patterns its `$or`s stand for. */
function objectFaults(object: Readonly<Record<string, unknown>>, path: ValuePath, faults: ValueFault[], depth: number): number {
  const keys = Object.keys(object);
  if (keys.length === 0) {
    addFault(faults, path, 'an event pattern holds an empty object', 'name a field of the event, or take the object away');
    return 1;
  }
  if (depth > DEPTH_MAX) {
    addFault(faults, path, `the event pattern is nested more than ${DEPTH_MAX} deep`, 'write the pattern as flat as the event');
    return 1;
  }
  let combinations = 1;
  for (const key of keys) {
    const value = object[key];
    const place = [...path, key];
    if (key === '$or') combinations *= alternativeFaults(value, place, faults, depth);
    else if (isObject(value)) combinations *= objectFaults(value, place, faults, depth + 1);
    else if (Array.isArray(value)) listFaults(key, value, place, faults);
    else addFault(faults, place, `"${key}" of an event pattern must be a list or an object, not ${wordFor(value)}`, LEAF_HINT);
  }
  return Math.min(combinations, Number.MAX_SAFE_INTEGER);
}

function alternativeFaults(value: unknown, path: ValuePath, faults: ValueFault[], depth: number): number {
  const hint = 'write a list of at least two objects, each a pattern of its own';
  if (!Array.isArray(value) || value.length < 2) {
    const found = Array.isArray(value) ? `a list of ${value.length}` : wordFor(value);
    addFault(faults, path, `"$or" must be a list of at least two objects, not ${found}`, hint);
    return 1;
  }
  let combinations = 0;
  for (const [index, option] of value.entries()) {
    const place = [...path, index];
    if (isObject(option)) combinations += objectFaults(option, place, faults, depth + 1);
    else addFault(faults, place, `an alternative of "$or" must be an object, not ${wordFor(option)}`, hint);
  }
  return combinations;
}

function listFaults(key: string, list: readonly unknown[], path: ValuePath, faults: ValueFault[]): void {
  if (list.length === 0) addFault(faults, path, `"${key}" of an event pattern is an empty list, which nothing matches`, LEAF_HINT);
  for (const [index, item] of list.entries()) {
    const place = [...path, index];
    if (isObject(item)) filterFaults(item, place, faults);
    else if (Array.isArray(item)) addFault(faults, place, `"${key}" of an event pattern holds a list inside a list`, LEAF_HINT);
  }
}
