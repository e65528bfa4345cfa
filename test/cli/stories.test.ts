// What the command line says, word for word. A story is a list of commands, a line of dashes, and what they print: stdout as it is, stderr
// after `! `, then the exit code. UPDATE=1 writes the truth anew; the diff is the review.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { longshore } from './spawn.ts';

const FOLDER = fileURLToPath(new URL('stories/', import.meta.url));
/** Commands of a story change nothing, so they may run beside each other. */
const AT_ONCE = 4;
const DASHES = '----\n';
const stories = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'story-'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

async function told(command: string): Promise<string> {
  const words = command.replaceAll('PLACE', place).split(' ').slice(1);
  const { stdout, stderr, code } = await longshore(words);
  const said = stderr
    .split('\n')
    .slice(0, -1)
    .map((line) => `! ${line}\n`);
  return `$ ${command}\n${stdout}${said.join('')}[exit ${code}]\n`.replaceAll(place, 'PLACE').replaceAll(/node \d+\.\d+\.\d+/g, 'node N');
}

describe('the command line says', () => {
  it('something', () => expect(stories.length).toBeGreaterThan(2));

  it.each(stories)('%s', async (name) => {
    const file = join(FOLDER, name);
    const [head = '', truth = ''] = readFileSync(file, 'utf8').split(DASHES);
    const commands = head.split('\n').filter((line) => line.startsWith('longshore'));
    expect(commands.length).toBeGreaterThan(0);
    const said: string[] = [];
    for (let next = 0; next < commands.length; next += AT_ONCE)
      said.push(...(await Promise.all(commands.slice(next, next + AT_ONCE).map(told))));
    const text = said.join('\n');
    if (process.env['UPDATE'] === '1') writeFileSync(file, `${head}${DASHES}${text}`);
    else expect(text).toBe(truth);
  });
});
