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
  // reach[j]: the pattern so far and the first j characters of the subject have a text in common
  let reach = new Uint8Array(subject.length + 1);
  reach[0] = 1;
  spread(reach, subject);
  for (let at = 0; at < pattern.length; at += 1) {
    reach = step(pattern.charCodeAt(at), subject, reach);
    if (!reach.includes(1)) return false;
  }
  return reach[subject.length] === 1;
}

/** The commonest answer, found at the first character that differs. */
function beginsOtherwise(pattern: string, subject: Subject): boolean {
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern.charCodeAt(at);
    const known = subject[at];
    if (letter === STAR || known === ANY) return false;
    if (known === undefined) return true;
    if (letter !== QUESTION && known !== ONE && letter !== known) return true;
  }
  return false;
}

/** One more character of the pattern. */
function step(letter: number, subject: Subject, before: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const reach = new Uint8Array(before.length);
  for (let at = 0; at < before.length; at += 1) {
    if (before[at] !== 1) continue;
    if (letter === STAR) {
      // everything from here on
      reach.fill(1, at);
      return reach;
    }
    const known = subject[at];
    if (known === ANY) {
      if (!ENDS.has(letter)) reach[at] = 1;
    } else if (known !== undefined && (letter === QUESTION || known === ONE || known === letter)) reach[at + 1] = 1;
  }
  spread(reach, subject);
  return reach;
}

/** Any text may be none. */
function spread(reach: Uint8Array, subject: Subject): void {
  for (let at = 0; at < subject.length; at += 1) {
    if (reach[at] === 1 && subject[at] === ANY) reach[at + 1] = 1;
  }
}
