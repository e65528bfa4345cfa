// Both directions of a session over one connection: frames of a kind (one byte), a length (four, the first the highest) and so many bytes.
import type { Readable } from 'node:stream';

/** What a frame holds. From the client: start (JSON), stdin, end, resize (JSON). To it: started, exit and error (JSON), stdout, stderr. */
export const FRAME = { start: 1, stdin: 2, end: 3, resize: 4, started: 16, stdout: 17, stderr: 18, exit: 19, error: 20 } as const;
export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

export interface Frame {
  readonly kind: number;
  readonly body: Buffer;
}

const HEAD_BYTES = 5;
/** A command line of any kernel is shorter, and data comes in smaller pieces. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** A frame as bytes; a `body` that is no bytes is sent as JSON. */
export function frameOf(kind: FrameKind, body: Uint8Array | object = new Uint8Array()): Buffer {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  const head = Buffer.alloc(HEAD_BYTES);
  head[0] = kind;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** The frames of a stream, read no faster than they are taken. Rejects when it breaks or holds something else. */
export async function* framesOf(stream: Readable): AsyncGenerator<Frame, void, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEAD_BYTES) {
      const length = rest.readUInt32BE(1);
      if (length > MAX_FRAME_BYTES) throw new Error('a frame is too long: this is no session');
      if (rest.length < HEAD_BYTES + length) break;
      const frame = { kind: rest[0] ?? 0, body: rest.subarray(HEAD_BYTES, HEAD_BYTES + length) };
      rest = rest.subarray(HEAD_BYTES + length);
      yield frame;
    }
  }
}

/** The JSON of a frame. Throws when it is none. */
export function jsonOf(frame: Frame): unknown {
  return JSON.parse(frame.body.toString('utf8')) as unknown;
}
