// The engine's socket on another host, through channels of one ssh connection. It is made with the first stream and held; when it breaks, every
// stream ends at once with the reason, and the next one makes it anew.
// Deliberately absent: ~/.ssh/config, jump hosts, passwords, agent forwarding.
import { userInfo } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { channelStream } from './channel.ts';
import { connectSsh } from './ssh-connection.ts';
import { endpointText } from '../../../lang/engine-endpoint.ts';
import { knownHostsOf, offerOf } from './ssh-keys.ts';
import { socketRefusal } from './ssh-words.ts';
import { Unreachable } from '../errors.ts';
import type { ClientChannel } from 'ssh2';
import type { Duplex } from 'node:stream';
import type { EngineConnection } from '../../../model/cluster/engine-endpoint.ts';
import type { KnownHostsFile } from './known-hosts.ts';
import type { SshConnection, SshTarget } from './ssh-target.ts';
import type { Transport, TransportLimits } from './transport.ts';

/** A refusal that is not asked for again before `until`, as long as we know the same hosts and offer the same keys. */
interface Refused {
  readonly error: Unreachable;
  readonly until: number;
  readonly known: readonly KnownHostsFile[];
  readonly mark: string;
}

/** Streams through one ssh connection. */
export function sshTransport(to: Extract<EngineConnection, { kind: 'ssh' }>, limits: TransportLimits): Transport {
  const target: SshTarget = { host: to.host, port: to.port, user: to.user ?? userInfo().username, where: endpointText(to) };
  const listeners: ((reason: Error) => void)[] = [];
  const streams = new Set<Duplex>();
  let opening = 0;
  let connecting: Promise<SshConnection> | null = null;
  let refused: Refused | null = null;

  const connect = async (): Promise<SshConnection> => {
    const offer = offerOf(to.credential, target.user);
    const known = knownHostsOf(to.credential);
    if (refused !== null && performance.now() < refused.until && refused.mark === offer.mark && isDeepStrictEqual(refused.known, known)) {
      throw refused.error;
    }
    refused = null;
    try {
      return await connectSsh(target, offer, known, limits);
    } catch (error) {
      if (error instanceof Unreachable && error.isRefusal) {
        refused = { error, until: performance.now() + limits.refusedMs, known, mark: offer.mark };
      }
      throw error;
    }
  };

  const connected = (): Promise<SshConnection> => {
    if (connecting !== null) return connecting;
    const attempt = connect();
    connecting = attempt;
    const forget = (): void => {
      if (connecting === attempt) connecting = null;
    };
    attempt.then(
      (connection) =>
        void connection.over.then((reason) => {
          forget();
          if (reason !== null) broken(reason);
        }),
      forget,
    );
    return attempt;
  };

  /** Listeners first: whoever waits for an answer hears the reason, not that a stream was closed. */
  const broken = (reason: Error): void => {
    for (const listener of listeners) listener(reason);
    for (const stream of streams) stream.destroy(reason);
    streams.clear();
  };

  const stream = async (): Promise<Duplex> => {
    const connection = await connected();
    let channel: ClientChannel;
    try {
      channel = await inTime(connection.toSocket(to.path), target, limits);
    } catch (error) {
      const fault =
        connection.fault() ?? (error instanceof Unreachable ? error : await socketRefusal(error as Error, connection, target, to.path));
      // Groups and rules of sshd are those of the moment at which we were let in: what is mended over there counts for a new connection only.
      if (streams.size === 0 && opening === 1) {
        connecting = null;
        connection.end();
      }
      throw fault;
    }
    const made = channelStream(channel);
    streams.add(made);
    made.once('close', () => streams.delete(made));
    return made;
  };

  return {
    open: async () => {
      if (streams.size + opening >= limits.channels) {
        throw new Unreachable(`${target.where}: ${limits.channels} streams are open over this connection, and more are not opened`);
      }
      opening++;
      try {
        return await stream();
      } finally {
        opening--;
      }
    },
    explain: (error) => error,
    onBroken: (listener) => void listeners.push(listener),
    close: () =>
      void connecting?.then(
        (connection) => connection.end(),
        () => undefined,
      ),
  };
}

/** A channel within `connectMs`; one that comes later is closed. */
async function inTime(channel: Promise<ClientChannel>, { where }: SshTarget, { connectMs }: TransportLimits): Promise<ClientChannel> {
  const late = Promise.withResolvers<never>();
  const words = `${where}: the connection is there, and a stream did not open within ${connectMs / 1_000} s`;
  const timer = setTimeout(() => late.reject(new Unreachable(words)), connectMs);
  try {
    return await Promise.race([channel, late.promise]);
  } catch (error) {
    channel.then(
      (opened) => opened.close(),
      () => undefined,
    );
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
