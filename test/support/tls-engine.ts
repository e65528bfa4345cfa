// A dockerd of its own that listens on tcp with --tlsverify, for what only a real one says of certificates. It lives in a network namespace of its
// own, with a relay on a unix socket as the way in: in ours it would take the bridge and the firewall of every other engine away.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultSocket } from './fault-socket.ts';
import type { Authority } from './certificates.ts';

export interface TlsEngine {
  readonly port: number;
  close(): Promise<void>;
}

/** 1 to 2 s on a quiet machine. */
const START_MS = 60_000;
/** In a namespace where nobody else is. */
const PORT = 2_376;
/** Inside the namespace: from a unix socket, which every namespace sees, to dockerd's port. */
const RELAY = `
  const { connect, createServer } = require('node:net');
  createServer({ allowHalfOpen: true }, (outer) => {
    const inner = connect({ port: ${PORT}, host: '127.0.0.1', allowHalfOpen: true });
    outer.pipe(inner).pipe(outer);
    for (const [end, other] of [[outer, inner], [inner, outer]]) end.on('error', () => other.destroy()).on('close', () => other.destroy());
  }).listen(process.argv[1]);`;
const SEARCH_PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** Starts one that lets in what `ca` has signed; needs root, as any engine test. */
export async function startTlsEngine(ca: Authority): Promise<TlsEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'dockerd-'));
  const put = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const inside = join(folder, 's');
  const { cert, key } = ca.issue({ purpose: 'server', names: ['127.0.0.1'] });
  const words = [
    ...['--host', `tcp://127.0.0.1:${PORT}`, '--tlsverify', '--tlscacert', put('ca.pem', ca.cert)],
    ...['--tlscert', put('cert.pem', cert), '--tlskey', put('key.pem', key), '--storage-driver', 'vfs'],
    ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--data-root', join(folder, 'data')],
    ...['--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')],
  ];
  const logPath = join(folder, 'log');
  const log = openSync(logPath, 'w');
  const environment = { ...process.env, PATH: SEARCH_PATH };
  const script = 'ip link set lo up && { "$0" -e "$1" "$2" & } && shift 2 && exec dockerd "$@"';
  const child = spawn('unshare', ['-n', 'sh', '-c', script, process.execPath, RELAY, inside, ...words], {
    ...{ stdio: ['ignore', log, log], env: environment, detached: true },
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  for (const deadline = Date.now() + START_MS; !(await answers(inside)); await sleep(50)) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`dockerd does not start: ${readFileSync(logPath, 'utf8').slice(-600)}`);
  }
  const outside = await faultSocket(inside, { overTcp: true });
  return {
    port: outside.port,
    close: async () => {
      await outside.close();
      child.kill('SIGTERM');
      await ended;
      // The relay is of the same group.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether dockerd says something through the relay: it refuses plain HTTP in words. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.on('error', () => resolve(false));
    probe.on('close', () => resolve(false));
    probe.on('data', () => {
      resolve(true);
      probe.destroy();
    });
    probe.write('GET / HTTP/1.0\r\n\r\n');
  });
}
