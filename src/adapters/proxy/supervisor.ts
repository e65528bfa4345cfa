// The daemon's Proxy: finds the running proxy or starts one, keeps its view up to date, and brings it back with the last table when it dies.
// The proxy belongs to nobody: a daemon that starts finds the one its predecessor started and goes on with it. One of another software
// version is asked to hand over to ours. A proxy that serves is stopped by stopProxy alone, which a person asks for; one that has no
// listener, because nobody declares one or its daemon failed at its start, ends with that daemon.
import path from 'node:path';
import type { Clock, Log, Proxy } from '../../daemon/ports.ts';
import { NO_TABLE, proxyViewOf, withWatchLine, type ProxyState } from '../../model/traffic/proxy.ts';
import type { ProxyView } from '../../model/turn/observed.ts';
import type { RouteTable } from '../../model/traffic/route.ts';
import { followWatch, postHandover, postStop, ProxyRefusal, putRoutes, readState } from './control-client.ts';
import { proxyArguments, softwareOf, startProxy, type ProxyProgram } from './process.ts';

export interface SupervisorOptions {
  /** The proxy's control socket, in a folder only we may enter; its log goes beside it. */
  readonly socketPath: string;
  readonly nodePath: string;
  /** The proxy's main file. */
  readonly entry: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Only to be set by tests: else it is derived from the code behind `entry`. */
  readonly software?: string;
}

/**
 * So many restarts come at once: a pause would be missed by everybody who sends requests, and a start costs 0.2 s of a processor. Only
 * then may it be the proxy itself that can't live. One that lived for LIVED_MS died of something new.
 */
const PROMPT_RESTARTS = 20;
const LIVED_MS = 10_000;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
/** A silent proxy that still holds its socket is asked again this often. */
const SILENT_MS = 200;
/** The wait after a table whose answer was lost. */
const AGAIN_MS = 50;
const STOP_MS = 35_000;
const STOP_LOOK_MS = 20;

interface Waiter {
  readonly version: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Supervises the proxy behind `socketPath`, starting it if nobody answers there. It outlives `close()` and the daemon. */
export function proxySupervisor(options: SupervisorOptions): Proxy {
  const socketPath = path.resolve(options.socketPath);
  const entry = path.resolve(options.entry);
  const program: ProxyProgram = { nodePath: options.nodePath, entry, socketPath, software: options.software ?? softwareOf(entry) };
  const { log } = options;
  const ending = new AbortController();
  const listeners = new Set<(view: ProxyView | null) => void>();
  const waiters = new Set<Waiter>();
  let wanted: RouteTable | null = null;
  let view: ProxyView | null = null;
  let connected = false;
  /** The table of the proxy that was seen last. */
  let lastTable: string | null = null;
  let installing = false;
  /** The proxy that could not hand over: it isn't asked again, so that a broken upgrade doesn't try for ever. */
  let unwilling: number | null = null;

  const show = (next: ProxyView | null): void => {
    if (next === view) return;
    view = next;
    lastTable = next?.version ?? lastTable;
    for (const listener of listeners) listener(next);
  };
  /** Brings the proxy to the wanted table; one such loop at a time, the newest table wins. A lost answer is asked for again. */
  const bring = async (): Promise<void> => {
    if (installing) return;
    installing = true;
    let refusal: Error | null = null;
    for (let table = due(); table !== null && refusal === null; table = due()) {
      try {
        const { refused } = await putRoutes(socketPath, table, ending.signal);
        for (const { port, reason } of refused) log.write('warn', 'a listener port can not be opened', { port, reason });
        if (connected) show({ ...(view ?? { targets: new Map() }), version: table.version, refused });
      } catch (error) {
        if (error instanceof ProxyRefusal && table === wanted) refusal = error;
        else await pause(AGAIN_MS, options.clock, ending.signal);
      }
    }
    installing = false;
    settleWaiters(refusal);
  };
  const due = (): RouteTable | null => (connected && !ending.signal.aborted && view?.version !== wanted?.version ? wanted : null);
  const settleWaiters = (error: Error | null): void => {
    for (const waiter of [...waiters]) {
      if (error !== null) waiter.reject(error);
      else if (view?.version === waiter.version) waiter.resolve();
    }
  };
  const current = async (): Promise<ProxyState> => {
    const state = (await readState(socketPath)) ?? (await startAndSay(program, log));
    if (state.software === program.software || state.pid === unwilling) return state;
    log.write('info', 'the proxy runs other software and hands over', { from: state.software, to: program.software });
    try {
      await postHandover(socketPath, proxyArguments(program, true));
    } catch (error) {
      unwilling = state.pid;
      log.write('error', 'the proxy could not hand over and goes on as it is', { error: (error as Error).message });
    }
    return (await readState(socketPath)) ?? state;
  };
  /** Follows one proxy until it is gone. */
  const follow = async (): Promise<void> => {
    const state = await current();
    lastTable = state.version;
    if (ending.signal.aborted) return;
    connected = true;
    show(proxyViewOf(state));
    void bring();
    const why = await followWatch(socketPath, ending.signal, (line) => view !== null && show(withWatchLine(view, line)));
    connected = false;
    if (ending.signal.aborted) return;
    log.write('warn', 'the proxy is gone', { pid: state.pid, why });
    show(null);
    if (why === 'the proxy is silent') await pause(SILENT_MS, options.clock, ending.signal);
  };
  const supervised = superviseFor(follow, options, ending.signal, settleWaiters);

  return {
    install(table, signal) {
      for (const waiter of [...waiters]) waiter.reject(new Error('a newer route table took its place'));
      wanted = table;
      if (connected && view?.version === table.version && !installing) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const waiter: Waiter = {
          version: table.version,
          resolve: () => settle(resolve),
          reject: (error) => settle(() => reject(error)),
        };
        const aborted = (): void => waiter.reject(new Error('the route table was not installed in time'));
        const settle = (done: () => void): void => {
          waiters.delete(waiter);
          signal.removeEventListener('abort', aborted);
          done();
        };
        waiters.add(waiter);
        signal.addEventListener('abort', aborted, { once: true });
        if (signal.aborted) aborted();
        else if (connected) void bring();
      });
    },
    watch(listener) {
      listeners.add(listener);
      if (view !== null) listener(view);
      return () => listeners.delete(listener);
    },
    async close() {
      ending.abort();
      for (const waiter of [...waiters]) waiter.reject(new Error('the supervisor was closed'));
      listeners.clear();
      await supervised;
      const isIdle = lastTable === NO_TABLE || (lastTable === wanted?.version && wanted.listeners.length === 0);
      if (isIdle) await postStop(socketPath);
    },
  };
}

