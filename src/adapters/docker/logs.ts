// What a container wrote, from the engine's two formats to lines: frames with an 8-byte head (stream, 0, 0, 0, length) from containers
// without a terminal, raw bytes from those with one. The engine is always asked for times: they order the lines of several containers.
// Docker hands a line over 16 KiB out in pieces, each with a time of its own and only the last with an end of line.
import type { Readable } from 'node:stream';
import { LOG_UNREADABLE } from '../../daemon/ports.ts';
import type { LogLine, LogQuery } from '../../model/task/container-log.ts';
import type { Client } from './client.ts';
import { EngineRefusal } from './errors.ts';
import { withoutSecrets } from './secrecy.ts';

type Stream = LogLine['stream'];

/** The part of an inspection that says how the log is written. */
interface Written {
  readonly Config: { readonly Tty?: boolean };
  readonly HostConfig?: { readonly LogConfig?: { readonly Type?: string; readonly Config?: Readonly<Record<string, string>> | null } };
}

const HEAD_BYTES = 8;
/** An engine's frame holds 16 KiB and a time; one over this is no frame. */
const MAX_FRAME_BYTES = 1_048_576;
/** Docker's own piece of a long line. */
const PIECE_BYTES = 16_384;
/** Longer lines are given in parts of this size. */
const MAX_LINE_BYTES = 262_144;
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?/;
/** Longer than any time that an engine writes. */
const TIME_BYTES = 40;
const NEWLINE = 10;

/** Raised when the log of a container can't be read, whoever asks. */
class UnreadableLog extends Error {
  readonly code = LOG_UNREADABLE;
}

/** The lines of a container's log; see Engine.logs. */
export async function* readLog(
  client: Client,
  container: string,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<LogLine, void, void> {
  const path = `/containers/${encodeURIComponent(container)}`;
  let inspected: Written | null = null;
  let stream: Readable;
  try {
    inspected = await client.call<Written>({ method: 'GET', path: `${path}/json` }, signal);
    const asked = { stdout: true, stderr: true, timestamps: true, follow: query.follow, tail: query.tail ?? 'all' };
    const since = query.since === null ? {} : { since: epochOf(query.since) };
    stream = await client.stream({ method: 'GET', path: `${path}/logs`, query: { ...asked, ...since } }, signal);
  } catch (error) {
    if (isGone(error)) return;
    throw readable(error, inspected?.HostConfig?.LogConfig);
  }
  yield* inspected.Config.Tty === true ? rawLines(stream) : framedLines(stream);
}

/** Docker: 404, and 409 while it is taken apart, which takes an engine under load some seconds. */
function isGone(error: unknown): boolean {
  return error instanceof EngineRefusal && (error.status === 404 || /dead or marked for removal/i.test(error.message));
}

/**
 * Docker: 501 from a driver that keeps nothing, an error with these words from one whose plugin can't read. One that does not know an option quotes
 * its value, which may be a secret's.
 */
function readable(error: unknown, log: NonNullable<Written['HostConfig']>['LogConfig']): unknown {
  if (!(error instanceof EngineRefusal)) return error;
  if (error.status === 501 || /does not support reading/i.test(error.message))
    return new UnreadableLog(`its log driver ${log?.Type ?? 'unknown'} can't be read back: look where that driver sends it`);
  const message = withoutSecrets(error.message, Object.values(log?.Config ?? {}));
  return /logging driver/i.test(message) ? new UnreadableLog(message) : new EngineRefusal(error.status, message);
}

/** A time as Docker's `since`: seconds and nanoseconds. */
function epochOf(time: string): string {
  return `${Math.floor(Date.parse(time) / 1_000)}.${/\.(\d+)Z$/.exec(time)?.[1] ?? '0'}`;
}

/** Lines of a multiplexed stream. */
export async function* framedLines(stream: Readable): AsyncGenerator<LogLine, void, void> {
  const open = { stdout: lineParts('stdout'), stderr: lineParts('stderr') };
  for await (const { kind, body } of frames(stream)) {
    const line = open[kind === 2 ? 'stderr' : 'stdout'].take(body);
    if (line !== null) yield line;
  }
  for (const parts of [open.stdout, open.stderr]) {
    const line = parts.end();
    if (line !== null) yield line;
  }
}

/** The frames of a multiplexed stream; kind 2 is stderr. Rejects when it is something else, or when the engine writes an error into it. */
export async function* frames(stream: Readable): AsyncGenerator<{ readonly kind: number; readonly body: Buffer }, void, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    while (bytes.length - from >= HEAD_BYTES) {
      const length = bytes.readUInt32BE(from + 4);
      if (length > MAX_FRAME_BYTES) throw new Error("the engine's log is not in frames");
      const end = from + HEAD_BYTES + length;
      if (end > bytes.length) break;
      const body = bytes.subarray(from + HEAD_BYTES, end);
      const kind = bytes[from] ?? 0;
      from = end;
      if (kind === 3) throw new Error(`the engine broke off: ${body.toString('utf8').trim()}`);
      yield { kind, body };
    }
    rest = bytes.subarray(from);
  }
}

