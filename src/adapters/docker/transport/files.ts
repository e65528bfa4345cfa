// Files of keys and certificates, as they are now. What is wrong with one is said with its name; nothing of what it holds is.
import { readFileSync, statSync } from 'node:fs';
import { Unreachable } from '../errors.ts';

/** A bundle of all authorities of the web has 220 KB; known_hosts of 10,000 hosts some 2 MB. */
const MAX_BYTES = 8_388_608;

/** Reads a file; `what` names it for people: `keyFile`. Read at once and not in turn: it is short, local, and rarely read. */
export function readKeyFile(path: string, what: string): Buffer {
  try {
    if (statSync(path).size > MAX_BYTES) throw new Unreachable(`${what} ${path} has more than ${MAX_BYTES / 1_048_576} MiB`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const why =
      { ENOENT: 'does not exist', EACCES: "may not be read by the daemon's user", EISDIR: 'is a folder' }[code] ?? `can't be read: ${code}`;
    throw new Unreachable(`${what} ${path} ${why}`);
  }
}

/** The same; null where there is no such file. */
export function readIfThere(path: string, what: string): Buffer | null {
  try {
    statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  }
  return readKeyFile(path, what);
}
