// The mark of a test that shows what a field of a task definition does. scripts/reference/proofs.ts reads the marks from the text of the
// tests on a real engine and writes docs/reference/proofs.md; test/docs/proofs.test.ts fails for a field that no test has marked.
// provesPlacement marks the rules of placement in the same way, for docs/reference/placement.md.
// Marks are literal texts inside of a test: a path as docs/reference/fates.md has it, `networkMode: host` for one value of a field, and
// `ulimits[].{name,softLimit}` for several fields that begin alike.

/**
 * This test shows on a real engine what these fields do: from inside of a container, or by what the engine says of what it made. What is
 * merely asked for shows nothing.
 */
export function proves(...fields: readonly string[]): readonly string[] {
  return fields.flatMap(spelledOut);
}

/** This test shows what an engine is asked for because of these fields, and no more than that: `why` no machine of ours shows the rest. */
export function provesRequest(why: string, ...fields: readonly string[]): readonly string[] {
  return fields.flatMap((field) => spelledOut(field).map((one) => `${one} (${why})`));
}

/**
 * This test shows a rule of placement (scripts/reference/placement-rules.ts); `rows`: the rows of its table that do, as they are written.
 * Several rules that begin alike stand in braces, as with fields.
 */
export function provesPlacement(rule: string, ...rows: readonly string[]): readonly string[] {
  return [...spelledOut(rule), ...rows];
}

/** `a.{b,c.{d,e}}` as `a.b`, `a.c.d`, `a.c.e`. A brace without its partner is left as it is, and is the name of no field. */
export function spelledOut(text: string): readonly string[] {
  const open = text.indexOf('{');
  const close = open < 0 ? -1 : partnerOf(text, open);
  if (close < 0) return [text];
  const [before, inside, after] = [text.slice(0, open), text.slice(open + 1, close), text.slice(close + 1)];
  return partsOf(inside).flatMap((part) => spelledOut(`${before}${part.trim()}${after}`));
}

function partnerOf(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

/** What stands between the commas that are in no further braces. */
function partsOf(text: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const letter of text) {
    if (letter === '{') depth++;
    if (letter === '}') depth--;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts;
}
