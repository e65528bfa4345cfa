// One health check on the wire, and the clockwork that repeats it for one target. What a result means is health.ts's business.
// Each check opens a connection of its own (ELB), never follows a redirect, and reads no more than the answer's head for its verdict.
import http from 'node:http';
import net from 'node:net';
import type { CheckFailure } from '../model/turn/observed.ts';
import type { TargetGroupSettings } from '../model/traffic/load-balancer.ts';
import { afterProbe, matchesCode, nextProbeMs, type Health, type ProbeResult } from './health.ts';

export const PROBE_AGENT = 'Longshore-HealthChecker/1';
/** A new container's first SYN may be lost while its network is set up; the kernel would repeat it after 1 s only. */
const NEW_TARGET_CONNECT_MS = 250;

export interface Probed {
  host: string;
  port: number;
  health: Health;
  settings: TargetGroupSettings;
}

/** Checks `target` once; `done` is called exactly once. The returned function gives the check up without a result. */
export function probe(target: Probed, done: (result: ProbeResult) => void): () => void {
  const { settings } = target;
  let settled = false;
  const request = http.request({
    agent: false,
    host: target.host,
    port: target.port,
    path: requestPath(settings.path),
    method: 'GET',
    headers: {
      host: `${net.isIPv6(target.host) ? `[${target.host}]` : target.host}:${target.port}`,
      'user-agent': PROBE_AGENT,
      accept: '*/*',
      connection: 'close',
    },
  });
  const settle = (result: ProbeResult): void => {
    if (settled) return;
    settled = true;
    done(result);
  };
  let connected = false;
  const fail = (reason: string, failure: CheckFailure): void => settle({ ok: false, reason, failure });
  const giveUp = (): void => {
    fail('Target.Timeout', { kind: connected ? 'no-answer' : 'no-connection' });
    request.destroy();
  };
  const deadline = setTimeout(giveUp, settings.timeoutMs);
  const connectMs = target.health.state === 'initial' ? Math.min(NEW_TARGET_CONNECT_MS, settings.timeoutMs) : settings.timeoutMs;
  const connecting = setTimeout(giveUp, connectMs);
  request.on('socket', (socket) =>
    socket.once('connect', () => {
      connected = true;
      clearTimeout(connecting);
    }),
  );
  request.on('response', (response) => {
    const code = response.statusCode ?? 0;
    if (matchesCode(settings.matcher, code)) settle({ ok: true });
    else fail('Target.ResponseCodeMismatch', { kind: 'code', code });
    // The body is read to its end where it has one soon, so that the application doesn't log a broken pipe for every check.
    response.on('error', () => request.destroy());
    response.resume();
  });
  request.on('error', (error: NodeJS.ErrnoException) => fail('Target.FailedHealthChecks', failureOf(error)));
  request.on('close', () => {
    clearTimeout(deadline);
    clearTimeout(connecting);
    fail('Target.FailedHealthChecks', { kind: 'closed' });
  });
  request.end();
  return () => {
    settled = true;
    request.destroy();
  };
}

/** A code that changes at each check of a new target is no news. */
function isSameFailure({ failure: a }: Health, { failure: b, state }: Health): boolean {
  return state === 'healthy' || a?.kind === b?.kind;
}

/** What Node's error says of the way to the target. */
function failureOf({ code = '' }: NodeJS.ErrnoException): CheckFailure {
  if (code === 'ECONNREFUSED') return { kind: 'refused' };
  if (code === 'ETIMEDOUT') return { kind: 'no-connection' };
  return { kind: /^(?:EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN)$/.test(code) ? 'no-route' : 'closed' };
}

/** A path as it may stand in a request line: Node throws for a space or a character beyond Latin-1. */
function requestPath(path: string): string {
  return path.toWellFormed().replace(/[^\u0021-\u00ff]/gu, encodeURIComponent);
}

/** Probes `target` at once and then as its health asks for, until the returned function is called. `changed`: state or reason moved. */
export function keepProbing(target: Probed, changed: () => void): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let giveUp: (() => void) | null = null;
  const turn = (): void => {
    const startedAt = performance.now();
    giveUp = probe(target, (result) => {
      giveUp = null;
      if (stopped) return;
      const now = performance.now();
      const before = target.health;
      target.health = afterProbe(before, result, target.settings, now);
      if (before.state !== target.health.state || before.reason !== target.health.reason || !isSameFailure(before, target.health))
        changed();
      if (!stopped) timer = setTimeout(turn, nextProbeMs(target.health, target.settings, now - startedAt));
    });
  };
  turn();
  return () => {
    stopped = true;
    if (timer) clearTimeout(timer);
    giveUp?.();
  };
}
