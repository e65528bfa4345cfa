// What can go wrong with the store, in words for the person who starts the daemon. Every error has a stable code and a hint.
// Deliberately absent: values of rows. A message names a table, a file or a number, never a content.

export type StoreErrorCode =
  | 'locked'
  | 'other-installation'
  | 'lease-lost'
  | 'closed'
  | 'newer-schema'
  | 'corrupt'
  | 'disk-full'
  | 'not-permitted'
  | 'gone'
  | 'failed';

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** What to do next. */
  readonly hint: string;

  constructor(code: StoreErrorCode, message: string, hint: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
    this.hint = hint;
  }
}

/** The process that writes to a store. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly command: string;
}

/** Another process writes to this store; `holder` is null when it could not be read. */
export class StoreLockedError extends StoreError {
  readonly holder: Holder | null;

  constructor(folder: string, holder: Holder | null) {
    const who =
      holder === null
        ? 'another process'
        : `process ${holder.pid} on ${holder.host}, started ${new Date(holder.startedAt).toISOString()} as: ${holder.command}`;
    super('locked', `the state in ${folder} is held by ${who}`, 'Stop that daemon first, or give this one a state folder of its own.');
    this.name = 'StoreLockedError';
    this.holder = holder;
  }
}

/** SQLite's primary result codes that mean something to people (sqlite.org/rescode.html); extended codes carry them in the low byte. */
export const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** SQLite's primary result code of `error`, or null when it comes from elsewhere. */
export function sqliteCode(error: unknown): number | null {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : null;
}

/** Whether `error` says that the file's content is damaged. */
export function isCorruption(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB || (error instanceof StoreError && error.code === 'corrupt');
}

/** Any failure of SQLite on `file` as a StoreError; a StoreError passes unchanged. */
export function storeError(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'ENOENT')) {
    return notPermitted(file, text);
  }
  const code = sqliteCode(error);
  if (code === SQLITE_READONLY || code === SQLITE_CANTOPEN) return notPermitted(file, text);
  if (code === SQLITE_FULL) {
    const hint = 'Free some space; nothing was written, the next turn tries again.';
    return new StoreError('disk-full', `${file} can't grow: the disk is full`, hint);
  }
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) {
    const hint = 'Restart the daemon: it moves the file aside and adopts the running tasks again.';
    return new StoreError('corrupt', `${file} is damaged: ${text}`, hint);
  }
  return new StoreError('failed', `${file}: ${text}`, 'Check the disk and the rights of the state folder.');
}

function notPermitted(file: string, text: string): StoreError {
  return new StoreError(
    'not-permitted',
    `${file} can't be opened: ${text}`,
    'Check that the folder exists and belongs to the user that runs Longshore.',
  );
}
