// One field of AWS's cron(...) as a sorted list of numbers: values, names, a-b (which may wrap), a/b, *, all of them in a list.
// What only the two day fields know (?, L, W, #) is cron-expression.ts's.
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

export interface CronField {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  /** In upper case, the first one standing for the minimum. */
  readonly words: readonly string[];
  /** Whether a range may go over the end of the field: 20-2 of the hours. */
  readonly wraps: boolean;
}

/** The numbers of a field, each once, in order. `at` is the field's place in the whole text. */
export function readNumbers(field: CronField, text: string, at: number): Parsed<readonly number[]> {
  const numbers = new Set<number>();
  let place = at;
  for (const item of text.split(',')) {
    const found = readItem(field, item, place);
    if (found.fault !== null) return found;
    for (const number of found.value) numbers.add(number);
    place += item.length + 1;
  }
  return read([...numbers].sort((a, b) => a - b));
}

/** A single value: a number inside the field, or one of its names. */
export function readNumber(field: CronField, text: string, at: number): Parsed<number> {
  const hint = hintOf(field);
  const word = field.words.indexOf(text.toUpperCase());
  if (word !== -1) return read(field.minimum + word);
  if (text === '') return fault(at, `has an empty entry in its ${field.name}`, hint);
  if (!/^[0-9]{1,4}$/.test(text)) return fault(at, `has "${text}" in its ${field.name}`, hint);
  const number = Number(text);
  if (number >= field.minimum && number <= field.maximum) return read(number);
  return fault(at, `has ${number} in its ${field.name}, which go from ${field.minimum} to ${field.maximum}`, hint);
}

function hintOf(field: CronField): string {
  const first = field.words[0];
  const names = first === undefined ? '' : ` or ${first} to ${field.words.at(-1)}`;
  return `${field.name} are ${field.minimum} to ${field.maximum}${names}, with , - * and /`;
}

function readItem(field: CronField, item: string, at: number): Parsed<readonly number[]> {
  const slash = item.indexOf('/');
  const span = slash === -1 ? item : item.slice(0, slash);
  const step = slash === -1 ? read(null) : readStep(field, item.slice(slash + 1), at + slash + 1);
  if (step.fault !== null) return { value: null, fault: step.fault };
  const range = readRange(field, span, at, step.value !== null);
  if (range.fault !== null) return { value: null, fault: range.fault };
  const { from, to } = range.value;
  const width = field.maximum - field.minimum + 1;
  const length = (to - from + width) % width;
  const numbers: number[] = [];
  for (let distance = 0; distance <= length; distance += step.value ?? 1) {
    numbers.push(field.minimum + ((from - field.minimum + distance) % width));
  }
  return read(numbers);
}

/** A step wider than its field would fire once, which nobody means who writes it: every 90 minutes is no cron. */
function readStep(field: CronField, text: string, at: number): Parsed<number> {
  if (!/^[0-9]{1,4}$/.test(text))
    return fault(at, `has "${text}" as a step of its ${field.name}`, 'write a number behind the slash, such as 0/5');
  const step = Number(text);
  if (step >= 1 && step <= field.maximum) return read(step);
  return fault(at, `has a step of ${step} in its ${field.name}`, `a step is 1 to ${field.maximum}; longer periods are rate(...)`);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function readRange(field: CronField, text: string, at: number, stepped: boolean): Parsed<Range> {
  const whole = { from: field.minimum, to: field.maximum };
  if (text === '*' || (text === '' && stepped)) return read(whole);
  const dash = text.indexOf('-');
  const from = readNumber(field, dash === -1 ? text : text.slice(0, dash), at);
  if (from.fault !== null) return { value: null, fault: from.fault };
  if (dash === -1) return read({ from: from.value, to: stepped ? field.maximum : from.value });
  const to = readNumber(field, text.slice(dash + 1), at + dash + 1);
  if (to.fault !== null) return { value: null, fault: to.fault };
  if (from.value > to.value && !field.wraps) return fault(at, `has a range "${text}" that ends before it begins`, hintOf(field));
  return read({ from: from.value, to: to.value });
}
