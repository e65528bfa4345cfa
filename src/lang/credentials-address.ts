// The address at which the credentials of a role are asked for. They travel in its answer, so it is encrypted, except on this very machine.
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

const HINT = 'write https://HOST:PORT/PATH; a program on this machine may be http://127.0.0.1:PORT/PATH';
const FORM = /^(https?):\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:[/?][^\s#]*)?$/;
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;

/** Reads an address. Messages never quote it: people put user names and passwords into addresses. */
export function parseCredentialsAddress(text: string): Parsed<string> {
  if (text.includes('@')) return fault(0, 'must hold no user name and no password', HINT);
  const [, scheme, host = ''] = FORM.exec(text) ?? [];
  if (scheme === undefined) return fault(0, 'must be an address of the web', HINT);
  if (scheme === 'http' && !LOOPBACK.test(host)) return fault(0, 'must begin with https:// where it is not this machine', HINT);
  return read(text);
}
