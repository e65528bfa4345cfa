// The control door: HTTP over the unix socket. Few routes, small answers, everything bounded; who may connect is a matter of the socket's
// mode (0600), so there is no other authentication.
//   PUT /routes     a RouteTable -> {version, refused} once it is in force     GET /state   ProxyState
//   GET /watch      NDJSON: the view, then its changes, a beat every 2 s       POST /stop   drain and exit
//   POST /handover  {argv} -> {pid} once the new process serves
import http from 'node:http';
import { MAX_TABLE_BYTES } from './limits.ts';
import { readTable } from './read-table.ts';
import type { DataPlane } from './serve.ts';

export interface ControlActions {
  readonly software: string;
  /** Drains and ends the process; returns at once. */
  stop(): void;
  /** Starts `argv`, passes everything on and drains; resolves to the new process's id. */
  handover(argv: readonly string[]): Promise<number>;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** A control server for `plane`; it doesn't listen yet. */
export function createControl(plane: DataPlane, actions: ControlActions): http.Server {
  const server = http.createServer({ keepAliveTimeout: 1_000, requestTimeout: 30_000 });
  server.maxConnections = 256;
  server.on('request', (req, res) => {
    const route = `${req.method} ${req.url}`;
    if (route === 'GET /watch') {
      watch(plane, req, res);
      return;
    }
    dispatch(plane, actions, route, req).then(
      (reply) => send(res, reply),
      (error: unknown) => send(res, { status: 500, body: { error: (error as Error).message } }),
    );
  });
  return server;
}

async function dispatch(plane: DataPlane, actions: ControlActions, route: string, req: http.IncomingMessage): Promise<Reply> {
  switch (route) {
    case 'GET /state':
      return { status: 200, body: plane.state(actions.software) };
    case 'PUT /routes': {
      const text = await readBody(req);
      if (text === null) return { status: 413, body: { error: `a table is at most ${MAX_TABLE_BYTES} bytes` } };
      const read = readTable(text);
      if ('error' in read) return { status: 400, body: { error: read.error } };
      return { status: 200, body: await plane.install(read.table) };
    }
    case 'POST /stop':
      actions.stop();
      return { status: 202, body: { pid: process.pid } };
    case 'POST /handover': {
      const argv = argvOf(await readBody(req));
      if (!argv) return { status: 400, body: { error: 'expected {"argv": [program, ...arguments]}' } };
      return { status: 200, body: { pid: await actions.handover(argv) } };
    }
    default:
      return { status: 404, body: { error: `no such route: ${route}` } };
  }
}

function watch(plane: DataPlane, req: http.IncomingMessage, res: http.ServerResponse): void {
  res.writeHead(200, { 'content-type': 'application/x-ndjson' });
  if (!plane.watchers.add(res)) {
    res.end(`${JSON.stringify({ kind: 'error', error: 'too many watchers' })}\n`);
    return;
  }
  const leave = (): void => plane.watchers.remove(res);
  res.on('error', leave);
  res.on('close', leave);
  req.on('error', leave);
}

function send(res: http.ServerResponse, { status, body }: Reply): void {
  if (res.destroyed) return;
  const text = JSON.stringify(body);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  res.end(text);
}

/** The body as text; null when it is longer than a table may be. */
async function readBody(req: http.IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_TABLE_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function argvOf(text: string | null): readonly string[] | null {
  try {
    const { argv } = JSON.parse(text ?? '') as { argv?: unknown };
    const fits = Array.isArray(argv) && argv.length > 0 && argv.every((word) => typeof word === 'string');
    return fits ? argv : null;
  } catch {
    return null;
  }
}
