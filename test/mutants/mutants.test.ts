// Every planted sin is found by the simulation.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SINS, type Sin } from './sins.ts';

/** A sin that needs more seeds than this to be seen is not seen well enough. */
const MOST_SEEDS = 150;
const COMMIT = join(import.meta.dirname, 'commit.ts');

describe('the simulation', () => {
  test.each(SINS)('still has the place for who $name', (sin) => {
    const text = readFileSync(join(import.meta.dirname, '../../src', sin.file), 'utf8');
    expect(text.split(sin.find)).toHaveLength(2);
  });

  test.concurrent.each(SINS)('finds who $name', async (sin) => {
    expect(await verdictOn(sin)).toMatch(/^killed by seed \d+: /);
  });
});

async function verdictOn(sin: Sin): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--no-warnings', COMMIT, sin.name, String(MOST_SEEDS)], { timeout: 590_000 }, (error, stdout, stderr) =>
      error === null ? resolve(stdout.trim()) : reject(new Error(`${error.message}\n${stderr}`)),
    );
  });
}
