// What the languages that are written in JSON return: every fault with its path inside the value, since such a value may stand in YAML,
// in JSON, or as JSON inside a text. At most a bounded number is kept, because a hostile document could have one for each of its keys.

export interface ValueFault {
  readonly path: readonly (string | number)[];
  /** Whether the key itself is wrong, or what it holds. */
  readonly on: 'key' | 'value';
  /** What is wrong, beginning with the thing that it is wrong about. */
  readonly message: string;
  /** What to write instead. */
  readonly hint: string;
}

/** More than a person mends at once. */
export const VALUE_FAULTS_MAX = 100;

export type ValuePath = readonly (string | number)[];

/** Collects faults up to the limit. */
export function addFault(faults: ValueFault[], path: ValuePath, message: string, hint: string, on: 'key' | 'value' = 'value'): void {
  if (faults.length < VALUE_FAULTS_MAX) faults.push({ path, on, message, hint });
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In sentences: `a list`, `an object`, `the text "x"`, `the number 5`, `true`, `null`. */
export function wordFor(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  if (typeof value === 'string') return value.length > 40 ? 'a text' : `the text "${value}"`;
  return typeof value === 'number' ? `the number ${value}` : String(value);
}
