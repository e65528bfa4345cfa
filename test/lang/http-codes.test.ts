import { describe, expect, it } from 'vitest';
import { parseHttpCodes } from '../../src/lang/http-codes.ts';

describe('health codes of a target group', () => {
  it.each([
    ['200', [{ from: 200, to: 200 }]],
    [
      '200,302',
      [
        { from: 200, to: 200 },
        { from: 302, to: 302 },
      ],
    ],
    [
      '200-299,404',
      [
        { from: 200, to: 299 },
        { from: 404, to: 404 },
      ],
    ],
    ['499', [{ from: 499, to: 499 }]],
  ])('%j', (text, ranges) => {
    expect(parseHttpCodes(text)).toEqual({ value: ranges, fault: null });
  });

  it.each([
    ['', 0, 'has an empty entry'],
    ['200,', 4, 'has an empty entry'],
    ['200, 201', 4, 'is no code and no range'],
    ['2xx', 0, 'is no code and no range'],
    ['199', 0, 'outside 200 to 499'],
    ['200-500', 0, 'outside 200 to 499'],
    ['200,299-250', 4, 'ends before it begins'],
  ])('%j is refused at %d: %s', (text, at, message) => {
    const { fault } = parseHttpCodes(text);
    expect(fault?.at).toBe(at);
    expect(fault?.message).toContain(message);
  });
});
