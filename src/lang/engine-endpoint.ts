// Where a Docker engine is reached: unix:///path, tcp://host:port, ssh://[user@]host[:port][/path], context:NAME.
// What is read is only where it is. With which keys, and whether a connection without TLS will do, is for the model; nothing is looked up.
import { fault, read } from './parsed.ts';
import { isIp } from './port-mapping.ts';
import type { Parsed } from './parsed.ts';

export type EngineEndpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'ssh';
      /** Null: the daemon's own user name. */
      readonly user: string | null;
      readonly host: string;
      readonly port: number;
      /** The engine's socket on that host. */
      readonly path: string;
    }
  | { readonly kind: 'context'; readonly name: string };

/** Linux keeps 108 bytes for the path of a unix socket, the closing zero among them. */
export const SOCKET_PATH_BYTES = 107;
/** Where Docker puts its socket. */
export const DOCKER_SOCKET = '/var/run/docker.sock';
export const SSH_PORT = 22;

const HINT = 'write unix:///var/run/docker.sock, tcp://HOST:2376, ssh://USER@HOST or context:NAME';
const UNIX_HINT = 'write unix:///var/run/docker.sock';
const TCP_HINT = 'write tcp://HOST:PORT, such as tcp://10.0.0.5:2376; an IPv6 address stands in brackets';
const SSH_HINT = 'write ssh://USER@HOST, ssh://USER@HOST:PORT or ssh://USER@HOST/path/of/docker.sock; an IPv6 address stands in brackets';
const CONTEXT_HINT = 'write context:NAME with a name that `docker context ls` shows';

/** What people write for the same things elsewhere. */
const OTHER_SCHEMES: ReadonlyMap<string, string> = new Map([
  ['http', TCP_HINT],
  ['https', TCP_HINT],
  ['npipe', 'named pipes are reached on Windows only; write tcp://HOST:PORT or ssh://USER@HOST'],
  ['fd', UNIX_HINT],
]);

const USER = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}\$?$/;
const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$/;
/** The far side's shell is asked about this path when it can't be opened, so it holds nothing that a shell would read. */
const OUT_OF_REMOTE_PATH = /[^A-Za-z0-9._/@:+=~-]/;
/** Docker's own rule for names of contexts. */
const CONTEXT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.+-]{0,127}$/;
const THIS_MACHINE = /^(?:localhost\.?|127(?:\.[0-9]{1,3}){3}|::1)$/i;

/** Reads an endpoint. Messages never quote it: people put passwords into addresses. */
export function parseEngineEndpoint(text: string): Parsed<EngineEndpoint> {
  if (text === '') return fault(0, 'is empty', HINT);
  if (text.startsWith('/')) return fault(0, 'is a path alone', `write unix://${text.includes('@') ? '/var/run/docker.sock' : text}`);
  const context = /^context:(?:\/\/)?/.exec(text)?.[0];
  if (context !== undefined) return contextOf(text, context.length);
  const [, scheme, slashes] = /^([A-Za-z][A-Za-z0-9+.-]*):(\/\/)?/.exec(text) ?? [];
  if (scheme === undefined) return fault(0, 'does not say how the engine is reached', HINT);
  const hint = { unix: UNIX_HINT, tcp: TCP_HINT, ssh: SSH_HINT }[scheme] ?? OTHER_SCHEMES.get(scheme.toLowerCase()) ?? HINT;
  if (!['unix', 'tcp', 'ssh'].includes(scheme)) return fault(0, 'begins with something else than unix, tcp, ssh or context', hint);
  const at = scheme.length + 1;
  if (slashes === undefined) return fault(at, `has no // behind ${scheme}:`, hint);
  if (scheme === 'unix') return unixOf(text, at + 2);
  return scheme === 'tcp' ? tcpOf(text, at + 2) : sshOf(text, at + 2);
}

/** An endpoint as it is written, without what goes without saying. */
export function endpointText(endpoint: EngineEndpoint): string {
  switch (endpoint.kind) {
    case 'unix':
      return `unix://${endpoint.path}`;
    case 'tcp':
      return `tcp://${hostText(endpoint.host)}:${endpoint.port}`;
    case 'ssh': {
      const { user, host, port, path } = endpoint;
      const where = `${user === null ? '' : `${user}@`}${hostText(host)}${port === SSH_PORT ? '' : `:${port}`}`;
      return `ssh://${where}${path === DOCKER_SOCKET ? '' : path}`;
    }
    case 'context':
      return `context:${endpoint.name}`;
  }
}

/** Whether a host is certainly the machine that this runs on, by its name alone. */
export function isThisMachine(host: string): boolean {
  return THIS_MACHINE.test(host);
}

