// Which installation a state folder belongs to. The name stands in a file of its own beside the ledger: a lost ledger must not turn our own
// containers into foreign ones. A folder that was given no name gets one of its own, so that two daemons on one engine never meet by default.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { StoreError } from './errors.ts';

const FILE = 'installation';

/** The installation of a state folder; null when no daemon has ever worked there. Fails when `wanted` is another one. */
export function readInstallation(folder: string, wanted: string | null): string | null {
  const known = readName(join(folder, FILE));
  if (known !== null && wanted !== null && wanted !== known) {
    throw new StoreError(
      'other-installation',
      `the state in ${folder} belongs to installation ${known}, not to ${wanted}`,
      `Leave --installation out, or give ${wanted} a state folder of its own with --state.`,
    );
  }
  return known;
}

/** The installation of a state folder whose lock is held: the one it has, else `wanted`, else a new name; kept from then on. */
export function claimInstallation(folder: string, wanted: string | null): string {
  const known = readInstallation(folder, wanted);
  if (known !== null) return known;
  const name = wanted ?? `ls-${randomBytes(4).toString('hex')}`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${FILE}.new`);
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, `${name}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, join(folder, FILE));
  return name;
}

function readName(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim() || null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
