// Tables that follow each other under load: draining, removal, ports that come and go. In this process, on real sockets.
import http from 'node:http';
import net from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ProxyWatchLine } from '../../src/model/traffic/proxy.ts';
import { proxyViewOf, withWatchLine } from '../../src/model/traffic/proxy.ts';
import type { RouteTable } from '../../src/model/traffic/route.ts';
import { readTable } from '../../src/proxy/read-table.ts';
import { ask, dataPlane, freePort, healthy, load, serve, table, until, upstream, type Upstream } from './support.ts';

/** A target that answers with its name, /slow only when told to. */
async function named(name: string): Promise<Upstream & { release(): void }> {
  const held: http.ServerResponse[] = [];
  const target = await upstream((req, res) => {
    if (req.url === '/slow') held.push(res);
    else res.end(name);
  });
  return { ...target, release: () => held.splice(0).forEach((res) => res.end(name)) };
}

describe('draining', () => {
  it('sends nothing new, lets the rest finish, says when nothing is left, and keeps the client connected', async () => {
    const [a, b] = [await named('a'), await named('b')];
    const { plane, port } = await serve([a]);
    const lines: ProxyWatchLine[] = [];
    plane.watchers.add({
      write: (line) => Boolean(lines.push(JSON.parse(line) as ProxyWatchLine)),
      writableLength: 0,
      destroy: () => undefined,
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(port, '/', { agent })).body).toBe('a');
    const slow = ask(port, '/slow');
    await until(() => a.seen.includes('/slow'));
    await plane.install(
      table({
        port,
        targets: [
          { port: b.port, lastKnown: 'healthy' },
          { port: a.port, state: 'draining' },
        ],
      }),
    );
    const view = (id: number) => plane.view().targets.find((target) => target.id === `web:${id}`);
    expect(view(a.port)).toMatchObject({ state: 'draining', reason: 'Target.DeregistrationInProgress', inFlight: 1 });
    for (let i = 0; i < 5; i++) {
      const request = ask(port, '/', { agent });
      expect((await request).body).toBe('b');
    }
    expect(Object.keys(agent.freeSockets)).toHaveLength(1);
    await until(() => a.connections() === 1);
    a.release();
    expect((await slow).body).toBe('a');
    await until(() => view(a.port)?.inFlight === 0);
    await until(() => a.connections() === 0);
    // What a watcher pieces together is what a look shows.
    await until(() => lines.at(-1)?.kind === 'targets');
    const seen = lines.reduce((last, line) => withWatchLine(last, line), proxyViewOf({ version: '', targets: [], refused: [] }));
    expect(seen.targets.get(`web:${a.port}`)).toMatchObject({ state: 'draining', inFlight: 0 });
    expect(seen.version).toBe(plane.view().version);
    agent.destroy();
  });

  it('that takes too long ends with 502 when the target leaves the table', async () => {
    const [a, b] = [await named('a'), await named('b')];
    const { plane, port } = await serve([a]);
    // On a connection that was used before: its end must not be taken for one that may be repeated.
    await ask(port);
    const slow = ask(port, '/slow');
    await until(() => a.seen.includes('/slow'));
    await plane.install(table({ port, targets: [b] }));
    expect(await slow).toMatchObject({ status: 502 });
    expect(plane.path.inFlight).toBe(0);
  });
});

