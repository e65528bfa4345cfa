// Writes the image of the relay container: the pause program, which is its process 1, and the relay itself (relay.c), which the daemon runs beside
// it, as two files of one layer, in the form that `POST /images/load` takes, compressed, as a constant of the engine's adapter. Equal input
// gives an equal image on every engine.
//   node scripts/relay/image.mjs      writes src/adapters/docker/relay-archive.ts; after compile.mjs
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { executable } from '../executable.mjs';
import { archiveOf, layerOf } from '../image-archive.mjs';
import { pauseProgram } from '../pause/image.mjs';
import { CODE } from './code.mjs';

/** The relay's program. */
export function relayProgram(architecture) {
  return executable(architecture, Buffer.from(CODE[architecture].join(''), 'base64'), { plainStack: true });
}

/** The uncompressed archive for one architecture, in Docker's word for it. */
export function relayArchive(architecture, reference) {
  const layer = layerOf([
    { name: 'pause', data: pauseProgram(architecture), mode: 0o755 },
    { name: 'relay', data: relayProgram(architecture), mode: 0o755 },
  ]);
  const config = { Entrypoint: ['/pause'], Labels: { 'org.opencontainers.image.title': 'longshore relay container' } };
  return Buffer.concat(archiveOf([{ reference, layers: [layer], config }], architecture));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const archives = Object.keys(CODE).map((architecture) => {
    const text = gzipSync(relayArchive(architecture, 'longshore/relay:1'), { level: 9 }).toString('base64');
    return `  ${architecture}:\n    '${text}',`;
  });
  const file = [
    '// Written by scripts/relay/image.mjs: the image of the relay container, compressed, by architecture. Do not edit.',
    'export const RELAY_ARCHIVES: Readonly<Record<string, string>> = {',
    ...archives,
    '};',
    '',
  ].join('\n');
  writeFileSync(new URL('../../src/adapters/docker/relay-archive.ts', import.meta.url), file);
}
