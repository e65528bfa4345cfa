// A constant load of requests, and an account of every answer that was not right.
import { Agent, request } from 'node:http';

export interface Load {
  /** Ends the load and waits for what is under way. */
  stop(): Promise<LoadResult>;
  /** Requests answered so far. */
  answered(): number;
  /** Versions seen in the answers so far. */
  versions(): ReadonlySet<string>;
}

export interface LoadResult {
  readonly sent: number;
  /** What went wrong: an error or a status outside 200-299, with the moment since the start in ms. */
  readonly failures: readonly string[];
  readonly slowestMs: number;
}

/** Sends `perSecond` requests to 127.0.0.1:`port` over keep-alive connections. An answer later than 10 s counts as a failure. */
export function startLoad(port: number, perSecond: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const began = performance.now();
  const failures: string[] = [];
  const versions = new Set<string>();
  const open = new Set<Promise<void>>();
  let sent = 0;
  let answered = 0;
  let slowestMs = 0;

  const send = async (): Promise<void> => {
    const start = performance.now();
    const failure = await new Promise<string | null>((resolve) => {
      const call = request({ port, host: '127.0.0.1', path: '/', agent, timeout: 10_000 }, (response) => {
        versions.add(String(response.headers['x-version']));
        response.on('error', (error) => resolve(`response: ${error.message}`));
        response.on('end', () => resolve(response.statusCode === 200 ? null : `status ${response.statusCode}`));
        response.resume();
      });
      call.on('timeout', () => call.destroy(new Error('no answer in 10 s')));
      call.on('error', (error) => resolve(error.message));
      call.end();
    });
    answered += 1;
    slowestMs = Math.max(slowestMs, performance.now() - start);
    if (failure !== null) failures.push(`${Math.round(start - began)} ms: ${failure}`);
  };

  // Sent by the clock and not by the timer's own count, so that a late timer loses no request.
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) * perSecond) / 1_000);
    for (; sent < due; sent++) {
      const call = send().finally(() => open.delete(call));
      open.add(call);
    }
  }, 5);

  return {
    answered: () => answered,
    versions: () => versions,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
      return { sent, failures, slowestMs: Math.round(slowestMs) };
    },
  };
}
