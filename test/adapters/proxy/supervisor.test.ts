// The daemon's side of the proxy, against real proxy processes: found, started, brought back, replaced, stopped.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { proxySupervisor, stopProxy, type SupervisorOptions } from '../../../src/adapters/proxy/supervisor.ts';
import { readState } from '../../../src/adapters/proxy/control-client.ts';
import { softwareOf } from '../../../src/adapters/proxy/process.ts';
import type { Log, Proxy } from '../../../src/daemon/ports.ts';
import type { ProxyView } from '../../../src/model/turn/observed.ts';
import { ask, freePort, load, table, until, upstream } from '../../proxy/support.ts';

const ENTRY = fileURLToPath(new URL('../../../src/proxy/main.ts', import.meta.url));
const SOON = (): AbortSignal => AbortSignal.timeout(10_000);

interface Supervised {
  readonly proxy: Proxy;
  readonly views: (ProxyView | null)[];
  readonly messages: string[];
}

/** The path of a control socket whose proxy is gone with the test. */
function place(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'supervised-'));
  const socket = path.join(folder, 'proxy.sock');
  onTestFinished(async () => {
    const state = await readState(socket);
    if (state) process.kill(state.pid, 'SIGKILL');
    fs.rmSync(folder, { recursive: true });
  });
  return socket;
}

