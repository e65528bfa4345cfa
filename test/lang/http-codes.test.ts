import { describe, expect, it } from 'vitest';
import { HIGHEST_CODE, parseGrpcCodes, parseHttpCodes } from '../../src/lang/http-codes.ts';

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
    expect(parseHttpCodes(text, HIGHEST_CODE.application)).toEqual({ value: ranges, fault: null });
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
    const { fault } = parseHttpCodes(text, HIGHEST_CODE.application);
    expect(fault?.at).toBe(at);
    expect(fault?.message).toContain(message);
  });

  it('go further behind a network load balancer', () => {
    expect(parseHttpCodes('200-599', HIGHEST_CODE.network).fault).toBeNull();
    expect(parseHttpCodes('600', HIGHEST_CODE.network).fault?.message).toContain('outside 200 to 599');
  });
});

describe('health codes of gRPC', () => {
  it.each([
    ['12', [{ from: 12, to: 12 }]],
    [
      '0,5-99',
      [
        { from: 0, to: 0 },
        { from: 5, to: 99 },
      ],
    ],
  ])('%j', (text, ranges) => {
    expect(parseGrpcCodes(text)).toEqual({ value: ranges, fault: null });
  });

  it.each([
    ['100', 0, 'outside 0 to 99'],
    ['0-1-2', 0, 'is no code and no range'],
    ['0,20-10', 2, 'ends before it begins'],
    ['OK', 0, 'is no code and no range'],
  ])('%j is refused at %d: %s', (text, at, message) => {
    const { fault } = parseGrpcCodes(text);
    expect(fault?.at).toBe(at);
    expect(fault?.message).toContain(message);
  });
});
