// The demo application: says which version answers, drains on SIGTERM, echoes WebSockets, and misbehaves on request (environment variables).
// It is copied into the demo image as it is, so it uses nothing but Node.
//   VERSION            shown in each answer                      EXIT_AFTER_MS, EXIT_CODE   exits by itself
//   UNHEALTHY=1        /healthz answers 500                      SLOW_START_MS              listens later
//   IGNORE_TERM=1      only SIGKILL ends it                      RESPONSE_DELAY_MS          each answer to / takes this long
// GET /?delay=500 delays one answer; GET /healthz; any path upgrades to a WebSocket that echoes.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const knobs = process.env;
const version = knobs.VERSION ?? '0';
const port = Number(knobs.PORT ?? 8080);
const MAX_DELAY_MS = 600_000;
const MAX_FRAME_BYTES = 65_536;
const sockets = new Set();
let stopping = false;

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://demo');
  if (url.pathname === '/healthz') {
    const healthy = knobs.UNHEALTHY !== '1';
    return response.writeHead(healthy ? 200 : 500, { 'content-type': 'text/plain' }).end(healthy ? 'ok\n' : 'unhealthy\n');
  }
  const delayMs = Math.min(Number(url.searchParams.get('delay') ?? knobs.RESPONSE_DELAY_MS ?? 0) || 0, MAX_DELAY_MS);
  setTimeout(() => {
    if (stopping) response.setHeader('connection', 'close'); // else the end waits for the connection's keep-alive time, 5 s
    response.writeHead(200, { 'content-type': 'application/json', 'x-version': version });
    response.end(`${JSON.stringify({ version, hostname: hostname(), path: url.pathname })}\n`);
  }, delayMs);
});

server.on('upgrade', (request, socket, head) => {
  const key = request.headers['sec-websocket-key'];
  if (stopping || !key) return socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n');
  // RFC 6455: the accept value is the key and this fixed text, hashed.
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`);
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  socket.on('error', () => socket.destroy()); // the client went away
  echo(socket, head);
});

/** Answers each data frame with itself, a ping with a pong, a close with a close. */
function echo(socket, head) {
  let buffer = head;
  const read = (bytes) => {
    buffer = Buffer.concat([buffer, bytes]);
    for (let frame = nextFrame(buffer); frame !== null; frame = nextFrame(buffer)) {
      buffer = buffer.subarray(frame.length);
      const opcode = frame.first & 0x0f;
      if (opcode === 8) return socket.end(encode(0x88, frame.payload.subarray(0, 2)));
      if (opcode === 9) socket.write(encode(0x8a, frame.payload));
      else if (opcode < 3) socket.write(encode(frame.first, frame.payload));
    }
    if (buffer.length > MAX_FRAME_BYTES + 14) socket.end(encode(0x88, Buffer.from([0x03, 0xf1]))); // 1009: too big
  };
  socket.on('data', read);
  read(Buffer.alloc(0));
}

/** The first whole frame of a buffer, unmasked, or null while it is incomplete or larger than we take. */
function nextFrame(buffer) {
  if (buffer.length < 2) return null;
  const short = buffer[1] & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + extended + 4;
  if (buffer.length < start) return null;
  const size = short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
  if (buffer.length < start + size) return null;
  const mask = buffer.subarray(start - 4, start);
  const payload = Buffer.from(buffer.subarray(start, start + size).map((byte, index) => byte ^ mask[index % 4]));
  return { first: buffer[0], payload, length: start + size };
}

function encode(first, payload) {
  const size = payload.length;
  if (size < 126) return Buffer.concat([Buffer.from([first, size]), payload]);
  if (size <= 0xffff) return Buffer.concat([Buffer.from([first, 126, size >> 8, size & 0xff]), payload]);
  const header = Buffer.from([first, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeBigUInt64BE(BigInt(size), 2);
  return Buffer.concat([header, payload]);
}

function stop(signal) {
  console.log(`version ${version}: ${signal}${knobs.IGNORE_TERM === '1' ? ', ignored' : ''}`);
  if (knobs.IGNORE_TERM === '1' || stopping) return;
  stopping = true;
  if (!server.listening) process.exit(0);
  server.close(() => process.exit(0)); // also ends idle keep-alive connections; requests under way are finished
  for (const socket of sockets) socket.end(encode(0x88, Buffer.from([0x03, 0xe9]))); // 1001: going away
}

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
if (knobs.EXIT_AFTER_MS !== undefined) setTimeout(() => process.exit(Number(knobs.EXIT_CODE ?? 0)), Number(knobs.EXIT_AFTER_MS));
setTimeout(() => server.listen(port, () => console.log(`version ${version} listens on ${port}`)), Number(knobs.SLOW_START_MS ?? 0));
