// Invariants of our own code. A failed assertion is a defect of Longshore, never of a manifest: bad input is a problem, not an assertion.

/** Throws when `condition` does not hold; `message` says which invariant was broken. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

/** Marks a place that the type checker proves unreachable: an exhaustive switch. */
export function unreachable(value: never): never {
  throw new Error(`invariant broken: unexpected ${JSON.stringify(value)}`);
}

/** `value` when it is there; a broken invariant otherwise. */
export function present<T>(value: T | null | undefined, what: string): T {
  assert(value !== null && value !== undefined, `${what} is missing`);
  return value;
}
