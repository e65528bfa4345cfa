// An address on the loopback interface of this machine, so that containers on every bridge of its engine reach one and the same place. Linux only.
// Deliberately absent: taking it away again. Containers outlive the daemon, and an address that nobody answers at does no harm.
import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';

const LIMIT_MS = 5_000;
const LINK_LOCAL = /^169\.254\.[0-9]{1,3}\.[0-9]{1,3}$/;

/**
 * Makes sure that this machine has `address`; a link-local one (169.254.0.0/16) that it has not is added to lo, for this machine alone.
 * Rejects, in words for the operator, when it can't be had.
 */
export async function claimAddress(address: string): Promise<void> {
  if (isOwnAddress(address)) return;
  if (!isLinkLocal(address)) throw new Error(`this machine has no address ${address}, and only link-local ones are added`);
  try {
    await promisify(execFile)('ip', ['address', 'add', `${address}/32`, 'dev', 'lo'], { timeout: LIMIT_MS });
  } catch (error) {
    // Another daemon may have added it at the same moment.
    if (isOwnAddress(address)) return;
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    const reason = String(code) === 'ENOENT' ? 'there is no program ip' : stderr?.trim() || String(code);
    throw new Error(`${address} could not be added to lo: ${reason}`, { cause: error });
  }
}

/** Whether an IPv4 address is one that each machine has for itself. */
export function isLinkLocal(address: string): boolean {
  return LINK_LOCAL.test(address);
}

/** Whether an IPv4 address is one of this machine's; all of 127.0.0.0/8 are. */
export function isOwnAddress(address: string): boolean {
  if (/^127\.\d+\.\d+\.\d+$/.test(address)) return true;
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return own.some((each) => each.family === 'IPv4' && each.address === address);
}
