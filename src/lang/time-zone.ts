// Names of time zones (IANA): Europe/Berlin, UTC. Which ones exist is what the platform's own table says, the same that will be asked
// when the schedule fires.
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

const HINT = 'write a name of the IANA table, such as Europe/Berlin or UTC';

/** The zone's name as it is written; offsets such as +01:00 are no zone, because they know no summer time. */
export function parseTimeZone(text: string): Parsed<string> {
  if (text === '') return fault(0, 'is empty', HINT);
  const stray = text.search(/[^A-Za-z0-9_+/-]/);
  if (stray !== -1) return fault(stray, `has "${text[stray]}", which no time zone has`, HINT);
  if (!/^[A-Za-z]/.test(text) || !isKnown(text)) return fault(0, `is no time zone "${text}"`, HINT);
  return read(text);
}

function isKnown(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false; // the only error there is: the table has no such zone
  }
}
