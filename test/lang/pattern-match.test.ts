import { describe, expect, it } from 'vitest';
import { parsePattern } from '../../src/lang/pattern.ts';
import { patternFinds, patternMatches } from '../../src/lang/pattern-match.ts';

function finds(pattern: string, text: string): boolean {
  const { value } = parsePattern(pattern);
  if (value === null) throw new Error(`${pattern} is no pattern`);
  return patternFinds(value, text);
}

describe('a pattern in a text', () => {
  it.each([
    ['^(data|stringData)$', 'data', true],
    ['^(data|stringData)$', 'metadata', false],
    ['data', 'metadata', true],
    ['^a', 'ba', false],
    ['b$', 'ab', true],
    ['', '', true],
    ['(?i)PASS', 'db_password', true],
    ['(?i)[^a-z]', 'ABC', false],
    ['a{2,3}$', 'caaa', true],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{0}b', 'b', true],
    ['^[a-c]+x?$', 'abcabc', true],
    ['^.$', '\n', false],
    ['\\.key$', 'tls.key', true],
    ['\\.key$', 'tlskey', false],
    ['^(a?){3}$', 'aa', true],
    ['(x|)y', 'y', true],
    ['^\u{1f511}$', '\u{1f511}', true],
  ])('%s in %j: %s', (pattern, text, found) => expect(finds(pattern, text)).toBe(found));

  it.each([
    ['t3.*', 't3.small', true],
    ['t3', 't3.small', false],
    ['small', 't3.small', false],
    ['^t3\\..+$', 't3.small', true],
    ['(a|ab)(c|bcd)', 'abcd', true],
    ['a|b', 'ab', false],
    ['', '', true],
    ['', 'a', false],
    ['(?i)T3.*', 't3.small', true],
    ['.*', 'a\nb', false],
    ['a{2,}', 'aaaa', true],
  ])('%s is the whole of %j: %s', (pattern, text, matches) => {
    const { value } = parsePattern(pattern);
    expect(value && patternMatches(value, text)).toBe(matches);
  });

  it('takes no longer than its length times that of the text', () => {
    const began = process.threadCpuUsage();
    expect(finds(`^${'(a|aa)'.repeat(40)}$`, `${'a'.repeat(2_000)}b`)).toBe(false);
    expect(finds(`${'a?'.repeat(60)}${'a'.repeat(60)}b`, 'a'.repeat(500))).toBe(false);
    expect(process.threadCpuUsage(began).user / 1_000).toBeLessThan(5_000);
  });

  it('agrees with the regular expressions of JavaScript', () => {
    const patterns = ['ab*', '^a+b?c{1,2}$', '(a|b)c', '[^a]b', 'a(b|c)*d', '^(?:ab){2}', 'a.c'];
    const texts = ['', 'a', 'ab', 'abc', 'abcc', 'aabc', 'bc', 'cb', 'abcbcd', 'ababx', 'axc', 'abab', 'dcba'];
    for (const pattern of patterns)
      for (const text of texts) expect([pattern, text, finds(pattern, text)]).toEqual([pattern, text, new RegExp(pattern).test(text)]);
  });
});
