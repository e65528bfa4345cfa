// Whether a pattern stands anywhere in a text, or is the whole of it, in time that is bounded by the pattern's length times the text's:
// what is walked are sets of places, never ways, so that no pattern out of a repository can keep the daemon busy. Nothing is captured.
import type { Pattern, PatternNode } from './pattern.ts';

/** Whether the pattern matches some part of the text; `^` and `$` are its two ends. */
export function patternFinds({ node, ignoreCase }: Pattern, text: string): boolean {
  const letters = text.split(''); // code units, as patterns are read
  const everywhere = new Set(Array.from({ length: letters.length + 1 }, (_, place) => place));
  return endsOf(node, everywhere, { letters, ignoreCase }).size > 0;
}

/** Whether the pattern matches the text as a whole, as Java's matches() does. */
export function patternMatches({ node, ignoreCase }: Pattern, text: string): boolean {
  const letters = text.split('');
  return endsOf(node, new Set([0]), { letters, ignoreCase }).has(letters.length);
}

interface Subject {
  readonly letters: readonly string[];
  readonly ignoreCase: boolean;
}

/** The places at which a match can end that begins at one of the places given. */
function endsOf(node: PatternNode, from: ReadonlySet<number>, subject: Subject): ReadonlySet<number> {
  if (from.size === 0) return from;
  switch (node.kind) {
    case 'start':
      return new Set([...from].filter((place) => place === 0));
    case 'end':
      return new Set([...from].filter((place) => place === subject.letters.length));
    case 'characters':
      return new Set([...from].flatMap((place) => (holds(node, subject, place) ? [place + 1] : [])));
    case 'sequence':
      return node.parts.reduce((places, part) => endsOf(part, places, subject), from);
    case 'choice':
      return new Set(node.options.flatMap((option) => [...endsOf(option, from, subject)]));
    case 'repeat':
      return repeated(node, from, subject);
  }
}

function repeated(node: Extract<PatternNode, { kind: 'repeat' }>, from: ReadonlySet<number>, subject: Subject): ReadonlySet<number> {
  let places = from;
  for (let times = 0; times < node.minimum; times++) places = endsOf(node.part, places, subject);
  const all = new Set(places);
  for (let times = node.minimum; times < (node.maximum ?? Number.POSITIVE_INFINITY) && places.size > 0; times++) {
    // only what was not reached before leads further
    places = new Set([...endsOf(node.part, places, subject)].filter((place) => !all.has(place)));
    for (const place of places) all.add(place);
  }
  return all;
}

function holds(
  { negated, ranges }: Extract<PatternNode, { kind: 'characters' }>,
  { letters, ignoreCase }: Subject,
  place: number,
): boolean {
  const letter = letters[place];
  if (letter === undefined) return false;
  const spellings = ignoreCase ? [letter, letter.toLowerCase(), letter.toUpperCase()] : [letter];
  return spellings.some((spelt) => ranges.some(({ from, to }) => from <= spelt && spelt <= to)) !== negated;
}
