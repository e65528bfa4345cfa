// The control socket's path is the lock: whoever stands behind it is the proxy. A process listens on a name of its own and then puts that
// name in place: by link, which fails when somebody is there, or by rename, when the one who is there hands over. So the path is never
// without an answer during a handover, and closing the old server can't take the new one's name away (libuv removes the name it bound).
import fs from 'node:fs';
import type http from 'node:http';
import net from 'node:net';

export type Claim = 'take' | 'replace';

/** What became of a claim. */
export type Claimed = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const STALE_TRIES = 3;
/** The kernel's limit for the path of a unix socket is 107 bytes; ours gains a suffix while it is claimed. */
const MAX_PATH_BYTES = 90;
const ANSWER_MS = 1_000;

/** Listens with `server` behind `path` (mode 0600). `take`: only if nobody answers there; a file that nobody stands behind is removed. */
export async function claimSocket(server: http.Server, path: string, claim: Claim): Promise<Claimed> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    return { ok: false, reason: `the path of the control socket is longer than ${MAX_PATH_BYTES} bytes: ${path}` };
  const own = ownName(path);
  const error = await listen(server, own);
  if (error !== null) return { ok: false, reason: error };
  fs.chmodSync(own, 0o600);
  if (claim === 'replace') {
    fs.renameSync(own, path);
    return { ok: true };
  }
  for (let attempt = 0; attempt < STALE_TRIES; attempt++) {
    if (link(own, path)) {
      fs.unlinkSync(own);
      return { ok: true };
    }
    if (await answers(path)) return { ok: false, reason: `a proxy answers on ${path} already` };
    fs.rmSync(path, { force: true });
  }
  return { ok: false, reason: `${path} is taken again and again by somebody who does not answer` };
}

/** The file that stands at `path` now, to notice when it is another's; null: none. */
export function socketFile(path: string): number | null {
  return fs.statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

/** Removes the file at `path` if it still is `file`. */
export function releaseSocket(path: string, file: number | null): void {
  if (file !== null && socketFile(path) === file) fs.rmSync(path, { force: true });
}

/** Whether somebody accepts connections behind `path`. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
    socket.setTimeout(ANSWER_MS, () => settle(true));
  });
}

function ownName(path: string): string {
  const own = `${path}.${process.pid}`;
  // Left by a process of the same number that died while it claimed.
  fs.rmSync(own, { force: true });
  return own;
}

function link(own: string, path: string): boolean {
  try {
    fs.linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function listen(server: http.Server, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(error.message));
    server.listen(path, () => {
      server.removeAllListeners('error');
      resolve(null);
    });
  });
}
