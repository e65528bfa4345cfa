// Which login a pull is made with: the operator's own, from the config.json that `docker login` writes for the user of the daemon.
// The file is read at each pull, so that a new login counts at once; a pull takes a hundred times as long. It never keeps a pull from being
// tried: what can't be read or asked is told beside it, for the refusal that may come. Nothing is written and nothing is kept.
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseImageReference } from '../../lang/image-reference.ts';
import { type ProgramAnswer, askProgram } from './credential-program.ts';
import { type RegistryLogin, authHeader, loginPlace, secretsOf } from './docker-config.ts';

export interface PullLogin {
  /** Value of X-Registry-Auth; null: the pull is made without a login. A secret. */
  readonly header: string | null;
  /** What must be cut out of every text about the pull. */
  readonly secrets: readonly string[];
  /** Where it comes from, or would have to stand, in words: `/root/.docker/config.json`, `docker-credential-pass`. */
  readonly source: string;
  /** Why a login that is configured could not be had; null when there is one, or none is configured. */
  readonly trouble: string | null;
}

export interface RegistryLogins {
  /** The login for the registry of an image reference. Rejects with the signal's reason only. */
  loginFor(reference: string, signal: AbortSignal): Promise<PullLogin>;
}

/** docker writes some hundred bytes; what is larger is something else. */
const CONFIG_BYTES = 1_048_576;

/** The logins of a folder with a config.json; by default the one of $DOCKER_CONFIG, else `.docker` in the home of the daemon's user. */
export function dockerLogins(folder: string = process.env['DOCKER_CONFIG'] || join(homedir(), '.docker')): RegistryLogins {
  const path = join(folder, 'config.json');
  const ask = askedOnce();
  return {
    loginFor: async (reference, signal) => {
      const domain = parseImageReference(reference).value?.domain;
      const text = await configText(path);
      if (domain === undefined || text.kind === 'absent') return without(path, null);
      if (text.kind === 'unreadable') return without(path, `${path} ${text.why}`);
      const place = loginPlace(text.text, domain);
      if (place.kind === 'none') return without(path, null);
      if (place.kind === 'broken') return without(path, `${path} ${place.why}`);
      if (place.kind === 'entry') return having(place.login, domain, path);
      const answer = await ask(place.name, place.server, signal);
      const program = `docker-credential-${place.name}`;
      if (answer.kind === 'login') return having(answer.login, domain, program);
      return without(program, answer.kind === 'none' ? null : answer.why);
    },
  };
}

type Ask = (name: string, server: string, signal: AbortSignal) => Promise<ProgramAnswer>;

/** Twenty pulls from one registry at a time ask its program once. It is ended when nobody waits for it any more. */
function askedOnce(): Ask {
  const running = new Map<string, { readonly answer: Promise<ProgramAnswer>; readonly end: AbortController; waiting: number }>();
  return async (name, server, signal) => {
    signal.throwIfAborted();
    const key = `${name} ${server}`;
    let run = running.get(key);
    if (run === undefined) {
      const end = new AbortController();
      run = { answer: askProgram(name, server, end.signal).finally(() => running.delete(key)), end, waiting: 0 };
      running.set(key, run);
    }
    const { answer, end } = run;
    run.waiting += 1;
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([answer, left.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
      run.waiting -= 1;
      if (run.waiting === 0) end.abort();
    }
  };
}

type ConfigText =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'text'; readonly text: string };

async function configText(path: string): Promise<ConfigText> {
  try {
    if ((await stat(path)).size > CONFIG_BYTES) return { kind: 'unreadable', why: `is larger than ${CONFIG_BYTES / 1_024} KiB` };
    return { kind: 'text', text: await readFile(path, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    return { kind: 'unreadable', why: code === 'EACCES' ? "can't be read by the daemon's user" : `can't be read (${code})` };
  }
}

function without(source: string, trouble: string | null): PullLogin {
  return { header: null, secrets: [], source, trouble };
}

function having(login: RegistryLogin, domain: string, source: string): PullLogin {
  const header = authHeader(login, domain);
  return { header, secrets: [header, ...secretsOf(login)], source, trouble: null };
}
