// The engine as a hand-written script sees it: bare HTTP over its socket on kept-open connections, and its event stream.
// It shares no code with the product's adapter: it is what that one is compared with. The same stream tells when our tasks start.
import { Agent, request } from 'node:http';

export interface ContainerEvent {
  readonly action: string;
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** When it was heard, `performance.now()`. */
  readonly at: number;
}

/** The part of an inspection that the scripts read; the rest is passed on as it is. */
export interface Inspected {
  readonly Id: string;
  readonly State: { readonly Pid: number };
  readonly Config: Readonly<Record<string, unknown>>;
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly NetworkSettings: { readonly Ports: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>> };
}

export interface BareEngine {
  /** The answer's JSON, null when it is empty; rejects on a refusal. */
  call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T>;
  inspect(id: string): Promise<Inspected>;
  /** Calls `listener` with each event of a container until the returned function is called. */
  onEvent(listener: (event: ContainerEvent) => void): () => void;
  /** Resolves with the first event from now on that `matches`; rejects after `limitMs`. */
  next(matches: (event: ContainerEvent) => boolean, limitMs?: number): Promise<ContainerEvent>;
  close(): void;
}

const CALLS_AT_ONCE = 32;
const EVENT_LIMIT_MS = 30_000;

/** Connects and opens the event stream; resolves when the engine has begun to answer on it. */
export async function bareEngine(socketPath: string): Promise<BareEngine> {
  const agent = new Agent({ keepAlive: true, maxSockets: CALLS_AT_ONCE });
  const listeners = new Set<(event: ContainerEvent) => void>();
  const endStream = await openEvents(socketPath, (event) => {
    for (const listener of listeners) listener(event);
  });
  const onEvent = (listener: (event: ContainerEvent) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const { status, text } = await exchange(agent, socketPath, method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text.trim()}`);
    return (text.trim() === '' ? null : JSON.parse(text)) as T;
  };
  return {
    call,
    inspect: async (id) => call<Inspected>('GET', `/containers/${id}/json`),
    onEvent,
    next: async (matches, limitMs = EVENT_LIMIT_MS) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          off();
          reject(new Error(`no such event within ${limitMs} ms`));
        }, limitMs);
        const off = onEvent((event) => {
          if (!matches(event)) return;
          off();
          clearTimeout(timer);
          resolve(event);
        });
      }),
    close: () => {
      endStream();
      agent.destroy();
    },
  };
}

async function exchange(
  agent: Agent,
  socketPath: string,
  method: string,
  path: string,
  body: unknown,
): Promise<{ readonly status: number; readonly text: string }> {
  const sent = body === undefined ? '' : JSON.stringify(body);
  const headers = { host: 'docker', 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) };
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, socketPath, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(sent);
  });
}

async function openEvents(socketPath: string, heard: (event: ContainerEvent) => void): Promise<() => void> {
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'], event: ['create', 'start', 'die', 'destroy'] }));
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path: `/events?filters=${filters}`, agent: false, headers: { host: 'docker' } }, (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        const at = performance.now();
        const lines = (rest + piece).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') heard({ ...eventOf(line), at });
      });
      response.on('error', () => undefined); // closed by us
      resolve(() => outgoing.destroy());
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function eventOf(line: string): Omit<ContainerEvent, 'at'> {
  const { Action, Actor } = JSON.parse(line) as { Action: string; Actor: { ID: string; Attributes: Record<string, string> } };
  return { action: Action, id: Actor.ID, labels: Actor.Attributes };
}
