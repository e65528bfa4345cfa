// An end that is not the wanted one, in two lines for a person: what went wrong, and what to do next. Errors of the rooms below are
// recognised by their own hint, so that no room has to know this class. Stack traces are for LONGSHORE_DEBUG=1 only.
import { DoorError } from '../api/client.ts';
import type { Result } from './exit-codes.ts';

export class Failure extends Error {
  readonly result: Result;
  readonly hint: string;

  constructor(result: Result, what: string, hint: string) {
    super(what);
    this.name = 'Failure';
    this.result = result;
    this.hint = hint;
  }
}

/** Any thrown value as a Failure; `stateFolder` is named where the hint is about the daemon. */
export function failureOf(error: unknown, stateFolder = '<folder>'): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof DoorError) return doorFailure(error, stateFolder);
  if (!(error instanceof Error)) return new Failure('ERROR', String(error), DEBUG_HINT);
  const hint = 'hint' in error && typeof error.hint === 'string' && error.hint !== '' ? error.hint : (systemHint(error) ?? DEBUG_HINT);
  const failure = new Failure(error.name === 'StoreLockedError' ? 'LOCKED' : 'ERROR', error.message, hint);
  failure.cause = error;
  return failure;
}

const DEBUG_HINT = 'Set LONGSHORE_DEBUG=1 to see where it comes from.';

function doorFailure(error: DoorError, stateFolder: string): Failure {
  switch (error.trouble) {
    case 'absent':
      return new Failure(
        'NO_DAEMON',
        error.message,
        `Start one with \`longshore watch --state ${stateFolder}\`, or name the state folder of the running one with --state.`,
      );
    case 'forbidden':
      return new Failure('ERROR', error.message, 'Run this as the user that runs the daemon.');
    case 'silent':
      return new Failure('ERROR', error.message, "Look at the daemon's log; `longshore stop` and a new start lose nothing.");
    case 'refused':
      return new Failure('ERROR', `the daemon refused: ${error.message}`, error.hint ?? 'Is it the same version as this command?');
  }
}

const MAY_NOT = 'Run this as a user who may read it, or name another folder with --state.';

/** What to do about the system errors that people meet. */
const SYSTEM_HINTS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'Check the path.'],
  ['EACCES', MAY_NOT],
  ['EPERM', MAY_NOT],
  ['EADDRINUSE', 'Choose another port; `ss -ltnp` shows who has this one.'],
  ['ENOSPC', 'Make room on the disk, then run this again.'],
]);

function systemHint({ code, syscall }: NodeJS.ErrnoException): string | null {
  if (code === 'EACCES' && syscall === 'listen') return 'Choose a port from 1024 on; those below are for root alone.';
  return SYSTEM_HINTS.get(code ?? '') ?? null;
}
