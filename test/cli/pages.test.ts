// The pages that convert something, run as their readers run them: every fence below a line that is only `name`: is a file, every `$ longshore`
// line of a console fence is run in the folder of these files, in order, and what follows it is what it prints. UPDATE=1 writes the truth
// into the page; the diff is the review. Blocks that a command made are compared like any other output.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ROOT, pageOf } from '../docs/markdown.ts';
import { longshoreIn } from './spawn.ts';

const PAGES = ['docs/environments.md', 'docs/from-compose.md', 'docs/from-ecs.md', 'docs/from-ecspresso.md', 'docs/security-groups.md'];
const places: string[] = [];

afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true });
});

/** The page with what its commands print today. */
async function told(path: string): Promise<{ readonly written: string; readonly today: string; readonly commands: number }> {
  const place = mkdtempSync(join(tmpdir(), 'page-'));
  places.push(place);
  const written = readFileSync(join(ROOT, path), 'utf8');
  let today = written;
  let commands = 0;
  for (const { language, text, file } of pageOf(path, written).fences) {
    if (file !== null) {
      mkdirSync(dirname(join(place, file)), { recursive: true });
      writeFileSync(join(place, file), `${text}\n`);
    }
    if (language !== 'console') continue;
    const lines = text.split('\n').filter((line) => line.startsWith('$ longshore '));
    const said: string[] = [];
    for (const line of lines) said.push(await printed(place, line));
    commands += lines.length;
    today = today.replace(`\`\`\`console\n${text}\n\`\`\``, () => `\`\`\`console\n${said.join('\n')}\n\`\`\``);
  }
  return { written, today, commands };
}

/** A command and its answer. The folder of the page is nobody's: its name is left out. */
async function printed(place: string, line: string): Promise<string> {
  const { stdout, stderr } = await longshoreIn(place, line.split(' ').slice(2));
  return `${line}\n${stdout}${stderr}`.replaceAll(`${place}/`, '').replaceAll(place, '/srv/shop').trimEnd();
}

describe('the pages of conversions print what the program prints', () => {
  it.each(PAGES)('%s', async (path) => {
    const { written, today, commands } = await told(path);
    expect(commands).toBeGreaterThan(0);
    if (process.env['UPDATE'] === '1') writeFileSync(join(ROOT, path), today);
    else expect(today).toBe(written);
  });
});