/** The fault of a path that the system would take for no unix socket, or null; `at`: where it begins. */
function pathFault(path: string, at: number, hint: string): Parsed<never> | null {
  if (!path.startsWith('/')) return fault(at, 'has no path that begins at the root', hint);
  if (path.endsWith('/')) return fault(at + path.length - 1, 'names a folder', hint);
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= SOCKET_PATH_BYTES) return null;
  return fault(
    at,
    `has a path of ${bytes} bytes, and that of a socket has at most ${SOCKET_PATH_BYTES}`,
    'a symbolic link to it is shorter',
  );
}

function unixOf(text: string, at: number): Parsed<EngineEndpoint> {
  const path = text.slice(at);
  const odd = path.search(/\p{Cc}/u);
  if (odd >= 0) return fault(at + odd, 'has a control character in its path', UNIX_HINT);
  return pathFault(path, at, UNIX_HINT) ?? read({ kind: 'unix', path });
}

function tcpOf(text: string, at: number): Parsed<EngineEndpoint> {
  const user = text.indexOf('@', at);
  if (user >= 0) return fault(at, 'must hold no user name and no password', TCP_HINT);
  const slash = text.indexOf('/', at);
  const end = slash === -1 ? text.length : slash;
  if (slash !== -1 && slash !== text.length - 1) return fault(slash, 'has a path behind the port', TCP_HINT);
  const where = hostAndPort(text, at, end, TCP_HINT);
  if (where.fault !== null) return where;
  const { host, port } = where.value;
  if (port === null) return fault(end, 'has no port', TCP_HINT);
  return read({ kind: 'tcp', host, port });
}

function sshOf(text: string, at: number): Parsed<EngineEndpoint> {
  const slash = text.indexOf('/', at);
  const end = slash === -1 ? text.length : slash;
  const sign = text.lastIndexOf('@', end - 1);
  const user = sign < at ? null : text.slice(at, sign);
  if (user?.includes(':')) return fault(at, 'must hold no password: ssh is asked with a key', SSH_HINT);
  if (user !== null && !USER.test(user)) return fault(at, user === '' ? 'has no user before @' : 'has a user that is none', SSH_HINT);
  const where = hostAndPort(text, sign < at ? at : sign + 1, end, SSH_HINT);
  if (where.fault !== null) return where;
  const path = slash === -1 || slash === text.length - 1 ? DOCKER_SOCKET : text.slice(slash);
  const wrong = pathFault(path, slash, SSH_HINT);
  if (wrong !== null) return wrong;
  const odd = path.search(OUT_OF_REMOTE_PATH);
  if (odd >= 0) return fault(slash + odd, 'has a path with something else than letters, digits and ._/@:+=~-', SSH_HINT);
  return read({ kind: 'ssh', user, host: where.value.host, port: where.value.port ?? SSH_PORT, path });
}

function contextOf(text: string, at: number): Parsed<EngineEndpoint> {
  const name = text.slice(at);
  if (name === '') return fault(at, 'names no context', CONTEXT_HINT);
  if (!CONTEXT_NAME.test(name)) return fault(at, 'names a context that can not be', CONTEXT_HINT);
  if (name === 'default') {
    return fault(
      at,
      'names the context default, which is whatever DOCKER_HOST says',
      'write where that engine is: unix:///var/run/docker.sock',
    );
  }
  return read({ kind: 'context', name });
}

/** The host and the port between two indices. */
function hostAndPort(text: string, at: number, end: number, hint: string): Parsed<{ readonly host: string; readonly port: number | null }> {
  const part = text.slice(at, end);
  if (part === '') return fault(at, 'has no host', hint);
  const bracket = part.startsWith('[') ? part.indexOf(']') : -1;
  if (part.startsWith('[') && bracket === -1) return fault(at, 'has a bracket that is not closed', hint);
  const colon = bracket === -1 ? part.indexOf(':') : bracket + 1;
  const host = bracket === -1 ? part.slice(0, colon === -1 ? undefined : colon) : part.slice(1, bracket);
  if (bracket === -1 && isIp(part) && part.includes(':')) return fault(at, 'has an IPv6 address without brackets', hint);
  if (bracket >= 0 ? !(isIp(host) && host.includes(':')) : !isHost(host)) {
    return fault(at + (bracket >= 0 ? 1 : 0), host === '' ? 'has no host' : 'has a host that is none', hint);
  }
  const rest = colon === -1 ? '' : part.slice(colon);
  if (rest === '') return read({ host: host.toLowerCase(), port: null });
  const port = /^:[0-9]{1,5}$/.test(rest) ? Number(rest.slice(1)) : 0;
  if (port < 1 || port > 65_535) return fault(at + colon + (rest.startsWith(':') ? 1 : 0), 'has no port from 1 to 65535', hint);
  return read({ host: host.toLowerCase(), port });
}

/** A name, or an IPv4 address; digits and dots alone must be the latter. */
function isHost(host: string): boolean {
  return /^[0-9.]+$/.test(host) ? isIp(host) : HOST_NAME.test(host);
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
