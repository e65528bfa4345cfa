// A call whose connection becomes a plain stream in both directions (Docker: "hijacking"). Past dockerode, which waits for no back-pressure and
// hides the refusal behind the upgrade.
import { request } from 'node:http';
import type { Agent, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { EngineRefusal } from './errors.ts';

/** An engine's refusal is a line. */
const MAX_REFUSAL_BYTES = 65_536;

/** Posts `body` and gives the connection, which is the caller's from then on. Rejects with an EngineRefusal, or the connection's error. */
export async function hijacked(agent: Agent, path: string, body: unknown, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted();
  const text = JSON.stringify(body);
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), Connection: 'Upgrade', Upgrade: 'tcp' };
  return new Promise<Duplex>((resolve, reject) => {
    const asked = request({ method: 'POST', path, headers, agent, signal });
    asked.on('upgrade', (_response: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    asked.on('response', (response) => {
      let said = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        said += said.length < MAX_REFUSAL_BYTES ? chunk : '';
      });
      response.on('error', reject);
      response.on('end', () => reject(new EngineRefusal(response.statusCode ?? 500, messageIn(said))));
    });
    asked.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    asked.end(text);
  });
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : text.trim();
  } catch {
    return text.trim(); // an engine's proxy answers in words
  }
}
