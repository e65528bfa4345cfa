// What the proxy answers by itself, over HTTP and over the bare socket of an upgrade that failed. A short text, no inner detail.
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const SERVER = 'longshore';

/**
 * Answers `status`, or cuts the connection when part of another answer is on its way already. `close`: the connection ends with it,
 * else it stays open for the client's next request.
 */
export function answer(res: ServerResponse, status: number, close: boolean): void {
  if (res.destroyed || res.writableEnded) return;
  if (res.headersSent) {
    res.destroy();
    return;
  }
  // A target's head may have been copied already without having been sent.
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  const body = bodyOf(status);
  res.writeHead(status, reasonOf(status), {
    server: SERVER,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...(close ? { connection: 'close' } : {}),
  });
  res.end(res.req.method === 'HEAD' ? undefined : body);
}

/** Answers on a bare socket and ends it. */
export function answerSocket(socket: Socket, status: number): void {
  if (socket.destroyed || !socket.writable) return;
  const body = bodyOf(status);
  socket.end(
    `HTTP/1.1 ${status} ${reasonOf(status)}\r\nserver: ${SERVER}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function bodyOf(status: number): string {
  return `${status} ${reasonOf(status)}\n`;
}

function reasonOf(status: number): string {
  return STATUS_CODES[status] ?? (status === 463 ? 'Too Many Forwarded Addresses' : 'Error');
}
