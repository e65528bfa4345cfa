// Files that a verb writes for somebody: all of them or none, and never over one that exists.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './failure.ts';
import type { Written } from '../manifest/write/ecs.ts';

/** Writes files below a folder, which is made where it is missing; `named` is how the folder was named, for the hint. */
export function writeNew(folder: string, files: readonly Written[], named: string): void {
  const there = files.map(({ path }) => join(folder, path)).find((target) => existsSync(target));
  if (there !== undefined)
    throw new Failure('ERROR', `${there} exists already`, `Name another folder ${named}, or remove the file; nothing is written over.`);
  for (const { path, text } of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text, { flag: 'wx' });
  }
}
