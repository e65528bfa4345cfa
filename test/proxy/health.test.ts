// Health of a target: the transitions as a table of probe results, the probes themselves on real sockets.
import { describe, expect, it } from 'vitest';
import { afterProbe, matchesCode, nextProbeMs, seedHealth, type Health, type ProbeResult } from '../../src/proxy/health.ts';
import { eligible, pick } from '../../src/proxy/balance.ts';
import { ask, dataPlane, freePort, fullPort, rawUpstream, SETTINGS, table, until, upstream } from './support.ts';

const settings = { ...SETTINGS, intervalMs: 10_000, healthyThreshold: 3, unhealthyThreshold: 2 };
const results: Readonly<Record<string, ProbeResult>> = {
  '+': { ok: true },
  '-': { ok: false, reason: 'Target.ResponseCodeMismatch' },
  t: { ok: false, reason: 'Target.Timeout' },
};

/** Runs `probes` one interval apart and writes the states after each: i, h, u. */
function run(from: Health['state'], probes: string, stepMs = settings.intervalMs): string {
  let health = seedHealth(from, 0);
  let now = 0;
  return Array.from(probes)
    .map((probe) => {
      health = afterProbe(health, results[probe] ?? { ok: true }, settings, (now += stepMs));
      return health.state.charAt(0);
    })
    .join('');
}

describe('transitions', () => {
  it.for<[says: string, from: Health['state'], probes: string, states: string]>([
    ['a new target needs one success', 'initial', '+', 'h'],
    ['a new one becomes unhealthy when threshold x interval has passed', 'initial', '---', 'iuu'],
    ['a healthy one after two failures in a row', 'healthy', '-+--', 'hhhu'],
    ['an unhealthy one comes back after three successes in a row', 'unhealthy', '++-+++', 'uuuuuh'],
    ['a new one that was late is like any other afterwards', 'initial', '--+++', 'iuuuh'],
  ])('%s', ([, from, probes, states]) => {
    expect(run(from, probes)).toBe(states);
  });

  it('counts quick failures of a new target by time, not by number', () => {
    expect(run('initial', '-'.repeat(19), 1_000)).toBe('i'.repeat(19));
    expect(run('initial', '-'.repeat(20), 1_000)).toBe(`${'i'.repeat(19)}u`);
  });

  it('gives ELB reasons', () => {
    const fresh = seedHealth('initial', 0);
    expect(fresh.reason).toBe('Elb.RegistrationInProgress');
    const failed = afterProbe(fresh, { ok: false, reason: 'Target.Timeout' }, settings, 1);
    expect(failed.reason).toBe('Elb.InitialHealthChecking');
    expect(afterProbe(failed, { ok: false, reason: 'Target.Timeout' }, settings, 20_000).reason).toBe('Target.Timeout');
    expect(afterProbe(failed, { ok: true }, settings, 2).reason).toBe('');
  });

  it('probes a new target after 5 ms, growing to 250 ms, then every interval from start to start', () => {
    const waits: number[] = [];
    let health = seedHealth('initial', 0);
    for (let i = 0; i < 12; i++) {
      waits.push(Math.round(nextProbeMs(health, settings, 1)));
      health = afterProbe(health, { ok: false, reason: 'x' }, settings, 1);
    }
    expect(waits).toEqual([5, 8, 11, 17, 25, 38, 57, 85, 128, 192, 250, 250]);
    expect(nextProbeMs(seedHealth('healthy', 0), settings, 400)).toBe(9_600);
    expect(nextProbeMs(seedHealth('unhealthy', 0), settings, 11_000)).toBe(0);
  });

  it.for<[matcher: string, code: number, matches: boolean]>([
    ['200', 200, true],
    ['200', 201, false],
    ['200,202', 202, true],
    ['200-299', 204, true],
    ['200-299, 401', 401, true],
    ['200-299', 300, false],
    ['nonsense', 200, false],
  ])('matcher %s, code %d: %s', ([matcher, code, matches]) => {
    expect(matchesCode(matcher, code)).toBe(matches);
  });
});

describe('who gets requests', () => {
  const target = (state: 'initial' | 'healthy' | 'unhealthy' | 'draining') => ({ state });
  it.for<[says: string, states: Parameters<typeof target>[0][], eligible: number[]]>([
    ['the healthy ones', ['healthy', 'unhealthy', 'initial', 'draining', 'healthy'], [0, 4]],
    ['fail-open: all unhealthy ones when none is healthy', ['unhealthy', 'initial', 'unhealthy', 'draining'], [0, 2]],
    ['nobody when all are new', ['initial', 'draining'], []],
  ])('%s', ([, states, indices]) => {
    const targets = states.map(target);
    expect(eligible(targets).map((each) => targets.indexOf(each))).toEqual(indices);
  });

  it('takes them in turn and passes over those that were tried', () => {
    expect([0, 1, 2, 3].map((turn) => pick(['a', 'b', 'c'], turn))).toEqual(['a', 'b', 'c', 'a']);
    expect(pick(['a', 'b', 'c'], 0, ['a', 'b'])).toBe('c');
    expect(pick(['a'], 0, ['a'])).toBeNull();
    expect(pick([], 5)).toBeNull();
  });
});

