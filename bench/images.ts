// The image of the benchmarks: busybox's httpd where a statically linked busybox is at hand (it starts in milliseconds, so that the engine's
// own time is what is measured), the demo's Node otherwise. Both sides of a comparison always run the same image.
// Deliberately absent: a shell in the container, and a stop that waits: the stop signal is SIGKILL, because PID 1 without a handler ignores others.
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { archiveOf, layerOf, type TarEntry } from '../scripts/image-archive.mjs';
import { callEngine } from '../scripts/engine.mjs';
import { demoImages, DEMO_REPOSITORY } from '../scripts/images.mjs';

export interface BenchImages {
  /** Two versions; `GET /` answers JSON with `version`, `1` or `2`. */
  readonly references: { readonly '1': string; readonly '2': string };
  /** For the table's caption. */
  readonly what: string;
}

export type Version = keyof BenchImages['references'];

const REPOSITORY = 'longshore-bench';
const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'];
const LOAD_LIMIT_MS = 60_000;
const PORT = 8080;
/** Program header that names a loader: an ELF file without one is linked statically. */
const PT_INTERP = 3;

/** Makes both versions on the engine at `socketPath`. */
export async function benchImages(socketPath: string): Promise<BenchImages> {
  const busybox = BUSYBOX.find((file) => existsSync(file) && isStatic(readFileSync(file)));
  if (busybox === undefined) {
    await demoImages(socketPath);
    return { references: { '1': `${DEMO_REPOSITORY}:1`, '2': `${DEMO_REPOSITORY}:2` }, what: 'the demo image (node)' };
  }
  const { body } = await callEngine(socketPath, '/version');
  const { Arch } = JSON.parse(body) as { Arch: string };
  const base = layerOf([
    { name: 'bin', type: 'directory' },
    { name: 'bin/busybox', data: readFileSync(busybox), mode: 0o755 },
  ]);
  const images = (['1', '2'] as const).map((version) => ({
    reference: `${REPOSITORY}:${version}`,
    layers: [base, layerOf(pages(version))],
    config: {
      Entrypoint: ['/bin/busybox', 'httpd', '-f', '-p', String(PORT), '-h', '/www'],
      User: '65534:65534',
      StopSignal: 'SIGKILL',
      ExposedPorts: { [`${PORT}/tcp`]: {} },
    },
  }));
  await load(socketPath, archiveOf(images, Arch));
  return { references: { '1': `${REPOSITORY}:1`, '2': `${REPOSITORY}:2` }, what: 'busybox httpd' };
}

function pages(version: string): readonly TarEntry[] {
  return [
    { name: 'www', type: 'directory' },
    { name: 'www/healthz', data: Buffer.from('ok\n') },
    { name: 'www/index.html', data: Buffer.from(`${JSON.stringify({ version })}\n`) },
  ];
}

/** Whether a 64-bit little-endian ELF file needs no loader. */
function isStatic(file: Buffer): boolean {
  if (file.readUInt32BE(0) !== 0x7f_45_4c_46 || file[4] !== 2 || file[5] !== 1) return false;
  const start = Number(file.readBigUInt64LE(32));
  const size = file.readUInt16LE(54);
  const count = file.readUInt16LE(56);
  for (let index = 0; index < count; index++) if (file.readUInt32LE(start + index * size) === PT_INTERP) return false;
  return true;
}

/** Sends an archive to `POST /images/load`; the engine answers 200 and tells a failure inside the stream. */
async function load(socketPath: string, pieces: readonly Buffer[]): Promise<void> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const headers = { host: 'docker', 'content-type': 'application/x-tar', 'content-length': length };
  const answer = await new Promise<string>((resolve, reject) => {
    const options = { socketPath, path: '/images/load?quiet=1', method: 'POST', agent: false, headers, timeout: LOAD_LIMIT_MS };
    const call = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('error', reject);
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    });
    call.on('timeout', () => call.destroy(new Error(`the images were not loaded within ${LOAD_LIMIT_MS} ms`)));
    call.on('error', reject);
    for (const piece of pieces) call.write(piece);
    call.end();
  });
  if (!answer.startsWith('200') || answer.includes('"errorDetail"')) throw new Error(`the engine did not load the images: ${answer}`);
}
