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
/** Extended: the index of the journal can't grow. That needs 32 KiB at once, so a nearly full disk is met here first. */
const SQLITE_IOERR_SHMSIZE = 4874;

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

/**
 * Any failure of SQLite or the file system on `file` as a StoreError; a StoreError passes unchanged. `moment`: whether a daemon that runs
 * met it, which tries again by itself, or one that starts, which ends with it.
 */
export function storeError(error: unknown, file: string, moment: 'start' | 'write' = 'start'): StoreError {
  if (error instanceof StoreError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const system = error instanceof Error && 'code' in error ? error.code : undefined;
  const code = sqliteCode(error);
  if (isDiskFull(error)) {
    const hint =
      moment === 'write'
        ? 'Free some space; nothing was written, the next turn tries again.'
        : 'Free some space (1 MB is plenty), then start Longshore again; nothing was lost.';
    return new StoreError('disk-full', `${file} can't grow: the disk is full`, hint);
  }
  if (system === 'EROFS') return readOnly(`${file} can't be opened`);
  if (system === 'EACCES' || system === 'ENOENT') return notPermitted(file, text);
  if (code === SQLITE_READONLY || code === SQLITE_CANTOPEN) return notPermitted(file, text);
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) {
    const hint = 'Restart the daemon: it moves the file aside and adopts the running tasks again.';
    return new StoreError('corrupt', `${file} is damaged: ${text}`, hint);
  }
  return new StoreError('failed', `${file}: ${text}`, 'Check the disk and the rights of the state folder.');
}

/** Why a state folder that is missing can't be made below `parent`, the deepest folder there is. */
export function folderError(error: unknown, folder: string, parent: string): StoreError {
  const text = error instanceof Error ? error.message : String(error);
  const system = error instanceof Error && 'code' in error ? error.code : undefined;
  const what = `the state folder ${folder} can't be made`;
  if (isDiskFull(error))
    return new StoreError('disk-full', `${what}: the disk is full`, 'Free some space, or name another folder with --state.');
  if (system === 'EROFS') return readOnly(`${what} in ${parent}`);
  const why = system === 'EACCES' || system === 'EPERM' ? `this user may not write ${parent}` : text;
  return new StoreError('not-permitted', `${what}: ${why}`, 'Name a folder with --state that the user who runs Longshore may write.');
}

/** The error for a state folder's path that leads to, or through, something else than a folder. */
export function noFolder(path: string): StoreError {
  return new StoreError('not-permitted', `${path} is no folder`, 'Name a folder with --state; it is made when it is missing.');
}

function readOnly(what: string): StoreError {
  const hint = 'Name a folder on a disk that can be written with --state, or mount this one anew.';
  return new StoreError('not-permitted', `${what}: its file system is mounted read-only`, hint);
}

function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) return true;
  return sqliteCode(error) === SQLITE_FULL || ('errcode' in error && error.errcode === SQLITE_IOERR_SHMSIZE);
}

function notPermitted(file: string, text: string): StoreError {
  return new StoreError(
    'not-permitted',
    `${file} can't be opened: ${text}`,
    'Check that the folder exists and belongs to the user that runs Longshore.',
  );
}
