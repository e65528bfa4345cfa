// What every small language of this floor returns: a value, or the one fault that stopped the reading.
// A fault carries its place inside the text, so that a manifest's caret can stand under the wrong letter. Nothing here throws.

export interface Fault {
  /** 0-based index of the offending code unit; the text's length when something is missing at its end. */
  readonly at: number;
  /** What is wrong, without the name of the field. */
  readonly message: string;
  /** What to write instead. */
  readonly hint: string;
}

export type Parsed<T> = { readonly value: T; readonly fault: null } | { readonly value: null; readonly fault: Fault };

/** A value that was read. */
export function read<T>(value: T): Parsed<T> {
  return { value, fault: null };
}

/** A text that could not be read, and where. */
export function fault<T>(at: number, message: string, hint: string): Parsed<T> {
  return { value: null, fault: { at, message, hint } };
}
