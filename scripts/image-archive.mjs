// Writes images by hand, in the form that `POST /images/load` takes: tar layers, one config JSON per image, a manifest. Equal input gives equal
// bytes and so an equal image id on every engine: entries are sorted by their maker, times are zero. No compression, no registry format.
import { createHash } from 'node:crypto';

const BLOCK = 512;
const TYPES = { file: '0', link: '2', directory: '5' };

/**
 * One tar archive.
 * @param {readonly { name: string, type?: 'file'|'link'|'directory', data?: Buffer, target?: string, mode?: number }[]} entries
 * @returns {Buffer[]} pieces, so that a large file is never copied
 */
export function tarOf(entries) {
  const pieces = [];
  for (const entry of entries) {
    const data = entry.data ?? Buffer.alloc(0);
    pieces.push(tarHeader(entry, data.length), data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK));
  }
  return [...pieces, Buffer.alloc(2 * BLOCK)];
}

/** A layer: the tar's pieces and its sha256. */
export function layerOf(entries) {
  const pieces = tarOf(entries);
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return { pieces, digest: hash.digest('hex') };
}

/**
 * The body of one `POST /images/load` that brings several images with shared layers.
 * @param {readonly { reference: string, layers: readonly { pieces: Buffer[], digest: string }[], config: object }[]} images
 * @param {string} architecture Docker's word: amd64, arm64
 * @returns {Buffer[]}
 */
export function archiveOf(images, architecture) {
  const created = '1970-01-01T00:00:00Z';
  const layers = new Map(images.flatMap((image) => image.layers.map((layer) => [layer.digest, layer])));
  const configs = [];
  const manifest = [];
  for (const image of images) {
    const digests = image.layers.map((layer) => layer.digest);
    const text = JSON.stringify({
      architecture,
      os: 'linux',
      created,
      config: image.config,
      rootfs: { type: 'layers', diff_ids: digests.map((digest) => `sha256:${digest}`) },
      history: digests.map(() => ({ created, created_by: 'longshore' })),
    });
    const name = `${createHash('sha256').update(text).digest('hex')}.json`;
    configs.push({ name, data: Buffer.from(text) });
    manifest.push({ Config: name, RepoTags: [image.reference], Layers: digests.map((digest) => `${digest}.tar`) });
  }
  const pieces = [...layers.values()].flatMap((layer) => {
    const size = layer.pieces.reduce((sum, piece) => sum + piece.length, 0); // a multiple of the block size by construction
    return [tarHeader({ name: `${layer.digest}.tar` }, size), ...layer.pieces];
  });
  return [...pieces, ...tarOf([...configs, { name: 'manifest.json', data: Buffer.from(JSON.stringify(manifest)) }])];
}

/** A ustar header (POSIX.1-1988): fixed fields, octal numbers, a checksum taken with its own field as spaces. */
function tarHeader(entry, size) {
  const type = entry.type ?? 'file';
  const header = Buffer.alloc(BLOCK);
  const put = (text, offset, length) => {
    if (Buffer.byteLength(text) > length) throw new Error(`too long for a tar header: ${text}`);
    header.write(text, offset, 'utf8');
  };
  const octal = (number, digits) => `${number.toString(8).padStart(digits, '0')}\0`;
  put(type === 'directory' ? `${entry.name}/` : entry.name, 0, 100);
  put(octal(entry.mode ?? (type === 'file' ? 0o644 : 0o755), 7), 100, 8);
  put(octal(0, 7), 108, 8);
  put(octal(0, 7), 116, 8);
  put(octal(size, 11), 124, 12);
  put(octal(0, 11), 136, 12);
  put('        ', 148, 8);
  put(TYPES[type], 156, 1);
  put(entry.target ?? '', 157, 100);
  put('ustar\x0000', 257, 8);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8);
  return header;
}
