// The address of a Vault server. A token travels to it with every request, so it is encrypted, except on the way to this very machine.
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

const HINT = 'write https://HOST:PORT; an agent on this machine may be http://127.0.0.1:8200';
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;
/** Scheme, host (a name, an address, or an IPv6 address in brackets) and port. */
const FORM = /^(https?):\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?\/?$/;

/** Reads an address; what comes out has no slash at its end. Messages never quote it: people put user names and passwords into addresses. */
export function parseVaultAddress(text: string): Parsed<string> {
  if (text.includes('@')) return fault(0, 'must hold no user name and no password', HINT);
  const match = FORM.exec(text);
  if (match === null) return fault(0, 'must be the address of a server, without a path', HINT);
  const [, scheme, host = '', port] = match;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))
    return fault(text.lastIndexOf(':') + 1, 'has no port from 1 to 65535', HINT);
  if (scheme === 'http' && !LOOPBACK.test(host)) return fault(0, 'must begin with https:// where it is not this machine', HINT);
  return read(text.replace(/\/$/, ''));
}
