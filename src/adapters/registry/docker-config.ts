// What Docker's own config.json says about logins to registries: which entry or which program is for which registry, by the rules of
// the docker command line. Only text to values here: no file is read and no program is run. Nothing here is ever put into words for people
// but names of keys and programs.

/** What a registry is shown: a password, or a token that stands for one. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  /** A refresh token that the registry's token server gave at `docker login`; null: the password counts. */
  readonly identityToken: string | null;
  /** A bearer token for the registry itself; null: there is none. */
  readonly registryToken: string | null;
}

/** Where the login for one registry is. */
export type LoginPlace =
  | { readonly kind: 'none' }
  | { readonly kind: 'entry'; readonly login: RegistryLogin }
  /** `docker-credential-<name>`, asked for `server`. */
  | { readonly kind: 'program'; readonly name: string; readonly server: string }
  /** It is named, but can't be used; why, in words. */
  | { readonly kind: 'broken'; readonly why: string };

/** docker: the key of Docker Hub in auths and credHelpers, and what a program is asked for. */
const HUB_SERVER = 'https://index.docker.io/v1/';
const HUB_HOSTS: readonly string[] = ['index.docker.io', 'docker.io', 'registry-1.docker.io'];
/** docker: the user name with which a program says that the secret is an identity token. */
const TOKEN_USER = '<token>';
/** A name becomes a part of a program's name: no slash, so that it is looked for on the PATH. */
const PROGRAM_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Where the login for the registry `domain` (`docker.io`, `host:port`) is, after the text of a config.json.
 * docker's order: credHelpers for the registry, else credsStore, else auths. A program that is named is asked, and nothing else.
 */
export function loginPlace(text: string, domain: string): LoginPlace {
  const config = parsed(text);
  if (config === null) return { kind: 'broken', why: 'is no JSON object' };
  const own = valueFor(config['credHelpers'], domain);
  const name = typeof own === 'string' ? own : config['credsStore'];
  if (typeof name === 'string' && name !== '') {
    if (!PROGRAM_NAME.test(name)) return { kind: 'broken', why: 'names a credential helper that is no name of a program' };
    return { kind: 'program', name, server: domain === 'docker.io' ? HUB_SERVER : domain };
  }
  const entry = valueFor(config['auths'], domain);
  if (!isRecord(entry)) return { kind: 'none' };
  const login = loginOfEntry(entry);
  if (login === null) return { kind: 'broken', why: `has an auth for ${domain} that is not base64 of user:password` };
  return login === 'empty' ? { kind: 'none' } : { kind: 'entry', login };
}

/** The login in what a credential program printed; null when it is none. */
export function loginOfProgram(output: string): RegistryLogin | null {
  const answer = parsed(output);
  const username = answer?.['Username'];
  const secret = answer?.['Secret'];
  if (typeof username !== 'string' || typeof secret !== 'string' || secret === '') return null;
  if (username === TOKEN_USER) return { username: '', password: '', identityToken: secret, registryToken: null };
  return { username, password: secret, identityToken: null, registryToken: null };
}

/**
 * The value of X-Registry-Auth: base64url of JSON, with its padding, as every engine reads it.
 * A login without anything in it is never sent.
 */
export function authHeader(login: RegistryLogin, domain: string): string {
  const { username, password, identityToken, registryToken } = login;
  const fields = {
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    ...(identityToken !== null && { identitytoken: identityToken }),
    ...(registryToken !== null && { registrytoken: registryToken }),
    serveraddress: domain === 'docker.io' ? HUB_SERVER : domain,
  };
  return Buffer.from(JSON.stringify(fields)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** What must not be seen anywhere of a login. */
export function secretsOf(login: RegistryLogin): readonly string[] {
  return [login.password, login.identityToken ?? '', login.registryToken ?? ''].filter((secret) => secret !== '');
}

/** Docker writes `auth`; a hand or another tool may write `username` and `password`. An identity token counts for more than a password. */
function loginOfEntry(entry: Readonly<Record<string, unknown>>): RegistryLogin | 'empty' | null {
  const text = (key: string): string => (typeof entry[key] === 'string' ? entry[key] : '');
  const identityToken = text('identitytoken') || null;
  const registryToken = text('registrytoken') || null;
  const pair = text('auth') === '' ? { username: text('username'), password: text('password') } : pairOf(text('auth'));
  if (pair === null) return null;
  if (pair.password === '' && identityToken === null && registryToken === null) return 'empty';
  return { ...pair, identityToken, registryToken };
}

/** `user:password` of its base64; docker cuts zero bytes off the end. */
function pairOf(auth: string): { readonly username: string; readonly password: string } | null {
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon <= 0) return null;
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
}

/** The value whose key stands for `domain`: the very key first, then one that is an address of the same host. */
function valueFor(table: unknown, domain: string): unknown {
  if (!isRecord(table)) return undefined;
  const hosts = domain === 'docker.io' ? HUB_HOSTS : [domain];
  const exact = domain === 'docker.io' ? HUB_SERVER : domain;
  if (Object.hasOwn(table, exact)) return table[exact];
  return Object.entries(table).find(([key]) => hosts.includes(hostOf(key)))?.[1];
}

/** `host:port` of a key such as `https://host:port/v1/`. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object';
}
