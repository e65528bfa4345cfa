// Plain sockets: a unix socket of this machine, and tcp, which without TLS leads to this machine only.
import { connect } from 'node:net';
import { Unreachable } from '../errors.ts';
import { endpointText } from '../../../lang/engine-endpoint.ts';
import type { Socket } from 'node:net';
import type { EngineConnection } from '../../../model/cluster/engine-endpoint.ts';
import { INDIFFERENT, type Transport, type TransportLimits } from './transport.ts';

type Plain = Extract<EngineConnection, { kind: 'unix' | 'tcp' }>;

/** Streams over a unix socket or plain tcp. */
export function socketTransport(connection: Plain, limits: TransportLimits): Transport {
  const where = connection.kind === 'unix' ? { path: connection.path } : { host: connection.host, port: connection.port };
  return {
    open: () => opened(connect(where), 'connect', endpointText(connection), limits),
    ...INDIFFERENT,
  };
}

/**
 * A socket as soon as it has said `ready`; its own error when it breaks before, Unreachable after `connectMs`. The system is asked to test a
 * quiet connection: an event stream may say nothing for days, and a host that has lost power never closes it.
 */
export async function opened<Kind extends Socket>(
  socket: Kind,
  ready: 'connect' | 'secureConnect',
  where: string,
  limits: TransportLimits,
): Promise<Kind> {
  const done = Promise.withResolvers<Kind>();
  const timer = setTimeout(() => {
    const seconds = limits.connectMs / 1_000;
    done.reject(
      new Unreachable(`${where} did not answer within ${seconds} s: is the host up, and does a firewall let this machine through?`),
    );
  }, limits.connectMs);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, limits.keepaliveMs);
  socket.once(ready, () => done.resolve(socket));
  socket.once('error', done.reject);
  socket.once('close', () => done.reject(new Unreachable(`${where} hung up before anything was said`)));
  try {
    return await done.promise;
  } catch (error) {
    // What else it says has nobody to hear it.
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    socket.off('error', done.reject);
  }
}
