// The fields of AWS's cron(...): minutes, hours, day of month, month, day of week, year. It is no Unix crontab: 1 is Sunday, one of the
// two days is `?`, ranges may wrap, and L, W and # have meanings of their own. Fields become sorted lists of numbers.
import { fault, read } from './parsed.ts';
import { readNumber, readNumbers } from './cron-field.ts';
import type { CronField } from './cron-field.ts';
import type { Parsed } from './parsed.ts';

/** Who takes the expression: they differ in what they take (spec 6.1). */
export type ScheduleDialect = 'rule' | 'scheduler' | 'autoscaling';

export type DayOfMonth =
  | { readonly kind: 'days'; readonly days: readonly number[] }
  | { readonly kind: 'last' }
  | { readonly kind: 'last-weekday' }
  /** The Monday to Friday that is nearest to a day, inside the same month. */
  | { readonly kind: 'nearest-weekday'; readonly day: number };

/** Days are 1 for Sunday to 7 for Saturday. */
export type DayOfWeek =
  | { readonly kind: 'days'; readonly days: readonly number[] }
  | { readonly kind: 'last'; readonly day: number }
  | { readonly kind: 'nth'; readonly day: number; readonly nth: number };

export interface CronExpression {
  readonly kind: 'cron';
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Null for `?`: the other of the two days decides. */
  readonly dayOfMonth: DayOfMonth | null;
  readonly months: readonly number[];
  readonly dayOfWeek: DayOfWeek | null;
  readonly years: readonly number[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const SATURDAY = 7;

const SECOND: CronField = { name: 'seconds', minimum: 0, maximum: 59, words: [], wraps: true };
const MINUTE: CronField = { name: 'minutes', minimum: 0, maximum: 59, words: [], wraps: true };
const HOUR: CronField = { name: 'hours', minimum: 0, maximum: 23, words: [], wraps: true };
const MONTH_DAY: CronField = { name: 'days of the month', minimum: 1, maximum: 31, words: [], wraps: true };
const MONTH: CronField = { name: 'months', minimum: 1, maximum: 12, words: MONTHS, wraps: true };
const WEEK_DAY: CronField = { name: 'days of the week', minimum: 1, maximum: 7, words: WEEKDAYS, wraps: true };
const YEAR: CronField = { name: 'years', minimum: 1970, maximum: 2199, words: [], wraps: false };

/** The number of fields that each dialect takes: the year may be absent for Scheduler, seconds may lead for Application Auto Scaling. */
const COUNTS: Readonly<Record<ScheduleDialect, readonly number[]>> = { rule: [6], scheduler: [5, 6], autoscaling: [6, 7] };
const HINT = 'write minutes, hours, day of month, month, day of week and year, one of the two days as ?: cron(0 10 ? * MON-FRI *)';

/** Reads what stands between the parentheses; `start` is its place in the whole text. */
export function readCron(inner: string, start: number, dialect: ScheduleDialect): Parsed<CronExpression> {
  const words = [...inner.matchAll(/\S+/g)].map((found) => ({ text: found[0], at: start + found.index }));
  const counts = COUNTS[dialect];
  const most = Math.max(...counts);
  if (!counts.includes(words.length)) {
    const extra = words[most];
    return fault(extra?.at ?? start + inner.length, `has ${words.length} fields instead of ${counts.join(' or ')}`, HINT);
  }
  const seconds = words.length === 7 ? words[0] : undefined;
  const [minute, hour, monthDay, month, weekDay, year] = seconds === undefined ? words : words.slice(1);
  if (minute === undefined || hour === undefined || monthDay === undefined || month === undefined || weekDay === undefined) {
    return fault(start, 'has too few fields', HINT);
  }
  // schedules are kept to the minute, so the seconds are only checked
  const leading = seconds === undefined ? read([]) : readNumbers(SECOND, seconds.text, seconds.at);
  const minutes = readNumbers(MINUTE, minute.text, minute.at);
  const hours = readNumbers(HOUR, hour.text, hour.at);
  const dayOfMonth = readDayOfMonth(monthDay.text, monthDay.at);
  const months = readNumbers(MONTH, month.text, month.at);
  const dayOfWeek = readDayOfWeek(weekDay.text, weekDay.at);
  const years = readNumbers(YEAR, year?.text ?? '*', year?.at ?? start);
  for (const found of [leading, minutes, hours, dayOfMonth, months, dayOfWeek, years]) {
    if (found.fault !== null) return { value: null, fault: found.fault };
  }
  if ((dayOfMonth.value === null) === (dayOfWeek.value === null)) {
    const message = dayOfWeek.value === null ? 'has ? for both days' : 'has a day of the month and a day of the week';
    return fault(weekDay.at, message, 'write ? for exactly one of the two days');
  }
  return read({
    kind: 'cron',
    minutes: minutes.value ?? [],
    hours: hours.value ?? [],
    dayOfMonth: dayOfMonth.value,
    months: months.value ?? [],
    dayOfWeek: dayOfWeek.value,
    years: years.value ?? [],
  });
}

/** The days that a month of a year has, by the Gregorian calendar. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function readDayOfMonth(text: string, at: number): Parsed<DayOfMonth | null> {
  if (text === '?') return read(null);
  const upper = text.toUpperCase();
  if (upper === 'L') return read({ kind: 'last' });
  if (upper === 'LW') return read({ kind: 'last-weekday' });
  const weekday = /^([0-9]{1,2})W$/.exec(upper);
  if (weekday !== null) {
    const day = readNumber(MONTH_DAY, weekday[1] ?? '', at);
    return day.fault === null ? read({ kind: 'nearest-weekday', day: day.value }) : { value: null, fault: day.fault };
  }
  const alone = faultOfLone(upper, /[LW#?]/, at, 'days of the month take L, LW or 15W, alone in the field');
  if (alone !== null) return alone;
  const days = readNumbers(MONTH_DAY, text, at);
  return days.fault === null ? read({ kind: 'days', days: days.value }) : { value: null, fault: days.fault };
}

function readDayOfWeek(text: string, at: number): Parsed<DayOfWeek | null> {
  if (text === '?') return read(null);
  const upper = text.toUpperCase();
  if (upper === 'L') return read({ kind: 'days', days: [SATURDAY] });
  const marked = /^([0-9]+|[A-Z]{3})(?:L|#(.*))$/.exec(upper);
  if (marked !== null) {
    const day = readNumber(WEEK_DAY, marked[1] ?? '', at);
    if (day.fault !== null) return { value: null, fault: day.fault };
    const nth = marked[2];
    if (nth === undefined) return read({ kind: 'last', day: day.value });
    if (/^[1-5]$/.test(nth)) return read({ kind: 'nth', day: day.value, nth: Number(nth) });
    const message = `has "${nth}" as the number of a week`;
    return fault(at + text.indexOf('#') + 1, message, 'write one day and 1 to 5, alone in the field: 2#1 is the first Monday');
  }
  const alone = faultOfLone(
    upper.replace(/SUN|MON|TUE|WED|THU|FRI|SAT/g, '   '),
    /[LW#?]/,
    at,
    'days of the week take L, 6L or 6#3, alone in the field',
  );
  if (alone !== null) return alone;
  const days = readNumbers(WEEK_DAY, text, at);
  return days.fault === null ? read({ kind: 'days', days: days.value }) : { value: null, fault: days.fault };
}

/** A sign that only has a meaning when the field holds nothing else. */
function faultOfLone(text: string, sign: RegExp, at: number, hint: string): Parsed<never> | null {
  const found = text.search(sign);
  return found === -1 ? null : fault(at + found, `has "${text[found]}" among other entries`, hint);
}
