// Every story is told anew and must come out as it is written down. UPDATE=1 rewrites them; the diff is what a reviewer reads.
import { expect, test } from 'vitest';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { DIVIDER, tell } from './story.ts';

const folder = new URL('./', import.meta.url);
const stories = readdirSync(folder).filter((name) => name.endsWith('.txt'));

test('there are stories', () => {
  expect(stories.length).toBeGreaterThanOrEqual(10);
});

test.each(stories)('%s', async (name) => {
  const path = new URL(name, folder);
  const written = readFileSync(path, 'utf8');
  const told = await tell(written);
  if (process.env['UPDATE'] === '1') writeFileSync(path, told);
  else {
    expect(written, `${name} has no truth below the ${DIVIDER}: run with UPDATE=1`).toContain(`\n${DIVIDER}`);
    expect(told).toBe(written);
  }
});

test('a story is the same each time it is told', async () => {
  const story = readFileSync(new URL(stories[0] ?? '', folder), 'utf8');
  expect(await tell(story)).toBe(await tell(story));
});

test('an unknown verb is refused with the known ones, an option that nobody knows as well', async () => {
  await expect(tell('dance')).rejects.toThrow(/unknown verb dance; there are engine, image, commit/);
  await expect(tell('engine local\ncommit web cuont=2')).rejects.toThrow(/unknown option cuont; there are count/);
});
