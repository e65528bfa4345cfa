import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimeZone } from '../../src/lang/time-zone.ts';
import { parseTimestamp } from '../../src/lang/timestamp.ts';

describe('moments', () => {
  it.each([
    ['2030-01-31', '2030-01-31T00:00:00.000Z'],
    ['2030-01-31T10:00', '2030-01-31T10:00:00.000Z'],
    ['2030-01-31 10:00:30', '2030-01-31T10:00:30.000Z'],
    ['2030-01-31T10:00:30.123Z', '2030-01-31T10:00:30.000Z'],
    ['2030-01-31T10:00:00+02:00', '2030-01-31T08:00:00.000Z'],
    ['2030-01-31T22:00:00-0230', '2030-02-01T00:30:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['0', '1970-01-01T00:00:00.000Z'],
    ['1604059200.5', '2020-10-30T12:00:00.500Z'],
  ])('%s is %s', (text, moment) => {
    const { value } = parseTimestamp(text);
    expect(value !== null && new Date(value).toISOString()).toBe(moment);
  });

  it.each([
    ['', 0, 'is empty'],
    ['tomorrow', 0, 'is no moment'],
    ['2030-1-31', 0, 'is no moment'],
    ['31.01.2030', 0, 'is no moment'],
    ['2030-13-01', 5, 'has a month 13'],
    ['2030-02-29', 8, 'has a day 29'],
    ['2030-01-01T24:00', 11, 'has an hour 24'],
    ['2030-01-01T23:60', 14, 'has a minute 60'],
    ['2030-01-01T23:00:60', 17, 'has a second 60'],
  ])('%j is refused at %d: %s', (text, at, message) => {
    expect(parseTimestamp(text).fault?.message).toContain(message);
    expect(parseTimestamp(text).fault?.at).toBe(at);
  });

  it('agree with the calendar of the platform', () => {
    const dates = fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        const text = `${date.toISOString().slice(0, 19)}Z`;
        expect(parseTimestamp(text).value).toBe(new Date(text).valueOf());
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('time zones', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+1', 'EST'])('%s is one', (text) => {
    expect(parseTimeZone(text)).toEqual({ value: text, fault: null });
  });

  it.each([
    ['', 0, 'is empty'],
    ['Europe/Berln', 0, 'is no time zone "Europe/Berln"'],
    ['+01:00', 3, 'has ":"'],
    ['+0100', 0, 'is no time zone'],
    ['Europe Berlin', 6, 'has " "'],
  ])('%j is refused at %d: %s', (text, at, message) => {
    expect(parseTimeZone(text).fault?.message).toContain(message);
    expect(parseTimeZone(text).fault?.at).toBe(at);
  });
});
