// The key under which fingerprints of secrets are made: 32 random bytes in a file of the state folder, made once. With it, whoever reads
// fingerprints (a plan, the ledger) can not try passwords against them. If it is lost, every fingerprint changes, and each service that has
// secrets rolls once. The addresses at which containers ask about themselves are made under a key that is derived from it; containers that run
// lose theirs with it. Deliberately absent: a way to change it.
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { StoreError, storeError } from './errors.ts';

const FILE = 'secrets.key';
const KEY_BYTES = 32;

/** The key of a state folder; null when none was made there yet. Throws StoreError. */
export function readSecretKey(folder: string): Uint8Array | null {
  const file = join(folder, FILE);
  let key: Uint8Array;
  try {
    key = readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw storeError(error, file);
  }
  if (key.length === KEY_BYTES) return key;
  const hint = 'Restore it from a backup, or remove it: a new one is made, and each service that has secrets rolls once.';
  throw new StoreError('corrupt', `${file} has ${key.length} bytes and not ${KEY_BYTES}`, hint);
}

/** The key of a state folder, made with mode 0600 when there is none. Throws StoreError. */
export function claimSecretKey(folder: string): Uint8Array {
  const known = readSecretKey(folder);
  if (known !== null) return known;
  const file = join(folder, FILE);
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const descriptor = openSync(draft, 'wx', 0o600);
    try {
      writeSync(descriptor, randomBytes(KEY_BYTES));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    putInPlace(draft, file);
  } catch (error) {
    throw storeError(error, file);
  } finally {
    rmSync(draft, { force: true });
  }
  return readSecretKey(folder) ?? claimSecretKey(folder);
}

/** Whole or not at all, and never over one that another process has made meanwhile. */
function putInPlace(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
