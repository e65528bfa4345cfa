// Files that a verb writes for somebody: all of them or none, and never over one that exists.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
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
    makeFolder(dirname(target), named);
    writeFileSync(target, text, { flag: 'wx' });
  }
}

/** One step after the other: told to make all of them at once, Node tries for ever where a file system makes none and says "not there" (/proc). */
function makeFolder(folder: string, named: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  const hint = `Name a folder ${named} that can be made, or that is there.`;
  if (found !== undefined || dirname(folder) === folder) throw new Failure('ERROR', `${folder} is no folder`, hint);
  makeFolder(dirname(folder), named);
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new Failure('ERROR', `${folder} can't be made (${code})`, hint);
  }
}
