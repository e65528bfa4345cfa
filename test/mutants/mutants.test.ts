// Every planted sin is found by the simulation. The seed that found it last is tried first (seen.json, rewritten by UPDATE=1, which searches from
// the beginning): else most of the time of a build goes into finding again what was found before.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SINS, type Sin } from './sins.ts';

/** A sin that needs more seeds than this to be seen is not seen well enough. */
const MOST_SEEDS = 150;
const COMMIT = join(import.meta.dirname, 'commit.ts');
const SEEN_FILE = join(import.meta.dirname, 'seen.json');
const isUpdate = process.env['UPDATE'] === '1';
const seen = isUpdate ? {} : (JSON.parse(readFileSync(SEEN_FILE, 'utf8')) as Record<string, number>);

describe('the simulation', () => {
  test.each(SINS)('still has the place for who $name', (sin) => {
    const text = readFileSync(join(import.meta.dirname, '../../src', sin.file), 'utf8');
    expect(text.split(sin.find)).toHaveLength(2);
  });

  test.concurrent.each(SINS)('finds who $name', async (sin) => {
    const verdict = await verdictOn(sin);
    expect(verdict).toMatch(/^killed by seed \d+: /);
    if (isUpdate) seen[sin.name] = Number(/\d+/.exec(verdict)?.[0]);
  });

  afterAll(() => {
    const rows = SINS.flatMap(({ name }) => (seen[name] === undefined ? [] : [[name, seen[name]] as const]));
    if (isUpdate) writeFileSync(SEEN_FILE, `${JSON.stringify(Object.fromEntries(rows), null, 2)}\n`);
  });
});

async function verdictOn(sin: Sin): Promise<string> {
  const words = ['--no-warnings', COMMIT, sin.name, String(MOST_SEEDS), String(seen[sin.name] ?? 1)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, words, { timeout: 590_000 }, (error, stdout, stderr) =>
      error === null ? resolve(stdout.trim()) : reject(new Error(`${error.message}\n${stderr}`)),
    );
  });
}
