// A small image registry for tests: images of one layer, read only, by the distribution API v2 as engines speak it. It wants no login, a
// password (basic), or a token of its own token server, and misbehaves on request. Deliberately absent: pushes, catalogs, ranges.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { layerOf } from '../../scripts/image-archive.mjs';

export interface RegistryOptions {
  /** Engines take a registry on 127.0.0.0/8 without TLS, and no other. */
  readonly host?: string;
  /** Absent: everybody may pull. */
  readonly login?: {
    readonly kind: 'basic' | 'token';
    readonly username: string;
    readonly password: string;
    readonly identityToken?: string;
  };
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface TestRegistry {
  /** `host:port`, as it stands in a reference. */
  readonly address: string;
  /** Method, path and Authorization of each request so far. */
  readonly requests: readonly { readonly line: string; readonly authorization: string | null }[];
  /** Adds an image of one layer with `bytes` that do not compress; returns its digest. */
  add(repository: string, tag: string, bytes?: number): string;
  /** Adds one name for images of several processors (Docker's words); returns the digest of the list. */
  addList(repository: string, tag: string, architectures: readonly string[]): string;
  /** Answers every manifest and layer with this status and error code from now on; null: as it should. */
  refuse(refusal: { readonly status: number; readonly code: string; readonly message: string } | null): void;
  /** A layer's pieces of 64 KiB come this much apart. */
  slow(pauseMs: number): void;
  /** From now on the sending of a layer stops in its middle, for good. */
  stand(still: boolean): void;
  close(): Promise<void>;
}

interface Blob {
  readonly type: string;
  readonly data: Buffer;
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const PIECE_BYTES = 65_536;
const TOKEN = 'token-of-the-test-registry';

/** Listens on a free port. */
export async function testRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const host = options.host ?? '127.0.0.1';
  const blobs = new Map<string, Blob>();
  const requests: { line: string; authorization: string | null }[] = [];
  let refusal: Parameters<TestRegistry['refuse']>[0] = null;
  let pauseMs = 0;
  let stands = false;
  const closing = Promise.withResolvers<void>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://registry').pathname;
    requests.push({ line: `${request.method} ${path}`, authorization: request.headers.authorization ?? null });
    if (path === '/token') return token(options, request, response);
    if (!isLetIn(options, request)) {
      const repository = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(path)?.[1];
      const scope = repository === undefined ? '' : `,scope="repository:${repository}:pull"`;
      const scheme = options.tls ? 'https' : 'http';
      const challenge =
        options.login?.kind === 'basic'
          ? 'Basic realm="test"'
          : `Bearer realm="${scheme}://${request.headers.host}/token",service="test"${scope}`;
      return said(response, 401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
    }
    if (path === '/v2/') return void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    if (refusal !== null) return said(response, refusal.status, refusal.code, refusal.message);
    const blob = blobs.get(path);
    if (blob === undefined) return missing(response, path, [...blobs.keys()]);
    response.writeHead(200, {
      'content-type': blob.type,
      'content-length': blob.data.length,
      'docker-content-digest': digestOf(blob.data),
      'docker-distribution-api-version': 'registry/2.0',
    });
    if (request.method === 'HEAD') return void response.end();
    for (let at = 0; at < blob.data.length && !response.destroyed; at += PIECE_BYTES) {
      response.write(blob.data.subarray(at, at + PIECE_BYTES));
      if (pauseMs > 0 && blob.type === LAYER) await sleep(pauseMs);
      if (stands && blob.type === LAYER) await closing.promise;
    }
    response.end();
  };
  const put = (repository: string, tags: readonly string[], image: ReturnType<typeof imageOf>): Blob => {
    const manifest = { type: MANIFEST, data: Buffer.from(JSON.stringify(image.manifest)) };
    for (const blob of image.blobs) blobs.set(`/v2/${repository}/blobs/${digestOf(blob.data)}`, blob);
    for (const name of [...tags, digestOf(manifest.data)]) blobs.set(`/v2/${repository}/manifests/${name}`, manifest);
    return manifest;
  };
  const handle = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);
  const server: Server = options.tls ? createTlsServer(options.tls, handle) : createServer(handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    requests,
    add: (repository, tag, bytes = 1_000) => digestOf(put(repository, [tag], imageOf(bytes, `${repository}:${tag}`)).data),
    addList: (repository, tag, architectures) => {
      const manifests = architectures.map((architecture) => {
        const { data } = put(repository, [], imageOf(1_000, `${repository}:${tag} for ${architecture}`, architecture));
        return { mediaType: MANIFEST, size: data.length, digest: digestOf(data), platform: { os: 'linux', architecture } };
      });
      const data = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: LIST, manifests }));
      for (const name of [tag, digestOf(data)]) blobs.set(`/v2/${repository}/manifests/${name}`, { type: LIST, data });
      return digestOf(data);
    },
    refuse: (next) => {
      refusal = next;
    },
    slow: (ms) => {
      pauseMs = ms;
    },
    stand: (still) => {
      stands = still;
    },
    close: async () => {
      closing.resolve();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Distribution's token flow: a password or a refresh token buys a token; everybody else gets one that opens nothing. */
function token({ login }: RegistryOptions, request: IncomingMessage, response: ServerResponse): void {
  const give = (granted: boolean): void => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token: granted ? TOKEN : 'nothing', access_token: granted ? TOKEN : 'nothing' }));
  };
  if (request.method === 'POST') {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    // dockerd sends a refresh token here; the containerd store sends passwords here, too.
    request.on('end', () => {
      const form = new URLSearchParams(body);
      const isKnown = form.get('username') === login?.username && form.get('password') === login?.password;
      give(form.get('grant_type') === 'password' ? isKnown : form.get('refresh_token') === login?.identityToken);
    });
    return;
  }
  const { authorization } = request.headers;
  if (authorization === undefined) return give(false);
  if (authorization === basic(login)) return give(true);
  said(response, 401, 'UNAUTHORIZED', 'incorrect username or password');
}

