// Requests through the proxy, on real sockets: what a target and a client see, and what happens when either leaves in between.
import http from 'node:http';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, askRaw, dataPlane, freePort, fullPort, healthy, rawUpstream, serve, table, until, upstream } from './support.ts';

describe('a request that goes well', () => {
  it('reaches the target as the client wrote it, with the forwarded headers and without hop-by-hop ones', async () => {
    const target = await upstream((req, res) => res.end(JSON.stringify({ url: req.url, headers: req.headers })));
    const { port } = await serve([target]);
    const reply = await ask(port, '/a//b/%7e?x=//y', {
      headers: {
        host: 'shop.example:8080',
        connection: 'close, x-secret',
        'x-secret': '1',
        te: 'trailers',
        'proxy-authorization': 'Basic eA==',
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-proto': 'https',
        'x-amzn-trace-id': 'Root=1-1-2;Sampled=1',
      },
    });
    const seen = JSON.parse(reply.body) as { url: string; headers: http.IncomingHttpHeaders };
    expect(seen.url).toBe('/a//b/%7e?x=//y');
    expect(seen.headers).toMatchObject({
      host: 'shop.example:8080',
      connection: 'keep-alive',
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(port),
    });
    expect(seen.headers['x-amzn-trace-id']).toMatch(/^Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-1-2;Sampled=1$/);
    for (const name of ['x-secret', 'te', 'proxy-authorization', 'keep-alive']) expect(seen.headers).not.toHaveProperty(name);
    expect(reply.headers.connection).toBe('close');
  });

  it('keeps its connection to the target although every client closes its own', async () => {
    const target = await upstream((_, res) => res.end('ok'));
    const { port } = await serve([target]);
    const opened = new Set<net.Socket>();
    target.server.on('connection', (socket) => opened.add(socket));
    for (let i = 0; i < 10; i++) expect((await ask(port, '/', { headers: { connection: 'close' } })).status).toBe(200);
    expect(opened.size).toBe(1);
  });

  it('brings bodies, trailers, early hints and several cookies along', async () => {
    const target = await upstream((req, res) => {
      res.writeEarlyHints({ link: '</a.css>; rel=preload' });
      res.setHeader('set-cookie', ['a=1', 'b=2']);
      res.setHeader('trailer', 'x-sum');
      req.on('data', (chunk: Buffer) => res.write(chunk));
      req.on('end', () => {
        res.addTrailers({ 'x-sum': '42' });
        res.end();
      });
    });
    const { port } = await serve([target]);
    const hints: unknown[] = [];
    const reply = await new Promise<string>((resolve) => {
      const request = http.request({ port, method: 'POST', headers: { expect: '100-continue' } }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(`${text} ${response.trailers['x-sum']} ${String(response.headers['set-cookie'])}`));
      });
      request.on('information', (info) => info.statusCode === 103 && hints.push(info.headers['link']));
      request.on('continue', () => request.end('x'.repeat(200_000)));
    });
    expect(reply).toBe(`${'x'.repeat(200_000)} 42 a=1,b=2`);
    expect(hints).toEqual(['</a.css>; rel=preload']);
  });

  it('keeps the framing of a DELETE with a chunked body: its bytes never become a second request', async () => {
    const bodies: string[] = [];
    const target = await upstream((req, res) => {
      let body = '';
      req.on('data', (chunk: Buffer) => (body += chunk.toString()));
      req.on('end', () => res.end(String(bodies.push(`${req.method} ${req.url} ${body}`))));
    });
    const { port } = await serve([target]);
    const inner = 'GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n';
    await ask(port, '/one', { method: 'DELETE', headers: { 'transfer-encoding': 'chunked' }, body: inner });
    await ask(port, '/two');
    expect(bodies).toEqual([`DELETE /one ${inner}`, 'GET /two ']);
  });

  it('sends the head of an event stream before its first event', async () => {
    const target = await upstream((_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.flushHeaders();
    });
    const { port } = await serve([target]);
    const type = await new Promise((resolve) => {
      const request = http.get({ port, agent: false }, (response) => {
        resolve(response.headers['content-type']);
        request.destroy();
      });
      request.on('error', () => undefined);
    });
    expect(type).toBe('text/event-stream');
  });

  it('serves HTTP/1.0, absolute targets, h2c offers and HEAD', async () => {
    const target = await upstream((req, res) => res.end(`${req.headers.host} ${req.url}`));
    const { port } = await serve([target]);
    expect(await askRaw(port, 'GET /old HTTP/1.0\r\nhost: a\r\n\r\n')).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\na \/old$/);
    expect(await askRaw(port, 'GET http://b.example/abs?q HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')).toContain('b.example /abs?q');
    const upgrade = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' };
    expect((await ask(port, '/h2c', { headers: upgrade })).status).toBe(200);
    expect(await ask(port, '/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });
});

describe('a client that leaves', () => {
  it.for<[when: string, options: http.RequestOptions, streams: boolean]>([
    ['before the answer', {}, false],
    ['within it', {}, true],
    ['after its body', { method: 'POST' }, false],
  ])('%s ends its request to the target; nothing leaks', async ([, options, streams]) => {
    let begun = 0;
    let ended = 0;
    const target = await upstream((req, res) => {
      req.resume().on('end', () => begun++);
      res.on('close', () => ended++);
      if (streams) res.write('first bytes');
    });
    const { plane, port } = await serve([target]);
    const clients = Array.from({ length: 50 }, () => {
      const request = http.request({ port, agent: false, ...options });
      request.on('error', () => undefined);
      if (streams) request.on('response', (response) => response.once('data', () => request.destroy()));
      return request.end(options.method === 'POST' ? 'body' : undefined);
    });
    await until(() => begun === 50);
    if (!streams) for (const client of clients) client.destroy();
    await until(() => ended === 50);
    await until(() => target.connections() === 0);
    expect(plane.path.inFlight).toBe(0);
  });
});

describe('a target that breaks', () => {
  it('in the middle of a body cuts the client off instead of leaving it waiting', async () => {
    const target = await rawUpstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
      setTimeout(() => socket.destroy(), 20);
    });
    const { port } = await serve([target]);
    await expect(ask(port)).rejects.toThrow(/aborted|hang up/);
  });

  it('in the middle of a chunked body does so too', async () => {
    const target = await rawUpstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n');
      setTimeout(() => socket.resetAndDestroy(), 20);
    });
    const { port } = await serve([target]);
    await expect(ask(port)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });

  it.for([
    ['closes without an answer', ''],
    ['answers something else than HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['sends a head of 40 KiB', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_960)}\r\n\r\n`],
    ['switches protocols unasked', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
  ])('gives 502 when it %s', async ([, bytes = '']) => {
    const target = await rawUpstream((socket) => socket.end(bytes, 'latin1'));
    const { plane, port } = await serve([target]);
    expect(await ask(port)).toMatchObject({ status: 502, body: '502 Bad Gateway\n' });
    expect(plane.state('').groups['web']?.proxyResponses).toEqual({ 502: 1 });
  });

  it('passes a head of 30 KiB', async () => {
    const target = await upstream((_, res) => {
      for (let i = 0; i < 3; i++) res.setHeader(`x-${i}`, 'y'.repeat(10_000));
      res.end();
    });
    const { port } = await serve([target]);
    const agent = new http.Agent();
    const status = await new Promise((resolve) => {
      http.get({ port, agent, maxHeaderSize: 65_536 }, (response) => resolve(response.resume().statusCode));
    });
    expect(status).toBe(200);
  });

  it('gives 504 when it does not answer within the idle timeout, also after part of the body', async () => {
    const target = await upstream((req, res) => void (req.url === '/part' && res.write('part')));
    const { port } = await serve([target], { idleTimeoutMs: 200 });
    expect((await ask(port)).status).toBe(504);
    await expect(ask(port, '/part')).rejects.toThrow(/aborted|hang up/);
  });

  it('gives 504 when it does not take the connection in time', async () => {
    const plane = dataPlane({ connectTimeoutMs: 200 });
    const port = await freePort();
    await plane.install(table({ port, targets: [{ port: (await fullPort()).port, lastKnown: 'healthy' }] }));
    expect((await ask(port)).status).toBe(504);
    expect(plane.path.inFlight).toBe(0);
  });
});

