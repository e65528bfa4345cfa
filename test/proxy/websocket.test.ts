// WebSockets through the proxy: both directions, refusals, and whoever dies first.
import http from 'node:http';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { dataPlane, freePort, rawUpstream, serve, table, until, upstream, type Upstream } from './support.ts';

/** A target that echoes over WebSockets. */
async function echo(): Promise<Upstream & { readonly sockets: WebSocketServer }> {
  const target = await upstream((_, res) => res.end());
  const sockets = new WebSocketServer({ server: target.server as http.Server });
  sockets.on('connection', (socket, req) => {
    socket.on('error', () => socket.terminate());
    if (req.url === '/greet') socket.send(`hello ${String(req.headers['x-forwarded-for'])} ${req.headers.connection}`);
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
  return { ...target, sockets };
}

const url = (port: number, path = '/'): string => `ws://127.0.0.1:${port}${path}`;
const opened = (socket: WebSocket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
const message = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())));
const closed = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.once('close', resolve));

describe('a WebSocket', () => {
  it('is joined to its target and counts as in flight until it is closed', async () => {
    const target = await echo();
    const { plane, port } = await serve([target]);
    const socket = new WebSocket(url(port, '/greet'));
    expect(await message(socket)).toBe('hello 127.0.0.1 Upgrade');
    expect(plane.view().targets[0]?.inFlight).toBe(1);
    const big = 'x'.repeat(1_000_000);
    socket.send(big);
    expect(await message(socket)).toBe(big);
    socket.close(1000);
    expect(await closed(socket)).toBe(1000);
    await until(() => plane.view().targets[0]?.inFlight === 0);
    await until(() => target.connections() === 0);
  });

  it('that is refused gets the answer of its target', async () => {
    const target = await upstream((_, res) => res.end());
    target.server.on('upgrade', (_req, socket: net.Socket) =>
      socket.end('HTTP/1.1 401 Unauthorized\r\nx-why: no\r\ntransfer-encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\n'),
    );
    const { plane, port } = await serve([target]);
    const reply = await new Promise<string>((resolve) => {
      const socket = new WebSocket(url(port));
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_, response) => {
        let text = '';
        response.on('data', (data: Buffer) => (text += data.toString()));
        response.on('end', () => resolve(`${response.statusCode} ${String(response.headers['x-why'])} ${text}`));
      });
    });
    expect(reply).toBe('401 no nope');
    await until(() => plane.path.inFlight === 0);
  });

  it('goes to another target when one refuses the connection, and gets 502 when there is no other, 503 without targets', async () => {
    const target = await echo();
    const plane = dataPlane();
    const port = await freePort();
    const gone = { port: await freePort(), lastKnown: 'healthy' as const };
    await plane.install(table({ port, targets: [gone, { port: target.port, lastKnown: 'healthy' }] }));
    for (let i = 0; i < 4; i++) {
      const socket = new WebSocket(url(port));
      await opened(socket);
      socket.terminate();
    }
    await plane.install(table({ port, targets: [gone] }));
    await expect(opened(new WebSocket(url(port)))).rejects.toThrow('502');
    await plane.install(table({ port, targets: [] }));
    await expect(opened(new WebSocket(url(port)))).rejects.toThrow('503');
    await until(() => plane.path.inFlight === 0);
  });

  it('whose target is killed is closed, and so is the other way round for 30 clients that reset', async () => {
    const target = await echo();
    const { plane, port } = await serve([target]);
    const victim = new WebSocket(url(port));
    await opened(victim);
    for (const each of target.sockets.clients) each.terminate();
    expect(await closed(victim)).toBe(1006);
    const sockets = Array.from({ length: 30 }, () => net.connect(port, '127.0.0.1'));
    const handshake = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n';
    for (const socket of sockets) socket.write(`${handshake}sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
    await until(() => target.sockets.clients.size === 30);
    for (const socket of sockets) socket.resetAndDestroy();
    await until(() => target.sockets.clients.size === 0);
    expect(plane.path.inFlight).toBe(0);
  });

  it('whose client leaves during the handshake leaves nothing behind at a silent target', async () => {
    const target = await rawUpstream(() => undefined);
    const { plane, port } = await serve([target]);
    const clients = Array.from({ length: 20 }, () => new WebSocket(url(port)));
    for (const client of clients) client.on('error', () => undefined);
    await until(() => target.connections() === 20);
    for (const client of clients) client.terminate();
    await until(() => target.connections() === 0);
    expect(plane.path.inFlight).toBe(0);
  });

  it('gets 504 from a silent target, and is closed after the idle timeout, not while it is used', async () => {
    const silent = await rawUpstream(() => undefined);
    const first = await serve([silent], { idleTimeoutMs: 200 });
    await expect(opened(new WebSocket(url(first.port)))).rejects.toThrow('504');
    const target = await echo();
    const { port } = await serve([target], { idleTimeoutMs: 300 });
    const socket = new WebSocket(url(port));
    await opened(socket);
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      socket.send('still here');
      expect(await message(socket)).toBe('still here');
    }
    expect(await closed(socket)).toBe(1006);
  });
});