describe('a table after another', () => {
  it('fails none of 2,000 requests while it is swapped 20 times', async () => {
    const [a, b] = [await named('a'), await named('b')];
    const { plane, port } = await serve([a, b]);
    const clients = load(port, 16);
    const served = (): number => a.seen.length + b.seen.length;
    for (let swap = 1; swap <= 20; swap++) {
      await until(() => served() >= swap * 95, 10_000);
      const [old, next] = swap % 2 === 0 ? [a, b] : [b, a];
      await plane.install(
        table({
          port,
          targets: [
            { port: next.port, lastKnown: 'healthy' },
            { port: old.port, state: 'draining' },
          ],
        }),
      );
      await until(() => plane.view().targets.every((target) => target.state !== 'draining' || target.inFlight === 0));
      await plane.install(table({ port, targets: [{ port: next.port, lastKnown: 'healthy' }] }));
      await until(() => healthy(plane) === 1);
    }
    await until(() => served() >= 2_000, 10_000);
    const { done, failures } = await clients.stop();
    expect(failures).toEqual([]);
    expect(done).toBeGreaterThanOrEqual(2_000);
    expect(plane.path.inFlight).toBe(0);
  });

  it('that reaches the same start of a container another way fails no request, and forgets nothing of it', async () => {
    const [old, next] = [await named('a'), await named('a')];
    const { plane, port } = await serve([]);
    const at = (at: Upstream, run?: string) =>
      table({ port, targets: [{ id: 'web:a', port: at.port, lastKnown: 'healthy', ...(run && { run }) }] });
    await plane.install(at(old, 'first'));
    await until(() => healthy(plane) === 1);
    const slow = ask(port, '/slow');
    await until(() => old.seen.includes('/slow'));
    const clients = load(port, 8);
    await until(() => old.seen.length > 50, 10_000);
    await plane.install(at(next, 'first'));
    expect(healthy(plane)).toBe(1);
    await until(() => next.seen.length > 50, 10_000);
    old.release();
    expect((await slow).body).toBe('a');
    const { failures } = await clients.stop();
    expect(failures).toEqual([]);
    // Another start of it is another one: nothing is known of it.
    await plane.install(at(old, 'second'));
    expect(healthy(plane)).toBe(0);
    await until(() => healthy(plane) === 1);
  });

  it('of a daemon that says which start it is follows on one of a daemon that did not', async () => {
    const [old, next] = [await named('a'), await named('a')];
    const { plane, port } = await serve([]);
    await plane.install(table({ port, targets: [{ id: 'web:a', port: old.port, lastKnown: 'healthy' }] }));
    await plane.install(table({ port, targets: [{ id: 'web:a', port: next.port, lastKnown: 'healthy', run: 'first' }] }));
    expect(healthy(plane)).toBe(1);
    expect((await ask(port)).status).toBe(200);
    expect(next.seen).toEqual(['/']);
  });

  it('opens and closes ports; a taken one is reported, tried again, and disturbs nothing', async () => {
    const target = await named('a');
    const { plane, port } = await serve([target]);
    const taken = net.createServer();
    await new Promise<void>((resolve) => taken.listen(0, resolve));
    const { port: second } = taken.address() as net.AddressInfo;
    const one = table({ port, targets: [target] });
    const two = { ...one, version: 'two', listeners: [...one.listeners, { ...table({ port: second, targets: [] }).listeners[0]! }] };
    expect(await plane.install(two)).toEqual({ version: 'two', refused: [{ port: second, reason: 'the port is in use' }] });
    expect((await ask(port)).status).toBe(200);
    taken.close();
    await until(() => plane.view().refused.length === 0);
    expect((await ask(second)).body).toBe('a');
    const doubled = { ...one, version: 'three', listeners: [...one.listeners, { ...one.listeners[0]!, loadBalancer: 'other' }] };
    expect((await plane.install(doubled)).refused).toEqual([{ port, reason: 'other: load balancer front has a listener on this port' }]);
    await expect(ask(second)).rejects.toThrow('ECONNREFUSED');
    expect((await plane.install({ ...one, version: 'four' })).refused).toEqual([]);
  });

  it('lets requests of a closed port finish', async () => {
    const target = await named('a');
    const { plane, port } = await serve([target]);
    const slow = ask(port, '/slow');
    await until(() => target.seen.length === 1);
    const other = await freePort();
    await plane.install(table({ port: other, targets: [target] }));
    await expect(ask(port)).rejects.toThrow('ECONNREFUSED');
    target.release();
    expect((await slow).body).toBe('a');
  });

  it('changes the health check of a known target at once', async () => {
    const asked: string[] = [];
    const target = await upstream((req, res) => res.end(String(asked.push(req.url ?? ''))));
    const { plane, port } = await serve([target]);
    await plane.install(table({ port, targets: [target], settings: { path: '/other' } }));
    await until(() => asked.includes('/other'));
    expect(healthy(plane)).toBe(1);
  });

  it('counts a task in two groups as one target, as bad as its worst group', async () => {
    const target = await upstream((_, res) => res.writeHead(500).end());
    const plane = dataPlane();
    const both = { id: 'task:web:80', port: target.port, lastKnown: 'healthy' as const };
    const parts = { port: await freePort(), targets: [both], groups: { admin: [{ ...both, lastKnown: 'unhealthy' as const }] } };
    await plane.install(table(parts));
    expect(plane.view().targets).toMatchObject([{ id: 'task:web:80', state: 'unhealthy', inFlight: 0 }]);
  });
});

describe('a watcher', () => {
  it('hears a beat every two seconds', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const lines: string[] = [];
    dataPlane().watchers.add({ write: (line) => Boolean(lines.push(line)), writableLength: 0, destroy: () => undefined });
    vi.advanceTimersByTime(4_000);
    expect(lines.slice(1)).toEqual(['{"kind":"beat"}\n', '{"kind":"beat"}\n']);
  });

  it('that reads too slowly is cut off', async () => {
    const { plane, port } = await serve([await named('a')]);
    let cut = false;
    plane.watchers.add({ write: () => false, writableLength: 2_000_000, destroy: () => (cut = true) });
    await plane.install(table({ port, targets: [] }));
    await until(() => cut);
  });
});

describe('readTable', () => {
  const good = table({ port: 80, targets: [{ port: 81 }] });
  const broken = (change: (table: RouteTable) => unknown): string => {
    const copy = structuredClone(good);
    change(copy);
    return JSON.stringify(copy);
  };
  const anything = (value: unknown): Record<string, unknown> => value as Record<string, unknown>;

  it('takes a good one, with members it does not know', () => {
    expect(readTable(JSON.stringify({ ...good, later: 1 }))).toMatchObject({ table: { version: good.version } });
  });

  it.for<[place: string, text: string]>([
    ['the body is not JSON', '{'],
    ['the table: expected an object', '[]'],
    ['version: expected a string that is not empty', broken((t) => (anything(t)['version'] = ''))],
    ['listeners: expected a list', broken((t) => (anything(t)['listeners'] = {}))],
    ['listeners[0].port: expected a port, 1 to 65535', broken((t) => (anything(t.listeners[0])['port'] = 0))],
    ['targetGroups[0].settings.intervalMs: expected 1 or more', broken((t) => (anything(t.targetGroups[0]?.settings)['intervalMs'] = 0))],
    [
      'targetGroups[0].targets[0].state: expected one of serving, draining',
      broken((t) => (anything(t.targetGroups[0]?.targets[0])['state'] = 'gone')),
    ],
  ])('says what is wrong: %s', ([place, text]) => {
    const read = readTable(text);
    expect('error' in read ? read.error : '').toContain(place);
  });
});
