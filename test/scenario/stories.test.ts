// Every story is told anew and must come out as it is written down. UPDATE=1 rewrites them; the diff is what a reviewer reads.
import { expect, test } from 'vitest';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { DIVIDER, tell } from './story.ts';

const folder = new URL('./', import.meta.url);
const stories = readdirSync(folder).filter((name) => name.endsWith('.txt'));

test('there are stories', () => {
  expect(stories.length).toBeGreaterThanOrEqual(10);
});

test.each(stories)('%s', (name) => {
  const path = new URL(name, folder);
  const written = readFileSync(path, 'utf8');
  const told = tell(written);
  if (process.env['UPDATE'] === '1') writeFileSync(path, told);
  else {
    expect(written, `${name} has no truth below the ${DIVIDER}: run with UPDATE=1`).toContain(`\n${DIVIDER}`);
    expect(told).toBe(written);
  }
});

test('a story is the same each time it is told', () => {
  const story = readFileSync(new URL(stories[0] ?? '', folder), 'utf8');
  expect(tell(story)).toBe(tell(story));
});

test('an unknown verb is refused with the known ones', () => {
  expect(() => tell('dance')).toThrow(/unknown verb dance; there are engine, image, commit/);
});
