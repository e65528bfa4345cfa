// Writes the image of the pause container: a static program of 232 bytes (amd64.s, arm64.s) as one file of one layer, in the form that
// `POST /images/load` takes, compressed, as a constant of the engine's adapter. Equal input gives an equal image on every engine.
//   node scripts/pause/image.mjs      writes src/adapters/docker/pause-archive.ts; only needed when the program changes
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { archiveOf, layerOf } from '../image-archive.mjs';

/** The code of the two sources: `as -o x.o amd64.s && objcopy -O binary x.o x.bin && base64 -w0 x.bin`. */
const CODE = {
  amd64:
    'uA4AAAAx/0iNNVoAAAAx0kG6CAAAAA8FuIAAAABIjT1EAAAAMfYx0kG6CAAAAA8Fg/gPdCOD+AJ0Hrg9AAAASMfH/////zH2ugEAAABFMdIPBYXAf+TrwLg8AAAAMf8PBQ8fgAAAAAD//////////w==',
  arm64:
    '6BCA0gAAgNJBAwAQAgCA0gMBgNIBAADUKBGA0qACABABAIDSAgCA0gMBgNIBAADUHzwA8YABAFQfCADxQAEAVIgggNIAAICSAQCA0iIAgNIDAIDSAQAA1B8AAPEs//9U7v//F6gLgNIAAIDSAQAA1P//////////',
};
const MACHINES = { amd64: 62, arm64: 183 };
const BASE = 0x400000;
const HEADERS = 64 + 56;

/** ELF (System V ABI): a header, one segment that holds the whole file, the code. */
function executable(architecture) {
  const code = Buffer.from(CODE[architecture], 'base64');
  const header = Buffer.alloc(HEADERS);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(2, 16); // an executable
  header.writeUInt16LE(MACHINES[architecture], 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(BASE + HEADERS), 24); // where it begins
  header.writeBigUInt64LE(64n, 32); // where the segments stand
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // to be loaded
  header.writeUInt32LE(5, 68); // to be read and executed
  header.writeBigUInt64LE(BigInt(BASE), 80);
  header.writeBigUInt64LE(BigInt(BASE), 88);
  header.writeBigUInt64LE(BigInt(HEADERS + code.length), 96);
  header.writeBigUInt64LE(BigInt(HEADERS + code.length), 104);
  header.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([header, code]);
}

/** The uncompressed archive for one architecture, in Docker's word for it. */
export function pauseArchive(architecture, reference) {
  const layer = layerOf([{ name: 'pause', data: executable(architecture), mode: 0o755 }]);
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
