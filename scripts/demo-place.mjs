// Where the demo of `npm start` lives, and what it noted for `npm run clean`. Node 20, no packages.
// Deliberately absent: anything that acts; start.mjs makes, clean.mjs takes away.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ROOT } from './checkout.mjs';

/** The installation's name: containers and networks of the demo carry it as a label. Two checkouts have two demos. */
export const INSTALLATION = `demo-${createHash('sha256').update(ROOT).digest('hex').slice(0, 8)}`;
export const INSTALLATION_LABEL = `dev.longshore.installation=${INSTALLATION}`;

/** Absolute paths of the demo; `repository` and `state` are also what its commands are told. */
export const PLACE = {
  root: join(ROOT, '.longshore'),
  repository: join(ROOT, '.longshore/demo/repo'),
  state: join(ROOT, '.longshore/demo/state'),
  log: join(ROOT, '.longshore/demo/daemon.log'),
  notes: join(ROOT, '.longshore/demo/notes.json'),
};

/**
 * What the demo made outside its folder, so that only that is taken away again.
 * @typedef {{ socketPath: string, engineStarted: boolean, engineFolder: string | null, forwarded: boolean }} Notes
 * @returns {Notes | null} null when there is no demo
 */
export function readNotes() {
  try {
    return JSON.parse(readFileSync(PLACE.notes, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Keeps the notes; written before what they speak of is made, so that an interrupted start can be cleaned up. */
export function writeNotes(notes) {
  mkdirSync(join(PLACE.root, 'demo'), { recursive: true });
  writeFileSync(PLACE.notes, `${JSON.stringify(notes)}\n`);
}
