// A stand-in for a Docker engine behind the scripts of the demo: a unix socket that answers as much of the API as they ask, from lists that
// a test fills. Containers never run on it, so a daemon on it waits. Deliberately absent: everything that src/ needs of an engine.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface DemoEngine {
  readonly socketPath: string;
  readonly containers: { Id: string; Names: string[]; ImageID: string; Labels: Record<string, string> }[];
  readonly networks: { Id: string; Name: string; Labels: Record<string, string>; users: string[] }[];
  readonly images: { Id: string; RepoTags: string[] }[];
  /** Called with each removal; what it adds is there afterwards. */
  onRemoval: (path: string) => void;
  /** While true, questions about images are not answered. */
  silent: boolean;
  /** Resolves when a question came that is not answered. */
  asked(): Promise<void>;
  close(): Promise<void>;
}

/** Opens an engine at `socketPath` with nothing on it. */
export async function demoEngine(socketPath: string): Promise<DemoEngine> {
  const waiting = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(engine, request, response, waiting.resolve));
  });
  const engine: DemoEngine = {
    socketPath,
    containers: [],
    networks: [],
    images: [],
    onRemoval: () => {},
    silent: false,
    asked: async () => waiting.promise,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(socketPath);
  await once(server, 'listening');
  return engine;
}

function answer(engine: DemoEngine, request: IncomingMessage, response: ServerResponse, unanswered: () => void): void {
  const url = new URL(request.url ?? '/', 'http://docker');
  const path = url.pathname.replace(/^\/v[0-9.]+/, '');
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  if (request.method === 'DELETE') {
    const refusal = remove(engine, path);
    return refusal === null ? send(204, '') : send(refusal.status, { message: refusal.message });
  }
  if (path === '/_ping') return send(200, 'OK');
  if (engine.silent && path.startsWith('/images')) return unanswered();
  if (path === '/version') return send(200, { Os: 'linux', Arch: process.arch === 'arm64' ? 'arm64' : 'amd64', ApiVersion: '1.41' });
  if (path === '/images/load') return send(200, '');
  if (path === '/images/json') return send(200, engine.images);
  if (path === '/networks')
    return send(
      200,
      engine.networks.filter(({ Labels }) => isAsked(url, Labels)),
    );
  if (path === '/containers/json')
    return send(
      200,
      engine.containers.filter(({ Labels }) => isAsked(url, Labels)),
    );
  const network = engine.networks.find(({ Id }) => path === `/networks/${Id}`);
  if (network) return send(200, { Containers: Object.fromEntries(network.users.map((name) => [`id-of-${name}`, { Name: name }])) });
  return send(404, { message: `no such thing: ${path}` });
}

/** Whether an object's labels pass the filter of a list: each is `name` or `name=value`. */
function isAsked(url: URL, labels: Readonly<Record<string, string>>): boolean {
  const { label = [] } = JSON.parse(url.searchParams.get('filters') ?? '{}') as { label?: string[] };
  return label.every((wanted) => {
    const [name = '', value] = wanted.split('=');
    return name in labels && (value === undefined || labels[name] === value);
  });
}

/** Removes what a path names; refuses as Docker does what is in use. */
function remove(engine: DemoEngine, path: string): { readonly status: number; readonly message: string } | null {
  const [, kind, id = ''] = path.split('/');
  engine.onRemoval(path);
  if (kind === 'networks') {
    const users = engine.networks.find(({ Id }) => Id === id)?.users ?? [];
    if (users.length > 0) return { status: 403, message: `error while removing network: network ${id} has active endpoints` };
    engine.networks.splice(0, Infinity, ...engine.networks.filter(({ Id }) => Id !== id));
    return null;
  }
  if (kind === 'images') {
    const image = engine.images.find(({ RepoTags }) => RepoTags.includes(id));
    if (engine.containers.some(({ ImageID }) => ImageID === image?.Id)) return { status: 409, message: `conflict: unable to remove ${id}` };
    engine.images.splice(0, Infinity, ...engine.images.filter((one) => one !== image));
    return null;
  }
  engine.containers.splice(0, Infinity, ...engine.containers.filter(({ Id }) => Id !== id));
  return null;
}
