// Moments as AWS's APIs take them: a date, a date with a time, both with or without a zone (then UTC), or seconds since 1970.
// A date that the calendar does not have is refused instead of being moved into the next month.
import { daysInMonth } from './cron-expression.ts';
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

const HINT = 'write a moment such as 2030-01-31T10:00:00Z, or seconds since 1970';
const FORM = /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$/;

/** Milliseconds since 1970, in UTC; the fault stands at the part that does not exist. */
export function parseTimestamp(text: string): Parsed<number> {
  if (/^[0-9]{1,10}(?:\.[0-9]{1,6})?$/.test(text)) return read(Math.round(Number(text) * 1_000));
  const found = FORM.exec(text);
  if (found === null) return fault(0, text === '' ? 'is empty' : 'is no moment', HINT);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map((part) => Number(part ?? 0));
  if (month < 1 || month > 12) return fault(5, `has a month ${month}`, HINT);
  if (day < 1 || day > daysInMonth(year, month)) return fault(8, `has a day ${day} that this month does not have`, HINT);
  if (hour > 23) return fault(11, `has an hour ${hour}`, HINT);
  if (minute > 59) return fault(14, `has a minute ${minute}`, HINT);
  if (second > 59) return fault(17, `has a second ${second}`, HINT);
  return read(Date.UTC(year, month - 1, day, hour, minute, second) - offsetOf(found[7] ?? 'Z') * 60_000);
}

/** Minutes east of Greenwich. */
function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}