describe('a connection that the target closed while it was idle', () => {
  it('costs no request: 300 of them against a target that closes after each answer, without saying so', async () => {
    const target = await rawUpstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      setTimeout(() => socket.destroy(), 1);
    });
    const { plane, port } = await serve([target]);
    const statuses = new Map<number, number>();
    for (let i = 0; i < 300; i++) {
      const { status } = await ask(port);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(statuses).toEqual(new Map([[200, 300]]));
    expect(plane.path.inFlight).toBe(0);
  });

  it('is never old when a request may be sent only once: it is closed after a second, others are kept', async () => {
    const target = await upstream((_, res) => res.end());
    const { port } = await serve([target]);
    await ask(port, '/', { method: 'POST', body: 'x' });
    await ask(port, '/');
    expect(target.connections()).toBe(2);
    await until(() => target.connections() === 1);
    await ask(port, '/');
    expect(target.connections()).toBe(1);
  });

  it('is not repeated for a POST that may have been obeyed', async () => {
    let posts = 0;
    const target = await rawUpstream((socket, text) => {
      if (text.startsWith('POST')) {
        posts++;
        socket.destroy();
      } else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });
    const { port } = await serve([target]);
    await ask(port);
    expect((await ask(port, '/', { method: 'POST', headers: { 'content-length': '0' } })).status).toBe(502);
    expect(posts).toBe(1);
  });
});

