// A finding: what a rule has against a document, by path; a problem is a finding with its file, line, column and excerpt.
// Rules speak in findings so that they need no text and a table test needs no YAML.
import type { Path } from './text/tree.ts';
import type { ProblemCode } from './codes.ts';

export interface Finding {
  readonly code: ProblemCode;
  /** Inside the document; a path that is not there points at what should hold it. */
  readonly path: Path;
  /** Whether the caret stands under the key or under the value. */
  readonly on: 'key' | 'value';
  /** Index inside the value's text. */
  readonly inside?: number;
  /** One sentence without an end mark, lower case. Never holds an environment value. */
  readonly message: string;
  /** What to do next, in one sentence. */
  readonly hint: string;
}

/** A finding about a value. */
export function onValue(code: ProblemCode, path: Path, message: string, hint: string): Finding {
  return { code, path, on: 'value', message, hint };
}

/** A finding about a key. */
export function onKey(code: ProblemCode, path: Path, message: string, hint: string): Finding {
  return { code, path, on: 'key', message, hint };
}

/** A path as people write it: `containerDefinitions[0].image`. */
export function nameOf(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
