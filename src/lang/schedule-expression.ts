// Schedule expressions as EventBridge rules, EventBridge Scheduler and Application Auto Scaling take them: cron(...), rate(...), at(...).
// The three agree on most and differ on the rest, so the dialect is an argument. Only reading is done here: when an expression fires next
// is for whoever has a clock.
import { daysInMonth, readCron } from './cron-expression.ts';
import { fault, read } from './parsed.ts';
import type { CronExpression, ScheduleDialect } from './cron-expression.ts';
import type { Parsed } from './parsed.ts';

export interface RateExpression {
  readonly kind: 'rate';
  readonly value: number;
  readonly unit: 'minute' | 'hour' | 'day';
}

/** A local time in the zone of the schedule. */
export interface AtExpression {
  readonly kind: 'at';
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export type ScheduleExpression = CronExpression | RateExpression | AtExpression;

/** EventBridge and Application Auto Scaling: 1 to 256 characters. */
export const EXPRESSION_LENGTH_MAX = 256;

const FORMS: Readonly<Record<ScheduleDialect, string>> = {
  rule: 'write cron(0 10 * * ? *) or rate(5 minutes)',
  scheduler: 'write cron(0 10 * * ? *), rate(5 minutes) or at(2030-01-31T10:00:00)',
  autoscaling: 'write cron(0 10 * * ? *), rate(5 minutes) or at(2030-01-31T10:00:00)',
};

/** Reads an expression of one dialect; the fault stands at the part that is wrong. */
export function parseScheduleExpression(text: string, dialect: ScheduleDialect): Parsed<ScheduleExpression> {
  const hint = FORMS[dialect];
  if (text.length > EXPRESSION_LENGTH_MAX) return fault(EXPRESSION_LENGTH_MAX, `has more than ${EXPRESSION_LENGTH_MAX} characters`, hint);
  const head = /^([A-Za-z]*)\(/.exec(text);
  if (head === null) return fault(0, text === '' ? 'is empty' : 'is no schedule expression', bareHint(text, hint));
  const form = head[1] ?? '';
  const start = head[0].length;
  if (form !== 'cron' && form !== 'rate' && form !== 'at') return fault(0, `begins with "${form}("`, hint);
  if (!text.endsWith(')')) return fault(text.length, 'has no ")" at its end', hint);
  const inner = text.slice(start, -1);
  if (form === 'cron') return readCron(inner, start, dialect);
  if (form === 'rate') return readRate(inner, start, dialect);
  if (dialect === 'rule') return fault(0, 'is at(...), which a rule does not take', `${hint}, or a Schedule of EventBridge Scheduler`);
  return readAt(inner, start, dialect);
}

/** People write the fields of a crontab without the word around them. */
function bareHint(text: string, hint: string): string {
  return /^\s*[0-9*]/.test(text) ? `put the fields into cron(...): ${hint}` : hint;
}

function readRate(inner: string, start: number, dialect: ScheduleDialect): Parsed<RateExpression> {
  const hint = 'write a number and minute(s), hour(s) or day(s), such as rate(5 minutes) or rate(1 hour)';
  const found = /^(\s*)([^\s]*)(\s*)(.*?)\s*$/s.exec(inner);
  const [, lead = '', digits = '', gap = '', word = ''] = found ?? [];
  const at = start + lead.length;
  if (!/^[0-9]{1,9}$/.test(digits)) return fault(at, digits === '' ? 'has no number' : `has "${digits}" where a number should stand`, hint);
  const value = Number(digits);
  if (value < 1) return fault(at, 'has a rate of 0', hint);
  const unitAt = at + digits.length + gap.length;
  const unit = /^(minute|hour|day)(s?)$/.exec(word);
  if (unit === null) return fault(unitAt, word === '' ? 'has no unit' : `has an unknown unit "${word}"`, hint);
  const [, name = '', plural = ''] = unit;
  if (dialect !== 'scheduler' && (value === 1) !== (plural === '')) {
    const wanted = value === 1 ? name : `${name}s`;
    return fault(
      unitAt,
      `has the unit "${word}" after ${value}`,
      `write ${wanted}: the singular goes with 1, the plural with every other number`,
    );
  }
  return read({ kind: 'rate', value, unit: name as RateExpression['unit'] });
}

function readAt(inner: string, start: number, dialect: ScheduleDialect): Parsed<AtExpression> {
  const hint = 'write at(yyyy-mm-ddThh:mm:ss), such as at(2030-01-31T10:00:00)';
  const found = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?/.exec(inner);
  const [whole = '', ...parts] = found ?? [];
  const hourLength = (parts[3] ?? '').length;
  // Application Auto Scaling's own answers hold hours of one digit
  if (found === null || (hourLength === 1 && dialect !== 'autoscaling')) {
    return fault(start, `has "${inner}" where a date and a time should stand`, hint);
  }
  if (whole.length < inner.length) {
    const message = `has "${inner.slice(whole.length)}" after the time`;
    return fault(start + whole.length, message, 'write the local time alone; the zone is a field of its own');
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) => Number(part ?? 0));
  const minuteAt = start + 12 + hourLength;
  if (month < 1 || month > 12) return fault(start + 5, `has a month ${month}`, hint);
  if (day < 1 || day > daysInMonth(year, month)) return fault(start + 8, `has a day ${day} that this month does not have`, hint);
  if (hour > 23) return fault(start + 11, `has an hour ${hour}`, hint);
  if (minute > 59) return fault(minuteAt, `has a minute ${minute}`, hint);
  if (second > 59) return fault(minuteAt + 3, `has a second ${second}`, hint);
  return read({ kind: 'at', year, month, day, hour, minute, second });
}
