// A small server that speaks the documented wire of Vault's KV engine, version 2, over a real socket: reading, writing, versions, deleting,
// tokens, namespaces, and the ways in which a server is not well. It passes the suite that a real one passes (vault.test.ts).
import { createServer } from 'node:http';
import { createServer as createEncrypted } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

interface Version {
  readonly data: unknown;
  deleted: boolean;
}

/** What the server does instead of answering. */
export type Trouble = 'sealed' | 'busy' | 'failing' | 'silent' | 'cut' | 'redirecting' | 'talking' | 'huge' | null;

export interface FakeVault {
  readonly address: string;
  /** Tokens that it takes, with the paths that each may read; null: all. */
  readonly tokens: Map<string, readonly string[] | null>;
  /** Requests so far: method and URL. */
  readonly requests: string[];
  trouble: Trouble;
  /** Answers of trouble before it is well again; null: for ever. */
  troubleFor: number | null;
  close(): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1 with the token `root`; encrypted when it has a certificate. */
export async function startFakeVault(tls: { readonly key: string; readonly cert: string } | null = null): Promise<FakeVault> {
  const secrets = new Map<string, Version[]>();
  const take = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);
  const server: Server = tls === null ? createServer(take) : createEncrypted(tls, take);
  const vault: Omit<FakeVault, 'address'> = {
    tokens: new Map([['root', null]]),
    requests: [],
    trouble: null,
    troubleFor: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', 'http://vault');
    vault.requests.push(`${request.method} ${request.url}`);
    if (vault.trouble !== null && (vault.troubleFor === null || vault.troubleFor-- > 0)) return inTrouble(vault.trouble, response);
    const token = request.headers['x-vault-token'];
    const path = /^\/v1\/secret\/data\/(.+)$/.exec(url.pathname)?.[1];
    if (typeof token !== 'string' || !vault.tokens.has(token))
      return send(response, 403, { errors: ['2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'] });
    if (path === undefined) return send(response, 404, { errors: [`no handler for route "${url.pathname}"`] });
    const allowed = vault.tokens.get(token) ?? null;
    if (allowed !== null && !allowed.includes(decodeURIComponent(path)))
      return send(response, 403, { errors: ['1 error occurred:\n\t* permission denied\n\n'] });
    const namespace = String(request.headers['x-vault-namespace'] ?? '');
    const key = `${namespace}\n${decodeURIComponent(path)}`;
    const body = await bodyOf(request);
    if (request.method === 'GET') return read(secrets.get(key), url.searchParams.get('version'), response);
    const versions = secrets.get(key) ?? [];
    if (request.method === 'DELETE') {
      const last = versions.at(-1);
      if (last !== undefined) last.deleted = true;
      return send(response, 204, null);
    }
    secrets.set(key, [...versions, { data: (JSON.parse(body) as { data: unknown }).data, deleted: false }]);
    return send(response, 200, { data: { version: versions.length + 1 } });
  };

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(vault, { address: `${tls === null ? 'http' : 'https'}://127.0.0.1:${port}` });
}

function read(versions: readonly Version[] | undefined, wanted: string | null, response: ServerResponse): void {
  const number = wanted === null || wanted === '0' ? (versions?.length ?? 0) : Number(wanted);
  const found = versions?.[number - 1];
  if (found === undefined) return send(response, 404, { errors: [] });
  const metadata = {
    version: number,
    destroyed: false,
    deletion_time: found.deleted ? '2026-11-27T20:00:00Z' : '',
    created_time: '2026-11-27T19:00:00Z',
  };
  return send(response, found.deleted ? 404 : 200, {
    request_id: 'x',
    lease_id: '',
    data: { data: found.deleted ? null : found.data, metadata },
  });
}

function inTrouble(trouble: NonNullable<Trouble>, response: ServerResponse): void {
  if (trouble === 'silent') return;
  if (trouble === 'cut') return void response.destroy();
  if (trouble === 'sealed') return send(response, 503, { errors: ['Vault is sealed'] });
  if (trouble === 'busy') return send(response, 429, { errors: ['request path "x": rate limit quota exceeded'] });
  if (trouble === 'failing') return send(response, 500, { errors: ['internal error'] });
  if (trouble === 'huge') return send(response, 200, { data: { data: { value: 'x'.repeat(2_000_000) }, metadata: { version: 1 } } });
  response.writeHead(trouble === 'redirecting' ? 307 : 200, { location: 'http://127.0.0.1:1/v1/' }).end('<html>hunter2</html>');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body === null ? '' : JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}
