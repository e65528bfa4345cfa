// Moments and time zones as fields of schedules and alarms.
import { z } from 'zod';
import { parseTimeZone } from '../../lang/time-zone.ts';
import { parseTimestamp } from '../../lang/timestamp.ts';
import { readable } from '../syntax.ts';

/** A moment: a text, or seconds since 1970. It stays as its author wrote it. */
export const Moment = z.union([z.string(), z.number()]).superRefine((moment, context) => {
  readable(parseTimestamp, 'bad-moment')(String(moment), context);
});

export const TimeZone = z.string().superRefine(readable(parseTimeZone, 'bad-time-zone'));

/** Milliseconds since 1970 of a moment that was checked when it was loaded; null when it is none. */
export function momentMs(moment: string | number): number | null {
  return parseTimestamp(String(moment)).value;
}
