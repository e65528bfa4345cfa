// A place in a text that is read from left to right, and the first fault that stopped the reading. A function that reads returns what it
// read, or null after it has set the fault; only the first one is kept.
import type { Fault } from './parsed.ts';

export interface Reader {
  readonly text: string;
  /** 0-based index of the next letter. */
  at: number;
  fault: Fault | null;
}

/** Keeps the first fault, and returns null for the caller to hand on. */
export function refuse(reader: Reader, at: number, message: string, hint: string): null {
  reader.fault ??= { at, message, hint };
  return null;
}

/** What `pattern` (sticky) finds at the reader, which goes on behind it; null leaves the reader where it is. */
export function take(reader: Reader, pattern: RegExp): string | null {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0];
  if (found === undefined) return null;
  reader.at += found.length;
  return found;
}
