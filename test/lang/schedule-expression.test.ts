import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysInMonth } from '../../src/lang/cron-expression.ts';
import { parseScheduleExpression } from '../../src/lang/schedule-expression.ts';
import type { CronExpression, ScheduleDialect } from '../../src/lang/cron-expression.ts';

const DIALECTS: readonly ScheduleDialect[] = ['rule', 'scheduler', 'autoscaling'];
const EVERY_YEAR = Array.from({ length: 230 }, (_, index) => 1970 + index);

describe('rates and moments', () => {
  it.each([
    ['rate(5 minutes)', 'rule', { kind: 'rate', value: 5, unit: 'minute' }],
    ['rate(1 hour)', 'rule', { kind: 'rate', value: 1, unit: 'hour' }],
    ['rate(7 days)', 'autoscaling', { kind: 'rate', value: 7, unit: 'day' }],
    ['rate(5 minute)', 'scheduler', { kind: 'rate', value: 5, unit: 'minute' }],
    ['rate(1 minutes)', 'scheduler', { kind: 'rate', value: 1, unit: 'minute' }],
    ['at(2019-05-20T17:05:00)', 'autoscaling', { kind: 'at', year: 2019, month: 5, day: 20, hour: 17, minute: 5, second: 0 }],
    ['at(2020-12-08T9:36:00)', 'autoscaling', { kind: 'at', year: 2020, month: 12, day: 8, hour: 9, minute: 36, second: 0 }],
    ['at(2028-02-29T23:59)', 'scheduler', { kind: 'at', year: 2028, month: 2, day: 29, hour: 23, minute: 59, second: 0 }],
  ] as const)('%s of %s', (text, dialect, value) => {
    expect(parseScheduleExpression(text, dialect)).toEqual({ value, fault: null });
  });

  it.each([
    ['', 'rule', 0, 'is empty'],
    ['0 10 * * ? *', 'rule', 0, 'is no schedule expression'],
    ['Rate(5 minutes)', 'rule', 0, 'begins with "Rate("'],
    ['every(5 minutes)', 'rule', 0, 'begins with "every("'],
    ['rate(5 minutes', 'rule', 14, 'has no ")" at its end'],
    ['rate(0 minutes)', 'scheduler', 5, 'has a rate of 0'],
    ['rate(-1 minutes)', 'rule', 5, 'has "-1" where a number should stand'],
    ['rate()', 'rule', 5, 'has no number'],
    ['rate(5)', 'rule', 6, 'has no unit'],
    ['rate(5 seconds)', 'scheduler', 7, 'has an unknown unit "seconds"'],
    ['rate(5 minute)', 'rule', 7, 'has the unit "minute" after 5'],
    ['rate(1 minutes)', 'autoscaling', 7, 'has the unit "minutes" after 1'],
    ['at(2030-01-31T10:00:00)', 'rule', 0, 'which a rule does not take'],
    ['at(2020-12-08T9:36:00)', 'scheduler', 3, 'where a date and a time should stand'],
    ['at(2020-12-08T9:66:00)', 'autoscaling', 16, 'has a minute 66'],
    ['at(2030-01-31)', 'scheduler', 3, 'where a date and a time should stand'],
    ['at(2030-01-31T10:00:00Z)', 'scheduler', 22, 'has "Z" after the time'],
    ['at(2030-13-31T10:00:00)', 'scheduler', 8, 'has a month 13'],
    ['at(2030-02-29T10:00:00)', 'scheduler', 11, 'has a day 29 that this month does not have'],
    ['at(2030-02-28T24:00:00)', 'scheduler', 14, 'has an hour 24'],
    ['at(2030-02-28T23:60:00)', 'scheduler', 17, 'has a minute 60'],
    ['at(2030-02-28T23:00:60)', 'scheduler', 20, 'has a second 60'],
    [`rate(${' '.repeat(260)}1 day)`, 'rule', 256, 'has more than 256 characters'],
  ] as const)('%s of %s is refused at %d: %s', (text, dialect, at, message) => {
    const { fault } = parseScheduleExpression(text, dialect);
    expect(fault?.message).toContain(message);
    expect(fault?.at).toBe(at);
  });
});

