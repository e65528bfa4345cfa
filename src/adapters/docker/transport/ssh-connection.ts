// One ssh connection: in, over the host's key and ours, and then channels until it breaks. What a refusal means is said in ssh-words.ts.
import { connect as connectSocket } from 'node:net';
import { Client } from 'ssh2';
import { hostKeyAlgorithms, hostKeyVerdict } from './known-hosts.ts';
import { hostKeyFault, refusalOf, SILENT } from './ssh-words.ts';
import { opened } from './socket.ts';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import type { KnownHostsFile } from './known-hosts.ts';
import type { Offer } from './ssh-keys.ts';
import type { SshConnection, SshTarget } from './ssh-target.ts';
import type { Socket } from 'node:net';
import type { TransportLimits } from './transport.ts';
import type { Unreachable } from '../errors.ts';

/** ssh(1): ServerAliveCountMax. */
const UNANSWERED = 3;
const MAX_OUTPUT = 4_096;
/** For our goodbye to leave. */
const END_MS = 1_000;

/** Connects and is let in. Rejects with Unreachable or the system's error. */
export async function connectSsh(
  target: SshTarget,
  offer: Offer,
  known: readonly KnownHostsFile[],
  limits: TransportLimits,
): Promise<SshConnection> {
  const { host, port, user, where } = target;
  const began = performance.now();
  const socket = await opened(connectSocket({ host, port }), 'connect', where, limits);
  const client = new Client();
  const ready = Promise.withResolvers<void>();
  const over = Promise.withResolvers<Error | null>();
  let hostFault: Unreachable | null = null;
  let agentFault: string | null = null;
  let broken: Error | null = null;
  let ended = false;
  const failed = (error: Error): void => {
    // The agent could not help: what else is offered is tried.
    if ((error as { level?: string }).level === 'agent') {
      agentFault = error.message;
      return;
    }
    if (broken !== null || ended) return;
    broken = hostFault ?? refusalOf(error, target, { ...offer, agentFault }, limits);
    ready.reject(broken);
    over.resolve(broken);
    socket.destroy();
  };
  client.on('ready', ready.resolve);
  client.on('error', failed);
  const left = (): void => failed(new Error('the other side has closed it'));
  client.on('end', left);
  client.on('close', left);
  client.connect({
    ...{ host, port, username: user, sock: socket },
    authHandler: [...offer.methods],
    hostVerifier: (key: Buffer) => {
      hostFault = hostKeyFault(hostKeyVerdict(known, host, port, key), key, target, known);
      return hostFault === null;
    },
    algorithms: { serverHostKey: [...hostKeyAlgorithms(known, host, port)] as ServerHostKeyAlgorithm[] },
    // It asks, and we judge: it would take a host that is busy sending for one that is silent.
    ...{ keepaliveInterval: limits.keepaliveMs, keepaliveCountMax: Number.MAX_SAFE_INTEGER },
    readyTimeout: Math.max(1, limits.connectMs - (performance.now() - began)),
    // A server that is not OpenSSH may have the extension all the same; it says so itself.
    strictVendor: false,
  });
  await ready.promise;
  const watch = setInterval(
    watchdog(socket, () => failed(new Error(SILENT))),
    limits.keepaliveMs,
  );
  void over.promise.then(() => clearInterval(watch));
  return {
    toSocket: (path) =>
      new Promise((resolve, reject) => {
        client.openssh_forwardOutStreamLocal(path, (error, channel) => (error ? reject(error) : resolve(channel)));
      }),
    run: (command, limitMs) => outputOf(client, command, limitMs),
    over: over.promise,
    fault: () => broken,
    end: () => {
      ended = true;
      over.resolve(null);
      client.end();
      setTimeout(() => socket.destroy(), END_MS).unref();
    },
  };
}

/** Calls `silent` when nothing has come for `UNANSWERED` rounds. Rounds, not time: what came while this process was busy is read before the next. */
function watchdog(socket: Socket, silent: () => void): () => void {
  let read = socket.bytesRead;
  let rounds = 0;
  return () => {
    rounds = socket.bytesRead === read ? rounds + 1 : 0;
    read = socket.bytesRead;
    if (rounds > UNANSWERED) silent();
  };
}

async function outputOf(client: Client, command: string, limitMs: number): Promise<string | null> {
  const done = Promise.withResolvers<string | null>();
  const timer = setTimeout(() => done.resolve(null), limitMs);
  try {
    client.exec(command, (error, channel) => {
      if (error) return done.resolve(null);
      let output = '';
      channel.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString('latin1')).slice(0, MAX_OUTPUT);
      });
      channel.stderr.resume();
      channel.on('error', () => done.resolve(null));
      channel.on('close', () => done.resolve(output));
    });
    return await done.promise;
  } catch {
    return null; // it is not connected any more
  } finally {
    clearTimeout(timer);
  }
}