/**
 * Drains and ends the proxy behind `socketPath`. Resolves to false when there is none, to true once its process is gone; rejects when it
 * is still there after its drain bound of 30 s and some more.
 */
export async function stopProxy(socketPath: string): Promise<boolean> {
  const pid = await postStop(socketPath);
  if (pid === null) return false;
  const deadline = performance.now() + STOP_MS;
  while (performance.now() < deadline) {
    if (!isAlive(pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, STOP_LOOK_MS));
  }
  throw new Error(`the proxy (process ${pid}) did not end within ${STOP_MS} ms`);
}

/** Repeats `follow` until the signal: at once when a proxy dies, after PROMPT_RESTARTS in a row with growing pauses. */
async function superviseFor(
  follow: () => Promise<void>,
  options: SupervisorOptions,
  signal: AbortSignal,
  failed: (error: Error) => void,
): Promise<void> {
  const now = (): number => options.clock?.now() ?? Date.now();
  let backoffMs = 0;
  let prompt = 0;
  while (!signal.aborted) {
    const since = now();
    try {
      await follow();
    } catch (error) {
      options.log.write('error', 'there is no proxy', { error: (error as Error).message, againInMs: backoffMs });
      failed(error as Error);
    }
    if (now() - since >= LIVED_MS) prompt = backoffMs = 0;
    if (prompt++ < PROMPT_RESTARTS) continue;
    await pause(backoffMs, options.clock, signal);
    backoffMs = Math.min(LONGEST_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, backoffMs * 2));
  }
}

async function startAndSay(program: ProxyProgram, log: Log): Promise<ProxyState> {
  const state = await startProxy(program);
  log.write('info', 'a proxy was started', { pid: state.pid, software: state.software });
  return state;
}

/** Resolves after `ms` or with the signal, whichever is first. */
function pause(ms: number, clock: Clock | undefined, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock ? clock.timer(clock.now() + ms, done) : timeout(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}

function timeout(ms: number, fire: () => void): () => void {
  const timer = setTimeout(fire, ms);
  return () => clearTimeout(timer);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