describe('cron', () => {
  it('has six fields, each a sorted list', () => {
    expect(parseScheduleExpression('cron(0/20 8-10 ? JAN,mar MON-WED 2030-2031)', 'rule').value).toEqual({
      kind: 'cron',
      minutes: [0, 20, 40],
      hours: [8, 9, 10],
      dayOfMonth: null,
      months: [1, 3],
      dayOfWeek: { kind: 'days', days: [2, 3, 4] },
      years: [2030, 2031],
    });
  });

  it.each([
    ['cron(*/30 0 1 1 ? *)', 'minutes', [0, 30]],
    ['cron(/30 0 1 1 ? *)', 'minutes', [0, 30]],
    ['cron(50/5 0 1 1 ? *)', 'minutes', [50, 55]],
    ['cron(10-30/10 0 1 1 ? *)', 'minutes', [10, 20, 30]],
    ['cron(00,30 09 1 1 ? *)', 'minutes', [0, 30]],
    ['cron(0 20-2 1 1 ? *)', 'hours', [0, 1, 2, 20, 21, 22, 23]],
    ['cron(0 22-4/2 1 1 ? *)', 'hours', [0, 2, 4, 22]],
    ['cron(0 8/8 1 1 ? *)', 'hours', [8, 16]],
    ['cron(0 10 L * ? *)', 'dayOfMonth', { kind: 'last' }],
    ['cron(0 10 LW * ? *)', 'dayOfMonth', { kind: 'last-weekday' }],
    ['cron(0 10 15W * ? *)', 'dayOfMonth', { kind: 'nearest-weekday', day: 15 }],
    ['cron(0 10 1/10 * ? *)', 'dayOfMonth', { kind: 'days', days: [1, 11, 21, 31] }],
    ['cron(0 10 ? * L *)', 'dayOfWeek', { kind: 'days', days: [7] }],
    ['cron(0 10 ? * 6L *)', 'dayOfWeek', { kind: 'last', day: 6 }],
    ['cron(0 10 ? * FRIL *)', 'dayOfWeek', { kind: 'last', day: 6 }],
    ['cron(0 10 ? * 2#3 *)', 'dayOfWeek', { kind: 'nth', day: 2, nth: 3 }],
    ['cron(0 10 ? * THU#2 *)', 'dayOfWeek', { kind: 'nth', day: 5, nth: 2 }],
    ['cron(0 10 ? * FRI-MON *)', 'dayOfWeek', { kind: 'days', days: [1, 2, 6, 7] }],
    ['cron(0 10 ? * * *)', 'dayOfWeek', { kind: 'days', days: [1, 2, 3, 4, 5, 6, 7] }],
    ['cron(0 10 ? NOV-FEB SUN *)', 'months', [1, 2, 11, 12]],
    ['cron(0  10 *  * ?  *)', 'years', EVERY_YEAR],
  ] as const)('%s: %s', (text, field, value) => {
    for (const dialect of DIALECTS) {
      const parsed = parseScheduleExpression(text, dialect);
      expect(parsed.fault).toBeNull();
      expect((parsed.value as CronExpression)[field]).toEqual(value);
    }
  });

  it('may leave out the year for Scheduler, and lead with seconds for Application Auto Scaling', () => {
    expect(parseScheduleExpression('cron(0 10 * * ?)', 'scheduler').value).toMatchObject({ hours: [10], years: EVERY_YEAR });
    expect(parseScheduleExpression('cron(0 15 10 * * ? *)', 'autoscaling').value).toMatchObject({ minutes: [15], hours: [10] });
    expect(parseScheduleExpression('cron(0 10 * * ?)', 'rule').fault).toMatchObject({ at: 15, message: 'has 5 fields instead of 6' });
    expect(parseScheduleExpression('cron(0 15 10 * * ? *)', 'scheduler').fault).toMatchObject({ at: 19 });
  });

  it.each([
    ['cron()', 5, 'has 0 fields instead of 6'],
    ['cron(0 10 * * * *)', 14, 'has a day of the month and a day of the week'],
    ['cron(0 10 ? * ? *)', 14, 'has ? for both days'],
    ['cron(60 10 * * ? *)', 5, 'has 60 in its minutes, which go from 0 to 59'],
    ['cron(0 24 * * ? *)', 7, 'has 24 in its hours'],
    ['cron(0 10 0 * ? *)', 10, 'has 0 in its days of the month'],
    ['cron(0 10 1 13 ? *)', 12, 'has 13 in its months'],
    ['cron(0 10 ? * 0 *)', 14, 'has 0 in its days of the week'],
    ['cron(0 10 ? * 8 *)', 14, 'has 8 in its days of the week'],
    ['cron(0 10 ? * MON-FRIN *)', 18, 'has "FRIN" in its days of the week'],
    ['cron(0 10 * * ? 1969)', 16, 'has 1969 in its years'],
    ['cron(0 10 * * ? 2031-2030)', 16, 'has a range "2031-2030" that ends before it begins'],
    ['cron(0 ? 1 * ? *)', 7, 'has "?" in its hours'],
    ['cron(0 [00-23] ? * * *)', 7, 'has "[00" in its hours'],
    ['cron(5, 0, 1, *, ?, *)', 7, 'has an empty entry in its minutes'],
    ['cron(0,,5 0 1 * ? *)', 7, 'has an empty entry in its minutes'],
    ['cron(0/ 0 1 * ? *)', 7, 'has "" as a step of its minutes'],
    ['cron(0/0 0 1 * ? *)', 7, 'has a step of 0 in its minutes'],
    ['cron(*/90 * * * ? *)', 7, 'has a step of 90 in its minutes'],
    ['cron(0 10 1,L * ? *)', 12, 'has "L" among other entries'],
    ['cron(0 10 32W * ? *)', 10, 'has 32 in its days of the month'],
    ['cron(0 10 L-3 * ? *)', 10, 'has "L" among other entries'],
    ['cron(0 10 ? * 3#1,6#3 *)', 16, 'has "1,6#3" as the number of a week'],
    ['cron(0 10 ? * 3#6 *)', 16, 'has "6" as the number of a week'],
    ['cron(0 10 ? * MON,6L *)', 19, 'has "L" among other entries'],
    ['cron(0 10 ? * 3W *)', 15, 'has "W" among other entries'],
    ['cron(0 10 2#1 * ? *)', 11, 'has "#" among other entries'],
    ['cron(0 10 * * ? * *)', 18, 'has 7 fields instead of 6'],
  ])('%s is refused at %d: %s', (text, at, message) => {
    const { fault } = parseScheduleExpression(text, 'rule');
    expect(fault?.message).toContain(message);
    expect(fault?.at).toBe(at);
  });

  it('knows leap years', () => {
    expect([1900, 2000, 2023, 2024].map((year) => daysInMonth(year, 2))).toEqual([28, 29, 28, 29]);
    expect(Array.from({ length: 12 }, (_, index) => daysInMonth(2023, index + 1))).toEqual([
      31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
    ]);
  });
});