function isLetIn({ login }: RegistryOptions, { headers }: IncomingMessage): boolean {
  if (login === undefined) return true;
  return headers.authorization === (login.kind === 'basic' ? basic(login) : `Bearer ${TOKEN}`);
}

function basic(login: RegistryOptions['login']): string {
  return `Basic ${Buffer.from(`${login?.username}:${login?.password}`).toString('base64')}`;
}

function missing(response: ServerResponse, path: string, known: readonly string[]): void {
  const [, repository = '', kind] = /^\/v2\/(.+)\/(manifests|blobs)\//.exec(path) ?? [];
  if (kind === 'blobs') return said(response, 404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  const hasRepository = known.some((each) => each.startsWith(`/v2/${repository}/`));
  if (hasRepository) said(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  else said(response, 404, 'NAME_UNKNOWN', 'repository name not known to registry');
}

function said(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'docker-distribution-api-version': 'registry/2.0', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message, detail: {} }] }));
}

/** An image whose one layer has a file of `bytes` hash characters, made of `seed`: equal seeds are equal images. */
function imageOf(
  bytes: number,
  seed: string,
  architecture = ARCHITECTURES[process.arch],
): { readonly manifest: object; readonly blobs: readonly Blob[] } {
  const pieces: Buffer[] = [];
  for (let at = 0; at * 32 < bytes; at += 1) pieces.push(createHash('sha256').update(`${seed}/${at}`).digest());
  const { pieces: tar, digest } = layerOf([{ name: 'data', data: Buffer.concat(pieces) }]);
  const layer: Blob = { type: LAYER, data: gzipSync(Buffer.concat(tar)) };
  const text = JSON.stringify({
    ...{ architecture, os: 'linux', created: '1970-01-01T00:00:00Z', config: { Cmd: ['/data'] } },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  });
  const config: Blob = { type: CONFIG, data: Buffer.from(text) };
  const described = ({ type, data }: Blob): object => ({ mediaType: type, size: data.length, digest: digestOf(data) });
  return {
    manifest: { schemaVersion: 2, mediaType: MANIFEST, config: described(config), layers: [described(layer)] },
    blobs: [config, layer],
  };
}

function digestOf(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}
