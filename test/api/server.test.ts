// The door over a real unix socket and a real loopback port, with a daemon that is a plain object.
import { createServer as createTcpServer } from 'node:net';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doorClient } from '../../src/api/client.ts';
import { fakeDoor, shopWorld } from './fake-door.ts';
import { serveDoor } from '../../src/api/server.ts';
import type { FakeDoor } from './fake-door.ts';
import type { OpenDoor } from '../../src/api/server.ts';

let folder: string;
let socketPath: string;
let door: FakeDoor;
let opened: OpenDoor[];
let stops: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'door-'));
  socketPath = join(folder, 'longshore.sock');
  door = fakeDoor();
  opened = [];
  stops = 0;
});

afterEach(async () => {
  for (const one of opened) await one.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(metricsPort: number | null = null): Promise<OpenDoor> {
  const one = await serveDoor(door, { socketPath, metricsPort, version: '0.1.0', stop: () => (stops += 1) });
  opened.push(one);
  return one;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

async function ask(path: string, options: { method?: string; port?: number } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const where = options.port === undefined ? { socketPath } : { host: '127.0.0.1', port: options.port };
    const asked = request({ ...where, path, method: options.method ?? 'GET', agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('the socket', () => {
  it('is for its owner alone and gone after closing', async () => {
    const one = await open();
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    await one.close();
    expect(existsSync(socketPath)).toBe(false);
  });

  it('replaces the one that a dead daemon left', async () => {
    writeFileSync(socketPath, '');
    await open();
    expect((await ask('/healthz')).status).toBe(200);
  });

  it('is not stolen from a living daemon', async () => {
    await open();
    await expect(open()).rejects.toThrow(/another process answers on/);
    expect((await ask('/healthz')).status).toBe(200);
  });

  it('says that its path is too long', async () => {
    socketPath = join(folder, 'x'.repeat(120));
    await expect(open()).rejects.toThrow(/longer than the 107 bytes/);
  });

  it('is not left behind when the loopback port is taken', async () => {
    const other = createTcpServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    await expect(open(typeof address === 'object' && address ? address.port : 0)).rejects.toThrow(/EADDRINUSE/);
    expect(existsSync(socketPath)).toBe(false);
    other.close();
  });
});

describe('questions', () => {
  it('status', async () => {
    await open();
    await expect(doorClient(socketPath).status()).resolves.toMatchObject({
      repository: '/srv/web',
      version: '0.1.0',
      pid: process.pid,
      services: [{ id: 'default/web' }],
    });
  });

  it('the world comes whole', async () => {
    await open();
    await expect(doorClient(socketPath).world()).resolves.toStrictEqual(shopWorld());
  });

  it('no world before the first turn: the daemon says what it waits for', async () => {
    door = fakeDoor({ world: null, commit: null, ready: false });
    await open();
    await expect(doorClient(socketPath).world()).rejects.toMatchObject({
      trouble: 'refused',
      hint: 'It waits: no commit is in force yet.',
    });
  });

  it('stop is agreed to and passed on once', async () => {
    await open();
    await expect(doorClient(socketPath).stop()).resolves.toBe(process.pid);
    await expect(doorClient(socketPath).stop()).resolves.toBe(process.pid);
    await expect.poll(() => stops).toBe(1);
  });

  it.each([
    ['GET', '/v2/status', 404],
    ['GET', '/v1/stop', 405],
    ['POST', '/v1/status', 405],
    ['DELETE', '/v1/world', 405],
    ['GET', '/v1/events?after=-1', 400],
    ['GET', '/v1/events?limit=many', 400],
  ])('%s %s is refused with %i and a hint', async (method, path, status) => {
    await open();
    const answer = await ask(path, { method });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ error: expect.any(String), hint: expect.any(String) });
    expect(stops).toBe(0);
  });

  it('a view that throws is a 500, and the door goes on', async () => {
    await open();
    const view = door.view();
    Object.assign(door, {
      view: () => {
        throw new Error('no view today');
      },
    });
    const answer = await ask('/v1/status');
    Object.assign(door, { view: () => view });
    expect([answer.status, answer.body]).toEqual([500, expect.stringContaining('no view today')]);
    expect((await ask('/v1/status')).status).toBe(200);
  });

  it('nobody there, or not a socket: the client says so', async () => {
    await expect(doorClient(socketPath).status()).rejects.toMatchObject({ trouble: 'absent' });
    writeFileSync(socketPath, '');
    await expect(doorClient(socketPath).status()).rejects.toMatchObject({ trouble: 'absent' });
  });
});

describe('health', () => {
  it.each([
    ['ready', {}, 200, 'ready'],
    ['no commit yet', { ready: false, commit: null }, 503, 'no commit is in force yet'],
    ['only a bad commit', { ready: false, commit: null, refusedCommit: 'bad0bad0' }, 503, 'commit bad0bad was refused'],
    ['the repository is away', { ready: false, repositoryError: 'gone' }, 503, "the repository can't be read: gone"],
    ['the table is not served yet', { ready: false }, 503, 'the route table is not installed yet'],
  ])('readyz: %s', async (_name, change, status, text) => {
    door = fakeDoor(change);
    await open();
    expect(await ask('/readyz')).toMatchObject({ status, body: `${text}\n` });
  });

  it('healthz fails when the loop is late for its own appointment by more than a minute', async () => {
    const { now } = door.view();
    await open();
    door.turn({ wakeAt: now - 59_000 });
    expect((await ask('/healthz')).status).toBe(200);
    door.turn({ wakeAt: now - 61_000 });
    expect(await ask('/healthz')).toMatchObject({ status: 503, body: 'the loop is 61 s late\n' });
  });

  it('the loopback port answers health and metrics, and nothing else', async () => {
    const { metricsPort } = await open(0);
    const port = metricsPort ?? 0;
    expect((await ask('/healthz', { port })).body).toBe('ok\n');
    expect((await ask('/readyz', { port })).status).toBe(200);
    const metrics = await ask('/metrics', { port });
    expect(metrics.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(metrics.body.endsWith('# EOF\n')).toBe(true);
    for (const path of ['/v1/status', '/v1/world', '/v1/events', '/v1/stop']) {
      expect((await ask(path, { port, method: path === '/v1/stop' ? 'POST' : 'GET' })).status).toBe(404);
    }
    expect(stops).toBe(0);
  });
});

describe('events', () => {
  const collect = async (
    query: { after: number | null; limit: number; follow: boolean },
    signal: AbortSignal,
    until = Infinity,
  ): Promise<string[]> => {
    const messages: string[] = [];
    for await (const event of doorClient(socketPath).events(query, signal)) {
      messages.push(event.message);
      if (messages.length >= until) break;
    }
    return messages;
  };
  const never = (): AbortSignal => AbortSignal.timeout(5_000);

  it('the newest ones without a position, those after a position otherwise', async () => {
    await open();
    door.turn({}, ['one', 'two', 'three']);
    expect(await collect({ after: null, limit: 2, follow: false }, never())).toEqual(['two', 'three']);
    expect(await collect({ after: 1, limit: 1, follow: false }, never())).toEqual(['two']);
    expect(await collect({ after: 3, limit: 9, follow: false }, never())).toEqual([]);
  });

  it('more than one batch comes whole and in order', async () => {
    await open();
    const many = Array.from({ length: 1_203 }, (_, index) => `event ${index}`);
    door.turn({}, many);
    expect(await collect({ after: 0, limit: 10_000, follow: false }, never())).toEqual(many);
    expect(await collect({ after: null, limit: 1_100, follow: false }, never())).toEqual(many.slice(-1_100));
  });

  it('following gives what has been, then what comes, and leaving ends the listening', async () => {
    await open();
    door.turn({}, ['before']);
    const before = door.listeners.size;
    const following = collect({ after: null, limit: 10, follow: true }, never(), 3);
    await expect.poll(() => door.listeners.size).toBe(before + 1);
    door.turn({}, ['first']);
    door.turn({}, ['second']);
    expect(await following).toEqual(['before', 'first', 'second']);
    await expect.poll(() => door.listeners.size).toBe(before);
  });

  it('following ends with the daemon', async () => {
    const one = await open();
    const following = collect({ after: null, limit: 10, follow: true }, never());
    await expect.poll(() => door.listeners.size).toBe(2);
    await one.close();
    expect(await following).toEqual([]);
    await expect.poll(() => door.listeners.size).toBe(0);
  });
});