describe('schedule expressions', () => {
  it('never throw, a fault lies inside the text, and lists are sorted and inside their field', () => {
    const field = fc.oneof(
      fc.constantFrom('*', '?', 'L', 'LW', 'MON', 'FRI-MON', '2#3', '15W', '6L', '0/5', '20-2', ''),
      fc.array(fc.constantFrom('1', '5', '23', ',', '-', '/', '*', 'L', '#', 'W', 'SUN'), { maxLength: 6 }).map((parts) => parts.join('')),
    );
    const cron = fc.array(field, { minLength: 5, maxLength: 7 }).map((fields) => `cron(${fields.join(' ')})`);
    const text = fc.oneof(
      cron,
      fc.string({ maxLength: 60 }).map((inner) => `rate(${inner})`),
      fc.string({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...DIALECTS), (input, dialect) => {
        const { value, fault } = parseScheduleExpression(input, dialect);
        expect(value === null).toBe(fault !== null);
        if (fault !== null) {
          expect(fault.at).toBeGreaterThanOrEqual(0);
          expect(fault.at).toBeLessThanOrEqual(input.length);
        } else if (value?.kind === 'cron') {
          for (const list of [value.minutes, value.hours, value.months, value.years]) {
            expect(list.length).toBeGreaterThan(0);
            expect([...list].sort((a, b) => a - b)).toEqual([...new Set(list)]);
          }
        }
      }),
      { seed: 1, numRuns: 3_000 },
    );
  });
});