/** Lines of a terminal's output: one stream, each line behind its time, a time also at the seams of a long line. */
export async function* rawLines(stream: Readable): AsyncGenerator<LogLine, void, void> {
  const open = lineParts('stdout');
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const length = pieceLength(rest);
      if (length === null) break;
      const line = open.take(rest.subarray(0, length));
      rest = rest.subarray(length);
      if (line !== null) yield line;
    }
  }
  const line = (rest.length === 0 ? null : open.take(rest)) ?? open.end();
  if (line !== null) yield line;
}

/** How much of `bytes` is the next line or piece of one; null: its end has not come yet. */
function pieceLength(bytes: Buffer): number | null {
  const newline = bytes.indexOf(NEWLINE);
  const seam = timeOf(bytes).length + PIECE_BYTES;
  if (newline >= 0 && newline < seam) return newline + 1;
  // Behind a full piece comes the end of the line or the time of the next piece.
  if (bytes.length > seam && timeOf(bytes.subarray(seam)).length > 0) return seam;
  if (newline >= 0) return newline + 1;
  return bytes.length < seam + TIME_BYTES ? null : bytes.length;
}

/** The time that a piece begins with, and how many bytes it takes; none: length 0. */
function timeOf(bytes: Buffer): { readonly time: string; readonly length: number } {
  const match = TIME.exec(bytes.subarray(0, TIME_BYTES).toString('latin1'));
  if (match === null) return { time: '', length: 0 };
  const [whole, second = '', fraction = '', zone = 'Z'] = match;
  // Some drivers write the engine's local time.
  const utc = zone === 'Z' ? second : new Date(`${second}${zone}`).toISOString().slice(0, 19);
  return { time: `${utc}.${fraction.padEnd(9, '0')}Z`, length: whole.length };
}

/** Puts the pieces of one stream's lines together. A piece begins with a time; one that ends in a newline ends its line. */
function lineParts(stream: Stream) {
  let time: string | null = null;
  let parts: Buffer[] = [];
  let bytes = 0;
  const end = (): LogLine | null => {
    if (time === null) return null;
    const line: LogLine = {
      time,
      stream,
      text: Buffer.concat(parts)
        .toString('utf8')
        .replace(/\r?\n?$/, ''),
    };
    time = null;
    parts = [];
    bytes = 0;
    return line;
  };
  return {
    take: (piece: Buffer): LogLine | null => {
      const stamp = timeOf(piece);
      const text = piece.subarray(stamp.length);
      time ??= stamp.time;
      parts.push(text);
      bytes += text.length;
      return text[text.length - 1] === NEWLINE || bytes >= MAX_LINE_BYTES ? end() : null;
    },
    end,
  };
}
