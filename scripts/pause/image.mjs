// Writes the image of the pause container: a static program of 232 bytes (amd64.s, arm64.s) as one file of one layer, in the form that
// `POST /images/load` takes, compressed, as a constant of the engine's adapter. Equal input gives an equal image on every engine.
//   node scripts/pause/image.mjs      writes src/adapters/docker/pause-archive.ts; only needed when the program changes
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { executable } from '../executable.mjs';
import { archiveOf, layerOf } from '../image-archive.mjs';

/** The code of the two sources: `as -o x.o amd64.s && objcopy -O binary x.o x.bin && base64 -w0 x.bin`. */
const CODE = {
  amd64:
    'uA4AAAAx/0iNNVoAAAAx0kG6CAAAAA8FuIAAAABIjT1EAAAAMfYx0kG6CAAAAA8Fg/gPdCOD+AJ0Hrg9AAAASMfH/////zH2ugEAAABFMdIPBYXAf+TrwLg8AAAAMf8PBQ8fgAAAAAD//////////w==',
  arm64:
    '6BCA0gAAgNJBAwAQAgCA0gMBgNIBAADUKBGA0qACABABAIDSAgCA0gMBgNIBAADUHzwA8YABAFQfCADxQAEAVIgggNIAAICSAQCA0iIAgNIDAIDSAQAA1B8AAPEs//9U7v//F6gLgNIAAIDSAQAA1P//////////',
};
/** The program, which every image of ours that only has to be there runs. */
export function pauseProgram(architecture) {
  return executable(architecture, Buffer.from(CODE[architecture], 'base64'));
}

/** The uncompressed archive for one architecture, in Docker's word for it. */
export function pauseArchive(architecture, reference) {
  const layer = layerOf([{ name: 'pause', data: pauseProgram(architecture), mode: 0o755 }]);
  const config = { Entrypoint: ['/pause'], Labels: { 'org.opencontainers.image.title': 'longshore pause container' } };
  return Buffer.concat(archiveOf([{ reference, layers: [layer], config }], architecture));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const archives = Object.keys(CODE).map((architecture) => {
    const text = gzipSync(pauseArchive(architecture, 'longshore/pause:1'), { level: 9 }).toString('base64');
    return `  ${architecture}:\n    '${text}',`;
  });
  const file = [
    '// Written by scripts/pause/image.mjs: the image of the pause container, compressed, by architecture. Do not edit.',
    'export const PAUSE_ARCHIVES: Readonly<Record<string, string>> = {',
    ...archives,
    '};',
    '',
  ].join('\n');
  writeFileSync(new URL('../../src/adapters/docker/pause-archive.ts', import.meta.url), file);
}
