// Contents of many blobs through one `git cat-file --batch`. Its answer is binary and framed by sizes:
//   <id> SP blob SP <size> LF <size bytes> LF      or      <id> SP missing LF
// Deliberately absent: a limit of the sum; the tree reader has counted the sizes before anything is asked for.
import { MAX_FILE_BYTES } from '../../manifest/source.ts';
import { corrupt } from './errors.ts';

const LF = 0x0a;
/** An id of 64 digits, a type and a size. */
const HEADER_MAX_BYTES = 128;

export interface BlobReader {
  take(piece: Buffer): void;
  /** Contents by id, once all pieces were taken. */
  end(): ReadonlyMap<string, Uint8Array>;
}

/** Reads the answer for `expected` distinct blobs; throws RepositoryError `corrupt` when one is missing or the frame is broken. */
export function blobReader(expected: number): BlobReader {
  const blobs = new Map<string, Uint8Array>();
  let header = '';
  let id = '';
  /** The content under way, and how much of it is there; one byte longer than the blob, for the LF behind it. */
  let content: Buffer | null = null;
  let filled = 0;

  const takeHeader = (piece: Buffer): number => {
    const end = piece.indexOf(LF);
    header += piece.toString('latin1', 0, end === -1 ? piece.length : end);
    if (header.length > HEADER_MAX_BYTES) throw corrupt('git cat-file answered out of its frame');
    if (end === -1) return piece.length;
    const [name = '', type, size] = header.split(' ');
    if (type !== 'blob' || !(Number(size) <= MAX_FILE_BYTES)) throw corrupt(`the content of blob ${name} can't be read`);
    id = name;
    header = '';
    content = Buffer.allocUnsafeSlow(Number(size) + 1);
    filled = 0;
    return end + 1;
  };
  const takeContent = (piece: Buffer, into: Buffer): number => {
    const copied = piece.copy(into, filled);
    filled += copied;
    if (filled === into.length) {
      if (into.at(-1) !== LF) throw corrupt('git cat-file answered out of its frame');
      blobs.set(id, into.subarray(0, -1));
      content = null;
    }
    return copied;
  };
  return {
    take: (piece) => {
      let rest = piece;
      while (rest.length > 0) rest = rest.subarray(content === null ? takeHeader(rest) : takeContent(rest, content));
    },
    end: () => {
      if (blobs.size !== expected || content !== null) throw corrupt(`git cat-file gave ${blobs.size} of ${expected} blobs`);
      return blobs;
    },
  };
}
