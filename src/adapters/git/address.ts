// What the operator gave as the repository: a folder of this machine, or a URL taken apart into what may be shown and what may not.
// Deliberately absent: other transports than https, http, ssh, git and file. `ext::` and its like run commands.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { RepositoryError, withoutCredentials } from './errors.ts';

export interface RemoteAddress {
  /** As git gets it: without a password. */
  readonly url: string;
  /** For people, and the key of the mirror. */
  readonly shown: string;
  /** Credentials, for git's environment; a process's environment is closed to other users, its command line is not. */
  readonly env: Readonly<Record<string, string>>;
}

export type Address = { readonly kind: 'local'; readonly path: string } | ({ readonly kind: 'remote' } & RemoteAddress);

/**
 * A path, a URL, or git's short form `user@host:path`. User name and password of an http URL are sent as Basic authentication; a user
 * name alone is taken for a token (to name a user for a credential helper, set credential.username). Throws RepositoryError bad-option.
 */
export function parseAddress(text: string): Address {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { kind: 'remote', ...parseUrl(text) };
  if (text === '' || text.startsWith('-') || text.includes('\0') || /^[a-z0-9]+::/i.test(text)) throw refused(text);
  // git's rule: a colon before the first slash is a host, unless there is such a file.
  if (/^[^/]+:/.test(text) && !existsSync(text)) return { kind: 'remote', url: text, shown: text, env: {} };
  return { kind: 'local', path: resolve(text) };
}

function parseUrl(text: string): RemoteAddress {
  const scheme = text.slice(0, text.indexOf(':')).toLowerCase();
  if (!['https', 'http', 'ssh', 'git', 'file'].includes(scheme) || !URL.canParse(text)) throw refused(text);
  const url = new URL(text);
  const { username, password } = url;
  url.password = '';
  const shown = withoutCredentials(url.href);
  if (scheme !== 'https' && scheme !== 'http') return { url: url.href, shown, env: {} };
  url.username = '';
  if (username === '' && password === '') return { url: url.href, shown, env: {} };
  const basic = Buffer.from(`${decode(username, text)}:${decode(password, text)}`).toString('base64');
  // Not `http.<url>.extraHeader`: git sends a header to the URL of the command only, and curl drops it when it is sent elsewhere.
  const header = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.extraHeader', GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}` };
  return { url: url.href, shown, env: header };
}

function decode(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refused(text);
  }
}

function refused(text: string): RepositoryError {
  return new RepositoryError(
    'bad-option',
    `${JSON.stringify(withoutCredentials(text))} names no repository`,
    'Give a folder, an https, http, ssh, git or file URL, or user@host:path; a % in a password is written %25.',
  );
}