describe('a target that refuses connections', () => {
  it('costs no request while another is there, a POST with a body included', async () => {
    const gone = await freePort();
    const target = await upstream((req, res) => void req.pipe(res));
    const plane = dataPlane();
    const port = await freePort();
    const targets = [
      { port: gone, lastKnown: 'healthy' as const },
      { port: target.port, lastKnown: 'healthy' as const },
    ];
    await plane.install(table({ port, targets, settings: { unhealthyThreshold: 10 } }));
    for (let i = 0; i < 6; i++)
      expect(await ask(port, '/', { method: 'POST', body: `body ${i}` })).toMatchObject({ status: 200, body: `body ${i}` });
    expect(plane.state('').groups['web']).toMatchObject({ connectionErrors: 3, retries: 3, proxyResponses: {} });
  });

  it('gives 502 when there is no other', async () => {
    const plane = dataPlane();
    const port = await freePort();
    await plane.install(table({ port, targets: [{ port: await freePort(), lastKnown: 'healthy' }] }));
    expect((await ask(port)).status).toBe(502);
  });
});

describe('answers of its own', () => {
  it('503 without targets, with new ones only, and without a group', async () => {
    const plane = dataPlane();
    const port = await freePort();
    await plane.install(table({ port, targets: [] }));
    expect(await ask(port)).toMatchObject({ status: 503, body: '503 Service Unavailable\n' });
    await plane.install(table({ port, targets: [{ port: await freePort() }] }));
    expect((await ask(port)).status).toBe(503);
    await plane.install({ ...table({ port, targets: [] }), targetGroups: [] });
    expect((await ask(port)).status).toBe(503);
  });

  it.for([
    ['400 no request', 'HELLO\r\n\r\n', '400'],
    ['400 a header over 16 KiB', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(17_000)}\r\nconnection: close\r\n\r\n`, '400'],
    ['400 headers over 64 KiB', `GET / HTTP/1.1\r\nhost: a\r\n${`x: ${'y'.repeat(10_000)}\r\n`.repeat(7)}\r\n`, '400'],
    ['414 a request line over 16 KiB', `GET /${'y'.repeat(17_000)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`, '414'],
    ['405 TRACE', 'TRACE / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', '405'],
    [
      '463 forwarded by 31 proxies',
      `GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-for: ${'1.1.1.1,'.repeat(30)}1.1.1.1\r\nconnection: close\r\n\r\n`,
      '463',
    ],
    ['400 two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', '400'],
  ])('%s', async ([, bytes = '', status = '']) => {
    const target = await upstream((_, res) => res.end());
    const { port } = await serve([target]);
    expect(await askRaw(port, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(target.seen).toEqual([]);
  });

  it('408 to a client that stops sending its body', async () => {
    const target = await upstream((req) => void req.resume());
    const { port } = await serve([target], { idleTimeoutMs: 200, lingerMs: 100 });
    expect(await askRaw(port, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf')).toMatch(/^HTTP\/1.1 408 /);
  });

  it('lets a client read the answer to a body that the target did not want', async () => {
    const target = await upstream((_, res) => res.writeHead(413).end('too much'));
    const { plane, port } = await serve([target]);
    const reply = await ask(port, '/', { method: 'POST', body: 'x'.repeat(5_000_000) });
    expect(reply).toMatchObject({ status: 413, body: 'too much' });
    await until(() => plane.path.inFlight === 0);
    expect(healthy(plane)).toBe(1);
  });
});
