import { describe, expect, it } from 'vitest';
import { CODES, WARNINGS } from '../../src/manifest/codes.ts';
import { rewrite, stories, told } from './story.ts';
import type { ProblemCode } from '../../src/manifest/codes.ts';

const all = stories();

describe('what people see', () => {
  it.each(all)('$name', (story) => {
    const result = told(story);
    if (process.env['UPDATE'] === '1') rewrite(story, result);
    else expect(result).toBe(story.expected);
  });

  it.each(Object.keys(CODES) as ProblemCode[])('the code %s has a story that shows it', (code) => {
    const story = all.find((candidate) => candidate.name === code);
    const severity = WARNINGS.has(code) ? 'warning' : 'error';
    expect(story?.expected ?? 'no story').toContain(`${severity}[${code}]: `);
    expect(story?.expected).toMatch(WARNINGS.has(code) ? /\naccepted: .*\n$/ : /\nrefused\n$/);
  });
});
