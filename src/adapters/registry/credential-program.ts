// Docker's credential programs: `docker-credential-NAME get`, the server on its stdin, a JSON with user and secret on its stdout.
// What it prints is a secret or an error of its own words; only the latter, cut and in one line, may be shown. Nothing is kept.
import { SECOND } from '../../std/time.ts';
import { cut } from '../../std/text.ts';
import { runProgram } from '../program.ts';
import { type RegistryLogin, loginOfProgram } from './docker-config.ts';

export type ProgramAnswer =
  | { readonly kind: 'login'; readonly login: RegistryLogin }
  /** It works, and has nothing for this server. */
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly why: string };

/** A program that asks a cloud for a token takes seconds; one that asks a person for a password would take for ever. */
const DEADLINE_MS = 20 * SECOND;
/** A token of a cloud has 2 to 4 KiB. */
const OUTPUT_CHARACTERS = 65_536;
const WORDS_KEPT = 200;
/** docker-credential-helpers: the words for a server that the store does not know. They are no failure. */
const NOT_FOUND = /credentials not found in native keychain/;

/**
 * Asks `docker-credential-<name>` for the login to `server`. Never rejects; the signal and a deadline end the program.
 * It gets the daemon's environment, as it would from the docker command line: it is the operator's program.
 */
export async function askProgram(name: string, server: string, signal: AbortSignal, deadlineMs = DEADLINE_MS): Promise<ProgramAnswer> {
  const program = `docker-credential-${name}`;
  const deadline = AbortSignal.timeout(deadlineMs);
  const limit = AbortSignal.any([signal, deadline]);
  try {
    const { code, stdout, stderr } = await runProgram([program, 'get'], server, OUTPUT_CHARACTERS, limit);
    if (code === 0) {
      const login = loginOfProgram(stdout);
      if (login !== null) return { kind: 'login', login };
      return { kind: 'failed', why: `${program} ended well, but what it printed is no user and secret` };
    }
    if (NOT_FOUND.test(stdout) || NOT_FOUND.test(stderr)) return { kind: 'none' };
    return { kind: 'failed', why: `${program} ended with ${code}${wordsOf(stdout, stderr)}` };
  } catch (error) {
    if (deadline.aborted) return { kind: 'failed', why: `${program} did not answer within ${deadlineMs / SECOND} s` };
    if (isAbsent(error)) return { kind: 'failed', why: `${program} is not on the PATH of the daemon` };
    return { kind: 'failed', why: `${program} could not be run: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Its last words: on stdout by the protocol, else on stderr. What looks like an answer is left out: it may hold a secret. */
function wordsOf(stdout: string, stderr: string): string {
  const line = (stdout.trim() || stderr.trim()).split('\n').at(-1)?.trim() ?? '';
  return line === '' || line.includes('{') ? '' : `: ${cut(line, WORDS_KEPT)}`;
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