describe('probes on the wire', () => {
  it('carry the address as Host and our name, follow no redirect, and use a connection each', async () => {
    const asked: string[] = [];
    let status = 302;
    const target = await upstream((req, res) => {
      asked.push(`${req.url} ${req.headers.host} ${req.headers['user-agent']} ${req.headers.connection}`);
      res.writeHead(status, { location: '/elsewhere' }).end();
      if (asked.length === 3) status = 204;
    });
    const plane = dataPlane();
    await plane.install(table({ port: await freePort(), targets: [target], settings: { path: '/up?x', matcher: '200-299' } }));
    await until(() => plane.view().targets[0]?.state === 'healthy');
    expect(asked).toEqual(Array.from({ length: 4 }, () => `/up?x 127.0.0.1:${target.port} Longshore-HealthChecker/1 close`));
  });

  it('find a new target within milliseconds of its first good answer', async () => {
    const port = await freePort();
    const plane = dataPlane();
    await plane.install(table({ port: await freePort(), targets: [{ port }] }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(plane.view().targets[0]).toMatchObject({ state: 'initial', reason: 'Elb.InitialHealthChecking' });
    const { createServer } = await import('node:http');
    const late = createServer((_, res) => res.end()).listen(port, '127.0.0.1');
    const since = performance.now();
    await until(() => plane.view().targets[0]?.state === 'healthy');
    expect(performance.now() - since).toBeLessThan(1_000);
    late.close();
    late.closeAllConnections();
  });

  it('do not wait for the kernel to repeat a lost SYN to a new target, which it does every second or slower', async () => {
    const full = await fullPort();
    const plane = dataPlane();
    await plane.install(table({ port: await freePort(), targets: [full], settings: { timeoutMs: 10_000 } }));
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    full.resume();
    const since = performance.now();
    await until(() => plane.view().targets[0]?.state === 'healthy');
    expect(performance.now() - since).toBeLessThan(800);
  });

  it('take a target out and bring it back; with all of them out, all are asked again', async () => {
    const status: Record<number, number> = {};
    const make = async (): Promise<Awaited<ReturnType<typeof upstream>>> => {
      const made = await upstream((req, res) => {
        res.writeHead(req.url === '/up' ? (status[made.port] ?? 200) : 200).end(String(made.port));
      });
      return made;
    };
    const targets = [await make(), await make()];
    const [a, b] = targets.map((target) => target.port) as [number, number];
    const plane = dataPlane();
    const port = await freePort();
    await plane.install(table({ port, targets, settings: { path: '/up', intervalMs: 20 } }));
    const states = (): string =>
      plane
        .view()
        .targets.map((target) => `${target.state} ${target.reason}`.trim())
        .join(', ');
    const served = async (): Promise<number[]> => {
      const ports = new Set<number>();
      for (let i = 0; i < 6; i++) ports.add(Number((await ask(port)).body));
      return [...ports].sort((x, y) => x - y);
    };
    await until(() => states() === 'healthy, healthy');
    expect(await served()).toEqual([a, b].sort((x, y) => x - y));
    status[a] = 500;
    await until(() => states() === 'unhealthy Target.ResponseCodeMismatch, healthy');
    expect(await served()).toEqual([b]);
    status[b] = 500;
    await until(() => states().startsWith('unhealthy') && states().endsWith('unhealthy Target.ResponseCodeMismatch'));
    expect(await served()).toEqual([a, b].sort((x, y) => x - y));
    status[a] = 200;
    await until(() => states().startsWith('healthy'));
    expect(await served()).toEqual([a]);
  });

  it('name a timeout and a refused connection', async () => {
    const silent = await upstream(() => undefined);
    const plane = dataPlane();
    const targets = [
      { port: silent.port, lastKnown: 'healthy' as const },
      { port: await freePort(), lastKnown: 'healthy' as const },
    ];
    await plane.install(table({ port: await freePort(), targets, settings: { path: '/silent', intervalMs: 20, timeoutMs: 50 } }));
    const reasons = (): string =>
      plane
        .view()
        .targets.map((target) => target.reason)
        .join();
    await until(() => reasons() === 'Target.Timeout,Target.FailedHealthChecks');
  });

  it('say how a check failed, of targets that fail; none of one that is well', async () => {
    const silent = await upstream(() => undefined);
    const closes = await rawUpstream((socket) => socket.destroy());
    const wrong = await upstream((_, res) => res.writeHead(502).end());
    const well = await upstream((_, res) => res.end());
    const plane = dataPlane();
    // TCP has no route to a broadcast address.
    const targets = [
      ...[silent, closes, wrong, well].map(({ port }) => ({ port })),
      { port: await freePort() },
      { port: (await fullPort()).port },
      { host: '255.255.255.255', port: 80 },
    ];
    await plane.install(table({ port: await freePort(), targets, settings: { path: '/', intervalMs: 20, timeoutMs: 50 } }));
    const failures = (): string[] =>
      plane
        .view()
        .targets.map(({ failure }) => (failure === undefined ? '-' : failure.kind === 'code' ? `code ${failure.code}` : failure.kind));
    await until(() => failures().join() === 'no-answer,closed,code 502,-,refused,no-connection,no-route');
  });

  it('start from what the core knew, and from nothing at a new address', async () => {
    const plane = dataPlane();
    const port = await freePort();
    const gone = [await freePort(), await freePort(), await freePort()];
    const target = (id: string, at: number, lastKnown: 'healthy' | 'unhealthy') => ({ id, port: gone[at] ?? 1, lastKnown });
    await plane.install(table({ port, targets: [target('a', 0, 'healthy'), target('b', 1, 'unhealthy')] }));
    const states = (): Record<string, string> => Object.fromEntries(plane.view().targets.map((each) => [each.id, each.state]));
    expect(states()).toEqual({ a: 'healthy', b: 'unhealthy' });
    await plane.install(table({ port, targets: [target('a', 2, 'healthy'), target('b', 1, 'healthy')] }));
    expect(states()).toEqual({ a: 'initial', b: 'unhealthy' });
  });
});