function supervise(socketPath: string, options: Partial<SupervisorOptions> = {}): Supervised {
  const messages: string[] = [];
  const log: Log = { write: (level, message, fields) => void messages.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`) };
  const proxy = proxySupervisor({ socketPath, nodePath: process.execPath, entry: ENTRY, log, ...options });
  onTestFinished(() => proxy.close());
  const views: (ProxyView | null)[] = [];
  proxy.watch((view) => views.push(view));
  return { proxy, views, messages };
}

const pidOf = async (socket: string): Promise<number | undefined> => (await readState(socket))?.pid;

it('starts a proxy in a session of its own, without our environment, and installs tables', async () => {
  process.env['SUPERVISOR_TEST_SECRET'] = 'hunter2';
  const target = await upstream((_, res) => res.end('ok'));
  const socket = place();
  const { proxy, views } = supervise(socket);
  const port = await freePort();
  const first = table({ port, targets: [target] });
  await proxy.install(first, SOON());
  expect(views.at(-1)?.version).toBe(first.version);
  await until(() => views.at(-1)?.targets.get(`web:${target.port}`)?.state === 'healthy');
  expect((await ask(port)).body).toBe('ok');
  await proxy.install(first, SOON());
  const pid = await pidOf(socket);
  expect(fs.readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('hunter2');
  // The sixth field of stat is the session: the process leads its own.
  expect(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3]).toBe(String(pid));
  expect((await readState(socket))?.software).toBe(softwareOf(ENTRY));
});

it('brings a killed proxy back by itself, with the table it had', async () => {
  const target = await upstream((_, res) => res.end('ok'));
  const socket = place();
  const { proxy, views } = supervise(socket);
  const port = await freePort();
  const installed = table({ port, targets: [{ port: target.port, lastKnown: 'healthy' }] });
  await proxy.install(installed, SOON());
  const pid = await pidOf(socket);
  process.kill(pid ?? 0, 'SIGKILL');
  await until(() =>
    ask(port).then(
      (reply) => reply.body === 'ok',
      () => false,
    ),
  );
  await until(() => views.at(-1)?.version === installed.version);
  expect(views).toContain(null);
  expect(await pidOf(socket)).not.toBe(pid);
});

it('ends a proxy without a listener, even one that is only starting; one that serves goes on', async () => {
  const socket = place();
  await supervise(socket).proxy.close();
  await until(async () => (await readState(socket)) === null);
  const { proxy, views } = supervise(socket);
  await until(() => views.length > 0);
  const pid = await pidOf(socket);
  await proxy.close();
  await until(() => !fs.existsSync(`/proc/${pid}`));
  const unused = supervise(socket);
  await unused.proxy.install({ version: 'empty', listeners: [], targetGroups: [] }, SOON());
  await unused.proxy.close();
  await until(async () => (await readState(socket)) === null);
  const serving = supervise(socket);
  await serving.proxy.install(table({ port: await freePort(), targets: [] }), SOON());
  await serving.proxy.close();
  expect(await pidOf(socket)).toBeGreaterThan(0);
  await supervise(socket).proxy.close();
  expect(await pidOf(socket)).toBeGreaterThan(0);
});

it('goes on with the proxy of a daemon whose whole process group was killed; requests never stop', async () => {
  const target = await upstream((_, res) => res.end('ok'));
  const socket = place();
  const port = await freePort();
  const installed = table({ port, targets: [target], version: 'kept' });
  const supervisor = fileURLToPath(new URL('../../../src/adapters/proxy/supervisor.ts', import.meta.url));
  const code = `
    const { proxySupervisor } = await import(${JSON.stringify(supervisor)});
    const proxy = proxySupervisor({ socketPath: ${JSON.stringify(socket)}, nodePath: process.execPath, entry: ${JSON.stringify(ENTRY)}, log: { write() {} } });
    await proxy.install(${JSON.stringify(installed)}, AbortSignal.timeout(10_000));
    console.log('installed');
    setInterval(() => {}, 1_000);`;
  const daemon = spawn(process.execPath, ['--input-type=module', '-e', code], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void daemon.kill('SIGKILL'));
  await new Promise((resolve) => daemon.stdout.once('data', resolve));
  await until(async () => (await readState(socket))?.targets[0]?.state === 'healthy');
  const pid = await pidOf(socket);
  const clients = load(port, 4);
  process.kill(-(daemon.pid ?? 0), 'SIGKILL');
  await new Promise((resolve) => daemon.once('exit', resolve));
  const { proxy, views } = supervise(socket);
  await until(() => views.at(-1)?.version === 'kept');
  expect(views.at(-1)?.targets.get(`web:${target.port}`)?.state).toBe('healthy');
  await proxy.install(table({ port, targets: [target], version: 'next' }), SOON());
  const after = target.seen.length;
  await until(() => target.seen.length > after + 50);
  expect((await clients.stop()).failures).toEqual([]);
  expect(await pidOf(socket)).toBe(pid);
});

it('has a proxy of other software hand over, under load, without a failed request', async () => {
  const target = await upstream((_, res) => res.end('ok'));
  const socket = place();
  const old = supervise(socket, { software: 'old' });
  const port = await freePort();
  await old.proxy.install(table({ port, targets: [target], version: 'kept' }), SOON());
  await until(() => old.views.at(-1)?.targets.get(`web:${target.port}`)?.state === 'healthy');
  const pid = await pidOf(socket);
  await old.proxy.close();
  const clients = load(port, 8);
  await until(() => target.seen.length > 50);
  const { views } = supervise(socket, { software: 'new' });
  await until(() => views.at(-1)?.version === 'kept');
  expect(await readState(socket)).toMatchObject({ software: 'new', targets: [{ state: 'healthy' }] });
  const after = target.seen.length;
  await until(() => target.seen.length > after + 50);
  expect((await clients.stop()).failures).toEqual([]);
  const gone = (): boolean => !fs.existsSync(`/proc/${pid}`) || fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  await until(gone);
});

it('says when there is no proxy, keeps trying, and lets an install end with its signal', async () => {
  const socket = place();
  const entry = path.join(path.dirname(socket), 'main.mjs');
  fs.writeFileSync(entry, `console.log('the disk is on fire'); process.exit(7);`);
  const { proxy, messages } = supervise(socket, { entry });
  await expect(proxy.install(table({ port: 1, targets: [] }), SOON())).rejects.toThrow(/did not start \(exit 7\).*the disk is on fire/);
  await expect(proxy.install(table({ port: 1, targets: [] }), AbortSignal.abort())).rejects.toThrow('not installed in time');
  const first = proxy.install(table({ port: 1, targets: [] }), SOON());
  const second = proxy.install(table({ port: 1, targets: [] }), SOON());
  await expect(first).rejects.toThrow('a newer route table took its place');
  fs.writeFileSync(entry, `await import(${JSON.stringify(ENTRY)});`);
  await Promise.allSettled([second]);
  await until(async () => (await readState(socket)) !== null);
  expect(messages.filter((message) => message.startsWith('error there is no proxy')).length).toBeGreaterThan(0);
});

it('reports a refused table and a refused port', async () => {
  const socket = place();
  const { proxy, views, messages } = supervise(socket);
  const taken = await upstream((_, res) => res.end());
  const good = table({ port: taken.port, targets: [] });
  await proxy.install(good, SOON());
  expect(views.at(-1)?.refused).toEqual([{ port: taken.port, reason: 'the port is in use' }]);
  expect(messages.some((message) => message.startsWith('warn a listener port can not be opened'))).toBe(true);
  const broken = { ...good, version: 'broken', listeners: [{ ...good.listeners[0]!, port: 0 }] };
  await expect(proxy.install(broken, SOON())).rejects.toThrow('listeners[0].port: expected a port');
  await proxy.install({ ...good, version: 'good again', listeners: [] }, SOON());
});

it('gets a new proxy when the control socket of the old one was removed', async () => {
  const target = await upstream((_, res) => res.end('ok'));
  const socket = place();
  const { proxy } = supervise(socket);
  const port = await freePort();
  await proxy.install(table({ port, targets: [{ port: target.port, lastKnown: 'healthy' }], version: 'kept' }), SOON());
  const pid = await pidOf(socket);
  fs.rmSync(socket);
  await until(async () => (await readState(socket))?.version === 'kept', 10_000);
  expect(await pidOf(socket)).not.toBe(pid);
  await until(() =>
    ask(port).then(
      (reply) => reply.body === 'ok',
      () => false,
    ),
  );
});

it('stops a proxy, and says when there is none', async () => {
  const socket = place();
  const { proxy } = supervise(socket);
  await proxy.install(table({ port: await freePort(), targets: [] }), SOON());
  const pid = await pidOf(socket);
  await proxy.close();
  expect(await stopProxy(socket)).toBe(true);
  expect(fs.existsSync(socket)).toBe(false);
  expect(fs.existsSync(`/proc/${pid}`)).toBe(false);
  expect(await stopProxy(socket)).toBe(false);
});
