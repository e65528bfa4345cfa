// The proxy's process: `node main.ts --socket <path> [--software <text>] [--inherit]`. Serves the last table it was given, whoever gave it,
// until it is stopped (SIGTERM, POST /stop: drain, exit 0) or hands over. Deliberately without state on disk: the daemon holds the table,
// and a restarted proxy gets it again within a second.
import { writeSync } from 'node:fs';
import module from 'node:module';
import { parseArgs } from 'node:util';
import { claimSocket, releaseSocket, socketFile } from './control-socket.ts';
import { createControl } from './control.ts';
import { handOver, takeOver } from './handover.ts';
import { MAX_DEFECTS } from './limits.ts';
import { createDataPlane } from './serve.ts';

const STDOUT = 1;
const LOOK_MS = 50;
/** How often the process makes sure that the control socket still is its own: two proxies must not live on one path. */
const OWNERSHIP_MS = 2_000;

const { values } = parseArgs({
  options: { socket: { type: 'string' }, software: { type: 'string', default: '' }, inherit: { type: 'boolean', default: false } },
});
const socketPath = values.socket ?? '';
const plane = createDataPlane();
const { path, listeners } = plane;
let file: number | null = null;
let ending: 'no' | 'handed over' | 'stopping' = 'no';

const control = createControl(plane, {
  software: values.software,
  stop: () => drain('asked to stop'),
  async handover(argv) {
    if (ending !== 'no') throw new Error(`the proxy is ${ending} already`);
    ending = 'handed over';
    try {
      const pid = await handOver(plane, argv);
      handedOver(pid);
      return pid;
    } catch (error) {
      ending = 'no';
      say('error', 'the handover failed; this process goes on', { error: (error as Error).message });
      throw error;
    }
  },
});

/** Lines that the log did not take since it took one last. */
let lostLines = 0;

/**
 * One line to the log. A full disk costs lines and never a request: an error of process.stdout would come back as an uncaught one, be
 * said again, and end the process after MAX_DEFECTS rounds, and each successor at its first line.
 */
function say(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const lost = lostLines === 0 ? {} : { lostLines };
  const line = `${JSON.stringify({ time: new Date().toISOString(), level, pid: process.pid, message, ...fields, ...lost })}\n`;
  try {
    writeSync(STDOUT, line);
    lostLines = 0;
  } catch {
    lostLines += 1; // told with the next line that is taken: there is no other place to say it
  }
}

/** Stops accepting and ends when nothing is under way, at the latest after the drain bound. */
function drain(why: string): void {
  if (ending === 'stopping') return;
  if (ending === 'no') releaseSocket(socketPath, file);
  ending = 'stopping';
  say('info', 'draining', { why, inFlight: path.inFlight });
  // A supervisor that wants a proxy learns now that it needs another one.
  plane.watchers.close();
  leave(path.limits.drainMs, 0);
}

/** The successor accepts; this process serves out its connections. The watchers go to the new one. */
function handedOver(pid: number): void {
  say('info', 'handed over', { successor: pid, inFlight: path.inFlight, connections: listeners.connections() });
  plane.watchers.close();
  leave(path.limits.handedOverDrainMs, path.limits.handedOverIdleMs);
}

/** Idle connections are closed after `idleMs`, busy ones with their next answer, all after `boundMs`; then the process exits. */
function leave(boundMs: number, idleMs: number): void {
  const since = performance.now();
  path.leaving = true;
  listeners.stopAccepting();
  control.close();
  const timer = setInterval(() => {
    const passed = performance.now() - since;
    // On a stop there is no other process that would take the client's next request: what is idle can go at once.
    if (passed >= idleMs || ending === 'stopping') listeners.closeIdle();
    if (listeners.connections() > 0 && passed < boundMs) return;
    clearInterval(timer);
    say('info', 'ended', { cut: listeners.connections() });
    plane.close();
    process.exit(0);
  }, LOOK_MS);
}

async function claim(how: 'take' | 'replace'): Promise<void> {
  const claimed = await claimSocket(control, socketPath, how);
  if (!claimed.ok) throw new Error(claimed.reason);
  file = socketFile(socketPath);
  setInterval(() => {
    const now = socketFile(socketPath);
    // Without its socket nobody could feed or stop this process any more, and it would keep the ports from the next one for ever.
    if (ending === 'no' && now !== file) drain(now === null ? 'the control socket was removed' : 'another proxy took the control socket');
  }, OWNERSHIP_MS).unref();
}

let defects = 0;
process.on('uncaughtException', (error) => {
  // A defect in one request must not cost every other one under way; a process full of them is not to be trusted.
  say('error', 'an error reached nobody', { error: error.stack ?? String(error) });
  if (++defects > MAX_DEFECTS) process.exit(1);
});
process.on('SIGTERM', () => drain('SIGTERM'));
process.on('SIGINT', () => drain('SIGINT'));
process.on('SIGHUP', () => say('info', 'SIGHUP ignored'));

try {
  if (socketPath === '') throw new Error('--socket is missing: give the path of the control socket');
  if (values.inherit) await takeOver(plane, () => claim('replace'));
  else await claim('take');
  // Written now and not at the exit, because the next start that must be quick is the one after a kill.
  module.flushCompileCache();
  say('info', 'serving', { socket: socketPath, software: values.software, inherited: values.inherit });
} catch (error) {
  say('error', 'not started', { error: (error as Error).message });
  process.exit(1);
}
