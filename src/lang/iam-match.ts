// The wildcards of IAM: * is any text, : and / included, ? is one character. What a policy is compared with may itself be known in part only,
// because the plain name of a parameter says neither a region nor an account: then the question is whether the two can mean one thing.
// Deliberately absent: regular expressions. The time is bounded by the length of one text times that of the other.

/** A text of which parts are not known; made by subjectOf. */
export type Subject = readonly number[];

/** In place of a character of a subject: any text without : and /, as regions and accounts are, and any single character. */
const ANY = -1;
const ONE = -2;
const STAR = '*'.charCodeAt(0);
const QUESTION = '?'.charCodeAt(0);
const ENDS: ReadonlySet<number> = new Set([':'.charCodeAt(0), '/'.charCodeAt(0)]);

/** A subject out of its parts: texts as they stand, null for any text without : and /, a number for that many characters that are not known. */
export function subjectOf(parts: readonly (string | number | null)[]): Subject {
  return parts.flatMap((part) => {
    if (part === null) return [ANY];
    if (typeof part === 'number') return Array.from({ length: part }, () => ONE);
    return Array.from({ length: part.length }, (_, index) => part.charCodeAt(index));
  });
}

/** Whether a pattern with * and ? can mean the subject; where all of the subject is known, whether it does. Case counts. */
export function matchesPattern(pattern: string, subject: Subject): boolean {
  if (pattern === '*') return true;
  if (beginsOtherwise(pattern, subject)) return false;
  // how many characters of the subject the pattern so far can stand for, in rising order; behind a * all numbers from the first on
  let reach: readonly number[] = step(null, subject, [0], false);
  let open = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern.charCodeAt(at);
    if (letter === STAR) {
      open = true;
      continue;
    }
    reach = step(letter, subject, reach, open);
    open = false;
    if (reach.length === 0) return false;
  }
  return open || reach.at(-1) === subject.length;
}

/** The commonest answer, found at the first character that differs: it is that of another service. */
function beginsOtherwise(pattern: string, subject: Subject): boolean {
  let place = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern.charCodeAt(at);
    if (letter === STAR) return false;
    if (subject[place] === ANY) {
      if (letter === QUESTION) return false;
      if (!ENDS.has(letter)) continue;
      place += 1;
      if (subject[place] === ANY) return false;
    }
    const known = subject[place];
    if (known === undefined) return true;
    if (known !== ONE && letter !== QUESTION && letter !== known) return subject[place - 1] !== ANY || ENDS.has(known);
    place += 1;
  }
  return false;
}

/** One more character of the pattern, or none; `open`: every place from the first on is reached. */
function step(letter: number | null, subject: Subject, before: readonly number[], open: boolean): number[] {
  const reach: number[] = [];
  let last = -1;
  const visit = (at: number): void => {
    const known = subject[at];
    let to = at;
    if (letter !== null) {
      if (known === ANY ? ENDS.has(letter) : known === undefined || (letter !== QUESTION && known !== ONE && known !== letter)) return;
      to = known === ANY ? at : at + 1;
    }
    if (to > last) reach.push(to);
    // any text may be none
    while (subject[to] === ANY) {
      to += 1;
      if (to > last) reach.push(to);
    }
    last = Math.max(last, to);
  };
  if (open) for (let at = before[0] ?? 0; at < subject.length; at += 1) visit(at);
  else for (const at of before) visit(at);
  return reach;
}
