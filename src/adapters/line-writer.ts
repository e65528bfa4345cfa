// Lines to a file descriptor, in the background and within a limit: a full disk or a reader that has stopped reading costs lines,
// never the process. (pino's own destination spins for ever at the end of a process whose log disk is full.)
// Deliberately absent: reopening. A rotated file is the business of whoever rotates it (copytruncate).
import { write, writeSync } from 'node:fs';

export interface LineWriter {
  /** Takes one line with its line end. */
  write(line: string): void;
}

export interface LineWriterOptions {
  readonly fd: number;
  /** Lines beyond this many bytes that wait to be written are dropped. */
  readonly limitBytes: number;
  /** Told how many lines were lost, and why, once writing works again. */
  readonly onLoss: (lines: number, reason: string) => void;
}

/** Pause before a pipe without room is tried again. */
const RETRY_MS = 50;

/** A writer to `fd`; what waits when the process exits is written then, in one try. */
export function lineWriter({ fd, limitBytes, onLoss }: LineWriterOptions): LineWriter {
  let waiting: string[] = [];
  let waitingBytes = 0;
  let writing = false;
  let lost = 0;
  let reason = '';
  const lose = (lines: number, why: string): void => {
    lost += lines;
    reason = why;
  };
  const next = (): void => {
    writing = waiting.length > 0;
    if (!writing) return;
    const lines = waiting;
    waiting = [];
    waitingBytes = 0;
    put(Buffer.from(lines.join('')), lines.length);
  };
  const put = (bytes: Buffer, lines: number): void => {
    write(fd, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(put, RETRY_MS, bytes, lines);
      else if (error !== null) {
        lose(lines, error.message);
        next();
      } else if (written < bytes.length) put(bytes.subarray(written), lines);
      else {
        if (lost > 0) onLoss(lost, reason);
        lost = 0;
        next();
      }
    });
  };
  process.once('exit', () => {
    try {
      // The batch under way is left to the thread that writes it.
      if (waiting.length > 0) writeSync(fd, waiting.join(''));
    } catch {
      // The process ends and its log is where it can't be written: there is no place left to say so.
    }
  });
  return {
    write: (line) => {
      const size = Buffer.byteLength(line);
      if (waitingBytes + size > limitBytes) {
        lose(1, 'nobody read them');
        return;
      }
      waiting.push(line);
      waitingBytes += size;
      if (!writing) next();
    },
  };
}
